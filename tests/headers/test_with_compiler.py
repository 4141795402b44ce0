"""The tool with the compiler: it reads what headers say, and finds what is not as they say."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from tools.headers import config, layouts, measuring, probe, tables
from tools.headers.targets import TARGETS, target

from sockcore._platform.cstruct import CStruct
from sockcore._registry.layout import I32, U16, U32, Struct

pytest.importorskip("ziglang", reason="the tox environment 'headers' has the headers and their compiler")

ROOT = Path(__file__).parents[2]
BIG, SMALL, MUSL = target("s390x-linux-gnu"), target("x86-linux-gnu"), target("powerpc64-linux-musl")


@pytest.fixture(scope="module")
def made():
    return tables.files(measuring.measure_all())


@pytest.fixture
def copy(tmp_path):
    for distribution in config.DISTRIBUTIONS:
        shutil.copytree(ROOT / distribution.folder, tmp_path / distribution.folder)
    return tmp_path


def test_the_tables_are_as_the_headers_are(made):
    assert tables.drift(made, ROOT) == []


def test_a_number_typed_in_by_hand_is_found(made, copy):
    file = copy / config.INET.folder / "linux.py"
    file.write_text(file.read_text().replace('"IP_TTL": 2,', '"IP_TTL": 3,'))
    changed = [line for line in tables.drift(made, copy) if line[:2] in ("- ", "+ ")]
    assert changed == ['-    "IP_TTL": 3,\n', '+    "IP_TTL": 2,\n']


def test_a_name_that_is_missing_and_one_too_many_are_found(made, copy):
    file = copy / config.CORE.folder / "openbsd.py"
    file.write_text(file.read_text().replace('    "SO_ZEROIZE"', '    "SO_SOMETHING"'))
    assert [line[:20] for line in tables.drift(made, copy) if line[:2] in ("- ", "+ ")] == [
        '-    "SO_SOMETHING":',
        '+    "SO_ZEROIZE": 0',
    ]


def test_a_file_too_many_is_found(made, copy):
    path = f"{config.UNIX.folder}/plan9.py"
    (copy / path).write_text("NAMES = {}\n")
    assert "-NAMES = {}\n" in tables.drift(made, copy)


def test_writing_mends_what_drifted_and_nothing_else(made, copy):
    path = f"{config.UNIX.folder}/darwin.py"
    (copy / path).unlink()
    assert tables.write(made, copy) == [path]
    assert tables.drift(made, copy) == []
    assert tables.write(made, copy) == []


@pytest.mark.parametrize("where", [BIG, SMALL, target("aarch64-macos")], ids=lambda where: where.triple)
def test_values_come_out_of_any_object_file(where):
    expressions = {
        "large": "0x7FEDCBA9",
        "negative": "-105",
        "unsigned": "0xFFFFFFFFu",
        "unsigned_as_a_long": "(long)0xFFFFFFFFu",
        "address": "(void *)&SOCKCORE_NO_SUCH_NAME",
        "text": '"text"',
        "unknown": "NO_SUCH_NAME",
    }
    assert probe.evaluate(where, ("sys/socket.h",), expressions) == {
        "large": 0x7FEDCBA9,
        "negative": -105,
        "unsigned": 0xFFFFFFFF,
        "unsigned_as_a_long": -1 if where.pointer == 4 else 0xFFFFFFFF,
    }


def test_members_of_enums_are_measured():
    types = {"IPPROTO_TCP": "long", "INADDR_NONE": "long long", "IPPROTO_MAX": "long"}
    found = probe.measure(BIG, ("netinet/in.h",), str, types.get)
    assert found == {"IPPROTO_TCP": 6, "INADDR_NONE": 0xFFFFFFFF, "IPPROTO_MAX": 263}


def test_names_that_are_known_by_another_one():
    known = partial(config.known_as, headers=("linux/can/bcm.h",))
    found = probe.measure(SMALL, ("linux/can/bcm.h",), known, {"CAN_BCM_TX_SETUP": "long", "TX_READ": "long"}.get)
    assert found == {"CAN_BCM_TX_SETUP": 1}


@pytest.mark.parametrize("where", TARGETS, ids=lambda where: where.triple)
def test_every_declared_struct_is_as_the_headers_have_it(where):
    proof = layouts.check(where, layouts.declared(where))
    assert proof.wrong == []
    assert proof.assertions > 40


@pytest.mark.parametrize(
    ("declared", "complaints"),
    [
        (Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32), ("gid", U32)), []),
        (Struct("struct ucred", "<sys/socket.h>", ("uid", U32), ("pid", I32), ("gid", U32)), ["uid", "pid"]),
        (Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32)), ["size"]),
        (Struct("struct ucred", "<sys/socket.h>", ("pid", U16)), ["size", "pid"]),
        (Struct("struct nothing", "<sys/socket.h>", ("pid", I32)), ["size", "pid"]),
    ],
)
def test_a_wrong_struct_is_found(declared, complaints):
    wrong = layouts.check(BIG, [layouts.of_struct(declared)]).wrong
    assert [line.split('"')[1] for line in wrong] == complaints


@pytest.mark.parametrize("where", [BIG, SMALL, MUSL], ids=lambda where: where.triple)
def test_a_wrong_struct_with_pointers_is_found(where):
    fields = (("iov_len", "size"), ("iov_base", "pointer"))
    turned = CStruct("struct iovec", "<sys/uio.h>", {"*": fields})
    assert len(layouts.check(where, [layouts.of_c_struct(turned, where)]).wrong) == 2
    right = CStruct("struct iovec", "<sys/uio.h>", {"linux": fields[::-1]})
    assert layouts.check(where, [layouts.of_c_struct(right, where)]).wrong == []


def test_the_abi_of_a_struct_with_pointers():
    declared = CStruct("struct x", "<x.h>", {"*": (("a", "short"), ("b", "pointer"), ("c", "int"))})
    assert layouts.of_c_struct(declared, BIG)[2:] == (24, {"a": (0, 2), "b": (8, 8), "c": (16, 4)})
    assert layouts.of_c_struct(declared, SMALL)[2:] == (12, {"a": (0, 2), "b": (4, 4), "c": (8, 4)})


def test_the_abi_of_a_struct_with_numbers():
    fields = (("name", "u64"), ("pgn", "uint"), ("addr", "u8"))
    declared = CStruct("struct x", "<x.h>", {"*": fields})
    assert layouts.of_c_struct(declared, BIG).size == layouts.of_c_struct(declared, SMALL).size == 16
    behind = CStruct("struct x", "<x.h>", {"*": fields[1:] + fields[:1]}, align=8)
    assert layouts.of_c_struct(behind, BIG)[2:] == (16, {"pgn": (0, 4), "addr": (4, 1), "name": (8, 8)})
    assert layouts.of_c_struct(behind, SMALL)[2:] == (16, {"pgn": (0, 4), "addr": (4, 1), "name": (8, 8)})
    short = CStruct("struct x", "<x.h>", {"*": (("pgn", "uint"), ("name", "u64"), ("addr", "u8"))})
    assert layouts.of_c_struct(short, SMALL)[2:] == (16, {"pgn": (0, 4), "name": (4, 8), "addr": (12, 1)})
    assert layouts.of_c_struct(short, BIG)[2:] == (24, {"pgn": (0, 4), "name": (8, 8), "addr": (16, 1)})
