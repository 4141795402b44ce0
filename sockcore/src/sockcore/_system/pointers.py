"""The address of a buffer's bytes, as a foreign function takes it or a field of a struct has it."""

from __future__ import annotations

from ctypes import addressof, c_char, c_char_p, c_void_p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]


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


def hold(data: Data) -> tuple[Any, int | None]:
    """Return what keeps *data* in place, and its address, for a field of a struct; (None, None) if there are none."""
    if not len(data):
        return None, None
    pointer = pointer_to(data)
    if isinstance(pointer, bytes):
        keeper = c_char_p(pointer)
        return keeper, c_void_p.from_buffer(keeper).value
    return pointer, addressof(pointer)
