"""The buffers that a call fills or reads: borrowed and given back, so that a busy socket allocates nothing twice."""

from __future__ import annotations

from ctypes import addressof, byref, c_char, c_uint32

from sockcore._backend import structs
from sockcore._platform import constants
from sockcore._platform.cstruct import CStruct

#: A msghdr, and behind it the one iovec that it names.
MESSAGE = CStruct("", "", {"*": (("header", structs.MSGHDR), ("vector", structs.IOVEC))}).packer()


#: With this flag TCP counts bytes that it does not write: nobody is to see then what was in the buffer before.
TRUNC = constants().get("MSG_TRUNC", 0)


class Frame:
    """A data buffer, an address buffer and its length, and a msghdr, with the pointers to them made once."""

    __slots__ = (
        "address", "address_array", "address_at", "data", "data_array", "data_at", "length", "length_ref", "message",
        "message_array", "vector_at",
    )  # fmt: skip

    def __init__(self, size: int, address_size: int) -> None:
        data, address = bytearray(size), bytearray(address_size)
        self.data = memoryview(data)
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

    def forget(self, size: int) -> None:
        """Overwrite the first bytes of the data buffer with zeros."""
        self.data[:size] = bytes(size)

    def sender(self, room: int) -> bytes:
        """Return the address that the kernel wrote into *room* bytes: if it cut, it says how long it was before."""
        return self.address[: min(self.length.value, room)].tobytes()


_FRAME_DATA = 0x10000  # no datagram of an IP protocol is larger
_FRAME_ADDRESS = constants().get("sockaddr_storage", 128)
_frames: list[Frame] = []  # append and pop are atomic


def borrow(size: int, address_size: int) -> Frame:
    """Return a frame with room for so many bytes, and for an address of so many."""
    if size <= _FRAME_DATA and address_size <= _FRAME_ADDRESS:
        try:
            return _frames.pop()
        except IndexError:
            return Frame(_FRAME_DATA, _FRAME_ADDRESS)
    return Frame(size, address_size)


def give_back(frame: Frame) -> None:
    """Keep a frame for the next that needs one."""
    if len(frame.data) == _FRAME_DATA and len(_frames) < 16:
        _frames.append(frame)
