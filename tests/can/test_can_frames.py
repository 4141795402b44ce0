"""The functions of frames and bcm, tested with literals: valid and invalid frames and messages."""

from __future__ import annotations

import array
import struct

import pytest

from sockcore_can import bcm, frames
from sockcore_can.constants import TABLE

EFF, RTR, ERR = TABLE["CAN_EFF_FLAG"], TABLE["CAN_RTR_FLAG"], TABLE["CAN_ERR_FLAG"]
FDF, BRS = TABLE.get("CANFD_FDF", 0), TABLE.get("CANFD_BRS", 0)
LINUX = pytest.mark.skipif(not FDF, reason="only Linux supports CAN FD and the broadcast manager")


def classic(can_id: int, size: int, data: bytes) -> bytes:
    return struct.pack("=IB3x8s", can_id, size, data)


def fd(can_id: int, size: int, flags: int, data: bytes) -> bytes:
    return struct.pack("=IBB2x64s", can_id, size, flags, data)


@pytest.mark.parametrize(
    ("parts", "packed"),
    [
        ((0x123, b"\x01\x02\x03", 0), classic(0x123, 3, b"\x01\x02\x03")),
        ((0, b"", 0), classic(0, 0, b"")),
        ((0x7FF, b"12345678", 0), classic(0x7FF, 8, b"12345678")),
        ((EFF | 0x18DAF110, b"\xff", 0), classic(EFF | 0x18DAF110, 1, b"\xff")),
        ((EFF | 0x7F, b"", 0), classic(EFF | 0x7F, 0, b"")),
        ((RTR | 0x100, bytes(4), 0), classic(RTR | 0x100, 4, b"")),
        ((ERR | 0x1FF00, bytes(8), 0), classic(ERR | 0x1FF00, 8, b"")),
        pytest.param((0x123, b"f" * 64, FDF), fd(0x123, 64, FDF, b"f" * 64), marks=LINUX),
        pytest.param((EFF | 0x1FFFFFFF, b"f", FDF | BRS), fd(EFF | 0x1FFFFFFF, 1, FDF | BRS, b"f"), marks=LINUX),
        pytest.param((1, b"", FDF), fd(1, 0, FDF, b""), marks=LINUX),
    ],
)
def test_pack_and_unpack_frame_return_literals(parts, packed):
    assert frames.pack(*parts) == packed
    assert frames.unpack(packed) == parts
    assert type(frames.unpack(packed)[1]) is bytes


@LINUX
def test_unpack_fd_frame_without_fdf_sets_it():
    assert frames.unpack(fd(1, 2, 0, b"ab")) == (1, b"ab", FDF)
    assert frames.unpack(fd(1, 2, BRS, b"ab")) == (1, b"ab", FDF | BRS)


@pytest.mark.parametrize(
    "data", [bytearray(b"ab"), memoryview(b"ab"), array.array("B", b"ab"), memoryview(b"axbx")[::2]]
)
def test_pack_accepts_any_buffer(data):
    assert frames.pack(5, data) == classic(5, 2, b"ab")


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        ((0x800,), ValueError, "can_id 0x800 has more than 11 bits: it needs CAN_EFF_FLAG"),
        ((0x18DAF110,), ValueError, "more than 11 bits"),
        ((RTR | 0x800,), ValueError, "more than 11 bits"),
        ((2**32,), OverflowError, "struct can_frame cannot hold can_id 0x100000000"),
        ((-1,), OverflowError, "struct can_frame cannot hold can_id -0x1"),
        ((1, b"123456789"), ValueError, "struct can_frame has room for 8 bytes of data, not 9"),
        ((1, "text"), TypeError, "a bytes-like object is required, not 'str'"),
        ((1, 5), TypeError, "a bytes-like object is required, not 'int'"),
        ((1, None), TypeError, "a bytes-like object is required, not 'NoneType'"),
        ((1.5,), TypeError, "unsupported operand"),
        (("1",), TypeError, "unsupported operand"),
        pytest.param((1, b"", BRS), ValueError, "flags 0x1 of a CAN FD frame must contain CANFD_FDF", marks=LINUX),
        pytest.param((1, b"x" * 65, FDF), ValueError, "struct canfd_frame has room for 64 bytes", marks=LINUX),
        pytest.param((1, b"", FDF | 256), OverflowError, "struct canfd_frame cannot hold", marks=LINUX),
        pytest.param((-1, b"", FDF), OverflowError, "struct canfd_frame cannot hold", marks=LINUX),
    ],
)
def test_pack_invalid_arguments_raises(arguments, expected, message):
    with pytest.raises(expected) as exc_info:
        frames.pack(*arguments)
    assert message in str(exc_info.value)


@pytest.mark.parametrize("size", [0, 1, 15, 17, 71, 73, 2060])
def test_unpack_wrong_size_raises_value_error(size):
    with pytest.raises(ValueError, match=f"a frame has 16 bytes, or 72 in CAN FD, not {size}"):
        frames.unpack(bytes(size))


def test_unpack_too_large_length_field_raises_value_error():
    with pytest.raises(ValueError, match="length field of the frame must be at most 8, not 9"):
        frames.unpack(classic(1, 9, b""))


