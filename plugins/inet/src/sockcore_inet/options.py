"""IP's socket options and control messages as values, for sockcore.options and sockcore.ancillary.

An addition to the manual, where these are bytes. Addresses are text, interfaces are indexes, a pair or triple is
in the order of the struct. To join and leave a group an interface may be a name too. An option that is one int has no
codec: getsockopt reads it. ip(7), ipv6(7), RFC 3542.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Ancillary,
    Any,
    Callable,
    Iterator,
    Option,
    Struct,
    interface_number,
    ip_text,
    named_integer,
    system_name,
    tuple_bytes,
    unsigned,
)
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.numeric import packed4, packed6
from sockcore_inet.structs import (
    IN6_PKTINFO,
    IN_PKTINFO,
    IP_MREQ,
    IP_MREQN,
    IPV6_MREQ,
    SYSTEMS_WITH_MREQN,
)
from sockcore_inet.textform import inet_ntop

Codec = tuple[Callable[[bytes], object], "Callable[..., bytes] | None"]
Make = Callable[[str], Codec]

_ADDRESS_FAMILY = {4: AF_INET, 16: AF_INET6}
_VERSIONS = {AF_INET: ("IPv4", packed4), AF_INET6: ("IPv6", packed6)}


def _read(value: int | bytes) -> int | str:
    return inet_ntop(_ADDRESS_FAMILY[len(value)], value) if isinstance(value, bytes) else value


def _packed(what: str, family: int, address: object) -> bytes:
    """Return the bytes of an IP address in text or of :mod:`ipaddress`; TypeError or ValueError names *what* it is."""
    version, pack = _VERSIONS[family]
    text = ip_text(address)
    if not isinstance(text, str):
        raise TypeError(f"{what} must be an {version} address in text, not {type(address).__name__}")
    packed = pack(text)
    if packed is None:
        raise ValueError(f"{what} must be an {version} address in text, not {text!r}")
    return packed


def _fields(struct: Struct) -> Make:
    """The fields of a struct as a tuple: its addresses as text, its other fields as ints."""
    # The family of each field that is an array, an address; None for those that are numbers.
    families = [
        _ADDRESS_FAMILY[size] if field.format.endswith("s") else None
        for (_, field), (_, size) in zip(struct.fields, struct.offsets().values())
    ]
    labels = [f"{struct.name} {field}" for field in struct.offsets()]

    def decode(raw: bytes) -> tuple[int | str, ...]:
        return tuple(_read(value) for value in struct.unpack(raw))

    def pack(*parts: Any) -> bytes:
        return struct.pack(
            *(
                named_integer(what, part) if family is None else _packed(what, family, part)
                for what, part, family in zip(labels, parts, families)
            )
        )

    codec = decode, tuple_bytes(struct.name, struct.offsets(), pack)
    return lambda name: codec


def _membership4(name: str) -> Codec:
    """(group, address of an interface), or (group, name or index of an interface)."""

    def encode(value: Any, fd: int) -> bytes:
        group, interface = _pair(name, value)
        raw = _packed(f"{name} group", AF_INET, group)
        text = ip_text(interface)
        packed = packed4(text) if isinstance(text, str) else None
        if packed is not None:
            return IP_MREQ.pack(raw, packed)
        number = interface_number(f"{name} interface", interface, fd)
        if system_name() in SYSTEMS_WITH_MREQN:
            return IP_MREQN.pack(raw, bytes(4), unsigned(f"{name} interface", number, 31))
        return IP_MREQ.pack(raw, unsigned(f"{name} interface", number, 24).to_bytes(4, "big"))

    return _fields(IP_MREQ)(name)[0], encode


def _membership6(name: str) -> Codec:
    """(group, name or index of an interface)."""

    def encode(value: Any, fd: int) -> bytes:
        group, interface = _pair(name, value)
        number = unsigned(f"{name} interface", interface_number(f"{name} interface", interface, fd), 32)
        return IPV6_MREQ.pack(_packed(f"{name} group", AF_INET6, group), number)

    return _fields(IPV6_MREQ)(name)[0], encode


def _pair(name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"{name} must be a tuple (group, interface), not {value!r}")
    return value


def _decode_int(raw: bytes) -> int:
    # Some kernels write one byte where others write an int.
    return int.from_bytes(raw, sys.byteorder)


def _decode_port_of_4(raw: bytes) -> tuple[str, int]:
    port, packed = SOCKADDR_IN.unpack(raw)
    return str(_read(packed)), int(port)


def _decode_port_of_6(raw: bytes) -> tuple[str, int, int, int]:
    port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(raw)
    return str(_read(packed)), int(port), int(flowinfo), int(scope)


def _int(name: str) -> Codec:
    return _decode_int, lambda value: unsigned(name, value, 32).to_bytes(4, sys.byteorder)


def _ipv4(name: str) -> Codec:
    return lambda raw: inet_ntop(AF_INET, raw[:4]), lambda address: _packed(name, AF_INET, address)


def _segment(name: str) -> Codec:
    return _decode_int, lambda value: unsigned(f"{name}, the size of a segment,", value, 16).to_bytes(2, sys.byteorder)


def _name(name: str) -> Codec:
    def encode(value: Any) -> bytes:
        if not isinstance(value, (str, bytes)):
            raise TypeError(f"{name} must be a str or bytes, not {type(value).__name__}")
        raw = os.fsencode(value)
        if b"\0" in raw:
            raise ValueError(f"{name} must not contain a null character")
        return raw

    return lambda raw: os.fsdecode(raw.partition(b"\0")[0]), encode


def _read_only(decode: Callable[[bytes], object]) -> Make:
    return lambda name: (decode, None)


#: Those whose codecs look up the names of interfaces.
_WITH_INTERFACES = (_membership4, _membership6)

# Name, level, bytes, what makes the codec.
_OPTIONS: tuple[tuple[str, str, int, Make], ...] = (
    ("IP_ADD_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _membership4),
    ("IP_DROP_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _membership4),
    ("IP_MULTICAST_IF", "IPPROTO_IP", 4, _ipv4),
    ("IPV6_JOIN_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _membership6),
    ("IPV6_LEAVE_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _membership6),
    ("TCP_CONGESTION", "IPPROTO_TCP", 16, _name),
    ("TCP_ULP", "IPPROTO_TCP", 16, _name),
)

# Name, level, codec. Linux and Windows name the message after the option that is its value, the BSDs after the one
# that asks.
_LINUX: tuple[tuple[str, str, Make], ...] = (
    ("IP_TTL", "IPPROTO_IP", _int),
    ("IP_TOS", "IPPROTO_IP", _int),
    ("IP_ORIGDSTADDR", "IPPROTO_IP", _read_only(_decode_port_of_4)),
    ("IPV6_ORIGDSTADDR", "IPPROTO_IPV6", _read_only(_decode_port_of_6)),
    ("UDP_GRO", "IPPROTO_UDP", _int),
    ("UDP_SEGMENT", "IPPROTO_UDP", _segment),
)
_BSD: tuple[tuple[str, str, Make], ...] = (
    ("IP_RECVTTL", "IPPROTO_IP", _int),
    ("IP_RECVTOS", "IPPROTO_IP", _int),
    ("IP_RECVDSTADDR", "IPPROTO_IP", _ipv4),
)
_WINDOWS: tuple[tuple[str, str, Make], ...] = (
    ("IP_TTL", "IPPROTO_IP", _int),
    ("IP_TOS", "IPPROTO_IP", _int),
)
_BY_SYSTEM = {"linux": _LINUX, "windows": _WINDOWS}
_ALL: tuple[tuple[str, str, Make], ...] = (
    ("IPV6_PKTINFO", "IPPROTO_IPV6", _fields(IN6_PKTINFO)),
    ("IPV6_HOPLIMIT", "IPPROTO_IPV6", _int),
    ("IPV6_TCLASS", "IPPROTO_IPV6", _int),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system has."""
    for name, level, size, make in _OPTIONS:
        if name in TABLE:
            decode, encode = make(name)
            by_interface = make in _WITH_INTERFACES
            yield Option(name, TABLE[level], TABLE[name], size, decode, encode, needs_descriptor=by_interface)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system has."""
    system = system_name()
    messages = _ALL + _BY_SYSTEM.get(system, _BSD)
    if system in IN_PKTINFO:
        messages += (("IP_PKTINFO", "IPPROTO_IP", _fields(IN_PKTINFO[system])),)
    for name, level, make in messages:
        if name in TABLE:
            decode, encode = make(name)
            yield Ancillary(name, TABLE[level], TABLE[name], decode, encode)
