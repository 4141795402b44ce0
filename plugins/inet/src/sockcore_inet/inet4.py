"""AF_INET: ``(host, port)`` to ``struct sockaddr_in`` and back, ip(7)."""

from __future__ import annotations

from struct import Struct as Packer

from sockcore.plugin import (
    SOCKADDR_IN,
    Any,
    Context,
    Family,
    host_text,
    keep,
    sockaddr_header,
    wrong_address_type,
)
from sockcore_inet.address import BROADCAST, port_number, port_out_of_range
from sockcore_inet.constants import AF_INET, MAY_FALL_BACK, SOCK_STREAM
from sockcore_inet.numeric import packed4, text4
from sockcore_inet.pair import loopback_pair

_HEADER = sockaddr_header(max(AF_INET, 0), SOCKADDR_IN.size)
# The whole struct behind its header is in network byte order: one packer, made of the proved layout.
_pack = Packer("!" + "".join(field.format for _, field in SOCKADDR_IN.fields)).pack

_ZERO = bytes(8)  # sin_zero
_ANY = bytes(4)
_ALL = b"\xff" * 4


class Inet4(Family):
    """AF_INET: ``(host, port)`` both ways, the host coming out as a dotted quad."""

    number = AF_INET
    name = "AF_INET"
    size = SOCKADDR_IN.size
    probe = (SOCK_STREAM, 0)
    may_fall_back = MAY_FALL_BACK

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` of a pair (host, port).

        TypeError for another type or length, or a host or port that is none; OverflowError for a port not in
        0-65535; gaierror for a host name that does not resolve.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET", address)
        if len(address) != 2:
            raise TypeError("AF_INET address must be a pair (host, port)")
        host, port = address
        # The common case: a dotted quad and a port in range. All others take the long way.
        if type(host) is str and type(port) is int and 0 <= port <= 0xFFFF:
            packed = packed4(host)
            if packed is not None:
                return keep(self.encoded, address, _HEADER + _pack(port, packed))
        return self._encode(host, port, context)

    def _encode(self, host: Any, port: Any, context: Context) -> bytes:
        text = host_text(host)
        number = port_number(context, port)
        packed = self._host(text, context)
        if not 0 <= number <= 0xFFFF:
            raise port_out_of_range(context)
        return _HEADER + _pack(number, packed)

    def _host(self, host: str | bytes, context: Context) -> bytes:
        if isinstance(host, str):
            if not host:
                return _ANY
            if host in BROADCAST:
                return _ALL
            packed = packed4(host)
            if packed is not None:
                return packed
        _, found = SOCKADDR_IN.unpack(context.resolve(host, AF_INET))
        assert isinstance(found, bytes)
        return found

    def decode(self, raw: bytes, context: Context) -> tuple[str, int]:
        """Return (dotted quad, port)."""
        whole = raw if len(raw) >= 8 else raw.ljust(8, b"\0")
        address = text4(whole[4:8]), whole[2] << 8 | whole[3]
        if raw[8:] == _ZERO and raw[:2] == _HEADER:
            keep(self.encoded, address, raw)  # which is what encode() would make of it: who is heard gets an answer
        return keep(self.decoded, raw, address)

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two TCP sockets that are connected through 127.0.0.1; ValueError for another type or protocol."""
        return loopback_pair(AF_INET, "127.0.0.1", type, proto)
