"""The system resolver: host names to sockaddrs, and sockaddrs to names. Other threads run while it works."""

from __future__ import annotations

from sockcore.plugin import Callable, gaierror
from sockcore_inet.arguments import require_no_null
from sockcore_inet.backend import functions

#: Family, type, protocol, canonical name or "", sockaddr.
Answer = tuple[int, int, int, str, bytes]
#: Host, service.
Names = tuple[str, str]

__all__ = ["gai_error", "lookup", "lookup_names", "resolve"]

gai_error: Callable[[int], gaierror] = functions.gai_error
lookup_names: Callable[[bytes, int], Names] = functions.getnameinfo
_getaddrinfo = functions.getaddrinfo


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all results of getaddrinfo(3), in its order.

    Raises ValueError if host or service contains a null byte.
    """
    for text in (host, service):
        if text is not None:
            require_no_null(text)
    answers: list[Answer] = _getaddrinfo(host, service, family, type, proto, flags)
    return answers


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: any family) for *host*.

    Raises gaierror if *host* does not resolve.
    """
    encoded = host.encode("ascii") if isinstance(host, str) else host
    return lookup(encoded, None, family)[0][-1]