def header(opcode: int, flags: int, count: int, times: tuple[int, int, int, int], can_id: int, number: int) -> bytes:
    packed = struct.pack("@IIIllllII", opcode, flags, count, *times, can_id, number)
    return packed + bytes(-len(packed) % 8)


@LINUX
class TestBroadcastManager:
    def test_pack_and_unpack_header_without_frames(self):
        assert bcm.pack(6, 0x123) == header(6, 0, 0, (0, 0, 0, 0), 0x123, 0)
        assert bcm.unpack(header(6, 0, 0, (0, 0, 0, 0), 0x123, 0)) == (6, 0x123, [], 0, 0, 0.0, 0.0)

    def test_pack_and_unpack_intervals_in_seconds(self):
        expected = header(1, 3, 10, (1, 500_000, 0, 20_000), 0x7FF, 0)
        assert bcm.pack(1, 0x7FF, flags=3, count=10, ival1=1.5, ival2=0.02) == expected
        assert bcm.unpack(expected)[3:] == (3, 10, 1.5, 0.02)
        assert bcm.pack(1, 1, ival1=7) == header(1, 0, 0, (7, 0, 0, 0), 1, 0)
        # Rounded to microseconds: the carry goes into the seconds.
        assert bcm.pack(1, 1, ival1=0.99999999) == header(1, 0, 0, (1, 0, 0, 0), 1, 0)

    def test_pack_and_unpack_frames_after_header(self):
        one, two = frames.pack(0x10, b"one"), frames.pack(0x10, b"two")
        message = bcm.pack(1, 0x10, [one, two])
        assert message == header(1, 0, 0, (0, 0, 0, 0), 0x10, 2) + one + two
        assert bcm.unpack(message)[2] == [one, two]
        assert bcm.pack(1, 0x10, iter((one, two))) == message
        assert bcm.unpack(message + b"more")[2] == [one, two]

    def test_pack_fd_frames_sets_flag(self):
        frame = frames.pack(0x10, b"f" * 64, FDF)
        message = bcm.pack(4, 0x10, [frame])
        assert message == header(4, TABLE["CAN_BCM_CAN_FD_FRAME"], 0, (0, 0, 0, 0), 0x10, 1) + frame
        assert bcm.unpack(message)[2:4] == ([frame], TABLE["CAN_BCM_CAN_FD_FRAME"])

    @pytest.mark.parametrize(
        ("arguments", "expected", "message"),
        [
            ((-1, 1), OverflowError, "struct bcm_msg_head"),
            ((2**32, 1), OverflowError, "struct bcm_msg_head"),
            ((1, -1), OverflowError, "struct bcm_msg_head"),
            ((1, 2**32), OverflowError, "struct bcm_msg_head"),
            ((1, 1, [], 2**32), OverflowError, "struct bcm_msg_head"),
            ((1, 1, [], 0, -1), OverflowError, "struct bcm_msg_head"),
            ((1, 1, [], 0, 0, 1e30), OverflowError, "struct bcm_msg_head"),
            ((1, 1, [], 0, 0, float("inf")), OverflowError, "infinity"),
            ((1, 1, [], 0, 0, float("nan")), ValueError, "NaN"),
            ((1, 1, [], 0, 0, -0.5), ValueError, "an interval must not be negative, not -0.5"),
            ((1, 1, [], 0, 0, 0, -1), ValueError, "an interval must not be negative"),
            ((1, 1, [b"x"]), ValueError, "frames must all have 16 bytes, or all 72, not [1]"),
            ((1, 1, [bytes(16), bytes(72)]), ValueError, "frames must all have 16 bytes, or all 72, not [16, 72]"),
            (
                (1, 1, [bytes(16)], TABLE.get("CAN_BCM_CAN_FD_FRAME", 0)),
                ValueError,
                "frames must have 72 bytes, not 16",
            ),
            ((1, 1, 5), TypeError, "not iterable"),
            ((1, 1, [16]), TypeError, "int"),
            ((1, 1, "frames"), TypeError, "str"),
            (("1", 1), TypeError, "int"),
            ((1, 1.5), TypeError, "int"),
            ((1, 1, [], 0, None), TypeError, "int"),
            ((1, 1, [], 0, 0, "1"), TypeError, ""),
        ],
    )
    def test_pack_invalid_message_raises(self, arguments, expected, message):
        with pytest.raises(expected) as exc_info:
            bcm.pack(*arguments)
        assert message in str(exc_info.value)

    @pytest.mark.parametrize("size", [0, 4, 39])
    def test_unpack_short_header_raises_value_error(self, size):
        with pytest.raises(ValueError, match=rf"struct bcm_msg_head has \d+ bytes, not {size}"):
            bcm.unpack(bytes(size))

    def test_unpack_truncated_message_raises_value_error(self):
        message = bcm.pack(1, 1, [frames.pack(1), frames.pack(2)])
        with pytest.raises(
            ValueError, match=rf"a message of 2 frames has {len(message)} bytes, not {len(message) - 1}"
        ):
            bcm.unpack(message[:-1])
