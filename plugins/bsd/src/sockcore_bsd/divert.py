"""AF_DIVERT of FreeBSD: packets that the firewall diverts to a program, ``(host, port[, interface])``. divert(4).

1. An address is a ``sockaddr_in`` of AF_INET, as the standard library encodes it too; decoding it is an addition.
2. To ``bind``, *port* is that of the firewall's rule. In what is received, *port* is the number of the rule, *host* is
   an address of the interface by which the packet came, 0.0.0.0 for one that goes out, and *interface* is the name of
   that interface: it is there only for a packet that came. Sent back, the three tell the system where to go on.
3. A host is a dotted quad, ``''`` for any address, ``'<broadcast>'``, or a name, which another plugin resolves
   (sockcore-inet); numbers need no plugin.
"""

from __future__ import annotations

import os

from sockcore.plugin import (
    Any,
    Context,
    Family,
    Mapping,
    RawAddress,
    family_of,
    host_text,
    in_range,
    integer,
    ipv4_bytes,
    wrong_address_type,
)
from sockcore_bsd.structs import SOCKADDR_IN

#: The name of an interface has a null behind it: the system passes over one that fills the field.
_, _NAME_SIZE = SOCKADDR_IN.offsets()["sin_zero"]


class Divert(Family):
    """AF_DIVERT: (host, port) or (host, port, interface) both ways."""

    name = "AF_DIVERT"
    size = SOCKADDR_IN.size

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.number = numbers["AF_DIVERT"]
        self.probe = (numbers["SOCK_RAW"], 0)
        self._inet = numbers["af_inet"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` of (host, port[, interface]).

        TypeError for another type or length, or a part that is none; OverflowError for a port not in 0-65535; OSError
        for the name of an interface of more than 7 bytes; gaierror for a host name that does not resolve, OSError where
        no plugin resolves names.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET", address)
        if not 2 <= len(address) <= 3:
            raise TypeError("AF_INET address must be a pair (host, port)")
        host = host_text(address[0])
        port = integer(address[1])
        interface = self._interface(*address[2:])
        packed = ipv4_bytes(host, context, self._inet)
        in_range(context, "port", port, 16)
        return SOCKADDR_IN.pack(self._inet, port, packed, interface)

    def _interface(self, name: Any = "") -> bytes:
        raw = os.fsencode(name)
        if b"\0" in raw:
            raise ValueError("embedded null byte")
        if len(raw) >= _NAME_SIZE:
            raise OSError("AF_DIVERT interface name too long")
        return raw

    def decode(self, raw: bytes, context: Context) -> object:
        """Return (host, port), with the interface behind them if there is one; a RawAddress of another family's."""
        if family_of(raw) != self._inet:
            return RawAddress(raw)
        port, packed, name = SOCKADDR_IN.unpack(raw)
        assert isinstance(packed, bytes)
        assert isinstance(name, bytes)
        address = ".".join(map(str, packed)), port
        interface = os.fsdecode(name.partition(b"\0")[0])
        return (*address, interface) if interface else address
