"""getaddrinfo and getnameinfo, and the one address of a host that the older functions work with."""

from __future__ import annotations

import sys
from functools import lru_cache
from operator import index

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Any,
    Family,
    RawAddress,
    SupportsIndex,
    Union,
    as_family,
    as_kind,
    c_int,
    context,
    host_name,
    ip_text,
)
from sockcore_inet.address import BROADCAST, LAST_PORT
from sockcore_inet.calls import system
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_DGRAM, TABLE
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6, check_flowinfo
from sockcore_inet.integers import wrapped
from sockcore_inet.numeric import packed4, packed6
from sockcore_inet.resolver import error, lookup, names_of, resolve
from sockcore_inet.text import utf8, without_null

Host = Union[str, bytes, None]
Port = Union[str, bytes, SupportsIndex, None]
Info = tuple[int, int, int, str, object]

_CODECS: dict[int, Family] = {family.number: family for family in (Inet4(), Inet6())}
_names_of_tuple = system.names_of_tuple
_AI_PASSIVE = TABLE.get("AI_PASSIVE", 0)
_AI_NUMERICHOST = TABLE.get("AI_NUMERICHOST", 0)
#: The flags that ask nothing of the system.
_PURE = _AI_PASSIVE | _AI_NUMERICHOST | TABLE.get("AI_NUMERICSERV", 0)


def getaddrinfo(
    host: Host,
    port: Port,
    family: SupportsIndex = 0,
    type: SupportsIndex = 0,
    proto: SupportsIndex = 0,
    flags: SupportsIndex = 0,
) -> list[Info]:
    """Return the addresses of a host and service, as 5-tuples (family, type, proto, canonname, sockaddr).

    *host* is a name, an address in text or of :mod:`ipaddress`, or None; *port* a service's name, a number or None.
    *family*, *type* and *proto* narrow the list, 0 does not; *flags* are ``AI_*``. A sockaddr is what
    :meth:`socket.connect` takes.

    gaierror if there is none, or for a port not in 0-65535; for a name that IDNA cannot encode, a gaierror that is a
    UnicodeError too. ValueError for a null in host or port, TypeError and OSError for wrong types. Audited as
    ``socket.getaddrinfo``. Source: getaddrinfo(3), RFC 3493.
    """
    wanted = c_int(family), c_int(type), c_int(proto)
    options = c_int(flags)
    numeric = _is_numeric(host, port, options)
    ask: Any = _ask_once if numeric else _ask
    asked = (host, port) if numeric else (_host_bytes(host), _port_bytes(port))
    sys.audit("socket.getaddrinfo", host, port, *wanted)
    if not numeric and _is_port_beyond(asked[1]):  # type: ignore[arg-type]
        raise error(TABLE["EAI_SERVICE"])
    return [(as_family(number), as_kind(kind), *others) for number, kind, *others in ask(*asked, *wanted, options)]


def _is_numeric(host: Host, port: Port, flags: int) -> bool:
    """Return whether the answer follows from the question: not from names, interfaces, or a NAT64 behind macOS."""
    if type(host) is not str or type(port) is not int or not 0 <= port <= LAST_PORT or flags & ~_PURE:
        return False
    if packed4(host) is None and packed6(host) is None:
        return False
    return sys.platform != "darwin" or flags & _AI_NUMERICHOST != 0


def _ask(host: bytes | None, port: bytes | None, *hints: int) -> list[tuple[int, int, int, str, object]]:
    """Return what :func:`getaddrinfo` does, numbers in the place of enums."""
    return [
        (number, kind, protocol, name, _decoded(number, kind, protocol, raw))
        for number, kind, protocol, name, raw in lookup(host, port, *hints)
    ]


@lru_cache(maxsize=1024)
def _ask_once(host: str, port: int, *hints: int) -> list[tuple[int, int, int, str, object]]:
    return _ask(host.encode("ascii"), b"%d" % port, *hints)


def _host_bytes(host: Host) -> bytes | None:
    if not isinstance(host, (str, bytes)):
        host = ip_text(host)  # type: ignore[assignment]
    if host is None:
        return None
    if isinstance(host, bytes):
        return without_null(host)
    if isinstance(host, str):
        return without_null(host_name(host))
    raise TypeError("getaddrinfo() argument 1 must be string or None")


def _port_bytes(port: Port) -> bytes | None:
    if port is None:
        return None
    if isinstance(port, bytes):
        return without_null(port)
    if isinstance(port, str):
        return utf8(port)
    try:
        return b"%d" % index(port)
    except TypeError:
        raise OSError("Int or String expected") from None


