"""Declarations, tables and GUIDs against mingw-w64's headers, as a C program tells that ran on this Windows."""

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

TOLD = Path(os.environ["WINE_LAYOUTS"]).read_text(encoding="ascii").splitlines()
TARGET = targets.target("x86_64-windows-gnu")
PACKAGES = [
    "sockcore._platform.tables",
    "sockcore_inet.tables",
    "sockcore_unix.tables",
    "sockcore_bluetooth.tables",
    "sockcore_windows.tables",
]
#: Said beside the headers (tools/headers/sources.py tells why), or where they are wrong.
SAID = {**sources.DEFAULTS, **sources.ADDED["windows"], **sources.OTHERWISE["windows"]}


def told(kind: str) -> dict[str, list[int]]:
    found = {}
    for line in TOLD:
        what, name, *numbers = line.split(" ")
        if what == kind and kind != "guid":
            found[name.replace("~", " ")] = [int(number) for number in numbers]
    return found


STRUCTS, FIELDS, CONSTANTS = told("struct"), told("field"), told("constant")
GUIDS = {line.split(" ")[1]: bytes.fromhex(line.split(" ")[2]) for line in TOLD if line.startswith("guid ")}
DECLARED = layouts.declared(TARGET)


def test_the_machine_of_the_program_is_this_one() -> None:
    assert (TARGET.pointer, TARGET.byteorder) == (ctypes.sizeof(ctypes.c_void_p), sys.byteorder)
    assert len(STRUCTS) >= 20
    assert len(CONSTANTS) >= 300
    assert len(GUIDS) >= 8


@pytest.mark.parametrize("layout", DECLARED, ids=lambda layout: layout.name)
def test_structs(layout: Any) -> None:
    if layout.name not in STRUCTS:
        pytest.skip(f"mingw's headers lack {layout.name} of {layout.header}")
    assert STRUCTS[layout.name] == [layout.size]
    fields = {field: tuple(FIELDS.get(f"{layout.name}.{field}", ())) for field in layout.fields}
    lacking = [field for field, numbers in fields.items() if not numbers]
    assert {field: place for field, place in layout.fields.items() if field not in lacking} == {
        field: numbers for field, numbers in fields.items() if numbers
    }
    assert not lacking, f"mingw's headers lack these fields of {layout.name}: {lacking}"


def _c_structs() -> list[Any]:
    found = []
    for name, systems in sources.LAYOUTS.items():
        if "windows" in systems:
            found += getattr(import_module(name), "STRUCTS_BY_SYSTEM", {}).get("windows", ())
            found += getattr(import_module(name), "STRUCTS", ())
    return [struct for struct in found if struct.mode == "@"]


@pytest.mark.parametrize("struct", _c_structs(), ids=lambda struct: struct.name)
def test_what_ctypes_and_struct_make_of_them_here(struct: Any) -> None:
    """The sizes above are worked out by the rules of the ABI; these are what this Python really uses."""
    size = layouts.layout_of(struct, TARGET).size
    made = struct.build()
    assert ctypes.sizeof(made) == size
    for name, (offset, length) in layouts.layout_of(struct, TARGET).fields.items():
        field = getattr(made, name)
        assert (field.offset, field.size) == (offset, length)
    assert struct.packer().size == size


def _names(package: str) -> dict[str, int]:
    return load(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_tables(package: str) -> None:
    """What the headers say, the table says."""
    ours = _names(package)
    assert ours
    both = [name for name in ours if name in CONSTANTS and name not in sources.OTHERWISE["windows"]]
    assert {name: ours[name] for name in both} == {name: CONSTANTS[name][0] for name in both}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_the_headers_lack_is_said(package: str) -> None:
    lacking = sorted(_names(package).keys() - CONSTANTS.keys() - SAID.keys())
    if lacking:
        pytest.skip(f"mingw's headers, which are older than zig's, lack {', '.join(lacking)}")


def test_what_is_otherwise() -> None:
    """Names whose value in the headers is not that of Windows: the genuine interpreter has the other one too."""
    import socket

    for name, value in sources.OTHERWISE["windows"].items():
        assert getattr(socket, name) == getattr(sockcore, name) == value
        assert CONSTANTS.get(name, [None])[0] != value


def test_guids() -> None:
    found = {name: value for name, value in _guids().items() if name in GUIDS}
    assert len(found) >= 8
    assert found == {name: GUIDS[name] for name in found}


def _guids() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for package in PACKAGES:
        tables = import_module(f"{package}.windows")
        found.update({name: uuid.UUID(text).bytes_le for name, text in getattr(tables, "GUIDS", {}).items()})
    return found
