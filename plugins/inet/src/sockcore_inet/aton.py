"""inet_aton(3) through ctypes or cffi; inet_addr of Winsock on Windows.

This is a separate module because :mod:`sockcore_inet.conversions` must not import ctypes if the native functions are
used.
"""

from __future__ import annotations

import sys

from sockcore.plugin import c_function, new_buffer, read_buffer

_ADDRESS_SIZE = 4


if sys.platform == "win32":
    _inet_addr = c_function("inet_addr", "unsigned", "pointer")
    _BROADCAST = b"\xff" * 4  # inet_addr also returns this value (INADDR_NONE) for invalid text

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any form, or None if it is not one."""
        packed = _inet_addr(text).to_bytes(_ADDRESS_SIZE, sys.byteorder)
        return packed if packed != _BROADCAST or text == b"255.255.255.255" else None

else:
    _inet_aton = c_function("inet_aton", "int", "pointer", "pointer")

    def aton(text: bytes) -> bytes | None:
        """Return the 4 bytes of an IPv4 address in any form, or None if it is not one."""
        address = new_buffer(_ADDRESS_SIZE)
        return read_buffer(address, _ADDRESS_SIZE) if _inet_aton(text, address) else None
