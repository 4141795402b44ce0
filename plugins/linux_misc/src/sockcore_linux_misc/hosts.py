"""The hosts of AF_RDS: IP addresses as text, and names, which another plugin resolves.

Numbers are read and written here, by inet_pton(3) and inet_ntop(3), so that AF_RDS needs no plugin but its own; for
all else the context resolves.
"""

from __future__ import annotations

from sockcore.plugin import BE16, BE32, U32, Context, Struct, inet_ntop, inet_pton, octets, padding
from sockcore_linux_misc.numbers import constant

SOCKADDR_IN = Struct(
    "struct sockaddr_in",
    "<netinet/in.h>",
    ("sin_port", BE16),
    ("sin_addr", octets(4)),
    ("sin_zero", padding(8)),
    sockaddr=True,
)

SOCKADDR_IN6 = Struct(
    "struct sockaddr_in6",
    "<netinet/in.h>",
    ("sin6_port", BE16),
    ("sin6_flowinfo", BE32),
    ("sin6_addr", octets(16)),
    ("sin6_scope_id", U32),
    sockaddr=True,
)

AF_INET, AF_INET6 = constant("af_inet"), constant("af_inet6")

_ANY, _ALL = bytes(4), b"\xff" * 4
_BROADCAST = ("<broadcast>", "255.255.255.255")


def _packed(family: int, size: int, host: str | bytes) -> bytes | None:
    # The bytes of an address in numbers; None of a name.
    raw = host.encode("ascii") if isinstance(host, str) else host
    return inet_pton(family, raw, size)


def packed4(host: str | bytes, context: Context) -> bytes:
    """Return the 4 bytes of an IPv4 host; gaierror, or OSError without a resolver, for a name that is unknown."""
    if not host:
        return _ANY
    if host in _BROADCAST:
        return _ALL
    found = _packed(AF_INET, 4, host)
    if found is None:
        _, found = SOCKADDR_IN.unpack(context.resolve(host, AF_INET))  # type: ignore[assignment]
    assert found is not None
    return found


def packed6(host: str | bytes, context: Context) -> tuple[bytes, int]:
    """Return the 16 bytes of an IPv6 host, and its scope, 0 for none; errors as for :func:`packed4`."""
    if not host:
        return bytes(16), 0
    found = _packed(AF_INET6, 16, host)
    if found is not None:
        return found, 0
    _, _, address, scope = SOCKADDR_IN6.unpack(context.resolve(host, AF_INET6))
    assert isinstance(address, bytes)
    return address, int(scope)


def text6(packed: bytes) -> str:
    """Return the text of the 16 bytes of an IPv6 address."""
    return inet_ntop(AF_INET6, packed)
