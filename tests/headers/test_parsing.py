"""Names in preprocessed text, values in an object file, numbers in a table: the tool's parts without a compiler."""

from __future__ import annotations

import pytest
from tools.headers import config, probe, tables, writing


def test_names_are_macros_and_members_of_enums():
    text = (
        "#define PLAIN 1\n#define EMPTY\n#define CALL(x) 2\n#define _hidden 3\n"
        "enum kind { SOCK_A = 1, SOCK_B = (1 << 2),\n SOCK_C };\n"
        "typedef enum { MSG_A, MSG_B, } flags;\nstruct s { enum kind k; int FIELD; };\n"
        "#define SOCK_A SOCK_A\nint f(enum kind, int ARGUMENT);\n"
    )
    found = probe.names(text)
    assert {"PLAIN", "SOCK_A", "SOCK_B", "SOCK_C", "MSG_A", "MSG_B"} <= found
    assert not found & {"EMPTY", "CALL", "_hidden", "FIELD", "ARGUMENT"}


def test_values_are_read_back_from_between_anything():
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
def test_numbers_are_written_as_people_know_them(name, value, text):
    assert writing.number(name, value) == text


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("AF_UNSPEC", "sockcore"),
        ("SO_REUSEADDR", "sockcore"),
        ("SCM_TIMESTAMP", "sockcore"),
        ("AF_UNIX", "sockcore-unix"),
        ("SCM_RIGHTS", "sockcore-unix"),
        ("SO_PEERCRED", "sockcore-unix"),
        ("AF_INET6", "sockcore-inet"),
        ("TCP_NODELAY", "sockcore-inet"),
        ("TCP_RTO_MAX_MS", "sockcore-inet"),
        ("SO_ORIGINAL_DST", "sockcore-inet"),
        ("SOL_UDP", "sockcore-inet"),
        ("AF_CAN", "sockcore-can"),
        ("SOL_CAN_RAW", "sockcore-can"),
        ("SO_VM_SOCKETS_BUFFER_SIZE", "sockcore-linux-misc"),
        ("SCM_J1939_PRIO", "sockcore-can"),
        ("LOCAL_CREDS", None),
        ("TCP_NLA_PAD", None),
        ("EAGAIN", None),
    ],
)
def test_owners(name, owner):
    found = config.owner(name)
    assert (found.name if found else None) == owner


def test_families_are_called_what_they_are_known_by():
    values = {"AF_LOCAL": 1, "AF_FILE": 1, "AF_UNIX": 1, "AF_ROUTE": 16, "AF_NETLINK": 16, "AF_MAX": 46, "SO_X": 7}
    assert tables.families(values) == {1: "AF_UNIX", 16: "AF_NETLINK"}
