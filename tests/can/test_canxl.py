"""The functions of canxl, tested with literals: valid and invalid CAN XL frames."""

from __future__ import annotations

import array
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore_can import canxl, frames
from sockcore_can.constants import TABLE

pytestmark = pytest.mark.skipif("CANXL_XLF" not in TABLE, reason="only Linux supports CAN XL")

XLF, SEC, RRS = 0x80, 0x01, 0x02


def packed(prio: int, flags: int, sdt: int, size: int, af: int, data: bytes) -> bytes:
    return struct.pack("=IBBHI", prio, flags, sdt, size, af) + data


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (canxl.Frame(0x123, b"x"), packed(0x123, XLF, 0, 1, 0, b"x")),
        (canxl.Frame(0, b"1234"), packed(0, XLF, 0, 4, 0, b"1234")),
        (
            canxl.Frame(0x7FF, b"d" * 2048, 0xFF, 2**32 - 1, 0xFF, 0xFF),
            packed(0xFF07FF, 0xFF, 0xFF, 2048, 2**32 - 1, b"d" * 2048),
        ),
        (
            canxl.Frame(5, b"abc", sdt=3, af=0x12345678, vcid=0x42, flags=XLF | SEC | RRS),
            packed(0x420005, 0x83, 3, 3, 0x12345678, b"abc"),
        ),
    ],
)
def test_pack_and_unpack_canxl_frame_return_literals(frame, data):
    assert canxl.pack(*frame) == data
    assert canxl.unpack(data) == frame
    assert type(canxl.unpack(data)) is canxl.Frame
    assert canxl.is_canxl(data)


@pytest.mark.parametrize(
    "data", [bytearray(b"ab"), memoryview(b"ab"), array.array("B", b"ab"), memoryview(b"axbx")[::2]]
)
def test_pack_canxl_accepts_any_buffer(data):
    assert canxl.pack(5, data) == packed(5, XLF, 0, 2, 0, b"ab")


def test_canxl_constants_equal_header_values():
    assert (TABLE["CANXL_XLF"], TABLE["CANXL_SEC"], TABLE["CANXL_RRS"]) == (XLF, SEC, RRS)
    assert (TABLE["CANXL_HDR_SIZE"], TABLE["CANXL_MAX_DLEN"], TABLE["CANXL_MTU"]) == (12, 2048, 2060)
    assert len(canxl.pack(0, bytes(2048))) == TABLE["CANXL_MTU"]


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        ((1, b""), ValueError, "data of a CAN XL frame must have 1 to 2048 bytes, not 0"),
        ((1, bytes(2049)), ValueError, "data of a CAN XL frame must have 1 to 2048 bytes, not 2049"),
        ((0x800, b"x"), OverflowError, "priority of a CAN XL frame must be 0-2047, not 2048"),
        ((-1, b"x"), OverflowError, "priority of a CAN XL frame must be 0-2047, not -1"),
        ((1, b"x", 256), OverflowError, "sdt of a CAN XL frame must be 0-255, not 256"),
        ((1, b"x", 0, 2**32), OverflowError, "af of a CAN XL frame must be 0-4294967295, not 4294967296"),
        ((1, b"x", 0, 0, 256), OverflowError, "vcid of a CAN XL frame must be 0-255, not 256"),
        ((1, b"x", 0, 0, 0, 0x180), OverflowError, "flags of a CAN XL frame must be 0-255, not 384"),
        ((1, b"x", 0, 0, 0, SEC), ValueError, "flags 0x1 of a CAN XL frame must contain CANXL_XLF"),
        ((1, "text"), TypeError, "a bytes-like object is required, not 'str'"),
        ((1, 5), TypeError, "a bytes-like object is required, not 'int'"),
        ((1.5, b"x"), TypeError, "priority of a CAN XL frame must be an integer, not float"),
        ((1, b"x", None), TypeError, "sdt of a CAN XL frame must be an integer, not NoneType"),
        ((1, b"x", 0, "1"), TypeError, "af of a CAN XL frame must be an integer, not str"),
    ],
)
def test_pack_invalid_canxl_arguments_raises(arguments, expected, message):
    with pytest.raises(expected) as exc_info:
        canxl.pack(*arguments)
    assert message in str(exc_info.value)


@pytest.mark.parametrize(
    "frame",
    [
        *(b"", b"1234", frames.pack(1, b"12345678")),
        *(frames.pack(1, b"f" * 64, TABLE[name]) for name in ("CANFD_FDF",) if name in TABLE),
    ],
)
def test_unpack_other_frame_raises_value_error(frame):
    assert not canxl.is_canxl(frame)
    with pytest.raises(ValueError, match=f"not a CAN XL frame: {len(frame)} bytes without CANXL_XLF"):
        canxl.unpack(frame)


@pytest.mark.parametrize(
    "frame",
    [
        packed(1, XLF, 0, 4, 0, b"123"),
        packed(1, XLF, 0, 4, 0, b"12345"),
        packed(1, XLF, 0, 0, 0, b""),
        packed(1, XLF, 0, 2049, 0, bytes(2049)),
        packed(1, XLF, 0, 0, 0, b"")[:5],
    ],
)
def test_unpack_wrong_canxl_length_raises_value_error(frame):
    with pytest.raises(ValueError, match="the length field of the frame must be 1 to 2048"):
        canxl.unpack(frame)


U8 = st.integers(0, 255)


@given(
    st.integers(0, 0x7FF),
    st.binary(min_size=1, max_size=2048),
    U8,
    st.integers(0, 2**32 - 1),
    U8,
    U8.map(lambda flags: flags | XLF),
)
def test_canxl_frame_round_trips(priority, data, sdt, af, vcid, flags):
    frame = canxl.pack(priority, data, sdt, af, vcid, flags)
    assert frame == packed(vcid << 16 | priority, flags, sdt, len(data), af, data)
    assert canxl.unpack(frame) == (priority, data, sdt, af, vcid, flags)


@given(st.binary(max_size=100))
def test_unpack_any_bytes_returns_canxl_frame_or_raises(frame):
    try:
        unpacked = canxl.unpack(frame)
    except ValueError:
        return
    assert len(unpacked.data) == len(frame) - 12
