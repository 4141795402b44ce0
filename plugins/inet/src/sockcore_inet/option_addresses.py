"""Kinds of option values with IP addresses: text, tuples of text and interface, and socket addresses."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Any,
    FieldKind,
    Kind,
    check_range,
    family_of,
    ip_text,
    system_name,
    to_interface,
)
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.numeric_addresses import parse_ipv4, parse_ipv6
from sockcore_inet.packed_addresses import pack_address
from sockcore_inet.structs import IP_MREQ, IP_MREQN, IPV6_MREQ, SYSTEMS_WITH_MREQN

IPV4_FIELD: FieldKind = FieldKind(
    lambda raw: inet_ntop(AF_INET, raw), lambda label, value, fd: pack_address(label, AF_INET, value)
)
IPV6_FIELD: FieldKind = FieldKind(
    lambda raw: inet_ntop(AF_INET6, raw), lambda label, value, fd: pack_address(label, AF_INET6, value)
)
#: An IPv4 address.
IPV4: Kind[str] = Kind(
    "IPv4 address",
    4,
    lambda data: inet_ntop(AF_INET, data[:4].ljust(4, b"\0")),
    lambda label, value: pack_address(label, AF_INET, value),
)


def pack_storage(label: str, value: object, fd: int = -1) -> bytes:
    """Return the socket address of an IPv4 or IPv6 address in text, with port 0."""
    text = ip_text(value)
    if not isinstance(text, str):
        raise TypeError(f"{label} must be an IP address in text, not {type(value).__name__}")
    packed = parse_ipv4(text)
    if packed is not None:
        return SOCKADDR_IN.pack(AF_INET, 0, packed)
    packed = parse_ipv6(text)
    if packed is None:
        raise ValueError(f"{label} must be an IPv4 or IPv6 address in text, not {text!r}")
    return SOCKADDR_IN6.pack(AF_INET6, 0, 0, packed, 0)


def unpack_storage(raw: bytes) -> str:
    """Return the address in a struct sockaddr_storage, or "" for another family."""
    family = family_of(raw)
    if family == AF_INET:
        return inet_ntop(AF_INET, SOCKADDR_IN.unpack(raw)[1])  # type: ignore[arg-type]
    return inet_ntop(AF_INET6, SOCKADDR_IN6.unpack(raw)[2]) if family == AF_INET6 else ""  # type: ignore[arg-type]


STORAGE_FIELD: FieldKind = FieldKind(unpack_storage, pack_storage)


class Membership(NamedTuple):
    """A multicast group, and the interface on which to join it.

    The interface is given by name, index or, for IPv4, address.
    """

    group: str
    interface: Any


def split(label: str, value: Any, names: str) -> tuple[Any, ...]:
    """Return a tuple of as many items as *names* has. Raises TypeError for another value."""
    if not isinstance(value, tuple) or len(value) != len(names.split()):
        raise TypeError(f"{label} must be a tuple ({', '.join(names.split())}), not {value!r}")
    return value


def _encode_membership4(label: str, value: Any, fd: int = -1) -> bytes:
    group, interface = split(label, value, "group interface")
    packed_group = pack_address(f"{label} group", AF_INET, group)
    text = ip_text(interface)
    packed_interface = parse_ipv4(text) if isinstance(text, str) else None
    if packed_interface is not None:
        return IP_MREQ.pack(packed_group, packed_interface)
    index = to_interface(f"{label} interface", interface, fd)
    if system_name() in SYSTEMS_WITH_MREQN:
        return IP_MREQN.pack(packed_group, bytes(4), index)
    return IP_MREQ.pack(packed_group, check_range(f"{label} interface", index, 0, (1 << 24) - 1).to_bytes(4, "big"))


def _decode_membership4(data: bytes) -> Membership:
    group, interface = IP_MREQ.unpack(data)
    return Membership(inet_ntop(AF_INET, group), inet_ntop(AF_INET, interface))  # type: ignore[arg-type]


def _encode_membership6(label: str, value: Any, fd: int = -1) -> bytes:
    group, interface = split(label, value, "group interface")
    index = to_interface(f"{label} interface", interface, fd)
    return IPV6_MREQ.pack(pack_address(f"{label} group", AF_INET6, group), index)


def _decode_membership6(data: bytes) -> Membership:
    group, index = IPV6_MREQ.unpack(data)
    return Membership(inet_ntop(AF_INET6, group), int(index))  # type: ignore[arg-type]


def _encode_interface4(label: str, value: Any, fd: int = -1) -> bytes:
    text = ip_text(value)
    packed = parse_ipv4(text) if isinstance(text, str) else None
    if packed is not None:
        return packed
    index = to_interface(label, value, fd)
    if system_name() in SYSTEMS_WITH_MREQN:
        return IP_MREQN.pack(bytes(4), bytes(4), index)
    return check_range(label, index, 0, (1 << 24) - 1).to_bytes(4, "big")


#: IP_ADD_MEMBERSHIP, and IPV6_JOIN_GROUP.
MEMBERSHIP4: Kind[Membership] = Kind(
    "Membership", IP_MREQ.size, _decode_membership4, _encode_membership4, needs_descriptor=True
)
MEMBERSHIP6: Kind[Membership] = Kind(
    "Membership", IPV6_MREQ.size, _decode_membership6, _encode_membership6, needs_descriptor=True
)
#: IP_MULTICAST_IF: the address of the interface. To set it, a name or an index is accepted too.
MULTICAST_INTERFACE4: Kind[str] = Kind("IPv4 address", 4, IPV4.decode, _encode_interface4, needs_descriptor=True)
