"""The system's resolver, in one form: names to sockaddrs, and back. Other threads run while it works."""

from __future__ import annotations

import sys
from ctypes import string_at

if sys.platform == "win32":
    from sockcore_inet.resolver_windows import ADDRINFO, ask, canonical_name, free, names_of
else:
    from sockcore_inet.resolver_posix import ADDRINFO, ask, canonical_name, free, names_of


#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]

__all__ = ["lookup", "names_of", "resolve"]

_addrinfo = ADDRINFO.build()


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all that getaddrinfo(3) answers, in its order."""
    # The system reads up to the first null.
    hints = _addrinfo(ai_flags=flags, ai_family=family, ai_socktype=type, ai_protocol=proto)
    first = at = ask(host, service, hints)
    answers: list[Answer] = []
    try:
        while at:
            entry = _addrinfo.from_address(at)
            name, raw = canonical_name(entry), string_at(entry.ai_addr, entry.ai_addrlen)
            answers.append((entry.ai_family, entry.ai_socktype, entry.ai_protocol, name, raw))
            at = entry.ai_next
    finally:
        free(first)
    return answers


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: of any) for *host*; gaierror if there is none."""
    raw = host.encode("ascii") if isinstance(host, str) else host
    return lookup(raw, None, family)[0][-1]
