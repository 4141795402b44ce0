"""The buffers that a call fills or reads: borrowed and given back, so that a busy socket allocates nothing twice."""

from __future__ import annotations

from ctypes import addressof, byref, c_char, c_uint32

from sockcore._platform import constants
from sockcore._platform.cstruct import CStruct
from sockcore._system import structs
from sockcore._system.memory import SMALL, zeroed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: A msghdr, and behind it the one iovec that it names.
MESSAGE = CStruct("", "", {"*": (("header", structs.MSGHDR), ("vector", structs.IOVEC))}).packer()


#: With this flag TCP counts bytes that it does not write: nobody is to see then what was in the buffer before.
TRUNC: int = constants().get("MSG_TRUNC", 0)


class Frame:
    """A data buffer, an address buffer and its length, and a msghdr, with the pointers to them made once."""

    __slots__ = (
        "address", "address_array", "address_at", "data", "data_array", "data_at", "length", "length_ref", "message",
        "message_array", "vector_at",
    )  # fmt: skip

    def __init__(self, data: Any, address_size: int) -> None:
        address = bytearray(address_size)
        self.data = memoryview(data)
        size = len(data)
        self.address = memoryview(address)
        self.data_array = (c_char * size).from_buffer(data)
        self.address_array = (c_char * address_size).from_buffer(address)
        self.data_at = addressof(self.data_array)
        self.address_at = addressof(self.address_array)
        self.length = c_uint32()
        self.length_ref = byref(self.length)
        self.message = bytearray(MESSAGE.size)
        self.message_array = (c_char * MESSAGE.size).from_buffer(self.message)
        self.vector_at = addressof(self.message_array) + structs.MSGHDR.packer().size

    def received(self, count: int, size: int, flags: int) -> bytes:
        """Return the *count* bytes that the kernel reports, of which *size* had room.

        With MSG_TRUNC there may be more than that: zeros stand for these.
        """
        data = self.data[: min(count, size)].tobytes()
        return data + bytes(count - size) if flags & TRUNC and count > size else data

    def forget(self, size: int) -> None:
        """Overwrite the first bytes of the data buffer with zeros."""
        self.data[:size] = bytes(size)

    def sender(self, room: int) -> bytes:
        """Return the address that the kernel wrote into *room* bytes: if it cut, it says how long it was before."""
        return self.address[: min(self.length.value, room)].tobytes()


_FRAME_DATA = SMALL
_FRAME_ADDRESS = constants().get("sockaddr_storage", 128)
_frames: list[Frame] = []  # append and pop are atomic


def borrow(size: int, address_size: int, flags: int = 0) -> Frame:
    """Return a frame with room for *size* bytes, zeros if *flags* have MSG_TRUNC, and for an address."""
    if size > _FRAME_DATA or address_size > _FRAME_ADDRESS:
        return Frame(zeroed(size) if flags & TRUNC else bytearray(size), address_size)
    try:
        frame = _frames.pop()
    except IndexError:
        return Frame(bytearray(_FRAME_DATA), _FRAME_ADDRESS)
    if flags & TRUNC:
        frame.forget(size)
    return frame


def give_back(frame: Frame) -> None:
    """Keep a frame for the next that needs one."""
    if len(frame.data) == _FRAME_DATA and len(_frames) < 16:
        _frames.append(frame)
