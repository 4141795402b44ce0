"""Foreign calls of the pure backend for POSIX systems: through cffi on PyPy, and through ctypes elsewhere.

The names are those of ctypes. An argument for a pointer is bytes, :data:`NULL`, or the result of :func:`pointer`,
:func:`new_buffer` or :func:`new_reference`.
"""

from __future__ import annotations

import sys

from sockcore._types import Any

__all__ = [
    "NULL", "address_of", "c_char_p", "c_int", "c_size_t", "c_ssize_t", "c_uint", "c_uint32", "c_void_p", "failure",
    "function", "last_errno", "library_at_once", "new_buffer", "new_reference", "pin_bytes", "pointer",
    "quick_function", "read_buffer", "read_string", "save_error", "size_t",
]  # fmt: skip

TYPE_CHECKING = False

if TYPE_CHECKING or sys.implementation.name != "pypy" or sys.platform == "win32":
    from ctypes import addressof as address_of
    from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_ssize_t, c_uint, c_uint32, c_void_p

    if TYPE_CHECKING or sys.platform != "win32":
        from sockcore._system.libc import (
            failure,
            function,
            last_errno,
            library_at_once,
            quick_function,
            save_error,
            size_t,
        )

    NULL: Any = None

    #: Size -> type of an array. Bound: 256, then cleared. Without it, ctypes creates a class for each buffer.
    _arrays: dict[int, Any] = {}

    def pointer(data: Any) -> Any:
        """Return a pointer to the memory of a writable, contiguous buffer. It keeps the buffer alive."""
        return (c_char * (data.nbytes if type(data) is memoryview else len(data))).from_buffer(data)

    def new_buffer(size: int) -> Any:
        """Return a pointer to *size* bytes, all zero."""
        array = _arrays.get(size)
        if array is None:
            if len(_arrays) >= 256:
                _arrays.clear()
            array = _arrays[size] = c_char * size
        return array()

    def read_buffer(buffer: Any, size: int) -> bytes:
        """Return the first *size* bytes of a buffer of :func:`new_buffer`."""
        data: bytes = buffer.raw[:size]
        return data

    def read_string(buffer: Any) -> bytes:
        """Return the bytes before the first NUL in a buffer of :func:`new_buffer`, or all of them."""
        text: bytes = buffer.value
        return text

    def pin_bytes(data: bytes) -> tuple[Any, int]:
        """Return an object that keeps *data* in place, and its address."""
        pinned = c_char_p(data)
        return pinned, c_void_p.from_buffer(pinned).value or 0

    def new_reference(ctype: Any, value: int = 0) -> tuple[Any, Any]:
        """Return a number in memory, as an object with the attribute ``value``, and the pointer to it."""
        number = ctype(value)
        return number, byref(number)

else:
    from sockcore._system.foreign_pypy import (
        NULL,
        address_of,
        c_char_p,
        c_int,
        c_size_t,
        c_ssize_t,
        c_uint,
        c_uint32,
        c_void_p,
        failure,
        function,
        last_errno,
        library_at_once,
        new_buffer,
        new_reference,
        pin_bytes,
        pointer,
        quick_function,
        read_buffer,
        read_string,
        save_error,
        size_t,
    )
