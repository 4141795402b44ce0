"""Calls of getsockopt(2) that the socket object does not offer, through ctypes.

A few options read their buffer before they write to it, or count its length in another unit than bytes.
"""

from __future__ import annotations

import sys

from sockcore._exceptions import from_errno

#: The maximum number of units: BPF_MAXINSNS.
_MOST_UNITS = 4096


def getsockopt_with_input(fd: int, level: int, optname: int, data: bytes, unit: int = 1) -> bytes:
    """Call getsockopt(2) with *data* as the content of the buffer. Return the bytes that the kernel wrote.

    *unit* is the number of bytes that the kernel counts as one. Raises OSError if the call fails.
    """
    import ctypes

    if sys.platform == "win32":
        from sockcore._system.winsock_library import SOCKET as handle
        from sockcore._system.winsock_library import function, last_errno, save_error
    else:
        from sockcore._system.libc import function, last_errno, save_error

        handle = ctypes.c_int
    call = function("getsockopt", ctypes.c_int, handle, *(ctypes.c_int,) * 2, *(ctypes.c_void_p,) * 2)
    # Without data, the kernel only returns a number of units. Sanitizers regard it as the number of written bytes.
    buffer = ctypes.create_string_buffer(data, max(len(data), _MOST_UNITS))
    length = ctypes.c_uint32(len(data) // unit)
    previous = save_error()
    if call(fd, level, optname, ctypes.addressof(buffer), ctypes.addressof(length)):
        raise from_errno(last_errno(previous))
    return buffer.raw[: min(length.value * unit, len(data))] if data else length.value.to_bytes(4, sys.byteorder)
