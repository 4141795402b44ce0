"""Properties of the codecs of CAN: encoding and decoding are inverse, and any bytes decode."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore_can
from sockcore.testing import FakeContext
from sockcore_can import bcm, frames
from sockcore_can.constants import AF_CAN, NAME_SIZE, TABLE

pytestmark = pytest.mark.skipif("CAN_J1939" not in TABLE, reason="only Linux supports most of the protocols")

U8, U32, U64 = st.integers(0, 2**8 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
INDEXES = st.integers(1, 2**31 - 1)
# Interface names are bytes without a NUL. In a str, bytes that are not UTF-8 are escaped.
NAMES = st.binary(min_size=1, max_size=NAME_SIZE - 1).filter(lambda encoded_name: b"\0" not in encoded_name)


def context_with(encoded_name: bytes, index: int, proto: int) -> tuple[FakeContext, str]:
    name = encoded_name.decode("utf-8", "surrogateescape")
    return FakeContext(AF_CAN, 2, proto, interfaces={name: index}), name


@given(NAMES, INDEXES)
def test_interface_address_round_trips(encoded_name, index):
    context, name = context_with(encoded_name, index, 1)
    family = sockcore_can.Can()
    encoded = family.encode((name,), context)
    assert encoded == family.encode((encoded_name,), context)
    assert encoded[4:8] == struct.pack("=i", index)
    assert family.decode(encoded, context) == (name,)


@given(NAMES, INDEXES, U32, U32)
def test_isotp_address_round_trips(encoded_name, index, rx, tx):
    context, name = context_with(encoded_name, index, 6)
    family = sockcore_can.Isotp()
    encoded = family.encode((name, rx, tx), context)
    assert encoded[8:] == struct.pack("=IIQ", rx, tx, 0)
    assert family.decode(encoded, context) == (name, rx, tx)


@given(NAMES, INDEXES, U64, U32, U8)
def test_j1939_address_round_trips(encoded_name, index, unit, pgn, addr):
    context, name = context_with(encoded_name, index, 7)
    family = sockcore_can.J1939()
    encoded = family.encode((name, unit, pgn, addr), context)
    assert encoded[8:] == struct.pack("=QIB3x", unit, pgn, addr)
    assert family.decode(encoded, context) == (name, unit, pgn, addr)


@given(st.integers(min_value=2**32) | st.integers(max_value=-1), st.booleans())
def test_encode_identifier_out_of_range_raises_overflow_error(number, first):
    address = ("", number, 1) if first else ("", 1, number)
    with pytest.raises(OverflowError, match="0-4294967295"):
        sockcore_can.Isotp().encode(address, FakeContext(AF_CAN))


@given(st.binary(min_size=2, max_size=128))
def test_decode_accepts_any_bytes(sockaddr):
    context = FakeContext(AF_CAN)
    (name,) = sockcore_can.Can().decode(sockaddr, context)
    assert name == ""
    assert sockcore_can.Isotp().decode(sockaddr, context)[0] == ""
    name, unit, pgn, addr = sockcore_can.J1939().decode(sockaddr, context)
    assert (name, unit >> 64, pgn >> 32, addr >> 8) == ("", 0, 0, 0)


STANDARD = st.integers(0, 0x7FF)
EXTENDED = st.integers(0, 0x1FFFFFFF).map(lambda number: number | TABLE["CAN_EFF_FLAG"])
IDENTIFIERS = st.one_of(STANDARD, EXTENDED)
CLASSIC = st.builds(frames.pack, IDENTIFIERS, st.binary(max_size=8))
FD = st.builds(frames.pack, IDENTIFIERS, st.binary(max_size=64), st.just(TABLE["CANFD_FDF"]))


@given(IDENTIFIERS, st.binary(max_size=8))
def test_classic_frame_round_trips(can_id, data):
    packed = frames.pack(can_id, data)
    assert packed == struct.pack("=IB3x8s", can_id, len(data), data)
    assert frames.unpack(packed) == (can_id, data, 0)


@given(IDENTIFIERS, st.binary(max_size=64), st.integers(0, 7))
def test_fd_frame_round_trips(can_id, data, flags):
    flags |= TABLE["CANFD_FDF"]
    packed = frames.pack(can_id, data, flags)
    assert packed == struct.pack("=IBB2x64s", can_id, len(data), flags, data)
    assert frames.unpack(packed) == (can_id, data, flags)


@given(st.binary(max_size=100))
def test_unpack_any_bytes_returns_data_of_length_field_or_raises(frame):
    try:
        _, data, _ = frames.unpack(frame)
    except ValueError:
        return
    assert len(frame) in (16, 72)
    assert len(data) == frame[4]


MICROSECONDS = st.integers(0, 2**31 * 1_000_000 - 1)


@given(
    U32,
    U32,
    st.one_of(st.lists(CLASSIC, max_size=5), st.lists(FD, min_size=1, max_size=5)),
    st.integers(0, 2**32 - 1).map(lambda flags: flags & ~TABLE["CAN_BCM_CAN_FD_FRAME"]),
    U32,
    MICROSECONDS,
    MICROSECONDS,
)
def test_bcm_message_round_trips(opcode, can_id, packed, flags, count, first, second):
    message = bcm.pack(opcode, can_id, packed, flags, count, first / 1e6, second / 1e6)
    *parts, ival1, ival2 = bcm.unpack(message)
    if packed and len(packed[0]) == 72:
        flags |= TABLE["CAN_BCM_CAN_FD_FRAME"]
    assert parts == [opcode, can_id, packed, flags, count]
    assert (round(ival1 * 1e6), round(ival2 * 1e6)) == (first, second)
    assert bcm.pack(*parts, ival1, ival2) == message
