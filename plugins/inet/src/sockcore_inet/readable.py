"""IP's socket options and control messages as values, for sockcore.options and sockcore.ancillary.

An addition to the manual, where these are bytes. Addresses are text, interfaces are indexes, a pair or triple is
in the order of the struct. An option that is one int has no codec: getsockopt reads it. ip(7), ipv6(7), RFC 3542.
"""

from __future__ import annotations

import os
import sys
from operator import index

from sockcore.plugin import Ancillary, Any, Callable, Iterator, Option, Struct, system_name, tuple_bytes, unsigned
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.layouts import (
    IN6_PKTINFO,
    IN_PKTINFO,
    IP_MREQ,
    IPV6_MREQ,
    SOCKADDR_IN,
    SOCKADDR_IN6,
)
from sockcore_inet.textform import inet_ntop, inet_pton

#: How to read a value and how to make it.
Codec = tuple[Callable[[bytes], object], "Callable[[Any], bytes] | None"]

_ADDRESS_FAMILY = {4: AF_INET, 16: AF_INET6}


def _read(value: int | bytes) -> int | str:
    return inet_ntop(_ADDRESS_FAMILY[len(value)], value) if isinstance(value, bytes) else value


def _fields(struct: Struct) -> Codec:
    """The fields of a struct as a tuple: its addresses as text, its other fields as ints."""
    # The family of each field that is an array, an address; None for those that are numbers.
    families = [
        _ADDRESS_FAMILY[size] if field.format.endswith("s") else None
        for (_, field), (_, size) in zip(struct.fields, struct.offsets().values())
    ]

    def decode(raw: bytes) -> tuple[int | str, ...]:
        return tuple(_read(value) for value in struct.unpack(raw))

    def pack(*parts: Any) -> bytes:
        return struct.pack(
            *(index(part) if family is None else inet_pton(family, part) for part, family in zip(parts, families))
        )

    return decode, tuple_bytes(struct.name, struct.offsets(), pack)


def _decode_int(raw: bytes) -> int:
    # Some kernels write one byte where others write an int.
    return int.from_bytes(raw, sys.byteorder)


def _encode_int(value: Any) -> bytes:
    return index(value).to_bytes(4, sys.byteorder)


def _decode_port_of_4(raw: bytes) -> tuple[str, int]:
    port, packed = SOCKADDR_IN.unpack(raw)
    return str(_read(packed)), int(port)


def _decode_port_of_6(raw: bytes) -> tuple[str, int, int, int]:
    port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(raw)
    return str(_read(packed)), int(port), int(flowinfo), int(scope)


_INT: Codec = (_decode_int, _encode_int)
_IPV4: Codec = (lambda raw: inet_ntop(AF_INET, raw[:4]), lambda text: inet_pton(AF_INET, text))
_SEGMENT: Codec = (_decode_int, lambda value: unsigned("the size of a segment", value, 16).to_bytes(2, sys.byteorder))
_NAME: Codec = (lambda raw: os.fsdecode(raw.partition(b"\0")[0]), os.fsencode)

# Name, level, bytes, codec.
_OPTIONS: tuple[tuple[str, str, int, Codec], ...] = (
    ("IP_ADD_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _fields(IP_MREQ)),
    ("IP_DROP_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _fields(IP_MREQ)),
    ("IP_MULTICAST_IF", "IPPROTO_IP", 4, _IPV4),
    ("IPV6_JOIN_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _fields(IPV6_MREQ)),
    ("IPV6_LEAVE_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _fields(IPV6_MREQ)),
    ("TCP_CONGESTION", "IPPROTO_TCP", 16, _NAME),
    ("TCP_ULP", "IPPROTO_TCP", 16, _NAME),
)

# Name, level, codec. Linux and Windows name the message after the option that is its value, the BSDs after the one
# that asks.
_LINUX: tuple[tuple[str, str, Codec], ...] = (
    ("IP_TTL", "IPPROTO_IP", _INT),
    ("IP_TOS", "IPPROTO_IP", _INT),
    ("IP_ORIGDSTADDR", "IPPROTO_IP", (_decode_port_of_4, None)),
    ("IPV6_ORIGDSTADDR", "IPPROTO_IPV6", (_decode_port_of_6, None)),
    ("UDP_GRO", "IPPROTO_UDP", _INT),
    ("UDP_SEGMENT", "IPPROTO_UDP", _SEGMENT),
)
_BSD: tuple[tuple[str, str, Codec], ...] = (
    ("IP_RECVTTL", "IPPROTO_IP", _INT),
    ("IP_RECVTOS", "IPPROTO_IP", _INT),
    ("IP_RECVDSTADDR", "IPPROTO_IP", _IPV4),
)
_WINDOWS: tuple[tuple[str, str, Codec], ...] = (
    ("IP_TTL", "IPPROTO_IP", _INT),
    ("IP_TOS", "IPPROTO_IP", _INT),
)
_BY_SYSTEM = {"linux": _LINUX, "windows": _WINDOWS}
_ALL: tuple[tuple[str, str, Codec], ...] = (
    ("IPV6_PKTINFO", "IPPROTO_IPV6", _fields(IN6_PKTINFO)),
    ("IPV6_HOPLIMIT", "IPPROTO_IPV6", _INT),
    ("IPV6_TCLASS", "IPPROTO_IPV6", _INT),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system has."""
    for name, level, size, (decode, encode) in _OPTIONS:
        if name in TABLE:
            yield Option(name, TABLE[level], TABLE[name], size, decode, encode)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system has."""
    system = system_name()
    messages = _ALL + _BY_SYSTEM.get(system, _BSD)
    if system in IN_PKTINFO:
        messages += (("IP_PKTINFO", "IPPROTO_IP", _fields(IN_PKTINFO[system])),)
    for name, level, (decode, encode) in messages:
        if name in TABLE:
            yield Ancillary(name, TABLE[level], TABLE[name], decode, encode)
