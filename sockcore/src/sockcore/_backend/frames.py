"""The buffers that a call fills or reads: borrowed and given back, so that a busy socket allocates nothing twice."""

from __future__ import annotations

from ctypes import addressof, byref, c_char, c_char_p, c_uint32, c_void_p

from sockcore._backend import structs
from sockcore._backend.libc import writable_pointer
from sockcore._platform import constants
from sockcore._platform.cstruct import CStruct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]

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


def hold(data: Data) -> tuple[Any, int | None]:
    """Return what keeps *data* in place, and its address, for a field of a struct; (None, None) if there are none."""
    if not len(data):
        return None, None
    pointer = pointer_to(data)
    if isinstance(pointer, bytes):
        keeper = c_char_p(pointer)
        return keeper, c_void_p.from_buffer(keeper).value
    return pointer, addressof(pointer)
