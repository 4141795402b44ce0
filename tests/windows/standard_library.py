"""The standard library's codecs of families for which this Winsock opens no socket, made to tell what they do.

1. ``_socket`` asks nothing of a socket to encode an address: one of any family is enough, told to be of another by the
   bytes from which it is made (``WSAPROTOCOL_INFOW``).
2. What it hands to ``bind`` is seen, and what ``getsockname`` gives it is chosen, by functions of ours in the place of
   those that ``_socket.pyd`` imports from ``ws2_32.dll``. Nobody else's imports are touched.
"""

from __future__ import annotations

import ctypes
import os
import socket as standard
import struct
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

assert sys.platform == "win32"

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.GetModuleHandleW.restype = ctypes.c_void_p
_kernel32.GetModuleHandleW.argtypes = [ctypes.c_wchar_p]
_kernel32.GetProcAddress.restype = ctypes.c_void_p
_kernel32.GetProcAddress.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
_kernel32.VirtualProtect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_void_p]

_PAGE_READWRITE = 4
_BIND = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int)
_GETSOCKNAME = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int))

# Of WSAPROTOCOL_INFOW.
_FAMILY_AT, _TYPE_AT = 76, 88


def _number(at: int) -> int:
    return ctypes.c_uint32.from_address(at).value


def _imports(module: str, dll: str) -> Iterator[ctypes.c_size_t]:
    """Yield the entries of *module*'s table of what it imports from *dll*. (PE format, "Import Address Table".)"""
    base = _kernel32.GetModuleHandleW(module)
    optional_header = base + _number(base + 0x3C) + 24
    directories = optional_header + (112 if ctypes.sizeof(ctypes.c_void_p) == 8 else 96)
    descriptor = base + _number(directories + 8)
    while _number(descriptor + 12):
        if ctypes.string_at(base + _number(descriptor + 12)).decode().lower() == dll:
            at = base + _number(descriptor + 16)
            while (entry := ctypes.c_size_t.from_address(at)).value:
                yield entry
                at += ctypes.sizeof(entry)
        descriptor += 20


@contextmanager
def _replaced(name: str, function: Any) -> Iterator[None]:
    original = _kernel32.GetProcAddress(_kernel32.GetModuleHandleW("ws2_32.dll"), name.encode())
    [entry] = [entry for entry in _imports("_socket.pyd", "ws2_32.dll") if entry.value == original]
    assert _kernel32.VirtualProtect(
        ctypes.addressof(entry), ctypes.sizeof(entry), _PAGE_READWRITE, ctypes.byref(ctypes.c_uint32())
    )
    entry.value = ctypes.cast(function, ctypes.c_void_p).value or 0
    try:
        yield
    finally:
        entry.value = original


@contextmanager
def of_family(family: int, kind: int, proto: int) -> Iterator[Any]:
    """A socket of the standard library that takes itself to be of *family*."""
    with standard.socket() as sock:
        info = bytearray(sock.share(os.getpid()))
    struct.pack_into("<i", info, _FAMILY_AT, family)
    struct.pack_into("<ii", info, _TYPE_AT, kind, proto)
    with standard.socket(0, 0, 0, bytes(info)) as sock:  # type: ignore[arg-type]
        yield sock


@contextmanager
def what_bind_is_given() -> Iterator[list[bytes]]:
    """The sockaddrs that ``bind`` is called with meanwhile, whatever the socket; nothing is bound."""
    given: list[bytes] = []

    @_BIND
    def bind(fd: int, address: int, size: int) -> int:
        given.append(ctypes.string_at(address, size))
        return 0

    with _replaced("bind", bind):
        yield given


@contextmanager
def whose_name_is(raw: bytes) -> Iterator[None]:
    """Meanwhile ``getsockname`` gives *raw*, whatever the socket."""

    @_GETSOCKNAME
    def getsockname(fd: int, address: int, size: Any) -> int:
        ctypes.memmove(address, raw, len(raw))
        size[0] = len(raw)
        return 0

    with _replaced("getsockname", getsockname):
        yield
