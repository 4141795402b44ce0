"""inet_aton(3) through ctypes; Winsock has inet_addr in its place."""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p

from sockcore.plugin import libc_function

_Address = ctypes.c_char * 16


if sys.platform == "win32":
    _addr = libc_function("inet_addr", c_uint32, c_char_p)
    _ALL = b"\xff" * 4  # also what inet_addr says of no address

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any of its forms, None if *text* is none."""
        packed = bytes(c_uint32(_addr(text)))
        return packed if packed != _ALL or text == b"255.255.255.255" else None

else:
    _aton = libc_function("inet_aton", c_int, c_char_p, c_void_p)

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any of its forms, None if *text* is none."""
        address = _Address()
        return address.raw[:4] if _aton(text, address) else None
