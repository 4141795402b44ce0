"""AF_INET6 addresses: ``(host, port, flowinfo, scope_id)`` to ``struct sockaddr_in6`` and back.

1. flowinfo and scope_id are optional, with the default 0. flowinfo has 20 bits and is in host byte order.
2. The host may contain a zone (``'fe80::1%eth0'``, ``'fe80::1%2'``, RFC 4007). A scope_id in the tuple overrides it.
3. A decoded address always has four items, and its host does not contain ``%``.

Source: ipv6(7), RFC 3493.
"""

from __future__ import annotations

from struct import Struct as Packer

from sockcore.plugin import (
    SOCKADDR_IN6,
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
from sockcore_inet.constants import AF_INET6, CONTRACT, HAS_ERROR_QUEUE, IPPROTO_SCTP, MAY_FALL_BACK, SOCK_STREAM
from sockcore_inet.integers import to_wrapped_uint32
from sockcore_inet.numeric_addresses import format_ipv6, parse_ipv6

# All fields but the last are in network byte order, which requires two packers. tools/headers compares the layout with
# the headers.
_HEADER = sockaddr_header(max(AF_INET6, 0), SOCKADDR_IN6.size)
*_network, _scope = (field.format for _, field in SOCKADDR_IN6.fields)
_network_part, _scope_part = Packer("!" + "".join(_network)), Packer("=" + _scope)
_SCOPE_OFFSET = SOCKADDR_IN6.size - _scope_part.size

_WILDCARD = bytes(16)
_MAX_FLOWINFO = 0xFFFFF


def check_flowinfo(operation: str, flowinfo: int) -> None:
    """Raise OverflowError if *flowinfo* has more than 20 bits."""
    if flowinfo > _MAX_FLOWINFO:
        raise OverflowError(f"{operation}(): flowinfo must be 0-{_MAX_FLOWINFO}.")


class Inet6(Family):
    """AF_INET6: addresses are tuples of two to four items.

    Decoded addresses have four items.
    """

    number = AF_INET6
    name = "AF_INET6"
    resolves_names = True
    size: int = SOCKADDR_IN6.size
    probe: tuple[int, int] | None = (SOCK_STREAM, 0)
    may_fall_back = MAY_FALL_BACK

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True on Linux, except for SCTP."""
        return HAS_ERROR_QUEUE and proto != IPPROTO_SCTP

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    quick_encode: Any = extension_function("sockcore_inet._native", CONTRACT, "encode_inet6")
    quick_decode: Any = extension_function("sockcore_inet._native", CONTRACT, "decode_inet6")

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in6`` of a tuple (host, port[, flowinfo[, scope_id]]).

        Raises TypeError for another type or length, and for an item of a wrong type; OverflowError for a port that is
        not in 0-65535 or a flowinfo that is not in 0-1048575; gaierror for a host name that does not resolve; OSError
        for a broadcast address, which only AF_INET supports.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET6", address)
        if not 2 <= len(address) <= 4:
            raise TypeError("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        host = address[0]
        # Cache numeric addresses only. A host name or an interface name may have another value at the next call.
        packed = parse_ipv6(host) if type(host) is str else None
        is_numeric = packed is not None
        text = "" if is_numeric else host_text(host)
        number = to_port(context, address[1])
        flowinfo = to_wrapped_uint32(address[2]) if len(address) > 2 else 0
        scope = to_wrapped_uint32(address[3]) if len(address) > 3 else None
        packed, zone = (packed, 0) if packed is not None else self._resolve_host(text, context)
        if not 0 <= number <= 0xFFFF:
            raise port_range_error(context)
        check_flowinfo(context.operation, flowinfo)
        network_part = _network_part.pack(number, flowinfo, packed)
        sockaddr = _HEADER + network_part + _scope_part.pack(zone if scope is None else scope)
        is_cacheable = is_numeric and {*map(type, address[1:])} == {int}
        return keep(self.encoded, address, sockaddr) if is_cacheable else sockaddr

    def _resolve_host(self, host: str | bytes, context: Context) -> tuple[bytes, int]:
        if isinstance(host, str):
            if not host:
                return _WILDCARD, 0
            if host in BROADCAST:
                raise OSError("address family mismatched")
            packed = parse_ipv6(host)
            if packed is not None:
                return packed, 0
        _, _, resolved, scope = SOCKADDR_IN6.unpack(context.resolve(host, AF_INET6))
        assert isinstance(resolved, bytes)
        assert isinstance(scope, int)
        return resolved, scope

    def decode(self, raw: bytes, context: Context) -> tuple[str, int, int, int]:
        """Return (address, port, flowinfo, scope_id)."""
        sockaddr = raw.ljust(SOCKADDR_IN6.size, b"\0")
        port, flowinfo, packed = _network_part.unpack_from(sockaddr, len(_HEADER))
        address = format_ipv6(packed), port, flowinfo, _scope_part.unpack_from(sockaddr, _SCOPE_OFFSET)[0]
        if len(raw) == SOCKADDR_IN6.size and raw[:2] == _HEADER and flowinfo <= _MAX_FLOWINFO:
            keep(self.encoded, address, raw)  # cache the reverse conversion too: replies usually go to the sender
        return keep(self.decoded, raw, address)

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two TCP sockets that are connected through ::1.

        Raises ValueError for other types or protocols.
        """
        # Few programs need the module, which is imported with the first pair.
        pair: tuple[Any, Any] = import_module("sockcore_inet.loopback").connect_loopback_pair(
            AF_INET6, "::1", type, proto
        )
        return pair
