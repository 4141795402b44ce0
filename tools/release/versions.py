"""The version that all distributions have.

The version is in ``sockcore/pyproject.toml``. The files of the plugins repeat it, so that each of them can be built
alone. A plugin requires a core of the same minor version: ``sockcore>=0.1.0,<0.2``.
"""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CORE = CHECKOUT / "sockcore" / "pyproject.toml"

_VERSION = re.compile(r"^version = \"(.*)\"$", re.MULTILINE)
_VALID = re.compile(r"(\d+)\.(\d+)\.(\d+)((a|b|rc)\d+)?")
#: The requirement of the core in a plugin's dependencies.
_CORE = re.compile(r'(?<=[\[ ])"sockcore(?![\w-])[^"]*"')


def projects() -> list[Path]:
    """Return the pyproject.toml of each distribution, with the core's first."""
    return [CORE, *sorted(CHECKOUT.glob("plugins/*/pyproject.toml"))]


def version_in(text: str) -> str:
    """Return the version in the text of a pyproject.toml."""
    found = _VERSION.search(text)
    if found is None:
        raise ValueError("the pyproject.toml has no line version = ...")
    return found.group(1)


def version() -> str:
    """Return the version of the core."""
    return version_in(CORE.read_text(encoding="utf-8"))


def requirement(version: str) -> str:
    """Return the requirement of the core in a plugin of this version.

    Raises ValueError for a version that is not of the form 1.2.3, 1.2.3a1, 1.2.3b1 or 1.2.3rc1.
    """
    parts = _VALID.fullmatch(version)
    if parts is None:
        raise ValueError(f"the version must look like 1.2.3 or 1.2.3rc1, not {version!r}")
    major, minor = int(parts[1]), int(parts[2])
    return f"sockcore>={version},<{major}.{minor + 1}"


def with_version(text: str, version: str, is_plugin: bool) -> str:
    """Return the text of a pyproject.toml with another version, and the requirement of the core for it."""
    text = _VERSION.sub(f'version = "{version}"', text, count=1)
    if is_plugin:
        text, count = _CORE.subn(f'"{requirement(version)}"', text)
        if count != 1:
            raise ValueError(f"the pyproject.toml requires the core {count} times")
    return text


def change_version(version: str) -> list[Path]:
    """Write a version to all distributions; return the files that changed.

    Raises ValueError for an invalid version. Then no file is changed.
    """
    requirement(version)
    texts = {path: path.read_text(encoding="utf-8") for path in projects()}
    changed = {path: with_version(text, version, path != CORE) for path, text in texts.items()}
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")
    return [path for path in texts if texts[path] != changed[path]]


def differences() -> list[str]:
    """Return a line for each distribution whose version or requirement differs from the core's."""
    expected = version()
    return [
        f"{path.relative_to(CHECKOUT)} does not have the version {expected} and the requirement {requirement(expected)}"
        for path in projects()
        if (text := path.read_text(encoding="utf-8")) != with_version(text, expected, path != CORE)
    ]
