"""Parts of tools.headers that need no compiler: names in preprocessed text, values in object files, tables."""

from __future__ import annotations

import pytest
from tools.headers import config, probe, sharing, sources, tables, writing


def test_names_returns_macros_and_enum_members():
    text = (
        "#define PLAIN 1\n#define EMPTY\n#define CALL(x) 2\n#define _hidden 3\n"
        "enum kind { SOCK_A = 1, SOCK_B = (1 << 2),\n SOCK_C };\n"
        "typedef enum { MSG_A, MSG_B, } flags;\nstruct s { enum kind k; int FIELD; };\n"
        "#define SOCK_A SOCK_A\nint f(enum kind, int ARGUMENT);\n"
    )
    result = probe.names(text)
    assert {"PLAIN", "SOCK_A", "SOCK_B", "SOCK_C", "MSG_A", "MSG_B"} <= result
    assert not result & {"EMPTY", "CALL", "_hidden", "FIELD", "ARGUMENT"}


def test_guid_initialisers_returns_constants_macros_and_aliases():
    text = (
        "#define DEFINE_GUID(name, l) const GUID name = { l }\n"
        "typedef struct { long Data1; } GUID;\nextern const GUID DECLARED;\nint f(const GUID *, const GUID other);\n"
        "const GUID ZERO = { 0x0, { 0x00, 0x00 } };\n#define WILDCARD ZERO\n"
        "const GUID __attribute__((selectany)) ONE = { 0x1, { 0x00, 0x01 } };\n"
        "#define WSAID_CALL {0x2,{0x0,0x2}}\n#define NUMBER 3\n"
    )
    assert probe.guid_initialisers(text) == {
        "ZERO": "{ 0x0, { 0x00, 0x00 } }",
        "WILDCARD": "{ 0x0, { 0x00, 0x00 } }",
        "ONE": "{ 0x1, { 0x00, 0x01 } }",
        "WSAID_CALL": "{0x2,{0x0,0x2}}",
    }


def test_read_back_returns_values_of_all_records():
    def record(name, value):
        return b"\x01SOCKCORE\x02" + name.encode().ljust(96, b"\0") + b"\x03" + value.to_bytes(8, "big", signed=True)

    data = b"ELF\0" + record("A", 1) + b"\0\0\0" + record("EAI_B", -2) + record("C", 0xFFFFFFFF) + b"\x01SOCKCORE\x02"
    assert probe.read_back(data) == {"A": 1, "EAI_B": -2, "C": 0xFFFFFFFF}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("MSG_PEEK", 2, "0x2"),
        ("SOL_SOCKET", 1, "1"),
        ("SOL_SOCKET", 0xFFFF, "0xFFFF"),
        ("SO_TYPE", 3, "3"),
        ("SO_TYPE", 0x1008, "0x1008"),
        ("SOCK_STREAM", 1, "1"),
        ("SOCK_CLOEXEC", 0x80000, "0x80000"),
        ("NI_MAXHOST", 1025, "1025"),
        ("EAI_FAIL", -4, "-4"),
        ("INADDR_BROADCAST", -1, "-1"),
        ("IPPROTO_MPTCP", 262, "262"),
        ("MSG_TRYHARD", None, "None"),
    ],
)
def test_number_returns_customary_base(name, value, text):
    assert writing.number(name, value) == text


