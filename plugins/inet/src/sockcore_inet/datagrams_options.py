"""Socket options and control messages of :mod:`sockcore_inet.datagrams`.

1. An option that the system does not have, or refuses, leaves its feature off.
2. A dual-stack socket gets the options of IPv6 and of IPv4. Linux reports the IPv4 destination as an IPv4-mapped
   address, and the TTL and TOS by messages of IPv4.
3. The type of a control message is the option that contains its value on Linux and Windows, and the option that enables
   it on the BSDs and macOS. The numbers of one level do not conflict.

Source: ip(7), ipv6(7), udp(7), RFC 3542.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    Any,
    Iterable,
    Struct,
    constants,
    ip_text,
    keep,
    named_integer,
    system_name,
)
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.datagrams_values import Features
from sockcore_inet.numeric_addresses import format_ipv4, format_ipv6, parse_ipv4, parse_ipv6
from sockcore_inet.structs import IN6_PKTINFO, IN_PKTINFO

_CORE = constants()
_IP: int = TABLE.get("IPPROTO_IP", -1)
_IPV6: int = TABLE.get("IPPROTO_IPV6", -1)
_UDP: int = TABLE.get("IPPROTO_UDP", -1)
_SOCKET: int = _CORE.get("SOL_SOCKET", -1)
#: The size of a segment, as an option and as a control message. -1 on systems without it.
UDP_SEGMENT: int = TABLE.get("UDP_SEGMENT", -1)
UDP_GRO: int = TABLE.get("UDP_GRO", -1)
#: The control message with a struct timespec, on Linux.
SCM_TIMESTAMPNS: int = _CORE.get("SCM_TIMESTAMPNS", -1)

#: struct in_pktinfo of this system, or None.
_PKTINFO: Struct | None = IN_PKTINFO.get(system_name())
#: The names of its fields, whose order depends on the system.
_PKTINFO_FIELDS = tuple(_PKTINFO.offsets()) if _PKTINFO else ()
#: The first twelve bytes of an IPv4-mapped IPv6 address.
MAPPED = bytes(10) + b"\xff\xff"
_ECN_BITS = 3
#: The types of the usual arguments of Controls.make().
_PLAIN_TYPES = frozenset((bool, str, int, type(None)))

#: A control message to send: level, type, data.
Control = tuple[int, int, bytes]


def _numbers(level: int, *names: str) -> tuple[tuple[int, int], ...]:
    """Return (level, option) of the names that this system has."""
    return tuple((level, TABLE[name]) for name in names if name in TABLE)


# Feature -> alternatives of (level, option, value) for each level. The first option that the system accepts is used.
_Choices = tuple[tuple[int, int, int], ...]


def _choices(level: int, value: int, *names: str) -> _Choices:
    return tuple((level, option, value) for _, option in _numbers(level, *names))


def _not_fragmented(level: int, version: str) -> _Choices:
    """Return the options against fragmentation.

    IP_PMTUDISC_PROBE also ignores the path MTU that the kernel knows, so that a larger one can be probed.
    """
    probe = TABLE.get(f"{version}_PMTUDISC_PROBE", TABLE.get("IP_PMTUDISC_PROBE"))
    discover = () if probe is None else _choices(level, int(probe), f"{version}_MTU_DISCOVER")
    return discover + _choices(level, 1, f"{version}_DONTFRAG", f"{version}_DONTFRAGMENT")


#: The option for the destination: one with the interface, or one without it.
_DESTINATION = ("IP_RECVPKTINFO", "IP_PKTINFO") if _PKTINFO else ()
_OF_IPV4: dict[str, _Choices] = {
    "packet_info": _choices(_IP, 1, *_DESTINATION, "IP_RECVDSTADDR"),
    "ecn": _choices(_IP, 1, "IP_RECVTOS"),
    "ttl": _choices(_IP, 1, "IP_RECVTTL"),
    "dont_fragment": _not_fragmented(_IP, "IP"),
}
_OF_IPV6: dict[str, _Choices] = {
    "packet_info": _choices(_IPV6, 1, "IPV6_RECVPKTINFO", "IPV6_PKTINFO"),
    "ecn": _choices(_IPV6, 1, "IPV6_RECVTCLASS"),
    "ttl": _choices(_IPV6, 1, "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    "dont_fragment": _not_fragmented(_IPV6, "IPV6"),
}
_OF_BOTH: dict[str, _Choices] = {
    "timestamps": tuple((_SOCKET, _CORE[name], 1) for name in ("SO_TIMESTAMPNS", "SO_TIMESTAMP") if name in _CORE),
    "gro": _choices(_UDP, 1, "UDP_GRO"),
}

_TTL = frozenset(
    _numbers(_IP, "IP_TTL", "IP_RECVTTL", "IP_HOPLIMIT") + _numbers(_IPV6, "IPV6_HOPLIMIT", "IPV6_RECVHOPLIMIT")
)
_TOS = frozenset(_numbers(_IP, "IP_TOS", "IP_RECVTOS") + _numbers(_IPV6, "IPV6_TCLASS", "IPV6_RECVTCLASS"))
_INFO4 = frozenset(_numbers(_IP, "IP_PKTINFO") if _PKTINFO else ())
_INFO6 = frozenset(_numbers(_IPV6, "IPV6_PKTINFO"))
_ADDRESS4 = frozenset(_numbers(_IP, "IP_RECVDSTADDR"))
_GRO = frozenset(_numbers(_UDP, "UDP_GRO"))
_NANOSECONDS = frozenset({(_SOCKET, SCM_TIMESTAMPNS)} if SCM_TIMESTAMPNS >= 0 else ())
_MICROSECONDS = frozenset({(_SOCKET, _CORE["SCM_TIMESTAMP"])} if "SCM_TIMESTAMP" in _CORE else ())


def enable(sock: Any, wanted: Iterable[str]) -> Features:
    """Enable the *wanted* features that the system supports. Return the enabled ones."""
    names = set(wanted)
    enabled = dict.fromkeys(Features._fields, False)
    for name in names & enabled.keys():
        if sock.family == AF_INET6:
            enabled[name] = _set_first(sock, _OF_IPV6.get(name, _OF_BOTH.get(name, ())))
            if name in _OF_IPV4 and name != "packet_info":
                _set_first(sock, _OF_IPV4[name])  # for IPv4 on a dual-stack socket
        else:
            enabled[name] = _set_first(sock, _OF_IPV4.get(name, _OF_BOTH.get(name, ())))
    if "gso" in names:
        enabled["gso"] = supports_segments(sock)
    return Features(**enabled)


def _set_first(sock: Any, choices: _Choices) -> bool:
    """Set the first option that the system accepts. Return False if there is none."""
    for level, option, value in choices:
        try:
            sock.setsockopt(level, option, value)
        except OSError:
            continue
        return True
    return False


def supports_segments(sock: Any) -> bool:
    """Return True if the kernel splits buffers for this socket."""
    if UDP_SEGMENT < 0:
        return False
    try:
        sock.getsockopt(_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True


def traffic_class(sock: Any) -> int:
    """Return the DSCP bits of the socket, which are kept when ECN bits are sent."""
    level, name = (_IPV6, "IPV6_TCLASS") if sock.family == AF_INET6 else (_IP, "IP_TOS")
    if name not in TABLE:
        return 0
    try:
        value: int = sock.getsockopt(level, TABLE[name])
    except OSError:
        return 0
    return max(value, 0) & 0xFF & ~_ECN_BITS


# ---------------------------------------------------------------------- received control messages


def _seconds_and_rest(raw: bytes, scale: int) -> int | None:
    """Return the nanoseconds of a struct timespec or timeval of 8, 12 or 16 bytes."""
    half = 4 if len(raw) == 8 else 8
    if len(raw) < 8:
        return None
    seconds = int.from_bytes(raw[:half], sys.byteorder, signed=True)
    # The second number has four bytes on some systems, with padding after it. It is less than 2**32.
    rest = raw[half : half + 4] if sys.byteorder == "little" else raw[half:]
    return seconds * 1_000_000_000 + int.from_bytes(rest, sys.byteorder) * scale


def read_controls(messages: Iterable[Control]) -> tuple[Any, ...]:
    """Return destination, interface, ecn, ttl, time in nanoseconds, and the size of segments; None if missing."""
    destination = interface = ecn = ttl = time_ns = segment = None
    for level, number, raw in messages:
        key = (level, number)
        if key in _TOS and raw:
            ecn = int.from_bytes(raw, sys.byteorder) & _ECN_BITS
        elif key in _TTL and raw:
            ttl = int.from_bytes(raw, sys.byteorder)
        elif key in _INFO6 and len(raw) >= IN6_PKTINFO.size:
            packed, interface = IN6_PKTINFO.unpack(raw)
            destination = format_ipv6(packed)  # type: ignore[arg-type]
        elif _PKTINFO and key in _INFO4 and len(raw) >= _PKTINFO.size:
            fields = dict(zip(_PKTINFO_FIELDS, _PKTINFO.unpack(raw)))
            destination, interface = format_ipv4(fields["ipi_addr"]), fields["ipi_ifindex"]  # type: ignore[arg-type]
        elif key in _ADDRESS4 and len(raw) >= 4:
            destination = format_ipv4(raw[:4])
        elif key in _GRO and raw:
            segment = int.from_bytes(raw, sys.byteorder)
        elif key in _NANOSECONDS:
            time_ns = _seconds_and_rest(raw, 1)
        elif key in _MICROSECONDS:
            time_ns = _seconds_and_rest(raw, 1000)
    return destination, interface, ecn, ttl, time_ns, segment


# ---------------------------------------------------------------------- control messages to send


def is_mapped(sockaddr: bytes) -> bool:
    """Return True if a sockaddr_in6 has an IPv4-mapped address."""
    return sockaddr[8:20] == MAPPED


class Controls:
    """The control messages of a socket's datagrams, with a cache of those in use."""

    def __init__(self, family: int, dscp: int) -> None:
        self._family = family
        self._dscp = dscp
        self._made: dict[tuple[Any, ...], tuple[Control, ...]] = {}  # at most MOST_KEPT, see keep()

    def make(self, is_ipv4: bool, source: object, ecn: object, ttl: object) -> tuple[Control, ...]:
        """Return the control messages of a datagram. *is_ipv4* is True for an IPv4-mapped receiver too.

        Raises TypeError, ValueError or OverflowError for an argument of a wrong type or range, and ValueError for one
        that this system cannot send.
        """
        key = (is_ipv4, ip_text(source), ecn, ttl)
        # 1.0 is equal to 1, and must not match its entry. Objects of other types may not be hashable.
        is_plain = _PLAIN_TYPES.issuperset(map(type, key))
        cached = self._made.get(key) if is_plain else None
        if cached is not None:
            return cached
        made: list[Control] = []
        if source is not None:
            made.append(self._source(source))
        if ecn is not None:
            number = _checked("ecn", ecn, 0, _ECN_BITS) | self._dscp
            made.append(_integer("ecn", is_ipv4, number, "IP_TOS", "IPV6_TCLASS"))
        if ttl is not None:
            made.append(_integer("ttl", is_ipv4, _checked("ttl", ttl, 1, 255), "IP_TTL", "IPV6_HOPLIMIT"))
        return keep(self._made, key, tuple(made)) if is_plain else tuple(made)

    def _source(self, source: object) -> Control:
        text = ip_text(source)
        version = "IPv4" if self._family == AF_INET else "IPv6"
        if not isinstance(text, str):
            raise TypeError(f"source must be an {version} address in text, not {type(source).__name__}")
        packed = parse_ipv4(text) if self._family == AF_INET else parse_ipv6(text)
        if packed is None:
            raise ValueError(f"source must be an {version} address in text, not {text!r}")
        if self._family != AF_INET:
            return _IPV6, _required("source", "IPV6_PKTINFO"), IN6_PKTINFO.pack(packed, 0)
        if _PKTINFO is None:
            return _IP, _required("source", "IP_SENDSRCADDR"), packed
        values: dict[str, int | bytes] = {"ipi_ifindex": 0, "ipi_spec_dst": packed, "ipi_addr": packed}
        return _IP, _required("source", "IP_PKTINFO"), _PKTINFO.pack(*(values[name] for name in _PKTINFO_FIELDS))


def _checked(name: str, value: object, first: int, last: int) -> int:
    number = named_integer(name, value)
    if not first <= number <= last:
        raise OverflowError(f"{name} must be {first}-{last}, not {number}")
    return number


def _required(argument: str, name: str) -> int:
    if name not in TABLE:
        raise ValueError(f"{argument} must be None on this system, which has no {name}")
    return int(TABLE[name])


def _integer(argument: str, is_ipv4: bool, number: int, name4: str, name6: str) -> Control:
    """Return a control message of four bytes; of one byte for the IPv4 messages of FreeBSD and NetBSD."""
    size = 1 if is_ipv4 and system_name() in {"freebsd", "netbsd"} else 4
    level, name = (_IP, name4) if is_ipv4 else (_IPV6, name6)
    return level, _required(argument, name), number.to_bytes(size, sys.byteorder)


def segment_control(size: int) -> Control:
    """Return the control message that makes the kernel split a buffer into datagrams of *size* bytes."""
    return _UDP, UDP_SEGMENT, size.to_bytes(2, sys.byteorder)
