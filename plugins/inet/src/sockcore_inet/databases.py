"""Lookups in the services and protocols databases: getservbyname, getservbyport, getprotobyname."""

from __future__ import annotations

import sys

from sockcore.plugin import Any, SupportsIndex
from sockcore.plugin import c_int as to_c_int
from sockcore_inet.arguments import to_utf8_argument
from sockcore_inet.backend import functions

_getservbyname, _getservbyport = functions.getservbyname, functions.getservbyport
_getprotobyname = functions.getprotobyname
# For arguments of the usual types. They return None for others, and -1 or "" if there is no entry.
_port_of_service, _service_of_port = functions.port_of_service, functions.service_of_port
_number_of_protocol = functions.number_of_protocol

# The default protocol name. It is not None, because None raises TypeError, as in CPython.
_ANY_PROTOCOL: Any = type("AnyProtocol", (), {"__repr__": lambda self: "<any>"})()


def _convert_protocol(function: str, name: str) -> tuple[str | None, bytes | None]:
    return (None, None) if name is _ANY_PROTOCOL else (name, to_utf8_argument(function, 2, name))


def getservbyname(servicename: str, protocolname: str = _ANY_PROTOCOL, /) -> int:
    """Return the port of a service.

    *protocolname* is its protocol (``'tcp'``, ``'udp'``), by default any protocol.
    Raises OSError if the service is not found. Raises the audit event ``socket.getservbyname``.
    Source: getservbyname(3), services(5).
    """
    protocols = () if protocolname is _ANY_PROTOCOL else (protocolname,)
    port: int | None = _port_of_service(servicename, *protocols)
    if port is None:
        service = to_utf8_argument("getservbyname", 1, servicename)
        audited_protocol, protocol = _convert_protocol("getservbyname", protocolname)
        sys.audit("socket.getservbyname", servicename, audited_protocol)
        port = _getservbyname(service, protocol)
    if port is None or port < 0:
        raise OSError("service/proto not found")
    return port


def getservbyport(port: SupportsIndex, protocolname: str = _ANY_PROTOCOL, /) -> str:
    """Return the name of the service at a port.

    *protocolname* is its protocol (``'tcp'``, ``'udp'``), by default any protocol.
    Raises OSError if the service is not found, and OverflowError if *port* is not in 0-65535. Raises the audit event
    ``socket.getservbyport``. Source: getservbyport(3), services(5).
    """
    protocols = () if protocolname is _ANY_PROTOCOL else (protocolname,)
    name: str | None = _service_of_port(port, *protocols)
    if name is None:
        number = to_c_int(port)
        audited_protocol, protocol = _convert_protocol("getservbyport", protocolname)
        if not 0 <= number <= 0xFFFF:
            raise OverflowError("getservbyport: port must be 0-65535.")
        sys.audit("socket.getservbyport", number, audited_protocol)
        name = _getservbyport(number, protocol)
    if not name:
        raise OSError("port/proto not found")
    return name


def getprotobyname(protocolname: str, /) -> int:
    """Return the number of a protocol (``'icmp'``).

    It is for the third argument of :class:`socket`.
    Raises OSError if the protocol is not found. Source: getprotobyname(3), protocols(5).
    """
    number: int | None = _number_of_protocol(protocolname)
    if number is None:
        number = _getprotobyname(to_utf8_argument("getprotobyname", 1, protocolname))
    if number is None or number < 0:
        raise OSError("protocol not found")
    return number
