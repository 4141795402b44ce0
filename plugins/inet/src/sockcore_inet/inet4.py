"""AF_INET addresses: ``(host, port)`` to ``struct sockaddr_in`` and back. Source: ip(7)."""

from __future__ import annotations

from struct import Struct as Packer

from sockcore.plugin import (
    SOCKADDR_IN,
    Any,
    Context,
    Family,
    extension_function,
    host_text,
    import_module,
    keep,
    sockaddr_header,
    wrong_address_type,
)
from sockcore_inet.address import BROADCAST, port_range_error, to_port
from sockcore_inet.constants import AF_INET, CONTRACT, HAS_ERROR_QUEUE, IPPROTO_SCTP, MAY_FALL_BACK, SOCK_STREAM
from sockcore_inet.numeric_addresses import format_ipv4, parse_ipv4

_HEADER = sockaddr_header(max(AF_INET, 0), SOCKADDR_IN.size)
# All fields after the header are in network byte order. tools/headers compares their layout with the headers.
_pack = Packer("!" + "".join(field.format for _, field in SOCKADDR_IN.fields)).pack

_ZERO = bytes(8)  # sin_zero
_WILDCARD = bytes(4)
_BROADCAST_ADDRESS = b"\xff" * 4


class Inet4(Family):
    """AF_INET: addresses are ``(host, port)``. A decoded host is a dotted quad."""

    number = AF_INET
    name = "AF_INET"
    resolves_names = True
    size: int = SOCKADDR_IN.size
    probe: tuple[int, int] | None = (SOCK_STREAM, 0)
    may_fall_back = MAY_FALL_BACK

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True on Linux, except for SCTP."""
        return HAS_ERROR_QUEUE and proto != IPPROTO_SCTP

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    quick_encode: Any = extension_function("sockcore_inet._native", CONTRACT, "encode_inet")
    quick_decode: Any = extension_function("sockcore_inet._native", CONTRACT, "decode_inet")

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` of a pair (host, port).

        Raises TypeError for another type or length, and for a host or port of a wrong type; OverflowError for a port
        that is not in 0-65535; gaierror for a host name that does not resolve.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET", address)
        if len(address) != 2:
            raise TypeError("AF_INET address must be a pair (host, port)")
        host, port = address
        # Fast path for the common case: a dotted quad and a port in range.
        if type(host) is str and type(port) is int and 0 <= port <= 0xFFFF:
            packed = parse_ipv4(host)
            if packed is not None:
                return keep(self.encoded, address, _HEADER + _pack(port, packed))
        return self._encode(host, port, context)

    def _encode(self, host: Any, port: Any, context: Context) -> bytes:
        text = host_text(host)
        number = to_port(context, port)
        packed = self._resolve_host(text, context)
        if not 0 <= number <= 0xFFFF:
            raise port_range_error(context)
        return _HEADER + _pack(number, packed)

    def _resolve_host(self, host: str | bytes, context: Context) -> bytes:
        if isinstance(host, str):
            if not host:
                return _WILDCARD
            if host in BROADCAST:
                return _BROADCAST_ADDRESS
            packed = parse_ipv4(host)
            if packed is not None:
                return packed
        _, resolved = SOCKADDR_IN.unpack(context.resolve(host, AF_INET))
        assert isinstance(resolved, bytes)
        return resolved

    def decode(self, raw: bytes, context: Context) -> tuple[str, int]:
        """Return (dotted quad, port)."""
        sockaddr = raw if len(raw) >= 8 else raw.ljust(8, b"\0")
        address = format_ipv4(sockaddr[4:8]), sockaddr[2] << 8 | sockaddr[3]
        if raw[8:] == _ZERO and raw[:2] == _HEADER:
            keep(self.encoded, address, raw)  # cache the reverse conversion too: replies usually go to the sender
        return keep(self.decoded, raw, address)

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two TCP sockets that are connected through 127.0.0.1.

        Raises ValueError for other types or protocols.
        """
        # Few programs need the module, which is imported with the first pair.
        pair: tuple[Any, Any] = import_module("sockcore_inet.loopback").connect_loopback_pair(
            AF_INET, "127.0.0.1", type, proto
        )
        return pair
