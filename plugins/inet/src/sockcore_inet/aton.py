"""inet_aton(3) through ctypes; inet_addr of Winsock on Windows.

This is a separate module because :mod:`sockcore_inet.conversions` must not import ctypes if the native functions are
used.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p

from sockcore.plugin import libc_function

_Address = ctypes.c_char * 16


if sys.platform == "win32":
    _inet_addr = libc_function("inet_addr", c_uint32, c_char_p)
    _BROADCAST = b"\xff" * 4  # inet_addr also returns this value (INADDR_NONE) for invalid text

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any form, or None if it is not one."""
        packed = bytes(c_uint32(_inet_addr(text)))
        return packed if packed != _BROADCAST or text == b"255.255.255.255" else None

else:
    _inet_aton = libc_function("inet_aton", c_int, c_char_p, c_void_p)

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any form, or None if it is not one."""
        address = _Address()
        return address.raw[:4] if _inet_aton(text, address) else None
