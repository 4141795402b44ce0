"""tools.headers with the compiler: values, layouts, and detected differences."""

from __future__ import annotations

import re
import shutil
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from tools.headers import config, layouts, measuring, probe, sources, tables
from tools.headers.targets import TARGETS, target

from sockcore._families.structs import I32, LE64, U16, U32, CStruct, CUnion, Struct, octets, padding

pytest.importorskip("ziglang", reason="the tox environment 'headers' has the headers and their compiler")

ROOT = Path(__file__).parents[2]
BIG, SMALL, MUSL = target("s390x-linux-gnu"), target("x86-linux-gnu"), target("powerpc64-linux-musl")
WINDOWS, WINDOWS32 = target("x86_64-windows-gnu"), target("x86-windows-gnu")


@pytest.fixture(scope="module")
def generated():
    return tables.files(measuring.measure_all())


@pytest.fixture
def copy(tmp_path):
    for distribution in config.DISTRIBUTIONS:
        shutil.copytree(ROOT / distribution.folder, tmp_path / distribution.folder)
    return tmp_path


def test_tables_match_headers(generated):
    assert tables.diff(generated, ROOT) == []


def test_diff_reports_changed_number(generated, copy):
    file = copy / config.INET.folder / "linux.py"
    file.write_text(file.read_text().replace("2,  # IP_TTL\n", "3,  # IP_TTL\n"))
    changed = [line for line in tables.diff(generated, copy) if line[:2] in ("- ", "+ ")]
    assert changed == ["-    3,  # IP_TTL\n", "+    2,  # IP_TTL\n"]


def test_diff_reports_missing_and_additional_names(generated, copy):
    file = copy / config.CORE.folder / "openbsd.py"
    file.write_text(file.read_text().replace("SO_ZEROIZE", "SO_SOMETHING"))
    assert [line for line in tables.diff(generated, copy) if line[:1] in "-+" and "SO_" in line] == [
        "-SO_SOMETHING\n",
        "+SO_ZEROIZE\n",
        "-    0x2000,  # SO_SOMETHING\n",
        "+    0x2000,  # SO_ZEROIZE\n",
    ]


def test_diff_reports_changed_guid(generated, copy):
    file = copy / config.WINDOWS.folder / "windows.py"
    file.write_text(file.read_text().replace('"HV_GUID_PARENT": "A42E', '"HV_GUID_PARENT": "A52E'))
    changed = [line[:28] for line in tables.diff(generated, copy) if line[:2] in ("- ", "+ ")]
    assert changed == ['-    "HV_GUID_PARENT": "A52E', '+    "HV_GUID_PARENT": "A42E']


def test_diff_reports_additional_file(generated, copy):
    path = f"{config.UNIX.folder}/plan9.py"
    (copy / path).write_text("NAMES = {}\n")
    assert "-NAMES = {}\n" in tables.diff(generated, copy)


def test_write_restores_only_changed_files(generated, copy):
    path = f"{config.UNIX.folder}/darwin.py"
    (copy / path).unlink()
    assert tables.write(generated, copy) == [path]
    assert tables.diff(generated, copy) == []
    assert tables.write(generated, copy) == []


@pytest.mark.parametrize(
    "where", [BIG, SMALL, target("aarch64-macos"), WINDOWS, WINDOWS32], ids=lambda where: where.triple
)
def test_evaluate_returns_constants_for_any_object_format(where):
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
        "unsigned_as_a_long": -1 if where.long == 4 else 0xFFFFFFFF,
    }


@pytest.mark.parametrize("where", [WINDOWS32, target("aarch64-windows-gnu")], ids=lambda where: where.triple)
def test_measure_guids_returns_constants_and_macros(where):
    wanted = {"HV_GUID_WILDCARD", "HV_GUID_LOOPBACK", "WSAID_WSARECVMSG"}
    assert probe.measure_guids(where, ("winsock2.h", "mswsock.h", "hvsocket.h"), wanted.__contains__) == {
        "HV_GUID_LOOPBACK": "E0E16197-DD56-4A10-9195-5EE7A155A838",
        "HV_GUID_WILDCARD": "00000000-0000-0000-0000-000000000000",
        "WSAID_WSARECVMSG": "F689D7C8-6F1F-436B-8A53-E54FE351C322",
    }


def test_measure_guids_compiler_error_raises(monkeypatch):
    monkeypatch.setattr(probe, "guid_initialisers", lambda text: {"GUID_X": "{ NO_SUCH_NAME }"})
    with pytest.raises(RuntimeError, match="does not compile"):
        probe.measure_guids(WINDOWS, ("winsock2.h",), bool)


