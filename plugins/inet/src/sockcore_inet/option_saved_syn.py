"""The value of TCP_SAVED_SYN of Linux: the first packet of an accepted connection. Sources: RFC 791, 8200 and 9293."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Kind, Optional
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.ipv4_options import Ipv4Option, decode_ipv4_options
from sockcore_inet.traffic_class import TrafficClass

_ETHERNET_SIZE = 14
_IPV4_SIZE, _IPV6_SIZE, _TCP_SIZE = 20, 40, 20
_TCP = 6
#: Extension headers of IPv6 with a length in their second byte: hop-by-hop options, routing, destination options.
_EXTENSIONS = (0, 43, 60)
#: TCP options of one byte: the end of the list, and padding.
_END, _NOP = 0, 1


class TcpOption(NamedTuple):
    """An option in a TCP header: its kind (2 is the largest segment, 3 the window scale...), and its data."""

    kind: int
    data: bytes


class SavedSyn(NamedTuple):
    """The SYN that opened a connection: addresses and ports, and fields of its headers in host byte order.

    *ttl* is the hop limit of IPv6, *window* is in bytes and not scaled. *link_header* is empty unless TCP_SAVE_SYN was
    2. *headers* are all bytes that the kernel saved.
    """

    source: tuple[str, int]
    destination: tuple[str, int]
    ttl: int
    traffic_class: TrafficClass
    ip_options: tuple[Ipv4Option, ...]
    sequence: int
    flags: int
    window: int
    tcp_options: tuple[TcpOption, ...]
    link_header: bytes
    headers: bytes


def _decode(data: bytes) -> SavedSyn | None:
    """Return the value, or None if the kernel saved no packet, or one that is not TCP over IP."""
    for start in (0, _ETHERNET_SIZE):
        offset = _tcp_offset(data, start)
        if offset and len(data) == offset + (data[offset + 12] >> 4) * 4 >= offset + _TCP_SIZE:
            return _packet(bytes(data), start, offset)
    return None


def _tcp_offset(data: bytes, start: int) -> int:
    """Return the position of the TCP header behind the IP header at *start*, or 0 for other bytes."""
    version = data[start] >> 4 if start < len(data) else 0
    if version == 4 and start + _IPV4_SIZE <= len(data):
        size = (data[start] & 15) * 4
        offset = start + size if size >= _IPV4_SIZE and data[start + 9] == _TCP else 0
    elif version == 6 and start + _IPV6_SIZE <= len(data):
        header, offset = data[start + 6], start + _IPV6_SIZE
        while header in _EXTENSIONS and offset + 2 <= len(data):
            header, offset = data[offset], offset + (data[offset + 1] + 1) * 8
        offset = offset if header == _TCP else 0
    else:
        return 0
    return offset if offset + _TCP_SIZE <= len(data) else 0


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")


def _packet(data: bytes, start: int, offset: int) -> SavedSyn:
    ip, tcp = data[start:offset], data[offset:]
    if ip[0] >> 4 == 4:
        source, destination = (inet_ntop(AF_INET, ip[at : at + 4]) for at in (12, 16))
        traffic_class, ttl = ip[1], ip[8]
        options = decode_ipv4_options(ip[_IPV4_SIZE:], is_complete=False)
    else:
        source, destination = (inet_ntop(AF_INET6, ip[at : at + 16]) for at in (8, 24))
        traffic_class, ttl, options = _number(ip, 0, 2) >> 4 & 0xFF, ip[7], ()
    return SavedSyn(
        (source, _number(tcp, 0, 2)),
        (destination, _number(tcp, 2, 2)),
        ttl,
        TrafficClass(traffic_class),
        options,
        _number(tcp, 4, 4),
        tcp[13],
        _number(tcp, 14, 2),
        _tcp_options(tcp[_TCP_SIZE:]),
        data[:start],
        data,
    )


def _tcp_options(data: bytes) -> tuple[TcpOption, ...]:
    options, offset = [], 0
    while offset < len(data) and data[offset] != _END:
        if data[offset] == _NOP:
            offset += 1
            continue
        size = data[offset + 1] if offset + 1 < len(data) else 0
        options.append(TcpOption(data[offset], data[offset + 2 : offset + max(size, 2)]))
        offset += max(size, 2)
    return tuple(options)


SAVED_SYN: Kind[Optional[SavedSyn]] = Kind("SavedSyn or None", 512, _decode)
