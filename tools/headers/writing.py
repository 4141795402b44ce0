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


def part(values: Mapping[str, int | None]) -> tuple[str, tuple[int | None, ...]]:
    """Return names and numbers in the form of a generated table: a text with one name on a line, and a tuple."""
    names = sorted(values)
    return "".join(f"{name}\n" for name in names), tuple(values[name] for name in names)


def _names(values: Mapping[str, int | None], indent: str = "") -> str:
    return '"""\n' + "".join(f"{indent}{name}\n" for name in sorted(values)) + f'{indent}"""'


def _numbers(values: Mapping[str, int | None], indent: str = "") -> str:
    if not values:
        return "()"
    lines = [f"{indent}    {number(name, values[name])},  # {name}\n" for name in sorted(values)]
    return "(\n" + "".join(lines) + f"{indent})"


def _dictionary(name: str, annotation: str, body: list[str]) -> str:
    if not body:
        return f"{name}: {annotation} = {{}}\n"
    return f"{name}: {annotation} = {{\n" + "\n".join(body) + "\n}\n"


def _head(summary: str, source: str) -> str:
    return (
        f'"""{summary}"""\n\n# Made by tools/headers ({source}): not to be edited.\n\n'
        "from __future__ import annotations\n\n"
    )


def system_module(summary: str, source: str, table: Table, guids: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the module of a system, with its GUIDs."""
    facts = {name for values in (table.names, *table.variants.values()) for name in values if name.islower()}
    variants = []
    for condition, changes in table.variants.items():
        indent = " " * 8
        names, numbers = _names(changes, indent), _numbers(changes, indent)
        variants += [f'    "{condition}": (', f"{indent}{names},", f"{indent}{numbers},", "    ),"]
    parts = [
        f"NAMES = {_names(table.names)}\n",
        f"VALUES: tuple[int, ...] = {_numbers(table.names)}\n",
        _dictionary("VARIANTS", "dict[str, tuple[str, tuple[int | None, ...]]]", variants),
        f"FACTS = {_names(dict.fromkeys(facts))}\n",
    ]
    if guids:
        parts.append(
            _dictionary("GUIDS", "dict[str, str]", [f'    "{name}": "{guids[name]}",' for name in sorted(guids)])
        )
    return _head(summary, source) + "\n".join(parts)


def families_module(summary: str, source: str, families: Mapping[int, str]) -> str:
    """Return the module of the address families of a system by number."""
    body = [f'    {value}: "{name}",' for value, name in sorted(families.items())]
    return _head(summary, source) + _dictionary("NAMES", "dict[int, str]", body)
