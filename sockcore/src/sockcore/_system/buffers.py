"""Buffers for system calls through ctypes: memory to receive into, pointers, and frames that calls share.

1. With MSG_TRUNC, TCP counts bytes that it does not write (tcp(7)). The program must then see zeros, never the previous
   content of the memory. Clearing a large buffer for each call costs more than the call: 20 receives of 10 MB took
   0.2 s, and take less than 0.01 s with pages that the kernel gives zeroed when they are first touched.
2. A frame is borrowed and given back, so that a busy socket does not allocate its buffers again for each call.
"""

from __future__ import annotations

import sys
from ctypes import addressof, byref, c_char, c_char_p, c_uint32, c_void_p

from sockcore._families.structs import CStruct
from sockcore._platform import constants
from sockcore._system import structs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]

#: Up to so many bytes, clearing costs less than a mapping. It is also the size of a shared frame: no datagram of an IP
#: protocol is larger.
SMALL = 0x10000


def zeroed(size: int) -> Any:
    """Return a writable buffer of *size* zeros; the pages of a large one are untouched. MemoryError if too large."""
    if size <= SMALL:
        return bytearray(size)
    try:
        import mmap
    except ImportError:  # an optional module of the interpreter
        return bytearray(size)
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE)
    except (OSError, OverflowError):
        raise MemoryError from None


def writable_pointer(view: memoryview) -> Any:
    """Return a ctypes array over a writable, contiguous buffer; it keeps the buffer alive."""
    return (c_char * view.nbytes).from_buffer(view)


def pointer_to(data: Data) -> Any:
    """Return what a foreign function takes for a pointer to the bytes of *data*."""
    # A foreign function takes bytes as they are; what is read-only and no view of whole bytes has no address in ctypes.
    if isinstance(data, bytes):
        return data
    view = memoryview(data)
    if not view.readonly:
        return writable_pointer(view)
    whole = view.obj
    return whole if type(whole) is bytes and len(whole) == view.nbytes else bytes(view)


def pin(data: Data) -> tuple[Any, int | None]:
    """Return an object that keeps *data* in place, and its address for a struct; (None, None) without data."""
    if not len(data):
        return None, None
    pointer = pointer_to(data)
    if isinstance(pointer, bytes):
        pointer_array = c_char_p(pointer)
        return pointer_array, c_void_p.from_buffer(pointer_array).value
    return pointer, addressof(pointer)


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

    def read_data(self, count: int, size: int, flags: int) -> bytes:
        """Return the *count* bytes that the kernel reports, of which *size* had room.

        With MSG_TRUNC there may be more than that: zeros stand for these.
        """
        data = self.data[: min(count, size)].tobytes()
        return data + bytes(count - size) if flags & TRUNC and count > size else data

    def clear(self, size: int) -> None:
        """Overwrite the first bytes of the data buffer with zeros."""
        self.data[:size] = bytes(size)

    def read_address(self, size: int) -> bytes:
        """Return the address that the kernel wrote into *room* bytes: if it cut, it says how long it was before."""
        return self.address[: min(self.length.value, size)].tobytes()


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
        frame.clear(size)
    return frame


def give_back(frame: Frame) -> None:
    """Keep a frame for the next that needs one."""
    if len(frame.data) == _FRAME_DATA and len(_frames) < 16:
        _frames.append(frame)
