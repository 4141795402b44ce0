"""gethostbyname, gethostbyname_ex, gethostbyaddr, getfqdn: the functions that know a host by one name."""

from __future__ import annotations

import sys

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Union,
    family_of,
    herror,
    ip_text,
)
from sockcore_inet.calls import system
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_DGRAM, TABLE, TRY_AGAIN
from sockcore_inet.hosts import address_of
from sockcore_inet.numeric import packed4, text4, text6
from sockcore_inet.public import public
from sockcore_inet.resolver import lookup
from sockcore_inet.text import host_argument

Host = Union[str, bytes, bytearray]
#: Name, aliases, addresses.
Entry = tuple[str, list[str], list[str]]

by_name = system.gethostbyname
by_address = system.gethostbyaddr


def _packed(raw: bytes) -> tuple[int, bytes]:
    family = family_of(raw)
    if family == AF_INET:
        packed = SOCKADDR_IN.unpack(raw)[1]
    elif family == AF_INET6:
        packed = SOCKADDR_IN6.unpack(raw)[2]
    else:
        raise OSError("unsupported address family")
    assert isinstance(packed, bytes)
    return family, packed


def gethostbyname(hostname: Host, /) -> str:
    """Return the IPv4 address of a host, as a dotted quad. An IPv4 address stands for itself.

    gaierror if there is none. Audited as ``socket.gethostbyname``. For IPv6 there is :func:`getaddrinfo`.
    """
    packed = packed4(hostname) if type(hostname) is str else None
    if packed is not None:
        sys.audit("socket.gethostbyname", hostname)
        return text4(packed)
    host = host_argument("gethostbyname", hostname)
    sys.audit("socket.gethostbyname", hostname)
    return text4(_packed(address_of(host, AF_INET))[1])


def gethostbyname_ex(hostname: Host, /) -> tuple[str, list[str], list[str]]:
    """Return (primary name, aliases, IPv4 addresses) of a host.

    gaierror or herror if there is none. Audited as ``socket.gethostbyname``. Source: gethostbyname(3).
    """
    host = host_argument("gethostbyname_ex", hostname)
    sys.audit("socket.gethostbyname", hostname)
    address_of(host, AF_INET)
    entry: Entry = by_name(host)
    return entry


def gethostbyaddr(ip_address: Host, /) -> tuple[str, list[str], list[str]]:
    """Return (primary name, aliases, addresses) of the host that has an IPv4 or IPv6 address, given as text.

    A host name is looked up first. gaierror or herror if there is none. Audited as ``socket.gethostbyaddr``.
    Source: gethostbyaddr(3).
    """
    entry: Entry
    packed = packed4(ip_address) if type(ip_address) is str else None
    if packed is not None:
        sys.audit("socket.gethostbyaddr", ip_address)
        entry = by_address(AF_INET, packed)
        return entry
    host = host_argument("gethostbyaddr", ip_address)
    sys.audit("socket.gethostbyaddr", ip_address)
    entry = by_address(*_packed(address_of(host, 0)))
    return entry


def getfqdn(name: str = "") -> str:
    """Return the fully qualified domain name of *name*; of this host if it is ``''``, ``'0.0.0.0'`` or ``'::'``.

    It is the first name with a dot in it, of the primary name and the aliases that :func:`gethostbyaddr` has;
    the primary name if none has a dot; *name* itself (or :func:`gethostname`'s) if the host is not known. For this host
    the names are those of one query: the name is looked up, and not its address after that.
    """
    module = public()
    if not isinstance(name, str):
        name = ip_text(name)
    name = name.strip()
    names = module.gethostbyaddr
    if name in ("", "0.0.0.0", "::"):
        name = module.gethostname()
        # A program's own gethostbyaddr is used, as in the standard module.
        names = _names_of_this_host if names is gethostbyaddr else names
    try:
        primary, aliases, _ = names(name)
    except OSError:
        return name
    found: str = next((each for each in (primary, *aliases) if "." in each), primary)
    return found


def _names_of_this_host(name: str) -> tuple[str, list[str], list[str]]:
    """Return what gethostbyaddr(name) returns, from one query for the name."""
    host = host_argument("gethostbyaddr", name)
    sys.audit("socket.gethostbyaddr", name)
    try:
        entry: Entry = by_name(host)
        return entry
    except herror as exc:
        if exc.errno == TRY_AGAIN:
            raise
    # The host may have IPv6 addresses alone, of which gethostbyname(3) knows nothing.
    (_, _, _, canonical, raw), *_ = lookup(host, None, AF_INET6, SOCK_DGRAM, 0, TABLE["AI_CANONNAME"])
    return canonical or name, [], [text6(_packed(raw)[1])]
