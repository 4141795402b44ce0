"""Extension headers of IPv6 as values, for options and control messages. Sources: RFC 8200, RFC 3542, RFC 8754."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, named_integer, to_bytes
from sockcore_inet.constants import AF_INET6
from sockcore_inet.conversions import inet_ntop

#: Padding in an extension header of IPv6: one byte, and several bytes with a length.
_PAD1, _PADN = 0, 1
_UNIT = 8  # the size of an extension header is a multiple of 8 bytes
_LARGEST = 256 * _UNIT
_IPV6_SIZE = 16
#: The types of routing headers that are lists of addresses: type 0 (RFC 2460), Mobile IPv6 (RFC 6275), segments (RFC
#: 8754).
_WITH_ADDRESSES = (0, 2, 4)
_ADDRESSES_OFFSET = 8


class IpOption(NamedTuple):
    """An option in the header of an IPv4 packet, or in an extension header of IPv6: its type, and its data."""

    type: int
    data: bytes


class RoutingHeader(NamedTuple):
    """A routing header of IPv6. *data* are the bytes behind the first four."""

    type: int
    segments_left: int
    data: bytes

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses in a header of type 0, 2 or 4. Empty for other types."""
        if self.type not in _WITH_ADDRESSES:
            return ()
        packed = self.data[_ADDRESSES_OFFSET - 4 :]
        if self.type == 4 and self.data:  # options may follow; the first byte is the number of the last address
            packed = packed[: (self.data[0] + 1) * _IPV6_SIZE]
        whole = len(packed) - len(packed) % _IPV6_SIZE
        return tuple(inet_ntop(AF_INET6, packed[at : at + _IPV6_SIZE]) for at in range(0, whole, _IPV6_SIZE))


def decode_ipv6_options(data: bytes, is_complete: bool = True) -> tuple[IpOption, ...]:
    """Return the options in a hop-by-hop or destination options header. Padding is left out.

    Raises ValueError if the header or an option is longer than the data. If *is_complete* is False, missing bytes are
    zeros, and an option that is longer than the header has the data that are there.
    """
    end = _header_size(data, is_complete)
    data = data.ljust(end, b"\0")
    options, offset = [], 2
    while offset < end:
        if data[offset] == _PAD1:
            offset += 1
            continue
        if is_complete and (offset + 2 > end or offset + 2 + data[offset + 1] > end):
            raise ValueError(f"the option at byte {offset} is longer than its header")
        size = data[offset + 1] if offset + 1 < end else 0
        option = IpOption(data[offset], data[offset + 2 : min(offset + 2 + size, end)])
        if option.type != _PADN:
            options.append(option)
        offset += 2 + len(option.data)
    return tuple(options)


def encode_ipv6_options(value: Any, label: str = "") -> bytes:
    """Return the options header of pairs (type, data).

    The kernel writes the field for the next header. Raises TypeError for other values, OverflowError if a type is not
    in 2-255 or the data have more than 255 bytes, and ValueError if the header is too long. Messages start with
    *label*.
    """
    prefix = f"{label}: " if label else ""
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(type(value), "__iter__"):
        raise TypeError(f"{prefix}options must be an iterable of pairs (type, data), not {value!r}")
    header = bytearray(2)
    for option in value:
        if not isinstance(option, tuple) or len(option) != 2:
            raise TypeError(f"{prefix}an option must be a pair (type, data), not {option!r}")
        number = named_integer(f"{prefix}the type of an option", option[0])
        payload = to_bytes(option[1], f"{prefix}the data of an option", contiguous=False)
        if not _PADN < number < 256:
            raise OverflowError(f"{prefix}the type of an option must be 2-255, not {number}")
        if len(payload) > 255:
            raise OverflowError(f"{prefix}the data of an option must be 255 bytes or less, not {len(payload)}")
        header += bytes((number, len(payload))) + payload
    missing = -len(header) % _UNIT
    header += bytes(1) if missing == 1 else bytes((_PADN, missing - 2)) + bytes(missing - 2) if missing else b""
    return _with_size(header, prefix)


def decode_routing_header(data: bytes, is_complete: bool = True) -> RoutingHeader:
    """Return the routing header.

    Raises ValueError if it is longer than the data. If *is_complete* is False, missing bytes are zeros.
    """
    end = _header_size(data, is_complete)
    data = data.ljust(end, b"\0")
    return RoutingHeader(data[2], data[3], data[4:end])


def encode_routing_header(value: Any, label: str = "") -> bytes:
    """Return the header of (type, segments_left, data).

    Raises TypeError for other values, OverflowError for a number that is not in 0-255, and ValueError if the length of
    *data* plus 4 is not a multiple of 8, or the header is too long. Messages start with *label*.
    """
    prefix = f"{label}: " if label else ""
    if not isinstance(value, tuple) or len(value) != 3:
        raise TypeError(f"{prefix}a routing header must be a tuple (type, segments_left, data), not {value!r}")
    numbers = []
    for field, part in zip(("type", "segments_left"), value):
        number = named_integer(f"{prefix}the {field} of a routing header", part)
        if not 0 <= number < 256:
            raise OverflowError(f"{prefix}the {field} of a routing header must be 0-255, not {number}")
        numbers.append(number)
    payload = to_bytes(value[2], f"{prefix}the data of a routing header", contiguous=False)
    if (len(payload) + 4) % _UNIT:
        raise ValueError(f"{prefix}the data of a routing header must be 8n + 4 bytes, not {len(payload)}")
    return _with_size(bytearray(2) + bytes(numbers) + payload, prefix)


def decode_sticky_options(data: bytes) -> tuple[IpOption, ...]:
    """Return the options in the header that an option of a socket has: empty without a header."""
    return decode_ipv6_options(data, is_complete=False) if data else ()


def encode_sticky_options(label: str, value: Any) -> bytes:
    """Return the header of pairs (type, data) for an option of a socket: b"", which removes it, without pairs.

    Raises the exceptions of :func:`encode_ipv6_options`.
    """
    options = tuple(value) if hasattr(type(value), "__iter__") and not isinstance(value, (str, bytes)) else value
    return b"" if options == () else encode_ipv6_options(options, label)


def decode_sticky_routing_header(data: bytes) -> RoutingHeader | None:
    """Return the routing header that an option of a socket has, or None."""
    return decode_routing_header(data, is_complete=False) if data else None


def encode_sticky_routing_header(label: str, value: Any) -> bytes:
    """Return the routing header for an option of a socket: b"", which removes it, for None.

    Raises the exceptions of :func:`encode_routing_header`.
    """
    return b"" if value is None else encode_routing_header(value, label)


def _header_size(data: bytes, is_complete: bool) -> int:
    """Return the size of an extension header in bytes. Raises ValueError if *data* must be complete, and has fewer."""
    size = (data[1] + 1) * _UNIT if len(data) > 1 else 2 if is_complete else _UNIT
    if is_complete and len(data) < size:
        raise ValueError(f"the header has {size} bytes, and {len(data)} are here")
    return size


def _with_size(header: bytearray, prefix: str) -> bytes:
    if len(header) > _LARGEST:
        raise ValueError(f"{prefix}the header must be {_LARGEST} bytes or less, not {len(header)}")
    header[1] = len(header) // _UNIT - 1
    return bytes(header)
