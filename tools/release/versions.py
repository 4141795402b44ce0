"""The version that all distributions have.

The version is in ``sockcore/pyproject.toml``. The files of the plugins repeat it, so that each of them can be built
alone. A plugin requires a core of the same minor version: ``sockcore>=0.1.0,<0.2``. So does the plugin of a third party
in a page of the documentation. The module has the version too, which the startup cache compares with that of the
distribution. So have some recipes.
"""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CORE = CHECKOUT / "sockcore" / "pyproject.toml"

_VERSION = re.compile(r"^version = \"(.*)\"$", re.MULTILINE)
_VALID = re.compile(r"(\d+)\.(\d+)\.(\d+)((a|b|rc)\d+)?")
#: The requirement of the core in a plugin's dependencies.
_CORE = re.compile(r'(?<=[\[ ])"sockcore(?![\w.-])[^"]*"')
#: File -> the version in it.
_REPEATED = {
    "sockcore/src/sockcore/__init__.py": re.compile(r'(?<=^__version__ = ")[^"]+', re.MULTILINE),
    "docs/how-to/alpine.md": re.compile(r"(?<=^pkgver=)\S+", re.MULTILINE),
    "docs/how-to/openwrt.md": re.compile(r"(?<=^PKG_VERSION:=)\S+", re.MULTILINE),
    "docs/wheels.md": re.compile(r"(?<=dist/sockcore-)[^-]+"),
}
#: A file with the requirement of the core in the plugin of a third party.
_THIRD_PARTY = "docs/writing-a-family.md"


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


def _outdated(version: str) -> dict[Path, str]:
    """Return each file that does not have this version -> its text with it. Raises ValueError."""
    requirement(version)
    changed = {path: with_version(path.read_text(encoding="utf-8"), version, path != CORE) for path in projects()}
    for name, pattern in _REPEATED.items():
        path = CHECKOUT / name
        changed[path], count = pattern.subn(version, path.read_text(encoding="utf-8"))
        if not count:
            raise ValueError(f"{name} has no version")
    path = CHECKOUT / _THIRD_PARTY
    changed[path], count = _CORE.subn(f'"{requirement(version)}"', path.read_text(encoding="utf-8"))
    if not count:
        raise ValueError(f"{_THIRD_PARTY} does not require the core")
    return {path: text for path, text in changed.items() if text != path.read_text(encoding="utf-8")}


def change_version(version: str) -> list[Path]:
    """Write a version to all distributions; return the files that changed.

    Raises ValueError for an invalid version. Then no file is changed.
    """
    outdated = _outdated(version)
    for path, text in outdated.items():
        path.write_text(text, encoding="utf-8")
    return list(outdated)


def differences() -> list[str]:
    """Return a line for each file whose version, or requirement of the core, differs from that of the core."""
    expected = version()
    return [
        f"{path.relative_to(CHECKOUT).as_posix()} does not have the version {expected}, or requires another core"
        for path in _outdated(expected)
    ]
