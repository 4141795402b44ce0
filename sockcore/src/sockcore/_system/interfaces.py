"""Network interfaces by index and by name, for the POSIX backend. See if_nameindex(3)."""

from __future__ import annotations

import ctypes
import errno
from ctypes import c_char, c_void_p

from sockcore._platform import constants
from sockcore._system import structs
from sockcore._system.libc import failure, function, last_errno, save_error

_if_nametoindex = function("if_nametoindex", ctypes.c_uint, ctypes.c_char_p)
_if_indextoname = function("if_indextoname", c_void_p, ctypes.c_uint, c_void_p)
_if_nameindex = function("if_nameindex", c_void_p)
_if_freenameindex = function("if_freenameindex", None, c_void_p)
_nameindex = structs.IF_NAMEINDEX.build()
_NAME_SIZE: int = constants().get("ifname_size", 256)  # with the NUL; 256 is more than on any system


def if_nametoindex(name: bytes) -> int:
    """Call if_nametoindex(3).

    A long name is an error here; some C libraries truncate it.
    """
    previous = save_error()
    number = errno.ENODEV
    if len(name) < _NAME_SIZE:
        index: int = _if_nametoindex(name)
        if index:
            return index
        number = last_errno(previous) or number
    raise OSError(number, "no interface with this name")


def if_indextoname(index: int) -> bytes:
    """Call if_indextoname(3)."""
    buffer = (c_char * _NAME_SIZE)()
    previous = save_error()
    if not _if_indextoname(index, buffer):
        raise failure(previous)
    return buffer.value


def if_nameindex() -> list[tuple[int, bytes]]:
    """Call if_nameindex(3)."""
    previous = save_error()
    start = _if_nameindex()
    if not start:
        raise failure(previous)
    interfaces: list[tuple[int, bytes]] = []
    try:
        address = start
        while True:
            entry = _nameindex.from_address(address)
            if not entry.if_index and entry.if_name is None:
                return interfaces
            interfaces.append((entry.if_index, entry.if_name))
            address += ctypes.sizeof(_nameindex)
    finally:
        _if_freenameindex(start)
