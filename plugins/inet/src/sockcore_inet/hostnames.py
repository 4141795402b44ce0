"""Host names: gethostbyname, gethostbyname_ex, gethostbyaddr, getfqdn, gethostname, sethostname."""

from __future__ import annotations

import os
import sys

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Union,
    family_of,
    herror,
    ip_text,
)
from sockcore_inet.arguments import to_host_bytes
from sockcore_inet.backend import functions, native
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_DGRAM, TABLE, TRY_AGAIN
from sockcore_inet.hosts import resolve_host
from sockcore_inet.numeric_addresses import format_ipv4, format_ipv6, parse_ipv4
from sockcore_inet.public_module import public_module
from sockcore_inet.resolver import lookup

Host = Union[str, bytes, bytearray]
HostName = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]
#: Name, aliases, addresses.
Entry = tuple[str, list[str], list[str]]

_lookup_by_name = functions.gethostbyname
_lookup_by_address = functions.gethostbyaddr
_gethostname = functions.gethostname
# For plain names. They return None for others.
_text_of_ipv4_host = functions.text_of_ipv4_host
_entry_of_name, _entry_of_host = functions.entry_of_name, functions.entry_of_host


def _unpack_address(sockaddr: bytes) -> tuple[int, bytes]:
    family = family_of(sockaddr)
    if family == AF_INET:
        packed = SOCKADDR_IN.unpack(sockaddr)[1]
    elif family == AF_INET6:
        packed = SOCKADDR_IN6.unpack(sockaddr)[2]
    else:
        raise OSError("unsupported address family")
    assert isinstance(packed, bytes)
    return family, packed


def gethostbyname(hostname: Host, /) -> str:
    """Return the IPv4 address of a host as a dotted quad.

    An IPv4 address is returned unchanged.

    Raises gaierror if the host is not found. Raises the audit event ``socket.gethostbyname``. Use :func:`getaddrinfo`
    for IPv6.
    """
    text: str | None = _text_of_ipv4_host(hostname)
    if text is not None:
        return text
    host = to_host_bytes("gethostbyname", hostname)
    sys.audit("socket.gethostbyname", hostname)
    return format_ipv4(_unpack_address(resolve_host(host, AF_INET))[1])


def gethostbyname_ex(hostname: Host, /) -> tuple[str, list[str], list[str]]:
    """Return (primary name, aliases, IPv4 addresses) of a host.

    Raises gaierror or herror if the host is not found. Raises the audit event ``socket.gethostbyname``.
    Source: gethostbyname(3).
    """
    entry: Entry | None = _entry_of_name(hostname)
    if entry is None:
        host = to_host_bytes("gethostbyname_ex", hostname)
        sys.audit("socket.gethostbyname", hostname)
        resolve_host(host, AF_INET)
        entry = _lookup_by_name(host)
    return entry


def gethostbyaddr(ip_address: Host, /) -> tuple[str, list[str], list[str]]:
    """Return (primary name, aliases, addresses) of the host with an IP address.

    The address is IPv4 or IPv6, given as text. A host name is resolved first. Raises gaierror or herror if the host is
    not found. Raises the audit event ``socket.gethostbyaddr``. Source: gethostbyaddr(3).
    """
    entry: Entry | None = _entry_of_host(ip_address)
    if entry is None:
        packed = parse_ipv4(ip_address) if type(ip_address) is str else None
        if packed is not None:
            sys.audit("socket.gethostbyaddr", ip_address)
            entry = _lookup_by_address(AF_INET, packed)
        else:
            host = to_host_bytes("gethostbyaddr", ip_address)
            sys.audit("socket.gethostbyaddr", ip_address)
            entry = _lookup_by_address(*_unpack_address(resolve_host(host, 0)))
    return entry


def getfqdn(name: str = "") -> str:
    """Return the fully qualified domain name of *name*, by default of this machine.

    ``''``, ``'0.0.0.0'`` and ``'::'`` stand for this machine: the result of :func:`gethostname` then replaces *name*.
    Returns the first of the primary name and the aliases from :func:`gethostbyaddr` that contains a dot. If none of
    them contains a dot, returns the primary name. If the host is not found, returns *name* itself, and raises no
    exception. For this machine there is a single query for the name, and no second query for its address.
    """
    module = public_module()
    if not isinstance(name, str):
        name = ip_text(name)
    name = name.strip()
    lookup_host = module.gethostbyaddr
    if name in ("", "0.0.0.0", "::"):
        name = module.gethostname()
        # If the program has replaced gethostbyaddr, its function is called, as in the standard library.
        lookup_host = _lookup_this_machine if lookup_host is gethostbyaddr else lookup_host
    try:
        primary, aliases, _ = lookup_host(name)
    except OSError:
        return name
    fqdn: str = next((candidate for candidate in (primary, *aliases) if "." in candidate), primary)
    return fqdn


def _lookup_this_machine(name: str) -> tuple[str, list[str], list[str]]:
    """Return the result of gethostbyaddr(name) from a single query for the name."""
    host = to_host_bytes("gethostbyaddr", name)
    sys.audit("socket.gethostbyaddr", name)
    try:
        entry: Entry = _lookup_by_name(host)
        return entry
    except herror as exc:
        if exc.errno == TRY_AGAIN:
            raise
    # gethostbyname(3) does not find a host that has only IPv6 addresses.
    (_, _, _, canonical, sockaddr), *_ = lookup(host, None, AF_INET6, SOCK_DGRAM, 0, TABLE["AI_CANONNAME"])
    return canonical or name, [], [format_ipv6(_unpack_address(sockaddr)[1])]


def gethostname() -> str:
    """Return the host name of this machine.

    The name may be unqualified, unlike the result of :func:`getfqdn`.

    Raises the audit event ``socket.gethostname``. Source: gethostname(2), on Windows GetComputerNameExW.
    """
    sys.audit("socket.gethostname")
    name: str = _gethostname()
    return name


if native:  # the same in C, with the audit event: 0.9 of the time
    gethostname = native.gethostname


if sys.platform != "win32":
    _sethostname = functions.sethostname
    _set_plain_host_name = functions.set_plain_host_name

    def sethostname(name: HostName, /) -> None:
        """Set the host name of this machine.

        Raises OSError (EPERM) without the necessary privilege, and OSError (EINVAL) if the name is too long. Raises
        the audit event ``socket.sethostname`` with the name as bytes. Availability: Unix. Source: sethostname(2).
        """
        if _set_plain_host_name(name):
            return
        encoded = os.fsencode(name)
        if not isinstance(name, bytes) and b"\0" in encoded:
            raise ValueError("embedded null byte")
        sys.audit("socket.sethostname", encoded)
        _sethostname(encoded)
