"""The generated files: their paths in the repository and their text."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from . import config, sharing, sources, writing, zig
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .config import Distribution
    from .measuring import Measured


def files(measured: Measured) -> dict[str, str]:
    """Return path and text of every generated file."""
    source = f"the headers in ziglang {zig.version()}"
    made: dict[str, str] = {}
    for distribution in config.DISTRIBUTIONS:
        mine = {
            target.triple: _part(distribution, measured[target.triple].numbers, target.system)
            for target in TARGETS
            if target.system in distribution.on()
        }
        everywhere = sharing.shared(mine.values())
        folder = distribution.folder
        made[f"{folder}/__init__.py"] = f'"""Constants of {distribution.name}, by system: made by tools/headers."""\n'
        made[f"{folder}/everywhere.py"] = writing.names_module(
            "Constants that every system has, with one value.", source, everywhere
        )
        for system in distribution.on():
            rest = {
                target.words: {n: v for n, v in mine[target.triple].items() if n not in everywhere}
                for target in TARGETS
                if target.system == system
            }
            made[f"{folder}/{system}.py"] = writing.system_module(
                f"Constants of {config.SYSTEMS[system]}, beside those in everywhere.",
                source,
                sharing.table(rest),
                _guids(distribution, [measured[target.triple].guids for target in TARGETS if target.system == system]),
            )
    for system, title in config.SYSTEMS.items():
        values = {n: v for t in TARGETS if t.system == system for n, v in measured[t.triple].numbers.items()}
        made[f"{config.CORE.folder}/families_{system}.py"] = writing.families_module(
            f"The address families of {title} by number, for messages.", source, families(values)
        )
    return made


def drift(made: Mapping[str, str], root: Path) -> list[str]:
    """Return the lines of a unified diff from the files under *root* to what was *made*; other files are too many."""
    lines: list[str] = []
    others = {
        file.relative_to(root).as_posix(): ""
        for distribution in config.DISTRIBUTIONS
        for file in (root / distribution.folder).glob("*.py")
    }
    for path, text in {**others, **made}.items():
        file = root / path
        present = file.read_text(encoding="utf-8") if file.exists() else ""
        lines += unified_diff(
            present.splitlines(keepends=True), text.splitlines(keepends=True), path, f"{path} by the headers"
        )
    return lines


def write(made: Mapping[str, str], root: Path) -> list[str]:
    """Write the files that differ under *root*; return their paths."""
    changed = []
    for path in made:
        file = root / path
        if file.exists() and file.read_text(encoding="utf-8") == made[path]:
            continue
        changed.append(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(made[path], encoding="utf-8")
    return changed


def _part(distribution: Distribution, values: Mapping[str, int], system: str) -> dict[str, int]:
    facts = {name for name, _ in distribution.facts}
    return {n: v for n, v in values.items() if n in facts or config.owner(n, system) is distribution}


def _guids(distribution: Distribution, values: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the distribution's GUIDs, which are the same on all targets of a system."""
    first, *others = ({n: v for n, v in one.items() if distribution.has_guid(n)} for one in values)
    if any(other != first for other in others):
        raise ValueError(f"GUIDs of {distribution.name} that differ by processor")
    return first


def families(values: Mapping[str, int]) -> dict[int, str]:
    """Return the name of each address family by its number."""
    found: dict[int, str] = {}
    for name in sorted(values, key=lambda name: (name not in sources.FAMILY_NAMES, len(name), name)):
        if name.startswith("AF_") and name != "AF_MAX":
            found.setdefault(values[name], name)
    return found
