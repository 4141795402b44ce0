"""The databases of services and protocols, and the name of this host, through ctypes, on bytes."""

from __future__ import annotations

import os
import sys
from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p, c_wchar

from sockcore.plugin import Any, errno_before, failure, libc_function
from sockcore_inet.answers import best_call
from sockcore_inet.byteorder import htons, ntohs
from sockcore_inet.structs import PROTOENT, SERVENT
from sockcore_inet.text import from_system

_servent, _protoent = SERVENT.build(), PROTOENT.build()
_servbyname = best_call("getservbyname", (c_char_p, c_char_p), _servent)
_servbyport = best_call("getservbyport", (c_int, c_char_p), _servent)
_protobyname = best_call("getprotobyname", (c_char_p,), _protoent)

_SIZE = 1024  # a name in the DNS has at most 255 bytes


def getservbyname(service: bytes, protocol: bytes | None) -> int | None:
    """Return the port of a service; None if it is not found."""
    port, _ = _servbyname(_port, service, protocol)
    return None if port is None else ntohs(port & 0xFFFF)


def _port(answer: Any) -> int | None:
    return None if answer is None else answer.s_port


def getservbyport(port: int, protocol: bytes | None) -> str | None:
    """Return the name of the service at a port; None if it is not found."""
    name, _ = _servbyport(_service_name, htons(port), protocol)
    return None if name is None else from_system(name)


def _service_name(answer: Any) -> bytes | None:
    return None if answer is None else answer.s_name


def getprotobyname(name: bytes) -> int | None:
    """Return the number of a protocol; None if it is not found."""
    number: int | None = _protobyname(_protocol_number, name)[0]
    return number


def _protocol_number(answer: Any) -> int | None:
    return None if answer is None else answer.p_proto


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
