"""The text of the generated modules."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .sharing import Table

#: Masks, addresses and large option numbers, which are customary in hexadecimal.
_HEX = re.compile(r"MSG_.*|AI_.*|NI_(?!MAX).*|INADDR_.*|SO_.*|SOL_.*|SOCK_(CLO|NON|NO|FLAGS).*")
_HEX_FROM = {"SO": 0x100, "SOL": 0x1000}


def number(name: str, value: int | None) -> str:
    """Return the number in the customary base for the name."""
    prefix = name.split("_")[0]
    if value is not None and _HEX.fullmatch(name) and value >= _HEX_FROM.get(prefix, 0):
        return f"0x{value:X}"
    return str(value)


def _lines(values: Mapping[str, int | None], indent: str) -> list[str]:
    return [f'{indent}"{name}": {number(name, values[name])},' for name in sorted(values)]


def _dictionary(name: str, annotation: str, body: list[str]) -> str:
    if not body:
        return f"{name}: {annotation} = {{}}\n"
    return f"{name}: {annotation} = {{\n" + "\n".join(body) + "\n}\n"


def _head(summary: str, source: str) -> str:
    return (
        f'"""{summary}"""\n\n# Made by tools/headers ({source}): not to be edited.\n\n'
        "from __future__ import annotations\n\n"
    )


def names_module(summary: str, source: str, names: Mapping[str, int]) -> str:
    """Return the module of constants that are the same on all systems."""
    return _head(summary, source) + _dictionary("NAMES", "dict[str, int]", _lines(names, "    "))


def system_module(summary: str, source: str, table: Table, guids: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the module of a system, with its GUIDs."""
    body = []
    for condition, changes in table.variants.items():
        body += [f'    "{condition}": {{', *_lines(changes, " " * 8), "    },"]
    variants = _dictionary("VARIANTS", "dict[str, dict[str, int | None]]", body)
    texts = [f'    "{name}": "{guids[name]}",' for name in sorted(guids)]
    parts = [names_module(summary, source, table.names), variants]
    return "\n".join(parts + ([_dictionary("GUIDS", "dict[str, str]", texts)] if texts else []))


def families_module(summary: str, source: str, families: Mapping[int, str]) -> str:
    """Return the module of the address families of a system by number."""
    body = [f'    {value}: "{name}",' for value, name in sorted(families.items())]
    return _head(summary, source) + _dictionary("NAMES", "dict[int, str]", body)