def test_measure_stale_correction_raises(monkeypatch):
    compile_and_measure, by_headers = probe.measure, {}

    def measure_once(where, headers, *functions):
        if headers not in by_headers:
            by_headers[headers] = compile_and_measure(where, headers, *functions)
        return by_headers[headers]

    monkeypatch.setattr(probe, "measure", measure_once)  # the headers do not change, and those of Windows are large
    assert measuring.measure(WINDOWS).numbers["EAI_NODATA"] == 11001
    for stale in ({"EAI_NODATA": 11004}, {"EAI_NO_SUCH": 1}):
        monkeypatch.setitem(sources.CORRECTED, "windows", stale)
        with pytest.raises(ValueError, match=f"remove from sources.CORRECTED: {next(iter(stale))}"):
            measuring.measure(WINDOWS)


def test_measure_returns_enum_members():
    types = {"IPPROTO_TCP": "long", "INADDR_NONE": "long long", "IPPROTO_MAX": "long"}
    values = probe.measure(BIG, ("netinet/in.h",), str, types.get)
    assert values == {"IPPROTO_TCP": 6, "INADDR_NONE": 0xFFFFFFFF, "IPPROTO_MAX": 263}


def test_measure_returns_public_names():
    public_name = partial(sources.public_name, headers=("linux/can/bcm.h",))
    values = probe.measure(
        SMALL, ("linux/can/bcm.h",), public_name, {"CAN_BCM_TX_SETUP": "long", "TX_READ": "long"}.get
    )
    assert values == {"CAN_BCM_TX_SETUP": 1}


@pytest.mark.parametrize("where", TARGETS, ids=lambda where: where.triple)
def test_declared_structs_match_headers(where):
    result = layouts.check(where, layouts.declared(where))
    assert result.errors == []
    assert result.assertions > 40


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32), ("gid", U32)), []),
        (Struct("struct ucred", "<sys/socket.h>", ("uid", U32), ("pid", I32), ("gid", U32)), ["uid", "pid"]),
        (Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32)), ["size"]),
        (Struct("struct ucred", "<sys/socket.h>", ("pid", U16)), ["size", "pid"]),
        (Struct("struct nothing", "<sys/socket.h>", ("pid", I32)), ["size", "pid"]),
    ],
)
def test_check_reports_wrong_struct(declared, expected):
    wrong = layouts.check(BIG, [layouts.layout_of(declared, BIG)]).errors
    assert [line.split('"')[1] for line in wrong] == expected


@pytest.mark.parametrize("where", [WINDOWS, WINDOWS32], ids=lambda where: where.triple)
@pytest.mark.parametrize(
    ("gap", "expected"), [((), []), ((("gap", padding(6)),), ["size", "btAddr", "serviceClassId", "port"])]
)
def test_check_packed_windows_struct_reports_gap(where, gap, expected):
    fields = (*gap, ("btAddr", LE64), ("serviceClassId", octets(16)), ("port", U32))
    declared = Struct("SOCKADDR_BTH", "<ws2bth.h>", *fields, sockaddr=True)
    wrong = layouts.check(where, [layouts.layout_of(declared, where)]).errors
    assert [line.split('"')[1] for line in wrong] == expected


def test_included_for_replaces_headers_on_windows():
    assert layouts.included_for("<netinet/in.h>", WINDOWS) == ["<winsock2.h>", "<ws2tcpip.h>"]
    assert layouts.included_for("<sys/un.h>", WINDOWS) == ["<winsock2.h>", "<afunix.h>"]
    assert layouts.included_for("<winsock2.h> <ws2bth.h>", WINDOWS) == ["<winsock2.h>", "<winsock2.h>", "<ws2bth.h>"]
    assert layouts.included_for("<sys/un.h>", BIG) == ["<sys/types.h>", "<sys/un.h>"]


def test_layout_of_windows_struct_has_32_bit_long():
    declared = CStruct("struct x", "<x.h>", {"*": (("a", "long"), ("b", "pointer"), ("c", "uint"), ("d", "u64"))})
    assert layouts.layout_of(declared, WINDOWS)[2:4] == (32, {"a": (0, 4), "b": (8, 8), "c": (16, 4), "d": (24, 8)})
    assert layouts.layout_of(declared, WINDOWS32)[2:4] == (24, {"a": (0, 4), "b": (4, 4), "c": (8, 4), "d": (16, 8)})
    assert layouts.layout_of(declared, SMALL)[2:4] == (20, {"a": (0, 4), "b": (4, 4), "c": (8, 4), "d": (12, 8)})
    real = CStruct("struct timeval", "<winsock2.h>", {"*": (("tv_sec", "long"), ("tv_usec", "long"))})
    for where in (WINDOWS, WINDOWS32):
        assert layouts.check(where, [layouts.layout_of(real, where)]).errors == []


