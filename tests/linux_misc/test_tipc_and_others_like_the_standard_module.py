"""AF_TIPC, AF_VSOCK, AF_RDS, AF_QIPCRTR: names and refusals beside those of the interpreter's own socket module.

A socket of the standard module can have any family with a descriptor of another: it encodes the address, or refuses,
before the system learns of it.
"""

from __future__ import annotations

import os
import re
import socket as stdlib
import sys
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("these families are Linux's", allow_module_level=True)

from sockcore.testing import FakeContext
from sockcore_linux_misc import qipcrtr, rds, tipc, vsock
from sockcore_linux_misc.constants import TABLE

FAMILIES = {"AF_TIPC": tipc.Tipc(), "AF_VSOCK": vsock.Vsock(), "AF_RDS": rds.Rds(), "AF_QIPCRTR": qipcrtr.Qipcrtr()}
OURS = re.compile(r"([AP]F|SOL)_(TIPC|VSOCK|RDS|QIPCRTR)|(TIPC|RDS|VMADDR|VM_SOCKETS|(SO|IOCTL)_VM_SOCKETS)_\w+")

NO_TUPLES: tuple[Any, ...] = (None, 5, 1.5, "x", b"x", [1, 2], {1: 2})
#: Addresses by family: those that the standard module refuses too.
REFUSED: dict[str, tuple[Any, ...]] = {
    "AF_TIPC": (
        *NO_TUPLES,
        *((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4, 2, 6)),
        *((0, 1, 2, 3), (4, 1, 2, 3), (-1, 1, 2, 3)),
        *(("1", 1, 2, 3), (1, 1.0, 2, 3), (1, 1, None, 3), (1, 1, 2, b"3"), (1, 1, 2, 3, "2"), (99, 1, 2, "3")),
    ),
    "AF_VSOCK": (*NO_TUPLES, (), (1,), (1, 2, 3), ("1", 2), (1, "2"), (1.0, 2), (1, None)),
    "AF_QIPCRTR": (*NO_TUPLES, (), (1,), (1, 2, 3), ("1", 2), (1, "2"), (1.0, 2), (1, None)),
    "AF_RDS": (
        *NO_TUPLES,
        *((), ("127.0.0.1",), ("127.0.0.1", 1, 2), (1, 2), (None, 2), (["127.0.0.1"], 2)),
        *(("a\0b", 1), ("127.0.0.1", "1"), ("127.0.0.1", 1.0), ("127.0.0.1", None)),
        *(("127.0.0.1", -1), ("127.0.0.1", 65536), ("127.0.0.1", 2**31), ("127.0.0.1", 2**70)),
    ),
}


def refusal(call: Any, *arguments: Any) -> tuple[type[BaseException], str]:
    try:
        call(*arguments)
    except Exception as error:
        return type(error), str(error)
    pytest.fail(f"{arguments[0]!r} was not refused")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="the words are CPython's")
@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_words_of_refusal(name: str) -> None:
    if not hasattr(stdlib, name):
        pytest.skip(f"this Python's socket module has no {name}")
    family = FAMILIES[name]
    for address in REFUSED[name]:
        with stdlib.socket(stdlib.AF_UNIX, stdlib.SOCK_DGRAM) as descriptor:
            number = os.dup(descriptor.fileno())
            with stdlib.socket(getattr(stdlib, name), stdlib.SOCK_DGRAM, 0, fileno=number) as standard:
                expected = refusal(standard.bind, address)
        assert refusal(family.encode, address, FakeContext(family.number)) == expected, address


def test_constants_of_the_standard_module() -> None:
    theirs = {name: int(getattr(stdlib, name)) for name in dir(stdlib) if OURS.fullmatch(name)}
    if not theirs:
        pytest.skip("this Python's socket module has none of these families")
    if sys.maxsize < 2**32:  # a C long has the sign of those that the header writes as -1U
        theirs = {name: value % 2**32 if TABLE[name] > 0 else value for name, value in theirs.items()}
    assert theirs == {name: TABLE[name] for name in theirs}


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
def test_constants_of_the_headers(name: str, value: int) -> None:
    assert TABLE[name] == value
