"""The codec of AF_QIPCRTR, tested with literals. The tests do not open sockets."""

from __future__ import annotations

import struct
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux supports AF_QIPCRTR", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

import sockcore_linux_misc
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import qipcrtr
from sockcore_linux_misc.constants import TABLE

AF_QIPCRTR = TABLE["AF_QIPCRTR"]
LAST = 2**32 - 1
FAMILY = qipcrtr.Qipcrtr()


def to_sockaddr(node: int, port: int) -> bytes:
    return struct.pack("=H2xII", AF_QIPCRTR, node, port)


class TestQipcrtrFamily(FamilyTests):
    family = FAMILY
    pairs = (
        ((1, 0x5001), to_sockaddr(1, 0x5001)),
        ((0, 0), to_sockaddr(0, 0)),
        ((1, TABLE["QRTR_PORT_CTRL"]), to_sockaddr(1, LAST - 1)),
        ((TABLE["QRTR_NODE_BCAST"], TABLE["QRTR_PORT_CTRL"]), to_sockaddr(LAST, LAST - 1)),
        ((LAST, LAST), to_sockaddr(LAST, LAST)),
    )
    encoded = (((True, False), to_sockaddr(1, 0)),)
    decoded = (
        (to_sockaddr(1, 2)[:8], (1, 0)),
        (to_sockaddr(1, 2)[:2], (0, 0)),
        (to_sockaddr(1, 2) + b"more", (1, 2)),
        (to_sockaddr(1, 2)[:2] + b"\xff\xff" + to_sockaddr(1, 2)[4:], (1, 2)),
    )
    wrong = (
        (None, TypeError, "AF_QIPCRTR address must be tuple, not NoneType"),
        (1, TypeError, "AF_QIPCRTR address must be tuple, not int"),
        ("1", TypeError, "AF_QIPCRTR address must be tuple, not str"),
        ([1, 2], TypeError, "AF_QIPCRTR address must be tuple, not list"),
        ((), TypeError, "takes exactly 2 arguments (0 given)"),
        ((1,), TypeError, "takes exactly 2 arguments (1 given)"),
        ((1, 2, 3), TypeError, "takes exactly 2 arguments (3 given)"),
        (("1", 2), TypeError, "integer"),
        ((1, "2"), TypeError, "integer"),
        ((1.0, 2), TypeError, "integer"),
        ((1, None), TypeError, "integer"),
        ((-1, 2), OSError, "connect(): AF_QIPCRTR node must be 0-4294967295"),
        ((2**32, 2), OSError, "connect(): AF_QIPCRTR node must be 0-4294967295"),
        ((1, -1), OSError, "connect(): AF_QIPCRTR port must be 0-4294967295"),
        ((1, -2), OSError, "connect(): AF_QIPCRTR port must be 0-4294967295"),
        ((1, 2**32), OSError, "connect(): AF_QIPCRTR port must be 0-4294967295"),
        ((1, 2**64 + 2), OSError, "connect(): AF_QIPCRTR port must be 0-4294967295"),
    )


@given(st.tuples(st.integers(0, LAST), st.integers(0, LAST)))
def test_qrtr_address_round_trips(address: tuple[int, int]) -> None:
    context = FakeContext(AF_QIPCRTR)
    encoded = FAMILY.encode(address, context)
    assert encoded == to_sockaddr(*address)
    assert FAMILY.decode(encoded, context) == address
    assert context.asked == []


@given(st.tuples(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70)))
def test_encode_number_out_of_range_raises_einval(address: tuple[int, int]) -> None:
    if all(0 <= part <= LAST for part in address):
        FAMILY.encode(address, FakeContext(AF_QIPCRTR))
    else:
        with pytest.raises(OSError, match="must be 0-4294967295"):
            FAMILY.encode(address, FakeContext(AF_QIPCRTR))


@given(st.binary(min_size=2, max_size=40))
def test_decode_any_bytes_returns_pair(data: bytes) -> None:
    decoded = FAMILY.decode(data, FakeContext(AF_QIPCRTR))
    assert isinstance(decoded, tuple)
    assert list(map(type, decoded)) == [int, int]


def test_name_service_message_is_little_endian() -> None:
    message = qipcrtr.CTRL_SERVER.pack(TABLE["QRTR_TYPE_NEW_SERVER"], 5001, 0x101, 1, 0x4000)
    assert message == struct.pack("<5I", 4, 5001, 0x101, 1, 0x4000)
    assert qipcrtr.CTRL_SERVER.unpack(message) == (4, 5001, 0x101, 1, 0x4000)
    assert qipcrtr.CTRL_SERVER.offsets()["server.port"] == (16, 4)


def test_plugin_registers_qipcrtr() -> None:
    register = registered_by(sockcore_linux_misc)
    family = register.families[AF_QIPCRTR, None]
    assert (family.name, family.module, family.size) == ("AF_QIPCRTR", "qrtr", 12)
    assert {"PF_QIPCRTR", "QRTR_NODE_BCAST", "QRTR_PORT_CTRL", "QRTR_TYPE_NEW_LOOKUP"} <= register.names.keys()
    assert qipcrtr.SOCKADDR_QRTR.offsets() == {"sq_node": (4, 4), "sq_port": (8, 4)}
