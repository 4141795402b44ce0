"""The resolver on POSIX systems: getaddrinfo(3) and getnameinfo(3).

Errors of the resolver are raised as gaierror with the text of gai_strerror(3). EAI_SYSTEM is raised as the OSError of
errno.
"""

from __future__ import annotations

import os
from ctypes import byref, c_char_p, c_int, c_void_p

from sockcore.plugin import (
    Any,
    c_function,
    errno_before,
    failure,
    gaierror,
    libc_function,
    new_buffer,
    read_string,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.structs import ADDRINFO

__all__ = ["ADDRINFO", "call_getaddrinfo", "freeaddrinfo", "gai_error", "getnameinfo", "read_canonical_name"]

_getaddrinfo = libc_function("getaddrinfo", c_int, c_char_p, c_char_p, c_void_p, c_void_p)
freeaddrinfo: Any = libc_function("freeaddrinfo", None, c_void_p)
_gai_strerror = libc_function("gai_strerror", c_char_p, c_int)

_EAI_SYSTEM = TABLE.get("EAI_SYSTEM")
_HOST_SIZE, _SERVICE_SIZE = 1025, 256  # a name in the DNS has at most 255 bytes

_PARAMETERS = ("pointer", "unsigned", "pointer", "size", "pointer", "size", "int")
# Some systems declare the sizes as socklen_t, others as size_t. Both types fit in one register.
_getnameinfo = c_function("getnameinfo", "int", *_PARAMETERS, is_error=lambda code: code == _EAI_SYSTEM)


def gai_error(code: int) -> gaierror:
    """Return the gaierror for an error code (EAI_*)."""
    return gaierror(code, os.fsdecode(_gai_strerror(code)))


def _make_error(code: int, previous: int) -> OSError:
    return failure(previous) if code == _EAI_SYSTEM else gai_error(code)


def call_getaddrinfo(host: bytes | None, service: bytes | None, hints: Any) -> int | None:
    """Return a pointer to the first result, which the caller frees."""
    first = c_void_p()
    previous = errno_before()
    code: int = _getaddrinfo(host, service, byref(hints), byref(first))
    if code:
        raise _make_error(code, previous)
    return first.value


def read_canonical_name(answer: Any) -> str:
    """Return the canonical name in a result, or "" if it is NULL."""
    return (answer.ai_canonname or b"").decode()


def getnameinfo(sockaddr: bytes, flags: int) -> tuple[str, str]:
    """Return the host and service of a sockaddr: getnameinfo(3)."""
    host, service = new_buffer(_HOST_SIZE), new_buffer(_SERVICE_SIZE)
    code = _getnameinfo(sockaddr, len(sockaddr), host, _HOST_SIZE, service, _SERVICE_SIZE, flags)
    if code:
        raise gai_error(code)
    return os.fsdecode(read_string(host)), os.fsdecode(read_string(service))
