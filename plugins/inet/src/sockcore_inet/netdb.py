"""The databases of services and protocols, and the name of this host, through ctypes, on bytes.

The C library answers in one place for all threads: a lock is held until the answer has been read.
"""

from __future__ import annotations

import os
import sys
from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p, c_wchar
from threading import Lock

from sockcore.plugin import errno_before, failure, libc_function
from sockcore_inet.byteorder import htons, ntohs
from sockcore_inet.layouts import PROTOENT, SERVENT
from sockcore_inet.text import from_system

_servbyname = libc_function("getservbyname", c_void_p, c_char_p, c_char_p)
_servbyport = libc_function("getservbyport", c_void_p, c_int, c_char_p)
_protobyname = libc_function("getprotobyname", c_void_p, c_char_p)

_servent, _protoent = SERVENT.build(), PROTOENT.build()
_lock = Lock()
_SIZE = 1024  # a name in the DNS has at most 255 bytes


def getservbyname(service: bytes, protocol: bytes | None) -> int | None:
    """Return the port of a service; None if it is not found."""
    with _lock:
        found = _servbyname(service, protocol)
        return ntohs(_servent.from_address(found).s_port & 0xFFFF) if found else None


def getservbyport(port: int, protocol: bytes | None) -> str | None:
    """Return the name of the service at a port; None if it is not found."""
    with _lock:
        found = _servbyport(htons(port), protocol)
        return from_system(_servent.from_address(found).s_name) if found else None


def getprotobyname(name: bytes) -> int | None:
    """Return the number of a protocol; None if it is not found."""
    with _lock:
        found = _protobyname(name)
        if not found:
            return None
        number: int = _protoent.from_address(found).p_proto
        return number


if sys.platform == "win32":
    _GetComputerNameExW = libc_function("GetComputerNameExW", c_int, c_int, c_void_p, c_void_p, library="kernel32")
    # Of enum COMPUTER_NAME_FORMAT, <sysinfoapi.h>: of this machine, whatever cluster it belongs to.
    _PHYSICAL_DNS_HOSTNAME = 5

    def gethostname() -> str:
        """Return the name of this host."""
        name = (c_wchar * _SIZE)()
        previous = errno_before()
        if not _GetComputerNameExW(_PHYSICAL_DNS_HOSTNAME, name, byref(c_uint32(_SIZE))):
            raise failure(previous)
        return name.value

else:
    _gethostname = libc_function("gethostname", c_int, c_void_p, c_size_t)
    _sethostname = libc_function("sethostname", c_int, c_char_p, c_size_t)

    def gethostname() -> str:
        """Return the name of this host."""
        name = (c_char * _SIZE)()
        previous = errno_before()
        if _gethostname(name, _SIZE - 1) < 0:
            raise failure(previous)
        return os.fsdecode(name.value)

    def sethostname(name: bytes) -> None:
        """Set the name of this host."""
        previous = errno_before()
        if _sethostname(name, len(name)) < 0:
            raise failure(previous)
