"""AF_INET6: ``(host, port, flowinfo, scope_id)`` to ``struct sockaddr_in6`` and back, ipv6(7), RFC 3493.

1. flowinfo and scope_id may be left out and are then 0; flowinfo is in host byte order, 20 bits.
2. A scope may stand in the host (``'fe80::1%eth0'``, ``'fe80::1%2'``, RFC 4007); scope_id, where given, wins.
3. What comes out always has four parts, and no ``%``.
"""

from __future__ import annotations

from struct import Struct as Packer

from sockcore.plugin import (
    SOCKADDR_IN6,
    Any,
    Context,
    Family,
    host_text,
    keep,
    sockaddr_header,
    wrong_address_type,
)
from sockcore_inet.address import BROADCAST, port_number, port_out_of_range
from sockcore_inet.constants import AF_INET6, MAY_FALL_BACK, SOCK_STREAM
from sockcore_inet.integers import wrapped
from sockcore_inet.numeric import packed6, text6
from sockcore_inet.pair import loopback_pair

# All of the proved layout is in network byte order but its last field: a packer for each part.
_HEADER = sockaddr_header(max(AF_INET6, 0), SOCKADDR_IN6.size)
*_network, _scope = (field.format for _, field in SOCKADDR_IN6.fields)
_front, _back = Packer("!" + "".join(_network)), Packer("=" + _scope)
_BACK = SOCKADDR_IN6.size - _back.size

_ANY = bytes(16)
_MAX_FLOWINFO = 0xFFFFF


def check_flowinfo(operation: str, flowinfo: int) -> None:
    """Raise OverflowError if *flowinfo* has more than 20 bits."""
    if flowinfo > _MAX_FLOWINFO:
        raise OverflowError(f"{operation}(): flowinfo must be 0-{_MAX_FLOWINFO}.")


class Inet6(Family):
    """AF_INET6: tuples of two to four parts in, of four parts out."""

    number = AF_INET6
    name = "AF_INET6"
    size = SOCKADDR_IN6.size
    probe = (SOCK_STREAM, 0)
    may_fall_back = MAY_FALL_BACK

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in6`` of a tuple (host, port[, flowinfo[, scope_id]]).

        TypeError for another type or length, or a part that is none; OverflowError for a port not in 0-65535
        or a flowinfo not in 0-1048575; gaierror for a host name that does not resolve, OSError for one that
        belongs to AF_INET.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET6", address)
        if not 2 <= len(address) <= 4:
            raise TypeError("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        host = address[0]
        # Numbers only: a name, or that of an interface behind a %, may stand for something else the next time.
        packed = packed6(host) if type(host) is str else None
        numeric = packed is not None
        text = "" if numeric else host_text(host)
        number = port_number(context, address[1])
        flowinfo = wrapped(address[2]) if len(address) > 2 else 0
        scope = wrapped(address[3]) if len(address) > 3 else None
        packed, zone = (packed, 0) if packed is not None else self._host(text, context)
        if not 0 <= number <= 0xFFFF:
            raise port_out_of_range(context)
        check_flowinfo(context.operation, flowinfo)
        raw = _HEADER + _front.pack(number, flowinfo, packed) + _back.pack(zone if scope is None else scope)
        return keep(self.encoded, address, raw) if numeric and {*map(type, address[1:])} == {int} else raw

    def _host(self, host: str | bytes, context: Context) -> tuple[bytes, int]:
        if isinstance(host, str):
            if not host:
                return _ANY, 0
            if host in BROADCAST:
                raise OSError("address family mismatched")
            packed = packed6(host)
            if packed is not None:
                return packed, 0
        _, _, found, scope = SOCKADDR_IN6.unpack(context.resolve(host, AF_INET6))
        assert isinstance(found, bytes)
        assert isinstance(scope, int)
        return found, scope

    def decode(self, raw: bytes, context: Context) -> tuple[str, int, int, int]:
        """Return (address, port, flowinfo, scope_id)."""
        whole = raw.ljust(SOCKADDR_IN6.size, b"\0")
        port, flowinfo, packed = _front.unpack_from(whole, len(_HEADER))
        address = text6(packed), port, flowinfo, _back.unpack_from(whole, _BACK)[0]
        if len(raw) == SOCKADDR_IN6.size and raw[:2] == _HEADER and flowinfo <= _MAX_FLOWINFO:
            keep(self.encoded, address, raw)  # which is what encode() would make of it: who is heard gets an answer
        return keep(self.decoded, raw, address)

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two TCP sockets that are connected through ::1; ValueError for another type or protocol."""
        return loopback_pair(AF_INET6, "::1", type, proto)
