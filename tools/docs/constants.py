"""Reference pages of constants, one for each distribution, with the value on each system."""

from __future__ import annotations

from typing import Any

from .text import GENERATED, SYSTEMS, heading, literal, names_of

ORDER = (
    "sockcore", "sockcore-inet", "sockcore-unix", "sockcore-can", "sockcore-bluetooth", "sockcore-linux-misc",
    "sockcore-windows", "sockcore-bsd",
)  # fmt: skip


def merge(snapshots: dict[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return distribution -> name -> system -> value.

    A name that several distributions register, each on other systems, belongs to the first of them.
    """
    owners: dict[str, str] = {}
    merged: dict[str, dict[str, dict[str, Any]]] = {owner: {} for owner in ORDER}
    for owner in ORDER:
        for system in SYSTEMS:
            for name, value in snapshots[system]["constants"].get(owner, {}).items():
                home = owners.setdefault(name, owner)
                merged[home].setdefault(name, {})[system] = value
    return merged


def pages(snapshots: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the name of each page -> its text."""
    return {f"constants-{owner}": _page(owner, names) for owner, names in merge(snapshots).items()}


def _page(owner: str, names: dict[str, dict[str, Any]]) -> str:
    parts = [
        GENERATED,
        heading(f"Constants of {owner}"),
        (
            "Each constant has its number on each system that defines it. The numbers are those of x86_64, and of "
            "arm64 for macOS. Other processors and C libraries have other numbers for some names. "
            ":samp:`python -m sockcore constants {NAME}` prints the number on your machine. A name exists only on a "
            "system whose headers define it.\n"
        ),
        ".. py:currentmodule:: sockcore\n",
    ]
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(name.partition("_")[0], []).append(name)
    single = [name for members in groups.values() if len(members) == 1 for name in members]
    several = {prefix: members for prefix, members in groups.items() if len(members) > 1}
    for prefix, members in [*several.items(), *([("Others", single)] if single else [])]:
        parts.append(heading(prefix, "-"))
        parts += [f".. py:data:: {name}\n\n   {values(names[name])}\n" for name in members]
    return "\n".join(parts)


def values(by_system: dict[str, Any]) -> str:
    """Return the values of a constant as text. Systems with the same value are together."""
    systems: dict[Any, list[str]] = {}
    for system in SYSTEMS:
        if system in by_system:
            systems.setdefault(by_system[system], []).append(system)
    return "; ".join(f"{literal(number(value))} on {names_of(group)}" for value, group in systems.items())


def number(value: Any) -> str:
    """Return a number as text. Large numbers are hexadecimal."""
    return repr(value) if isinstance(value, str) or abs(value) < 65536 else f"{value:#x}"
