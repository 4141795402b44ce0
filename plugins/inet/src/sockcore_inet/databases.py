"""getservbyname, getservbyport, getprotobyname: the names of services and protocols, from the system's databases.

The C library answers in one place for all threads: a lock is held until the answer has been read.
"""

from __future__ import annotations

import sys
from ctypes import c_char_p, c_int, c_void_p
from threading import Lock

from sockcore.plugin import Any, SupportsIndex, libc_function
from sockcore.plugin import c_int as as_c_int
from sockcore_inet.byteorder import htons, ntohs
from sockcore_inet.layouts import PROTOENT, SERVENT
from sockcore_inet.text import from_system, str_argument

_servbyname = libc_function("getservbyname", c_void_p, c_char_p, c_char_p)
_servbyport = libc_function("getservbyport", c_void_p, c_int, c_char_p)
_protobyname = libc_function("getprotobyname", c_void_p, c_char_p)

_servent, _protoent = SERVENT.build(), PROTOENT.build()
_lock = Lock()

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
    with _lock:
        found = _servbyname(service, protocol)
        if not found:
            raise OSError("service/proto not found")
        return ntohs(_servent.from_address(found).s_port & 0xFFFF)


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
    with _lock:
        found = _servbyport(htons(number), protocol)
        if not found:
            raise OSError("port/proto not found")
        return from_system(_servent.from_address(found).s_name)


def getprotobyname(protocolname: str, /) -> int:
    """Return the number of a protocol (``'icmp'``), for the third argument of :class:`socket`.

    OSError if there is none. Source: getprotobyname(3), protocols(5).
    """
    name = str_argument("getprotobyname", 1, protocolname)
    with _lock:
        found = _protobyname(name)
        if not found:
            raise OSError("protocol not found")
        number: int = _protoent.from_address(found).p_proto
        return number
