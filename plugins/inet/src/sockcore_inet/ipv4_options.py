"""Options in the header of an IPv4 packet as values, for IP_OPTIONS and control messages. Sources: RFC 791, RFC 2113.

1. An option that RFC 791 or RFC 2113 describes is a NamedTuple of its own. Any other option, and one whose fields are
   inconsistent, is an :class:`~sockcore_inet.extension_headers.IpOption`: its type and its data.
2. A NOP, which aligns the next option, is :data:`IP_NOP`. The end of the list is left out: kernels add it.
3. Bytes in free places are ignored, and are zeros when sent.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from sockcore.plugin import Any, Callable, Optional, Union, check_range, to_bool, to_bytes
from sockcore_inet.constants import AF_INET
from sockcore_inet.extension_headers import IpOption
from sockcore_inet.numeric_addresses import format_ipv4
from sockcore_inet.packed_addresses import pack_address

__all__ = [
    "IP_NOP",
    "IpOption",
    "IpTimestamp",
    "IpTimestamps",
    "Ipv4Option",
    "RecordRoute",
    "RouterAlert",
    "SourceRoute",
    "TimestampFlag",
]

_END, _NOP, _RECORD_ROUTE, _TIMESTAMP, _LOOSE, _STRICT, _ROUTER_ALERT = 0, 1, 7, 68, 131, 137, 148
#: The largest size of the options in a header, and the size of an address or a time.
_LARGEST = 40
_SIZE = 4
#: The position of the first place in a route, and in a list of timestamps. Positions start with 1.
_FIRST_IN_ROUTE, _FIRST_IN_TIMESTAMPS = 4, 5
#: The numbers of places for which the header has room: addresses or times, and pairs of both.
_MOST_PLACES, _MOST_PAIRS = 9, 4


class TimestampFlag(IntEnum):
    """The contents of a timestamp option: IPOPT_TS_* without the prefix.

    Times alone, times with addresses, or the times of the routers that the sender specifies.
    """

    TSONLY = 0
    TSANDADDR = 1
    PRESPEC = 3


class IpTimestamp(NamedTuple):
    """An entry of a timestamp option.

    An option with times alone has no addresses (None). *time* is in milliseconds since midnight UT. It is not a
    standard time if its highest bit is set. A router that has not written its time yet has none (None).
    """

    address: Optional[str]
    time: Optional[int] = None


class RecordRoute(NamedTuple):
    """A record route: the addresses that routers have written, and the number of free places, at most 9 together."""

    addresses: tuple[str, ...] = ()
    free: int = _MOST_PLACES


class SourceRoute(NamedTuple):
    """A loose or strict source route.

    *addresses* are the gateways, the first one first. On the BSDs, the last one is the destination of the packet. Linux
    adds the destination. In a received packet, the first *visited* addresses are those of the interfaces that have
    forwarded it.
    """

    addresses: tuple[str, ...]
    is_strict: bool = False
    visited: int = 0


class IpTimestamps(NamedTuple):
    """A timestamp option: the entries that exist, and the number of free places.

    *overflow* is the number of routers that found no free place, at most 15.
    """

    entries: tuple[IpTimestamp, ...] = ()
    free: int = 0
    flag: TimestampFlag = TimestampFlag.TSONLY
    overflow: int = 0


class RouterAlert(NamedTuple):
    """A router alert. Routers examine the packet if *value* is 0 (RFC 2113)."""

    value: int = 0


#: An option in the header of an IPv4 packet.
Ipv4Option = Union[RecordRoute, SourceRoute, IpTimestamps, RouterAlert, IpOption]
#: One byte that aligns the next option.
IP_NOP: IpOption = IpOption(_NOP, b"")


def decode_ipv4_options(data: bytes, is_complete: bool = True) -> tuple[Ipv4Option, ...]:
    """Return the options of an IPv4 header. The end of the list is left out.

    Raises ValueError if an option is longer than the data. If *is_complete* is False, that option has the data that are
    there.
    """
    options: list[Ipv4Option] = []
    offset = 0
    while offset < len(data) and data[offset] != _END:
        number = data[offset]
        if number == _NOP:
            options.append(IP_NOP)
            offset += 1
            continue
        length = data[offset + 1] if offset + 1 < len(data) else 0
        if length < 2 or offset + length > len(data):
            if is_complete:
                raise ValueError(f"the option at byte {offset} has the length {length}")
            options.append(_decode_option(number, bytes(data[offset + 2 :])))
            break
        options.append(_decode_option(number, bytes(data[offset + 2 : offset + length])))
        offset += length
    return tuple(options)


def encode_ipv4_options(label: str, value: Any) -> bytes:
    """Return the options for a header. An empty list is b"".

    An option is a NamedTuple of this module, or a pair (type, data). Raises TypeError for other values,
    OverflowError for a number out of range, and ValueError for inconsistent fields or more than 40 bytes. Messages
    start with *label*.
    """
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(type(value), "__iter__"):
        raise TypeError(f"{label} must be an iterable of IP options, not {value!r}")
    data = b"".join(_encode_option(f"{label}[{index}]", option) for index, option in enumerate(value))
    if len(data) > _LARGEST:
        raise ValueError(f"{label} must be 0 to {_LARGEST} bytes, not {len(data)}")
    return data


def _decode_option(number: int, data: bytes) -> Ipv4Option:
    decode = _DECODERS.get(number)
    option = None if decode is None else decode(data)
    return IpOption(number, data) if option is None else option


def _used_size(data: bytes, first: int, unit: int) -> int:
    """Return the number of bytes before the pointer of an option, or -1 if the pointer is inconsistent.

    *first* is the position of the first place, and *unit* the size of a place.
    """
    room = len(data) - (first - 3)
    used = data[0] - first if data else -1
    return used if room >= 0 and 0 <= used <= room and used % unit == 0 and room % unit == 0 else -1


def _addresses(data: bytes) -> tuple[str, ...]:
    return tuple(format_ipv4(data[start : start + _SIZE]) for start in range(0, len(data), _SIZE))


def _decode_record_route(data: bytes) -> RecordRoute | None:
    used = _used_size(data, _FIRST_IN_ROUTE, _SIZE)
    return RecordRoute(_addresses(data[1 : 1 + used]), (len(data) - 1 - used) // _SIZE) if used >= 0 else None


def _decode_loose_route(data: bytes) -> SourceRoute | None:
    used = _used_size(data, _FIRST_IN_ROUTE, _SIZE)
    return SourceRoute(_addresses(data[1:]), False, used // _SIZE) if used >= 0 else None


def _decode_strict_route(data: bytes) -> SourceRoute | None:
    route = _decode_loose_route(data)
    return None if route is None else route._replace(is_strict=True)


def _decode_timestamps(data: bytes) -> IpTimestamps | None:
    flag = data[1] & 15 if len(data) > 1 else -1
    if flag not in TimestampFlag._value2member_map_:
        return None
    unit = _SIZE if flag == TimestampFlag.TSONLY else 2 * _SIZE
    used = _used_size(data, _FIRST_IN_TIMESTAMPS, unit)
    if used < 0:
        return None
    places = data[2:]
    end = len(places) if flag == TimestampFlag.PRESPEC else used
    entries = []
    for start in range(0, end, unit):
        place = places[start : start + unit]
        address = None if unit == _SIZE else format_ipv4(place[:_SIZE])
        entries.append(IpTimestamp(address, int.from_bytes(place[-_SIZE:], "big") if start < used else None))
    return IpTimestamps(tuple(entries), (len(places) - end) // unit, TimestampFlag(flag), data[1] >> 4)


def _decode_router_alert(data: bytes) -> RouterAlert | None:
    return RouterAlert(int.from_bytes(data, "big")) if len(data) == 2 else None


_DECODERS: dict[int, Callable[[bytes], Union[Ipv4Option, None]]] = {
    _RECORD_ROUTE: _decode_record_route,
    _LOOSE: _decode_loose_route,
    _STRICT: _decode_strict_route,
    _TIMESTAMP: _decode_timestamps,
    _ROUTER_ALERT: _decode_router_alert,
}


def _encode_option(label: str, option: Any) -> bytes:
    if isinstance(option, RecordRoute):
        addresses = _pack_addresses(f"{label} addresses", option.addresses)
        free = check_range(f"{label} free", option.free, 0, _MOST_PLACES)
        _check_places(label, len(addresses) + free, _MOST_PLACES)
        return _with_places(_RECORD_ROUTE, _FIRST_IN_ROUTE, len(addresses), addresses, free * _SIZE)
    if isinstance(option, SourceRoute):
        addresses = _pack_addresses(f"{label} addresses", option.addresses)
        _check_places(label, len(addresses), _MOST_PLACES)
        number = _STRICT if to_bool(f"{label} is_strict", option.is_strict) else _LOOSE
        visited = check_range(f"{label} visited", option.visited, 0, len(addresses))
        return _with_places(number, _FIRST_IN_ROUTE, visited, addresses)
    if isinstance(option, IpTimestamps):
        return _encode_timestamps(label, option)
    if isinstance(option, RouterAlert):
        return bytes((_ROUTER_ALERT, 4)) + check_range(f"{label} value", option.value, 0, 0xFFFF).to_bytes(2, "big")
    if not isinstance(option, tuple) or len(option) != 2:
        raise TypeError(f"{label} must be an IP option or a pair (type, data), not {option!r}")
    number = check_range(f"{label} type", option[0], 1, 255)
    data = to_bytes(option[1], f"{label} data", contiguous=False)
    if number == _NOP:
        if data:
            raise ValueError(f"{label} data must be empty, because the option is a NOP")
        return bytes((_NOP,))
    if len(data) > _LARGEST - 2:
        raise ValueError(f"{label} data must be 0 to {_LARGEST - 2} bytes, not {len(data)}")
    return bytes((number, 2 + len(data))) + data


def _encode_timestamps(label: str, option: IpTimestamps) -> bytes:
    flag = check_range(f"{label} flag", option.flag, 0, 15)
    if flag not in TimestampFlag._value2member_map_:
        raise ValueError(f"{label} flag must be a TimestampFlag, not {flag}")
    overflow = check_range(f"{label} overflow", option.overflow, 0, 15)
    has_addresses, is_specified = flag != TimestampFlag.TSONLY, flag == TimestampFlag.PRESPEC
    most = _MOST_PAIRS if has_addresses else _MOST_PLACES
    free = check_range(f"{label} free", option.free, 0, 0 if is_specified else most)
    entries = _items(f"{label} entries", option.entries)
    _check_places(label, len(entries) + free, most)
    places, written = [], 0
    for index, entry in enumerate(entries):
        name = f"{label} entries[{index}]"
        if not isinstance(entry, tuple) or len(entry) != 2:
            raise TypeError(f"{name} must be a tuple (address, time), not {entry!r}")
        address, time = entry
        if has_addresses:
            places.append(pack_address(f"{name} address", AF_INET, address))
        elif address is not None:
            raise ValueError(f"{name} address must be None, because the flag is TSONLY")
        if time is None and is_specified:
            places.append(bytes(_SIZE))
            continue
        if written < index:
            raise ValueError(f"{name} time must be None, like that of the entry before it")
        places.append(check_range(f"{name} time", time, 0, 0xFFFFFFFF).to_bytes(_SIZE, "big"))
        written += 1
    unit = 2 * _SIZE if has_addresses else _SIZE
    data = b"".join(places) + bytes(free * unit)
    pointer = _FIRST_IN_TIMESTAMPS + written * unit
    return bytes((_TIMESTAMP, 4 + len(data), pointer, overflow << 4 | flag)) + data


def _with_places(number: int, first: int, used: int, places: list[bytes], free: int = 0) -> bytes:
    data = b"".join(places) + bytes(free)
    return bytes((number, 3 + len(data), first + used * _SIZE)) + data


def _items(label: str, value: Any) -> Any:
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{label} must be a tuple, not {value!r}")
    return value


def _pack_addresses(label: str, addresses: Any) -> list[bytes]:
    items = _items(label, addresses)
    return [pack_address(f"{label}[{index}]", AF_INET, address) for index, address in enumerate(items)]


def _check_places(label: str, number: int, most: int) -> None:
    if number > most:
        raise ValueError(f"{label} must have 0 to {most} places, not {number}")