def _is_port_beyond(port: bytes | None) -> bool:
    """Return True for a port in numbers that is not in 0-65535: glibc and Winsock would take its lowest 16 bits.

    A number is as strtoul(3) reads it: spaces, a sign, decimal digits.
    """
    if port is None:
        return False
    text = port.lstrip(b" \t\n\v\f\r")
    negative, digits = text[:1] == b"-", text[text[:1] in (b"+", b"-") :]
    if not digits.isdigit():
        return False
    digits = digits.lstrip(b"0")
    return bool(digits) and (negative or len(digits) > 5 or int(digits) > LAST_PORT)


def _decoded(family: int, kind: int, proto: int, raw: bytes) -> object:
    codec = _CODECS.get(family)
    return RawAddress(raw) if codec is None else codec.decode(raw, context(family, kind, proto, "getaddrinfo"))


def getnameinfo(sockaddr: tuple[str, int] | tuple[str, int, int, int], flags: SupportsIndex, /) -> tuple[str, str]:
    """Return the names of a host and a service, or their numbers, as *flags* (``NI_*``) say, both as str.

    *sockaddr* is an address of AF_INET or AF_INET6, its host in numbers: a str, or an address of :mod:`ipaddress`. An
    IPv6 address with a scope_id comes out as ``address%scope``.

    gaierror if it has no name and must have one (NI_NAMEREQD), or the host is not in numbers; TypeError, OSError
    and OverflowError for tuples that are no addresses. Audited as ``socket.getnameinfo``. Source: getnameinfo(3).
    """
    names: tuple[str, str] | None = _names_of_tuple(sockaddr, flags)
    if names is not None:
        return names
    options = c_int(flags)
    if not isinstance(sockaddr, tuple):
        del sockaddr  # the traceback would keep it
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    text = ip_text(sockaddr[0]) if 2 <= len(sockaddr) <= 4 else None
    if not isinstance(text, str):
        raise TypeError("getnameinfo(): illegal sockaddr argument")
    host, port = utf8(text), c_int(sockaddr[1])
    flowinfo = wrapped(sockaddr[2]) if len(sockaddr) > 2 else 0
    scope = wrapped(sockaddr[3]) if len(sockaddr) > 3 else 0
    check_flowinfo("getnameinfo", flowinfo)
    if not 0 <= port <= LAST_PORT:
        raise OverflowError(f"getnameinfo(): port must be 0-{LAST_PORT}.")
    sys.audit("socket.getnameinfo", sockaddr)
    family, raw, packed = _numeric_host(text, host, port)
    if family == AF_INET and len(sockaddr) != 2:
        raise OSError("IPv4 sockaddr must be 2 tuple")
    if family == AF_INET6:
        raw = SOCKADDR_IN6.pack(AF_INET6, port, flowinfo, packed, scope)
    return names_of(raw, options)


def _numeric_host(text: str, host: bytes, port: int) -> tuple[int, bytes, bytes]:
    """Return family, sockaddr and packed address of a host in numbers; gaierror if it is not in numbers."""
    packed = packed4(text)
    if packed is not None:
        return AF_INET, SOCKADDR_IN.pack(AF_INET, port, packed), packed
    packed = packed6(text)
    if packed is not None:
        return AF_INET6, b"", packed
    answers = lookup(host, b"%d" % port, 0, SOCK_DGRAM, 0, _AI_NUMERICHOST)
    if len(answers) > 1:
        raise OSError("sockaddr resolved to multiple addresses")
    family, _, _, _, raw = answers[0]
    address = SOCKADDR_IN6.unpack(raw)[2] if family == AF_INET6 else b""
    assert isinstance(address, bytes)
    return family, raw, address


def address_of(host: bytes, family: int) -> bytes:
    """Return the one sockaddr of *family* (0: of AF_INET or AF_INET6) that stands for *host*, its port 0.

    ``b""`` is the wildcard address; OSError if there are several. gaierror for a host that does not resolve.
    """
    if not host:
        answers = lookup(None, b"0", family, SOCK_DGRAM, 0, _AI_PASSIVE)
        if len(answers) > 1:
            raise OSError("wildcard resolved to multiple address")
        return answers[0][-1]
    text = host.decode("ascii") if host.isascii() else ""
    if text in BROADCAST:
        return SOCKADDR_IN.pack(AF_INET, 0, b"\xff" * 4)
    packed = packed4(text) if family in (0, AF_INET) else None
    if packed is not None:
        return SOCKADDR_IN.pack(AF_INET, 0, packed)
    packed = packed6(text) if family in (0, AF_INET6) else None
    if packed is not None:
        return SOCKADDR_IN6.pack(AF_INET6, 0, 0, packed, 0)
    return resolve(host, family)
