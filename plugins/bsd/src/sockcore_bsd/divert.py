"""AF_DIVERT on FreeBSD, packets that the firewall diverts to a program: ``(host, port[, interface])``. divert(4).

1. An address is a ``sockaddr_in`` with AF_INET in its family field. The standard library encodes it, too. Decoding is
   an addition.
2. In ``bind()``, *port* is the divert port of the firewall rule.
3. In the address of a received packet, *port* is the number of the rule. For an incoming packet, *host* is an address
   of the receiving interface, and *interface* is its name. For an outgoing packet, *host* is 0.0.0.0 and *interface* is
   missing. If a program sends the packet with this address, the kernel continues with the rules after this one.
4. A host is a dotted quad, ``''`` for any address, ``'<broadcast>'``, or a name. Only names need a plugin that resolves
   them (sockcore-inet).
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

#: The size of an interface name including the terminating NUL. The kernel ignores a name without a NUL.
_NAME_SIZE = SOCKADDR_IN.offsets()["sin_zero"][1]


class Divert(Family):
    """AF_DIVERT: ``(host, port[, interface])``."""

    name = "AF_DIVERT"
    size: int = SOCKADDR_IN.size

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.number: int = numbers["AF_DIVERT"]
        self.probe: tuple[int, int] | None = (numbers["SOCK_RAW"], 0)
        self._inet = numbers["af_inet"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` of (host, port[, interface]).

        Raises TypeError for another type or length or a part of the wrong type. Raises OverflowError for a port not in
        0-65535, and OSError for an interface name of more than 7 bytes. Raises gaierror for a host name that does not
        resolve, and OSError if no plugin resolves names.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET", address)
        if not 2 <= len(address) <= 3:
            raise TypeError("AF_INET address must be a pair (host, port)")
        host = host_text(address[0])
        port = integer(address[1])
        interface = self._encode_interface(*address[2:])
        packed = ipv4_bytes(host, context, self._inet)
        in_range(context, "port", port, 16)
        return SOCKADDR_IN.pack(self._inet, port, packed, interface)

    def _encode_interface(self, name: Any = "") -> bytes:
        encoded = os.fsencode(name)
        if b"\0" in encoded:
            raise ValueError("embedded null byte")
        if len(encoded) >= _NAME_SIZE:
            raise OSError("AF_DIVERT interface name too long")
        return encoded

    def decode(self, sockaddr: bytes, context: Context) -> object:
        """Return (host, port) or (host, port, interface).

        Returns a RawAddress for another family field.
        """
        if family_of(sockaddr) != self._inet:
            return RawAddress(sockaddr)
        port, packed, name = SOCKADDR_IN.unpack(sockaddr)
        assert isinstance(packed, bytes)
        assert isinstance(name, bytes)
        address = ".".join(map(str, packed)), port
        interface = os.fsdecode(name.partition(b"\0")[0])
        return (*address, interface) if interface else address
