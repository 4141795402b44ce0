"""Access to the address codecs of the standard library for families that this Winsock does not support.

1. ``_socket`` encodes addresses without calling the system. A socket of any family is sufficient. The bytes from which
   it is created (``WSAPROTOCOL_INFOW``) can contain another family.
2. Replacement functions record the sockaddr of ``bind``, and return a given sockaddr from ``getsockname``. They replace
   the functions that ``_socket.pyd`` imports from ``ws2_32.dll``. Imports of other modules do not change.
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

# Offsets in WSAPROTOCOL_INFOW.
_FAMILY_OFFSET, _TYPE_OFFSET = 76, 88


def _read_uint32(address: int) -> int:
    return ctypes.c_uint32.from_address(address).value


def _imports(module: str, dll: str) -> Iterator[ctypes.c_size_t]:
    """Yield the entries for *dll* in the import address table of *module*.

    See "Import Address Table" in the PE format.
    """
    base = _kernel32.GetModuleHandleW(module)
    optional_header = base + _read_uint32(base + 0x3C) + 24
    directories = optional_header + (112 if ctypes.sizeof(ctypes.c_void_p) == 8 else 96)
    descriptor = base + _read_uint32(directories + 8)
    while _read_uint32(descriptor + 12):
        if ctypes.string_at(base + _read_uint32(descriptor + 12)).decode().lower() == dll:
            address = base + _read_uint32(descriptor + 16)
            while (entry := ctypes.c_size_t.from_address(address)).value:
                yield entry
                address += ctypes.sizeof(entry)
        descriptor += 20


@contextmanager
def _replace_function(name: str, function: Any) -> Iterator[None]:
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
def standard_socket(family: int, sock_type: int, proto: int) -> Iterator[Any]:
    """Yield a socket object of the standard library with *family*.

    Its handle has another family.
    """
    with standard.socket() as sock:
        info = bytearray(sock.share(os.getpid()))
    struct.pack_into("<i", info, _FAMILY_OFFSET, family)
    struct.pack_into("<ii", info, _TYPE_OFFSET, sock_type, proto)
    with standard.socket(0, 0, 0, bytes(info)) as sock:  # type: ignore[arg-type]
        yield sock


@contextmanager
def record_bind() -> Iterator[list[bytes]]:
    """Record the sockaddrs in calls of ``bind`` on any socket.

    The calls do not reach the system.
    """
    sockaddrs: list[bytes] = []

    @_BIND
    def bind(fd: int, address: int, size: int) -> int:
        sockaddrs.append(ctypes.string_at(address, size))
        return 0

    with _replace_function("bind", bind):
        yield sockaddrs


@contextmanager
def replace_getsockname(sockaddr: bytes) -> Iterator[None]:
    """Make ``getsockname`` return *sockaddr* on any socket."""

    @_GETSOCKNAME
    def getsockname(fd: int, address: int, size: Any) -> int:
        ctypes.memmove(address, sockaddr, len(sockaddr))
        size[0] = len(sockaddr)
        return 0

    with _replace_function("getsockname", getsockname):
        yield
