"""Declarations, tables and GUIDs, compared with the headers of mingw-w64.

A C program that ran on this Windows has written the file WINE_LAYOUTS.
"""

from __future__ import annotations

import ctypes
import os
import sys
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import sockcore
from sockcore._platform import load

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.headers import layouts, sources, targets

LINES = Path(os.environ["WINE_LAYOUTS"]).read_text(encoding="ascii").splitlines()
TARGET = targets.target("x86_64-windows-gnu")
PACKAGES = [
    "sockcore._platform.tables",
    "sockcore_inet.tables",
    "sockcore_unix.tables",
    "sockcore_bluetooth.tables",
    "sockcore_windows.tables",
]
#: Constants that the headers lack or define differently (see tools/headers/sources.py).
EXCEPTIONS = {**sources.DEFAULTS, **sources.ADDED["windows"], **sources.CORRECTED["windows"]}


def parse_numbers(line_type: str) -> dict[str, list[int]]:
    values = {}
    for line in LINES:
        first, name, *numbers = line.split(" ")
        if first == line_type and line_type != "guid":
            values[name.replace("~", " ")] = [int(number) for number in numbers]
    return values


STRUCTS, FIELDS, CONSTANTS = parse_numbers("struct"), parse_numbers("field"), parse_numbers("constant")
GUIDS = {line.split(" ")[1]: bytes.fromhex(line.split(" ")[2]) for line in LINES if line.startswith("guid ")}
DECLARED = layouts.declared(TARGET)


def test_layouts_program_matches_this_machine() -> None:
    assert (TARGET.pointer, TARGET.byteorder) == (ctypes.sizeof(ctypes.c_void_p), sys.byteorder)
    assert len(STRUCTS) >= 20
    assert len(CONSTANTS) >= 300
    assert len(GUIDS) >= 8


@pytest.mark.parametrize("layout", DECLARED, ids=lambda layout: layout.name)
def test_struct_layout_matches_headers(layout: Any) -> None:
    if layout.name not in STRUCTS:
        pytest.skip(f"the headers of mingw-w64 lack {layout.name} of {layout.header}")
    assert STRUCTS[layout.name] == [layout.size]
    fields = {field: tuple(FIELDS.get(f"{layout.name}.{field}", ())) for field in layout.fields}
    lacking = [field for field, numbers in fields.items() if not numbers]
    assert {field: place for field, place in layout.fields.items() if field not in lacking} == {
        field: numbers for field, numbers in fields.items() if numbers
    }
    assert not lacking, f"the headers of mingw-w64 lack these fields of {layout.name}: {lacking}"


def _c_structs() -> list[Any]:
    structs = []
    for name, systems in sources.LAYOUTS.items():
        if "windows" in systems:
            structs += getattr(import_module(name), "STRUCTS_BY_SYSTEM", {}).get("windows", ())
            structs += getattr(import_module(name), "STRUCTS", ())
    return [struct for struct in structs if struct.mode == "@"]


@pytest.mark.parametrize("struct", _c_structs(), ids=lambda struct: struct.name)
def test_struct_layout_matches_ctypes_and_struct(struct: Any) -> None:
    """The expected sizes follow the rules of the ABI.

    This test compares them with ctypes and struct.
    """
    size = layouts.layout_of(struct, TARGET).size
    structure = struct.build()
    assert ctypes.sizeof(structure) == size
    for name, (offset, length) in layouts.layout_of(struct, TARGET).fields.items():
        field = getattr(structure, name)
        assert (field.offset, field.size) == (offset, length)
    assert struct.packer().size == size


def _names(package: str) -> dict[str, int]:
    return load(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_table_values_match_headers(package: str) -> None:
    table = _names(package)
    assert table
    common = [name for name in table if name in CONSTANTS and name not in sources.CORRECTED["windows"]]
    assert {name: table[name] for name in common} == {name: CONSTANTS[name][0] for name in common}


@pytest.mark.parametrize("package", PACKAGES)
def test_table_names_are_in_headers_or_exceptions(package: str) -> None:
    lacking = sorted(_names(package).keys() - CONSTANTS.keys() - EXCEPTIONS.keys())
    if lacking:
        pytest.skip(f"the headers of mingw-w64, which are older than those of zig, lack {', '.join(lacking)}")


def test_otherwise_values_match_cpython() -> None:
    """The headers' values of these names differ from Windows and from CPython."""
    import socket

    for name, value in sources.CORRECTED["windows"].items():
        assert getattr(socket, name) == getattr(sockcore, name) == value
        assert CONSTANTS.get(name, [None])[0] != value


def test_guids_match_headers() -> None:
    common = {name: value for name, value in _guids().items() if name in GUIDS}
    assert len(common) >= 8
    assert common == {name: GUIDS[name] for name in common}


def _guids() -> dict[str, bytes]:
    guids: dict[str, bytes] = {}
    for package in PACKAGES:
        tables = import_module(f"{package}.windows")
        guids.update({name: uuid.UUID(text).bytes_le for name, text in getattr(tables, "GUIDS", {}).items()})
    return guids
