"""AF_TIPC, AF_VSOCK, AF_RDS, AF_QIPCRTR: constants and exceptions, compared with the standard library.

A socket object of the standard library can have a descriptor of another family. It encodes the address or raises before
the system call.
"""

from __future__ import annotations

import os
import re
import socket as stdlib
import sys
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux has these families", allow_module_level=True)

from sockcore.testing import FakeContext
from sockcore_linux_misc import qipcrtr, rds, tipc, vsock
from sockcore_linux_misc.constants import TABLE

FAMILIES = {"AF_TIPC": tipc.Tipc(), "AF_VSOCK": vsock.Vsock(), "AF_RDS": rds.Rds(), "AF_QIPCRTR": qipcrtr.Qipcrtr()}
NAMES = re.compile(r"([AP]F|SOL)_(TIPC|VSOCK|RDS|QIPCRTR)|(TIPC|RDS|VMADDR|VM_SOCKETS|(SO|IOCTL)_VM_SOCKETS)_\w+")

NOT_TUPLES: tuple[Any, ...] = (None, 5, 1.5, "x", b"x", [1, 2], {1: 2})
#: Family -> invalid addresses, which the standard library refuses, too.
INVALID: dict[str, tuple[Any, ...]] = {
    "AF_TIPC": (
        *NOT_TUPLES,
        *((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4, 2, 6)),
        *((0, 1, 2, 3), (4, 1, 2, 3), (-1, 1, 2, 3)),
        *(("1", 1, 2, 3), (1, 1.0, 2, 3), (1, 1, None, 3), (1, 1, 2, b"3"), (1, 1, 2, 3, "2"), (99, 1, 2, "3")),
    ),
    "AF_VSOCK": (*NOT_TUPLES, (), (1,), (1, 2, 3), ("1", 2), (1, "2"), (1.0, 2), (1, None)),
    "AF_QIPCRTR": (*NOT_TUPLES, (), (1,), (1, 2, 3), ("1", 2), (1, "2"), (1.0, 2), (1, None)),
    "AF_RDS": (
        *NOT_TUPLES,
        *((), ("127.0.0.1",), ("127.0.0.1", 1, 2), (1, 2), (None, 2), (["127.0.0.1"], 2)),
        *(("a\0b", 1), ("127.0.0.1", "1"), ("127.0.0.1", 1.0), ("127.0.0.1", None)),
        *(("127.0.0.1", -1), ("127.0.0.1", 65536), ("127.0.0.1", 2**31), ("127.0.0.1", 2**70)),
    ),
}


def error_of(call: Any, *arguments: Any) -> tuple[type[BaseException], str]:
    try:
        call(*arguments)
    except Exception as exc:
        return type(exc), str(exc)
    pytest.fail(f"{arguments[0]!r} did not raise")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="the messages are those of CPython")
@pytest.mark.parametrize("name", FAMILIES)
def test_encode_invalid_address_raises_error_of_standard_library(name: str) -> None:
    if not hasattr(stdlib, name):
        pytest.skip(f"the socket module of this Python does not have {name}")
    family = FAMILIES[name]
    for address in INVALID[name]:
        with stdlib.socket(stdlib.AF_UNIX, stdlib.SOCK_DGRAM) as descriptor:
            number = os.dup(descriptor.fileno())
            with stdlib.socket(getattr(stdlib, name), stdlib.SOCK_DGRAM, 0, fileno=number) as standard:
                expected = error_of(standard.bind, address)
        assert error_of(family.encode, address, FakeContext(family.number)) == expected, address


def test_constants_equal_constants_of_standard_library() -> None:
    expected = {name: int(getattr(stdlib, name)) for name in dir(stdlib) if NAMES.fullmatch(name)}
    if not expected:
        pytest.skip("the socket module of this Python does not have these families")
    if sys.maxsize < 2**32:  # constants that are -1U in the header are negative as a C long
        expected = {name: value % 2**32 if TABLE[name] > 0 else value for name, value in expected.items()}
    assert expected == {name: TABLE[name] for name in expected}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AF_TIPC", 30),
        ("AF_VSOCK", 40),
        ("AF_RDS", 21),
        ("AF_QIPCRTR", 42),
        ("SOL_TIPC", 271),
        ("SOL_RDS", 276),
        ("TIPC_WAIT_FOREVER", -1),
        ("TIPC_GROUP_JOIN", 135),
        ("VMADDR_CID_ANY", 2**32 - 1),
        ("VMADDR_CID_LOCAL", 1),
        ("SO_RDS_TRANSPORT", 8),
        ("RDS_TRANS_TCP", 2),
        ("QRTR_PORT_CTRL", 2**32 - 2),
    ],
)
def test_constant_equals_header_value(name: str, value: int) -> None:
    assert TABLE[name] == value
