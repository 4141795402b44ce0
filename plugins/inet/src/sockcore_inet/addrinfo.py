"""getaddrinfo(3) and getnameinfo(3) through ctypes. Other threads run while the resolver works."""

from __future__ import annotations

import sys
from ctypes import string_at

from sockcore.plugin import constants

if sys.platform == "win32":
    from sockcore_inet.resolver_windows import (
        ADDRINFO,
        call_getaddrinfo,
        freeaddrinfo,
        gai_error,
        getnameinfo,
        read_canonical_name,
    )
else:
    from sockcore_inet.resolver_posix import (
        ADDRINFO,
        call_getaddrinfo,
        freeaddrinfo,
        gai_error,
        getnameinfo,
        read_canonical_name,
    )

#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]

__all__ = ["gai_error", "getaddrinfo", "getnameinfo"]

_addrinfo = ADDRINFO.build()
_MAX_SOCKADDR_SIZE = constants().get("sockaddr_storage", 128)


def getaddrinfo(
    host: bytes | None, service: bytes | None, family: int, type: int, proto: int, flags: int
) -> list[Answer]:
    """Return all results of getaddrinfo(3), in its order."""
    hints = _addrinfo(ai_flags=flags, ai_family=family, ai_socktype=type, ai_protocol=proto)
    first = pointer = call_getaddrinfo(host, service, hints)
    answers: list[Answer] = []
    try:
        while pointer:
            entry = _addrinfo.from_address(pointer)
            # A faulty NSS module may return a length that is larger than every sockaddr.
            size = min(entry.ai_addrlen, _MAX_SOCKADDR_SIZE) if entry.ai_addr else 0
            sockaddr = string_at(entry.ai_addr, size) if size else b""
            name = read_canonical_name(entry)
            answers.append((entry.ai_family, entry.ai_socktype, entry.ai_protocol, name, sockaddr))
            pointer = entry.ai_next
    finally:
        freeaddrinfo(first)
    return answers
