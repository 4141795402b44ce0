"""inet_aton(3), inet_pton(3) and inet_ntop(3) of the C library; Winsock has inet_addr in the place of the first."""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p

from sockcore.plugin import errno_before, failure, libc_function

_pton = libc_function("inet_pton", c_int, c_int, c_char_p, c_void_p)
_ntop = libc_function("inet_ntop", c_void_p, c_int, c_char_p, c_void_p, c_uint32)

_Text = ctypes.c_char * 64  # INET6_ADDRSTRLEN is 46
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


def pton(family: int, text: bytes, size: int) -> bytes | None:
    """Return the *size* bytes of an address, None if *text* is none; OSError if the library knows no such family."""
    address = _Address()
    previous = errno_before()
    found: int = _pton(family, text, address)
    if found < 0:
        raise failure(previous)
    return address.raw[:size] if found else None


def ntop(family: int, packed: bytes) -> str:
    """Return the text of a packed address; OSError if the library does not know the family."""
    text = _Text()
    previous = errno_before()
    if not _ntop(family, packed, text, len(text)):
        raise failure(previous)
    return text.value.decode("ascii")
