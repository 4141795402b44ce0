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
    """Return path and text of all generated files."""
    source = f"the headers in ziglang {zig.version()}"
    generated: dict[str, str] = {}
    for distribution in config.DISTRIBUTIONS:
        numbers = {
            target.triple: _part(distribution, measured[target.triple].numbers, target.system)
            for target in TARGETS
            if target.system in distribution.on()
        }
        folder = distribution.folder
        generated[f"{folder}/__init__.py"] = (
            f'"""Constants of {distribution.name}, by system: made by tools/headers."""\n'
        )
        for system in distribution.on():
            of_system = {target.words: numbers[target.triple] for target in TARGETS if target.system == system}
            generated[f"{folder}/{system}.py"] = writing.system_module(
                f"Constants of {config.SYSTEMS[system]}.",
                source,
                sharing.table(of_system),
                _guids(distribution, [measured[target.triple].guids for target in TARGETS if target.system == system]),
            )
    for system, title in config.SYSTEMS.items():
        values = {n: v for t in TARGETS if t.system == system for n, v in measured[t.triple].numbers.items()}
        generated[f"{config.CORE.folder}/families_{system}.py"] = writing.families_module(
            f"The address families of {title} by number, for messages.", source, families(values)
        )
    return generated


def diff(generated: Mapping[str, str], root: Path) -> list[str]:
    """Return a unified diff from the files under *root* to the generated ones.

    Other files appear as removed.
    """
    lines: list[str] = []
    others = {
        file.relative_to(root).as_posix(): ""
        for distribution in config.DISTRIBUTIONS
        for file in (root / distribution.folder).glob("*.py")
    }
    for path, text in {**others, **generated}.items():
        file = root / path
        present = file.read_text(encoding="utf-8") if file.exists() else ""
        lines += unified_diff(
            present.splitlines(keepends=True), text.splitlines(keepends=True), path, f"{path} by the headers"
        )
    return lines


def write(generated: Mapping[str, str], root: Path) -> list[str]:
    """Write generated files that differ from those under *root*; return their paths."""
    changed = []
    for path in generated:
        file = root / path
        if file.exists() and file.read_text(encoding="utf-8") == generated[path]:
            continue
        changed.append(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(generated[path], encoding="utf-8")
    return changed


def _part(distribution: Distribution, values: Mapping[str, int], system: str) -> dict[str, int]:
    facts = {name for name, _ in distribution.facts}
    return {n: v for n, v in values.items() if n in facts or config.owner(n, system) is distribution}


def _guids(distribution: Distribution, values: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return a distribution's GUIDs, which all targets of a system must share."""
    first, *others = ({n: v for n, v in guids.items() if distribution.has_guid(n)} for guids in values)
    if any(other != first for other in others):
        raise ValueError(f"GUIDs of {distribution.name} that differ by processor")
    return first


def families(values: Mapping[str, int]) -> dict[int, str]:
    """Return the names of address families by number."""
    by_number: dict[int, str] = {}
    for name in sorted(values, key=lambda name: (name not in sources.FAMILY_NAMES, len(name), name)):
        if name.startswith("AF_") and name != "AF_MAX":
            by_number.setdefault(values[name], name)
    return by_number
