"""getservbyname, getservbyport, getprotobyname: the names of services and protocols, from the system's databases."""

from __future__ import annotations

import sys

from sockcore.plugin import Any, SupportsIndex
from sockcore.plugin import c_int as as_c_int
from sockcore_inet.calls import system
from sockcore_inet.text import str_argument

_servbyname, _servbyport = system.getservbyname, system.getservbyport
_protobyname = system.getprotobyname

# The default of a protocol's name; None is no name, here as ever.
_ANY: Any = type("AnyProtocol", (), {"__repr__": lambda self: "<any>"})()


def _protocol(function: str, name: str) -> tuple[str | None, bytes | None]:
    return (None, None) if name is _ANY else (name, str_argument(function, 2, name))


def getservbyname(servicename: str, protocolname: str = _ANY, /) -> int:
    """Return the port of a service, for the protocol ``'tcp'`` or ``'udp'``, or for any if none is given.

    OSError if there is none. Audited as ``socket.getservbyname``. Source: getservbyname(3), services(5).
    """
    service = str_argument("getservbyname", 1, servicename)
    given, protocol = _protocol("getservbyname", protocolname)
    sys.audit("socket.getservbyname", servicename, given)
    port: int | None = _servbyname(service, protocol)
    if port is None:
        raise OSError("service/proto not found")
    return port


def getservbyport(port: SupportsIndex, protocolname: str = _ANY, /) -> str:
    """Return the name of the service at a port, for the protocol ``'tcp'`` or ``'udp'``, or for any.

    OSError if there is none, OverflowError if *port* is not in 0-65535. Audited as ``socket.getservbyport``.
    Source: getservbyport(3), services(5).
    """
    number = as_c_int(port)
    given, protocol = _protocol("getservbyport", protocolname)
    if not 0 <= number <= 0xFFFF:
        raise OverflowError("getservbyport: port must be 0-65535.")
    sys.audit("socket.getservbyport", number, given)
    name: str | None = _servbyport(number, protocol)
    if name is None:
        raise OSError("port/proto not found")
    return name


def getprotobyname(protocolname: str, /) -> int:
    """Return the number of a protocol (``'icmp'``), for the third argument of :class:`socket`.

    OSError if there is none. Source: getprotobyname(3), protocols(5).
    """
    name = str_argument("getprotobyname", 1, protocolname)
    number: int | None = _protobyname(name)
    if number is None:
        raise OSError("protocol not found")
    return number
