"""inet_pton(3) and inet_ntop(3) through ctypes or cffi: conversion of IP addresses between text and bytes."""

from __future__ import annotations

import sys

from sockcore._system.foreign import c_char_p, c_int, c_uint32, c_void_p, new_buffer, read_buffer

if sys.platform == "win32":
    from sockcore._system.winsock_library import failure, named_function, save_error
else:
    from sockcore._system.foreign import failure, save_error
    from sockcore._system.foreign import function as named_function

__all__ = ["inet_ntop", "inet_pton"]

_pton = named_function("inet_pton", c_int, c_int, c_char_p, c_void_p)
_ntop = named_function("inet_ntop", c_void_p, c_int, c_char_p, c_void_p, c_uint32)
_TEXT_SIZE = 64  # INET6_ADDRSTRLEN is 46
_PACKED_SIZE = 16


def inet_pton(family: int, text: bytes, size: int, /) -> bytes | None:
    """Return the packed address, of *size* bytes, of *text*.

    None if *text* is not an address of the family.

    Raises OSError (EAFNOSUPPORT) if the C library does not support the family, and ValueError if *text* contains a NUL.
    """
    if 0 in text:
        raise ValueError("embedded null byte")
    packed = new_buffer(_PACKED_SIZE)
    previous = save_error()
    result: int = _pton(family, text, packed)
    if result < 0:
        raise failure(previous)
    return read_buffer(packed, size) if result else None


def inet_ntop(family: int, packed: bytes, /) -> str:
    """Return the text of a packed address.

    Raises OSError (EAFNOSUPPORT) if the C library does not support the family.
    """
    text = new_buffer(_TEXT_SIZE)
    previous = save_error()
    if not _ntop(family, packed.ljust(_PACKED_SIZE, b"\0"), text, _TEXT_SIZE):
        raise failure(previous)
    return read_buffer(text, _TEXT_SIZE).partition(b"\0")[0].decode("ascii")
