"""The system's resolver, in one form: names to sockaddrs, and back. Other threads run while it works."""

from __future__ import annotations

import sys
from ctypes import string_at

from sockcore.plugin import constants
from sockcore_inet.text import without_null

if sys.platform == "win32":
    from sockcore_inet.resolver_windows import ADDRINFO, ask, canonical_name, error, free, names_of
else:
    from sockcore_inet.resolver_posix import ADDRINFO, ask, canonical_name, error, free, names_of


#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]

__all__ = ["error", "lookup", "names_of", "resolve"]

_addrinfo = ADDRINFO.build()
_LONGEST = constants().get("sockaddr_storage", 128)


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all that getaddrinfo(3) answers, in its order; ValueError if host or service has a null in it."""
    for text in (host, service):
        if text is not None:
            without_null(text)
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


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: of any) for *host*; gaierror if there is none."""
    raw = host.encode("ascii") if isinstance(host, str) else host
    return lookup(raw, None, family)[0][-1]
