"""Options of IPv4, and extension headers of IPv6, as values. Sources: RFC 791, RFC 8200, RFC 3542, RFC 8754."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, named_integer, to_bytes
from sockcore_inet.constants import AF_INET6
from sockcore_inet.conversions import inet_ntop

#: Options that are one byte and have no length: the end of the list, and one byte of padding.
_END, _NOP = 0, 1
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


def decode_ipv4_options(data: bytes) -> tuple[IpOption, ...]:
    """Return the options of an IPv4 header. The end of the list, and padding, are left out.

    Raises ValueError if an option is longer than the data.
    """
    options, offset = [], 0
    while offset < len(data) and data[offset] != _END:
        if data[offset] == _NOP:
            offset += 1
            continue
        length = data[offset + 1] if offset + 1 < len(data) else 0
        if length < 2 or offset + length > len(data):
            raise ValueError(f"the option at byte {offset} has the length {length}")
        options.append(IpOption(data[offset], data[offset + 2 : offset + length]))
        offset += length
    return tuple(options)


def decode_ipv6_options(data: bytes) -> tuple[IpOption, ...]:
    """Return the options in a hop-by-hop or destination options header. Padding is left out.

    Raises ValueError if the header or an option is longer than the data.
    """
    end = _header_size(data)
    options, offset = [], 2
    while offset < end:
        if data[offset] == _PAD1:
            offset += 1
            continue
        if offset + 2 > end or offset + 2 + data[offset + 1] > end:
            raise ValueError(f"the option at byte {offset} is longer than its header")
        option = IpOption(data[offset], data[offset + 2 : offset + 2 + data[offset + 1]])
        if option.type != _PADN:
            options.append(option)
        offset += 2 + len(option.data)
    return tuple(options)


def encode_ipv6_options(value: Any) -> bytes:
    """Return the options header of pairs (type, data).

    The kernel writes the field for the next header. Raises TypeError for other values, OverflowError if a type is not
    in 2-255 or the data have more than 255 bytes, and ValueError if the header is too long.
    """
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(type(value), "__iter__"):
        raise TypeError(f"options must be an iterable of pairs (type, data), not {value!r}")
    header = bytearray(2)
    for option in value:
        if not isinstance(option, tuple) or len(option) != 2:
            raise TypeError(f"an option must be a pair (type, data), not {option!r}")
        number = named_integer("the type of an option", option[0])
        payload = to_bytes(option[1], "the data of an option", contiguous=False)
        if not _PADN < number < 256:
            raise OverflowError(f"the type of an option must be 2-255, not {number}")
        if len(payload) > 255:
            raise OverflowError(f"the data of an option must be 255 bytes or less, not {len(payload)}")
        header += bytes((number, len(payload))) + payload
    missing = -len(header) % _UNIT
    header += bytes(1) if missing == 1 else bytes((_PADN, missing - 2)) + bytes(missing - 2) if missing else b""
    return _with_size(header)


def decode_routing_header(data: bytes) -> RoutingHeader:
    """Return the routing header. Raises ValueError if it is longer than the data."""
    end = _header_size(data)
    return RoutingHeader(data[2], data[3], data[4:end])


def encode_routing_header(value: Any) -> bytes:
    """Return the header of (type, segments_left, data).

    Raises TypeError for other values, OverflowError for a number that is not in 0-255, and ValueError if the length of
    *data* plus 4 is not a multiple of 8, or the header is too long.
    """
    if not isinstance(value, tuple) or len(value) != 3:
        raise TypeError(f"a routing header must be a tuple (type, segments_left, data), not {value!r}")
    numbers = []
    for label, part in zip(("type", "segments_left"), value):
        number = named_integer(f"the {label} of a routing header", part)
        if not 0 <= number < 256:
            raise OverflowError(f"the {label} of a routing header must be 0-255, not {number}")
        numbers.append(number)
    payload = to_bytes(value[2], "the data of a routing header", contiguous=False)
    if (len(payload) + 4) % _UNIT:
        raise ValueError(f"the data of a routing header must be 8n + 4 bytes, not {len(payload)}")
    return _with_size(bytearray(2) + bytes(numbers) + payload)


def _header_size(data: bytes) -> int:
    """Return the size of an extension header in bytes. Raises ValueError if *data* has fewer."""
    size = (data[1] + 1) * _UNIT if len(data) > 1 else 2
    if len(data) < size:
        raise ValueError(f"the header has {size} bytes, and {len(data)} are here")
    return size


def _with_size(header: bytearray) -> bytes:
    if len(header) > _LARGEST:
        raise ValueError(f"the header must be {_LARGEST} bytes or less, not {len(header)}")
    header[1] = len(header) // _UNIT - 1
    return bytes(header)
