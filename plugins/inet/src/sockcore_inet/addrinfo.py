"""getaddrinfo(3) and getnameinfo(3) through ctypes, on bytes. Other threads run while the resolver works."""

from __future__ import annotations

import sys
from ctypes import string_at

from sockcore.plugin import constants

if sys.platform == "win32":
    from sockcore_inet.resolver_windows import ADDRINFO, ask, canonical_name, free
    from sockcore_inet.resolver_windows import error as gai_error
    from sockcore_inet.resolver_windows import names_of as getnameinfo
else:
    from sockcore_inet.resolver_posix import ADDRINFO, ask, canonical_name, free
    from sockcore_inet.resolver_posix import error as gai_error
    from sockcore_inet.resolver_posix import names_of as getnameinfo

#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]

__all__ = ["gai_error", "getaddrinfo", "getnameinfo", "names_of_tuple"]

_addrinfo = ADDRINFO.build()
_LONGEST = constants().get("sockaddr_storage", 128)


def getaddrinfo(
    host: bytes | None, service: bytes | None, family: int, type: int, proto: int, flags: int
) -> list[Answer]:
    """Return all answers of getaddrinfo(3), in its order."""
    hints = _addrinfo(ai_flags=flags, ai_family=family, ai_socktype=type, ai_protocol=proto)
    first = at = ask(host, service, hints)
    answers: list[Answer] = []
    try:
        while at:
            entry = _addrinfo.from_address(at)
            # No sockaddr is longer, whatever an NSS module says.
            size = min(entry.ai_addrlen, _LONGEST) if entry.ai_addr else 0
            raw = string_at(entry.ai_addr, size) if size else b""
            answers.append((entry.ai_family, entry.ai_socktype, entry.ai_protocol, canonical_name(entry), raw))
            at = entry.ai_next
    finally:
        free(first)
    return answers


def names_of_tuple(sockaddr: object, flags: object) -> None:
    """Return None: in C, the host and the service of an address in numbers."""