@pytest.mark.parametrize(
    ("name", "system", "owner"),
    [
        ("AF_UNSPEC", "linux", "sockcore"),
        ("SO_REUSEADDR", "linux", "sockcore"),
        ("SCM_TIMESTAMP", "linux", "sockcore"),
        ("AF_UNIX", "linux", "sockcore-unix"),
        ("SCM_RIGHTS", "linux", "sockcore-unix"),
        ("SO_PEERCRED", "linux", "sockcore-unix"),
        ("AF_INET6", "linux", "sockcore-inet"),
        ("TCP_NODELAY", "linux", "sockcore-inet"),
        ("TCP_RTO_MAX_MS", "linux", "sockcore-inet"),
        ("SO_ORIGINAL_DST", "linux", "sockcore-inet"),
        ("SOL_UDP", "linux", "sockcore-inet"),
        ("AF_CAN", "linux", "sockcore-can"),
        ("SOL_CAN_RAW", "linux", "sockcore-can"),
        ("SO_VM_SOCKETS_BUFFER_SIZE", "linux", "sockcore-linux-misc"),
        ("SCM_J1939_PRIO", "linux", "sockcore-can"),
        ("LOCAL_CREDS", "freebsd", "sockcore-bsd"),
        ("SCM_CREDS2", "freebsd", "sockcore-bsd"),
        ("SCM_CREDS", "freebsd", "sockcore-unix"),
        ("AF_APPLETALK", "linux", "sockcore-linux-misc"),
        ("AF_APPLETALK", "darwin", "sockcore-bsd"),
        ("AF_APPLETALK", "windows", "sockcore-windows"),
        ("AF_LINK", "openbsd", "sockcore-bsd"),
        ("AF_LINK", "windows", "sockcore-windows"),
        ("AF_LINK", "linux", None),
        ("PF_SYSTEM", "darwin", "sockcore-bsd"),
        ("SYSPROTO_CONTROL", "darwin", "sockcore-bsd"),
        ("CTLIOCGINFO", "darwin", "sockcore-bsd"),
        ("IPPROTO_DIVERT", "freebsd", "sockcore-inet"),
        ("AF_HYPERV", "windows", "sockcore-windows"),
        ("AF_HYPERV", "freebsd", None),
        ("SIO_RCVALL", "windows", "sockcore-windows"),
        ("SIO_BTH_PING", "windows", None),
        ("AF_UNIX", "windows", "sockcore-unix"),
        ("SO_BTH_MTU", "windows", "sockcore-bluetooth"),
        ("SOL_L2CAP", "windows", None),
        ("SOL_L2CAP", "linux", "sockcore-bluetooth"),
        ("SO_EXCLUSIVEADDRUSE", "windows", "sockcore"),
        ("SO_TIMESTAMP", "freebsd", "sockcore"),
        ("SO_TIMESTAMP", "windows", None),
        ("TCP_NLA_PAD", "linux", None),
        ("EAGAIN", "linux", None),
    ],
)
def test_owner_returns_distribution_of_name(name, system, owner):
    result = config.owner(name, system)
    assert (result.name if result else None) == owner


@pytest.mark.parametrize(
    ("name", "headers", "expected"),
    [
        ("SD_BOTH", ("winsock2.h", "mswsock.h"), "SHUT_RDWR"),
        ("SD_BOTH", ("sys/socket.h",), "SD_BOTH"),
        ("AF_BTH", ("winsock2.h",), "AF_BLUETOOTH"),
        ("BTHPROTO_RFCOMM", ("winsock2.h", "ws2bth.h"), "BTPROTO_RFCOMM"),
        ("TX_SETUP", ("linux/can/bcm.h",), "CAN_BCM_TX_SETUP"),
        ("SO_TYPE", ("winsock2.h",), "SO_TYPE"),
    ],
)
def test_public_name_renames_by_header(name, headers, expected):
    assert sources.public_name(name, headers) == expected


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        ("INADDR_NONE", "linux", "long"),
        ("CAN_RAW_FILTER", "linux", "long long"),
        ("SIO_RCVALL", "windows", "long long"),
        ("BT_PORT_ANY", "windows", "long long"),
        ("SO_BTH_MTU", "windows", "int"),
        ("SO_EXCLUSIVEADDRUSE", "windows", "int"),
    ],
)
def test_type_of_returns_c_type(name, system, expected):
    assert config.owner(name, system).type_of(name) == expected


def test_system_module_with_guids_contains_sorted_guids():
    text = writing.system_module("Sum.", "source", sharing.Table({"AF_X": 1}, {}), {"ID_B": "00-B", "ID_A": "00-A"})
    module: dict[str, dict] = {}
    exec(compile(text, "windows.py", "exec"), module)
    assert (module["NAMES"].split(), module["VALUES"]) == (["AF_X"], (1,))
    assert (module["VARIANTS"], module["FACTS"].split(), module["GUIDS"]) == ({}, [], {"ID_A": "00-A", "ID_B": "00-B"})
    assert list(module["GUIDS"]) == ["ID_A", "ID_B"]
    assert "GUIDS" not in writing.system_module("Sum.", "source", sharing.Table({"AF_X": 1}, {}))


def test_families_prefers_well_known_names():
    values = {"AF_LOCAL": 1, "AF_FILE": 1, "AF_UNIX": 1, "AF_ROUTE": 16, "AF_NETLINK": 16, "AF_MAX": 46, "SO_X": 7}
    assert tables.families(values) == {1: "AF_UNIX", 16: "AF_NETLINK"}
