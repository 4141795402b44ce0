"""The system's resolver, getaddrinfo(3) and getnameinfo(3), on bytes. Other threads run while it works.

Windows has its own, ``resolver_windows``.

An error of the resolver's own is a gaierror with the text of gai_strerror(3); EAI_SYSTEM is the OSError of errno.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p, string_at

from sockcore.plugin import errno_before, failure, gaierror, libc_function
from sockcore_inet.constants import TABLE
from sockcore_inet.layouts import ADDRINFO

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: Family, type, protocol, canonical name or "", sockaddr.
    Answer = tuple[int, int, int, str, bytes]

_getaddrinfo = libc_function("getaddrinfo", c_int, c_char_p, c_char_p, c_void_p, c_void_p)
_freeaddrinfo = libc_function("freeaddrinfo", None, c_void_p)
_gai_strerror = libc_function("gai_strerror", c_char_p, c_int)
# Some systems declare the sizes as socklen_t, some as size_t: a register holds either.
_getnameinfo = libc_function("getnameinfo", c_int, c_char_p, c_uint32, c_void_p, c_size_t, c_void_p, c_size_t, c_int)

_addrinfo = ADDRINFO.build()
_EAI_SYSTEM = TABLE.get("EAI_SYSTEM")
_Host, _Service = ctypes.c_char * 1025, ctypes.c_char * 256  # a name in the DNS has at most 255 bytes


def _error(code: int, previous: int) -> OSError:
    if code == _EAI_SYSTEM:
        return failure(previous)
    return gaierror(code, os.fsdecode(_gai_strerror(code)))


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all that getaddrinfo(3) answers, in its order."""
    # The C library reads up to the first null.
    hints = _addrinfo(ai_flags=flags, ai_family=family, ai_socktype=type, ai_protocol=proto)
    first = c_void_p()
    previous = errno_before()
    code: int = _getaddrinfo(host, service, byref(hints), byref(first))
    if code:
        raise _error(code, previous)
    answers: list[Answer] = []
    try:
        at = first.value
        while at:
            entry = _addrinfo.from_address(at)
            name, raw = (entry.ai_canonname or b"").decode(), string_at(entry.ai_addr, entry.ai_addrlen)
            answers.append((entry.ai_family, entry.ai_socktype, entry.ai_protocol, name, raw))
            at = entry.ai_next
    finally:
        _freeaddrinfo(first)
    return answers


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: of any) for *host*; gaierror if there is none."""
    raw = host.encode("ascii") if isinstance(host, str) else host
    return lookup(raw, None, family)[0][-1]


def names_of(address: bytes, flags: int) -> tuple[str, str]:
    """Return host and service of a sockaddr, as getnameinfo(3) has them."""
    host, service = _Host(), _Service()
    previous = errno_before()
    code: int = _getnameinfo(address, len(address), host, len(host), service, len(service), flags)
    if code:
        raise _error(code, previous)
    return os.fsdecode(host.value), os.fsdecode(service.value)
