"""Buffers for system calls through ctypes: memory to receive into, pointers, and shared frames.

1. With MSG_TRUNC, TCP counts bytes that it does not write (tcp(7)). The program must then see zeros, never the previous
   content of the memory. Clearing a large buffer for each call costs more than the call: 20 receives of 10 MB took
   0.2 s. They take less than 0.01 s with pages that the kernel zeroes when they are first used.
2. A call borrows a frame and gives it back, so that a busy socket does not allocate its buffers again for each call.
"""

from __future__ import annotations

import sys

from sockcore._families.structs import CStruct
from sockcore._names import import_module
from sockcore._platform import constants
from sockcore._system import structs
from sockcore._system.foreign import address_of, c_uint32, new_reference, pin_bytes, pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]

#: cffi has the address of every view. PyPy would copy a part of bytes byte by byte: 0.4 ms for 0.8 MB.
_IS_CFFI = sys.implementation.name == "pypy" and sys.platform != "win32"

#: Clearing a buffer up to this size costs less than a mapping. It is also the size of a shared frame, because no
#: datagram of an IP protocol is larger.
SMALL = 0x10000


def zeroed(size: int) -> Any:
    """Return a writable buffer of *size* zeros.

    The pages of a large buffer are not touched. Raises MemoryError if it is too large.
    """
    if size <= SMALL:
        return bytearray(size)
    try:
        mmap = import_module("mmap")
    except ImportError:  # an optional module of the interpreter
        return bytearray(size)
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE)
    except (OSError, OverflowError):
        raise MemoryError from None


writable_pointer = pointer


def pointer_to(data: Data) -> Any:
    """Return an argument for a foreign function that points to the bytes of *data*."""
    # A foreign function accepts bytes directly. ctypes has no address for a read-only view of a part of bytes.
    if isinstance(data, bytes):
        return data
    view = memoryview(data)
    if _IS_CFFI or not view.readonly:
        return writable_pointer(view)
    source = view.obj
    return source if type(source) is bytes and len(source) == view.nbytes else bytes(view)


def pin(data: Data) -> tuple[Any, int | None]:
    """Return an object that keeps *data* in place, and its address.

    (None, None) without data.
    """
    if not len(data):
        return None, None
    target = pointer_to(data)
    return pin_bytes(target) if isinstance(target, bytes) else (target, address_of(target))


#: A msghdr, followed by its only iovec.
MESSAGE = CStruct("", "", {"*": (("header", structs.MSGHDR), ("vector", structs.IOVEC))}).packer()

#: With this flag, TCP counts bytes that it does not write: see rule 1.
TRUNC: int = constants().get("MSG_TRUNC", 0)


class Frame:
    """Reusable buffers for data, an address and a msghdr, with pointers to them."""

    __slots__ = (
        "address", "address_array", "address_at", "data", "data_array", "data_at", "length", "length_ref", "message",
        "message_array", "vector_at",
    )  # fmt: skip

    def __init__(self, data: Any, address_size: int) -> None:
        address = bytearray(address_size)
        self.data = memoryview(data)
        self.address = memoryview(address)
        self.data_array = pointer(data)
        self.address_array = pointer(address)
        self.data_at = address_of(self.data_array)
        self.address_at = address_of(self.address_array)
        self.length, self.length_ref = new_reference(c_uint32)
        self.message = bytearray(MESSAGE.size)
        self.message_array = pointer(self.message)
        self.vector_at = address_of(self.message_array) + structs.MSGHDR.packer().size

    def read_data(self, count: int, size: int, flags: int) -> bytes:
        """Return the *count* bytes that the kernel reports for a buffer of *size* bytes.

        With MSG_TRUNC, *count* may be larger than *size*. The bytes beyond *size* are then zeros.
        """
        data = self.data[: min(count, size)].tobytes()
        return data + bytes(count - size) if flags & TRUNC and count > size else data

    def clear(self, size: int) -> None:
        """Overwrite the first *size* bytes of the data buffer with zeros."""
        self.data[:size] = bytes(size)

    def read_address(self, size: int) -> bytes:
        """Return the address in a buffer of *size* bytes.

        For a truncated one, the kernel reports the full length.
        """
        return self.address[: min(self.length.value, size)].tobytes()


#: The maximum size of the block that is kept for the next batch.
MOST_BLOCK = 0x100000
_blocks: list[bytearray] = []  # at most one; append and pop are atomic


def borrow_block(size: int) -> Any:
    """Return a buffer of at least *size* bytes for a batch, with any content.

    Clearing a new block of 1 MiB takes longer than the system call that receives 15 datagrams.
    """
    if size > MOST_BLOCK:
        # A Python without a GIL reserves any size, and a bytearray writes to all of it.
        return zeroed(size)
    try:
        block = _blocks.pop()
    except IndexError:
        return bytearray(size)
    return block if len(block) >= size else bytearray(size)


def give_back_block(block: bytearray) -> None:
    """Keep a block for the next batch. No result refers to it."""
    if not _blocks and SMALL <= len(block) <= MOST_BLOCK:
        _blocks.append(block)


_FRAME_DATA = SMALL
_FRAME_ADDRESS = constants().get("sockaddr_storage", 128)
_frames: list[Frame] = []  # append and pop are atomic


def borrow(size: int, address_size: int, flags: int = 0) -> Frame:
    """Return a frame with room for *size* bytes and an address.

    The data buffer is zeroed for MSG_TRUNC.
    """
    if size > _FRAME_DATA or address_size > _FRAME_ADDRESS:
        return Frame(zeroed(size) if flags & TRUNC else borrow_block(size), address_size)
    try:
        frame = _frames.pop()
    except IndexError:
        return Frame(bytearray(_FRAME_DATA), _FRAME_ADDRESS)
    if flags & TRUNC:
        frame.clear(size)
    return frame


def give_back(frame: Frame) -> None:
    """Keep a frame for the next call, or its block."""
    if len(frame.data) == _FRAME_DATA and len(frame.address) == _FRAME_ADDRESS:
        if len(_frames) < 16:
            _frames.append(frame)
    elif type(frame.data.obj) is bytearray:
        give_back_block(frame.data.obj)
