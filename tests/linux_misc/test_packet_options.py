"""The codecs of the options and control messages of AF_PACKET, tested with literals in native byte order."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore_linux_misc
from sockcore.testing import registered_by
from sockcore_linux_misc import option_packet as packet_options
from sockcore_linux_misc.constants import TABLE

SOL_PACKET, PROMISC, MULTICAST = TABLE["SOL_PACKET"], TABLE["PACKET_MR_PROMISC"], TABLE["PACKET_MR_MULTICAST"]
GROUP = b"\x01\0\x5e\0\0\xfb"


@pytest.fixture(scope="module")
def option() -> Any:
    register = registered_by(sockcore_linux_misc)
    return lambda name: register.options[SOL_PACKET, TABLE[name]]


@pytest.mark.parametrize("name", ["PACKET_ADD_MEMBERSHIP", "PACKET_DROP_MEMBERSHIP"])
@pytest.mark.parametrize(
    ("value", "data"),
    [
        ((2, PROMISC, b""), struct.pack("=iHH8s", 2, PROMISC, 0, b"")),
        ((2, MULTICAST, GROUP), struct.pack("=iHH8s", 2, MULTICAST, 6, GROUP)),
        ((7, 65535, b"12345678"), struct.pack("=iHH8s", 7, 65535, 8, b"12345678")),
    ],
)
def test_membership_is_encoded_and_decoded(option: Any, name: str, value: tuple[Any, ...], data: bytes) -> None:
    codec = option(name)
    assert codec.encode(value) == data
    assert codec.decode(data) == value
    assert codec.size == len(data)


def test_encode_membership_without_address(option: Any) -> None:
    codec = option("PACKET_ADD_MEMBERSHIP")
    assert codec.encode((3, PROMISC)) == codec.encode((3, PROMISC, b"")) == struct.pack("=iHH8x", 3, PROMISC, 0)


@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        ((1,), TypeError, r"PACKET_ADD_MEMBERSHIP must be a tuple \(interface, type\[, address\]\), not \(1,\)"),
        ((1, 2, b"", 3), TypeError, "PACKET_ADD_MEMBERSHIP must be a tuple"),
        ([1, 2], TypeError, "PACKET_ADD_MEMBERSHIP must be a tuple"),
        (None, TypeError, "PACKET_ADD_MEMBERSHIP must be a tuple"),
        ((None, 1), TypeError, "PACKET_ADD_MEMBERSHIP interface, a name or an index, must be an integer, not NoneType"),
        (("nosuch0", 1), ValueError, "PACKET_ADD_MEMBERSHIP interface: no interface is called 'nosuch0'"),
        (("", 1), ValueError, "PACKET_ADD_MEMBERSHIP interface: no interface is called ''"),
        (("lo\0", 1), ValueError, "embedded null byte"),
        ((1, "x"), TypeError, "PACKET_ADD_MEMBERSHIP type must be an integer, not str"),
        ((1, 1, "x"), TypeError, "PACKET_ADD_MEMBERSHIP address must be a bytes-like object, not 'str'"),
        ((1, 65536), OverflowError, "PACKET_ADD_MEMBERSHIP type must be 0 to 65535, not 65536"),
        ((1, -1), OverflowError, "PACKET_ADD_MEMBERSHIP type must be 0 to 65535, not -1"),
        ((2**31, 1), OverflowError, "PACKET_ADD_MEMBERSHIP interface must be 0 to 2147483647, not 2147483648"),
        ((1, 1, bytes(9)), ValueError, "PACKET_ADD_MEMBERSHIP address must be 8 bytes or less, not 9"),
    ],
)
def test_encode_invalid_membership_raises(option: Any, value: object, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected, match=message):
        option("PACKET_ADD_MEMBERSHIP").encode(value)


@given(st.integers(0, 2**31 - 1), st.integers(0, 0xFFFF), st.binary(max_size=8))
def test_membership_round_trips(interface: int, membership_type: int, address: bytes) -> None:
    value = (interface, membership_type, address)
    assert packet_options.decode_membership(packet_options.encode_membership("PACKET_ADD_MEMBERSHIP", value)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (struct.pack("=II", 100, 3), (100, 3, None)),
        (struct.pack("=III", 100, 3, 7), (100, 3, 7)),  # TPACKET_V3
        (struct.pack("=II", 2**32 - 1, 2**32 - 1), (2**32 - 1, 2**32 - 1, None)),
    ],
)
def test_statistics_are_decoded(option: Any, data: bytes, value: object) -> None:
    codec = option("PACKET_STATISTICS")
    assert codec.decode(data) == value
    assert codec.encode is None
    assert codec.size >= len(data)


@pytest.mark.parametrize(
    "value", [(0, 0), (7, TABLE["PACKET_FANOUT_LB"]), (65535, 65535), (1, TABLE["PACKET_FANOUT_FLAG_ROLLOVER"] | 4)]
)
def test_fanout_is_encoded_and_decoded(option: Any, value: tuple[int, int]) -> None:
    codec = option("PACKET_FANOUT")
    data = codec.encode(value)
    assert data == struct.pack("=I", value[0] | value[1] << 16)
    assert codec.decode(data) == value
    assert codec.size == len(data)


@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        ((1,), TypeError, r"PACKET_FANOUT must be a tuple \(group, type\), not \(1,\)"),
        (5, TypeError, "PACKET_FANOUT must be a tuple"),
        (("x", 1), TypeError, "integer"),
        ((65536, 0), OverflowError, "PACKET_FANOUT group must be 0 to 65535, not 65536"),
        ((0, -1), OverflowError, "PACKET_FANOUT type must be 0 to 65535, not -1"),
    ],
)
def test_encode_invalid_fanout_raises(option: Any, value: object, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected, match=message):
        option("PACKET_FANOUT").encode(value)


def test_auxdata_control_message_is_decoded_and_read_only() -> None:
    codec = registered_by(sockcore_linux_misc).ancillaries[SOL_PACKET, TABLE["PACKET_AUXDATA"]]
    value = (0x51, 1500, 68, 0, 14, 0x0FFF, 0x8100)
    assert codec.decode(struct.pack("=IIIHHHH", *value)) == value
    assert codec.encode is None
