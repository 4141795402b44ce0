"""The resolver of POSIX systems: getaddrinfo(3) and getnameinfo(3), in bytes.

An error of the resolver's own is a gaierror with the text of gai_strerror(3); EAI_SYSTEM is the OSError of errno.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p

from sockcore.plugin import Any, errno_before, failure, gaierror, libc_function
from sockcore_inet.constants import TABLE
from sockcore_inet.structs import ADDRINFO

__all__ = ["ADDRINFO", "ask", "canonical_name", "error", "free", "names_of"]

_getaddrinfo = libc_function("getaddrinfo", c_int, c_char_p, c_char_p, c_void_p, c_void_p)
free = libc_function("freeaddrinfo", None, c_void_p)
_gai_strerror = libc_function("gai_strerror", c_char_p, c_int)
# Some systems declare the sizes as socklen_t, some as size_t: a register holds either.
_getnameinfo = libc_function("getnameinfo", c_int, c_char_p, c_uint32, c_void_p, c_size_t, c_void_p, c_size_t, c_int)

_EAI_SYSTEM = TABLE.get("EAI_SYSTEM")
_Host, _Service = ctypes.c_char * 1025, ctypes.c_char * 256  # a name in the DNS has at most 255 bytes


def error(code: int) -> gaierror:
    """Return the error of a number EAI_*."""
    return gaierror(code, os.fsdecode(_gai_strerror(code)))


def _error(code: int, previous: int) -> OSError:
    return failure(previous) if code == _EAI_SYSTEM else error(code)


def ask(host: bytes | None, service: bytes | None, hints: Any) -> int | None:
    """Return where the first answer is, to be freed."""
    first = c_void_p()
    previous = errno_before()
    code: int = _getaddrinfo(host, service, byref(hints), byref(first))
    if code:
        raise _error(code, previous)
    return first.value


def canonical_name(answer: Any) -> str:
    """Return the name in an answer, "" if there is none."""
    return (answer.ai_canonname or b"").decode()


def names_of(address: bytes, flags: int) -> tuple[str, str]:
    """Return host and service of a sockaddr, as getnameinfo(3) has them."""
    host, service = _Host(), _Service()
    previous = errno_before()
    code: int = _getnameinfo(address, len(address), host, len(host), service, len(service), flags)
    if code:
        raise _error(code, previous)
    return os.fsdecode(host.value), os.fsdecode(service.value)
