"""The system's resolver, in one form: names to sockaddrs, and back. Other threads run while it works."""

from __future__ import annotations

from sockcore.plugin import Callable, gaierror
from sockcore_inet.calls import system
from sockcore_inet.text import without_null

#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]
#: Host, service.
Names = tuple[str, str]

__all__ = ["error", "lookup", "names_of", "resolve"]

error: Callable[[int], gaierror] = system.gai_error
names_of: Callable[[bytes, int], Names] = system.getnameinfo
_getaddrinfo = system.getaddrinfo


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all that getaddrinfo(3) answers, in its order; ValueError if host or service has a null in it."""
    for text in (host, service):
        if text is not None:
            without_null(text)
    answers: list[Answer] = _getaddrinfo(host, service, family, type, proto, flags)
    return answers


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: of any) for *host*; gaierror if there is none."""
    raw = host.encode("ascii") if isinstance(host, str) else host
    return lookup(raw, None, family)[0][-1]
