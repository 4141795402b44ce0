"""inet_pton(3) and inet_ntop(3) through ctypes: conversion of IP addresses between text and bytes."""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p

if sys.platform == "win32":
    from sockcore._system.winsock_library import failure, named_function, save_error
else:
    from sockcore._system.libc import failure, named_function, save_error

__all__ = ["inet_ntop", "inet_pton"]

_pton = named_function("inet_pton", c_int, c_int, c_char_p, c_void_p)
_ntop = named_function("inet_ntop", c_void_p, c_int, c_char_p, c_void_p, c_uint32)
_Text = ctypes.c_char * 64  # INET6_ADDRSTRLEN is 46
_Packed = ctypes.c_char * 16


def inet_pton(family: int, text: bytes, size: int, /) -> bytes | None:
    """Return the packed address, of *size* bytes, of *text*.

    None if *text* is not an address of the family.

    Raises OSError (EAFNOSUPPORT) if the C library does not support the family, and ValueError if *text* contains a NUL.
    """
    if 0 in text:
        raise ValueError("embedded null byte")
    packed = _Packed()
    previous = save_error()
    result: int = _pton(family, text, packed)
    if result < 0:
        raise failure(previous)
    return packed.raw[:size] if result else None


def inet_ntop(family: int, packed: bytes, /) -> str:
    """Return the text of a packed address.

    Raises OSError (EAFNOSUPPORT) if the C library does not support the family.
    """
    text = _Text()
    previous = save_error()
    if not _ntop(family, packed.ljust(16, b"\0"), text, len(text)):
        raise failure(previous)
    return text.value.decode("ascii")