def declared_anywhere():
    """Return the names of all structs in STRUCTS and STRUCTS_BY_SYSTEM.

    They are those of the core and of plugins.
    """
    names = set()
    for source in (ROOT / "sockcore/src", *(ROOT / "plugins").glob("*/src")):
        for path in source.rglob("*.py"):
            if re.search(r"^STRUCTS(_BY_SYSTEM)?\b.* = ", path.read_text(encoding="utf-8"), re.MULTILINE):
                module = import_module(".".join(path.relative_to(source).with_suffix("").parts))
                for attribute in ("STRUCTS", "STRUCTS_BY_SYSTEM"):
                    declared = getattr(module, attribute, ())
                    groups = declared.values() if isinstance(declared, dict) else (declared,)
                    names.update(struct.name for group in groups for struct in group)
    return names


def test_declared_contains_all_structs():
    checked = {layout.name for where in TARGETS for layout in layouts.declared(where)}
    assert len(checked) > 60
    assert declared_anywhere() - checked == set()


@pytest.mark.parametrize("where", [BIG, SMALL, MUSL], ids=lambda where: where.triple)
def test_check_reports_swapped_pointer_fields(where):
    fields = (("iov_len", "size"), ("iov_base", "pointer"))
    swapped = CStruct("struct iovec", "<sys/uio.h>", {"*": fields})
    assert len(layouts.check(where, [layouts.layout_of(swapped, where)]).errors) == 2
    right = CStruct("struct iovec", "<sys/uio.h>", {"linux": fields[::-1]})
    assert layouts.check(where, [layouts.layout_of(right, where)]).errors == []


def test_layout_of_struct_with_pointers_is_aligned():
    declared = CStruct("struct x", "<x.h>", {"*": (("a", "short"), ("b", "pointer"), ("c", "int"))})
    assert layouts.layout_of(declared, BIG)[2:4] == (24, {"a": (0, 2), "b": (8, 8), "c": (16, 4)})
    assert layouts.layout_of(declared, SMALL)[2:4] == (12, {"a": (0, 2), "b": (4, 4), "c": (8, 4)})


def test_layout_of_struct_with_u64_follows_abi():
    fields = (("name", "u64"), ("pgn", "uint"), ("addr", "u8"))
    declared = CStruct("struct x", "<x.h>", {"*": fields})
    assert layouts.layout_of(declared, BIG).size == layouts.layout_of(declared, SMALL).size == 16
    reordered = CStruct("struct x", "<x.h>", {"*": fields[1:] + fields[:1]}, align=8)
    assert layouts.layout_of(reordered, BIG)[2:4] == (16, {"pgn": (0, 4), "addr": (4, 1), "name": (8, 8)})
    assert layouts.layout_of(reordered, SMALL)[2:4] == (16, {"pgn": (0, 4), "addr": (4, 1), "name": (8, 8)})
    short = CStruct("struct x", "<x.h>", {"*": (("pgn", "uint"), ("name", "u64"), ("addr", "u8"))})
    assert layouts.layout_of(short, SMALL)[2:4] == (16, {"pgn": (0, 4), "name": (4, 8), "addr": (12, 1)})
    assert layouts.layout_of(short, BIG)[2:4] == (24, {"pgn": (0, 4), "name": (8, 8), "addr": (16, 1)})


@pytest.mark.parametrize("where", [BIG, SMALL, MUSL], ids=lambda where: where.triple)
def test_check_compares_arms_of_union(where):
    inside = "__in6_u" if where.libc != "musl" else "__in6_union"
    names = {"__in6_u": ("__u6_addr8", "__u6_addr32"), "__in6_union": ("__s6_addr", "__s6_addr32")}[inside]
    addr = CUnion(*((name, octets(16)) for name in names))
    declared = CStruct("struct in6_addr", "<netinet/in.h>", {"*": ((inside, addr),)}, align=4)
    layout = layouts.layout_of(declared, where)
    assert layout[2:4] == (16, {f"{inside}.{names[0]}": (0, 16), f"{inside}.{names[1]}": (0, 16), inside: (0, 16)})
    assert layouts.check(where, [layout]).errors == []
    wrong = CUnion((names[0], octets(16)), (names[1], octets(12)))
    declared = CStruct("struct in6_addr", "<netinet/in.h>", {"*": ((inside, wrong),)}, align=4)
    assert len(layouts.check(where, [layouts.layout_of(declared, where)]).errors) == 1


def test_layout_of_anonymous_union_is_aligned():
    fields = (("a", "short"), ("", CUnion(("p", "pointer"), ("n", "int"))), ("b", "u8"))
    declared = CStruct("struct x", "<x.h>", {"*": fields})
    assert layouts.layout_of(declared, BIG)[2:4] == (24, {"a": (0, 2), "p": (8, 8), "n": (8, 4), "b": (16, 1)})
    assert layouts.layout_of(declared, SMALL)[2:4] == (12, {"a": (0, 2), "p": (4, 4), "n": (4, 4), "b": (8, 1)})
