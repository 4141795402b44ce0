"""Frames in the blocks of a TPACKET_V3 ring: literals of the headers, and malformed blocks."""

from __future__ import annotations

import mmap
import struct
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sockcore_linux_misc import packet_frames
from sockcore_linux_misc.packet_frames import Frame
from sockcore_linux_misc.packet_structs import TPACKET3_HDR, TPACKET_BLOCK_DESC, TPACKET_HDR_V1
from sockcore_linux_misc.region import PureRegion, native_module

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 4096
FIRST = 48
NATIVE: Any = native_module()
needs_native = pytest.mark.skipif(
    not hasattr(NATIVE, "unpack_frames"), reason="this process does not use the C code, or it was built without headers"
)


def sockaddr(length: int = 6, protocol: int = 0x0800) -> bytes:
    name = struct.pack("=H", 17) + struct.pack("!H", protocol) + struct.pack("=iHBB", 7, 1, 0, length)
    return name + bytes(range(max(length, 8)))


def frame(
    data: bytes, following: int = 0, mac: int = 82, snaplen: int | None = None, name: bytes = sockaddr()
) -> bytes:
    numbers = (following, 1700000000, 123456789, len(data) if snaplen is None else snaplen, 1500, 0x51)
    header = struct.pack("=IIIIII", *numbers) + struct.pack("=HHIIHH8x", mac, mac + 14, 0xCAFE, 0x3064, 0x88A8, 0)
    assert len(header) == 48
    return header + name.ljust(82 - 48, b"\0") + data


@pytest.fixture(params=[pytest.param("native", marks=needs_native), "pure"])
def unpack(request: pytest.FixtureRequest) -> Callable[..., Any]:
    memory = mmap.mmap(-1, SIZE)

    def unpack_block(content: bytes, count: int, decode: Any = bytes, offset: int = FIRST) -> Any:
        memory[FIRST : FIRST + len(content)] = content
        if request.param == "native":
            return NATIVE.unpack_frames(NATIVE.Region(memory, 0, SIZE), offset, count, Frame, decode)
        return packet_frames.unpack_frames(PureRegion(memory, 0, SIZE), offset, count, Frame, decode)

    return unpack_block


def test_struct_layouts_equal_literals() -> None:
    assert (TPACKET3_HDR.size, TPACKET_BLOCK_DESC.size, TPACKET_HDR_V1.size) == (48, 48, 40)
    block = struct.pack("=IIIIIIQ", 1, 48, 1, 2, 48, 4000, 2**40) + b"firsttimlasttime"
    assert TPACKET_BLOCK_DESC.unpack(block) == (1, 48, 1, 2, 48, 4000, 2**40, b"firsttim", b"lasttime")
    literal = "c000000000f1536515cd5b0704000000dc0500005100000052006000feca000064300000a8880000"
    if sys.byteorder == "big":
        literal = "000000c06553f100075bcd1500000004000005dc00000051005200600000cafe0000306488a80000"
    values = (192, 1700000000, 123456789, 4, 1500, 0x51, 82, 96, 0xCAFE, 0x3064, 0x88A8)
    assert TPACKET3_HDR.unpack(bytes.fromhex(literal) + bytes(8)) == values


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no numbers of AF_PACKET")
def test_unpack_frames_returns_fields_of_headers(unpack: Any) -> None:
    one = frame(b"frame 1", 96)
    frames = unpack(one.ljust(96, b"\0") + frame(b"two", name=sockaddr(20)), 2)
    assert [bytes(item.data) for item in frames] == [b"frame 1", b"two"]
    assert frames[0][1:] == (1500, 7, 1700000000123456789, 0x51, 0xCAFE, 0x3064, 0x88A8, sockaddr())
    assert (frames[1].snaplen, frames[1].address) == (3, sockaddr(20))
    assert frames[0].data.readonly
    assert frames[0].vlan == (0x64, 1, True, 0x88A8)
    assert frames[0]._replace(status=1).vlan is None


def test_unpack_frames_decodes_repeated_address_to_equal_address(unpack: Any) -> None:
    content = frame(b"1", 96).ljust(96, b"\0") + frame(b"2", 96).ljust(96, b"\0") + frame(b"3", name=sockaddr(8))
    frames = unpack(content, 3, decode=lambda raw: (len(raw), raw[11]))
    assert [item.address for item in frames] == [(20, 6), (20, 6), (20, 8)]


def test_unpack_frames_count_0_returns_empty_list(unpack: Any) -> None:
    assert unpack(b"", 0, offset=0) == []


MALFORMED = {
    "outside of its block": [
        (frame(b"1"), 1, SIZE - 47),
        (frame(b"1", SIZE), 2, FIRST),
        (frame(b"1", 2**32 - 1), 2**32 - 1, FIRST),  # neither fits the size of an object on a machine of 32 bits
        (b"", 1, 2**31),
        (b"", 1, 2**32 - 1),
    ],
    "is malformed": [
        (frame(b"1", mac=0), 1, FIRST),
        (frame(b"1", mac=48), 1, FIRST),
        (frame(b"1", mac=67), 1, FIRST),
        (frame(b"1", mac=0xFFF0), 1, FIRST),
        (frame(b"1", snaplen=SIZE - FIRST - 81), 1, FIRST),
        (frame(b"1", snaplen=2**32 - 1), 1, FIRST),
        (frame(b"1", name=sockaddr(255)), 1, FIRST),
    ],
    "has no successor": [(frame(b"1"), 2, FIRST), (frame(b"1", 47), 2, FIRST)],
}


@pytest.mark.parametrize(
    ("message", "content", "count", "offset"),
    [(message, *case) for message, cases in MALFORMED.items() for case in cases],
)
def test_unpack_frames_malformed_block_raises_value_error(
    unpack: Any, message: str, content: bytes, count: int, offset: int
) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(content, count, offset=offset)


def test_unpack_frames_exception_of_decoder_is_raised(unpack: Any) -> None:
    with pytest.raises(LookupError):
        unpack(frame(b"1"), 1, decode={}.__getitem__)


@needs_native
def test_native_unpack_frames_invalid_arguments_raise_type_error() -> None:
    region = NATIVE.Region(mmap.mmap(-1, SIZE), 0, SIZE)
    wrong = [(b"bytes", 0, 0, Frame, bytes), (region, 0, 0, list, bytes), (region, 0, 0, Frame, None)]
    for arguments in [*wrong, (region, -1, 0, Frame, bytes), (region, 0, -1, Frame, bytes), (region, 0, 0, Frame)]:
        with pytest.raises(TypeError):
            NATIVE.unpack_frames(*arguments)
