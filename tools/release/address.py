"""The address of the repository, which many files repeat.

It is the homepage in ``sockcore/pyproject.toml``. The other files can be read or built alone, so they contain it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import versions

if TYPE_CHECKING:
    from pathlib import Path

#: Files that contain the address.
FILES = (
    "*.md",
    "*/pyproject.toml",
    "plugins/*/pyproject.toml",
    "*/README.md",
    "plugins/*/README.md",
    "docs/**/*.md",
    ".github/**/*.*",
    "sockcore/src/sockcore/_scaffold/templates/*",
)
_HOMEPAGE = re.compile(r'^Homepage = "https://(.*)"$', re.MULTILINE)
_VALID = re.compile(r"https://(?P<address>[\w.-]+(/[\w.-]+)+)")
#: An address of a repository with this name, without its scheme. The pages of package registries are others.
_ADDRESS = re.compile(r"(?<=://)(?!pypi\.org)[\w.-]+(?:/[\w.-]+){1,3}?/sockcore(?![\w-])")


def read() -> str:
    """Return the address, without a slash at the end."""
    found = _HOMEPAGE.search(versions.CORE.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("sockcore/pyproject.toml has no line Homepage = ...")
    return f"https://{found.group(1)}"


def files() -> list[Path]:
    """Return the files that may contain the address."""
    paths = {path for pattern in FILES for path in versions.CHECKOUT.glob(pattern) if path.is_file()}
    return sorted(paths)


def change(address: str) -> list[Path]:
    """Write another address to all files; return the files that changed.

    Raises ValueError if the address is not of the form ``https://host/path``. Then no file is changed.
    """
    valid = _VALID.fullmatch(address)
    if valid is None:
        raise ValueError(f"the address must look like https://host/owner/name, not {address!r}")
    old = read().partition("://")[2]
    changed = []
    for path in files():
        text = path.read_text(encoding="utf-8")
        # The address is followed by a slash, a quote or .git, and not by the rest of a longer name.
        new = re.sub(rf"(?<=://){re.escape(old)}(?![\w-])", valid["address"], text)
        if new != text:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def differences() -> list[str]:
    """Return a line for each file with an address that differs from that of the core."""
    expected = read().partition("://")[2]
    return [
        f"{path.relative_to(versions.CHECKOUT)} has the address {address} instead of {expected}"
        for path in files()
        for address in _ADDRESS.findall(path.read_text(encoding="utf-8"))
        if address != expected
    ]
