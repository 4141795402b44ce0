"""Socket options of IP as values, for sockcore.options.

The standard library uses bytes for them. Here addresses are text and interfaces are indexes. The items of a tuple are
in the order of the struct. To join or leave a group, an interface can also be given by name. Options whose value is an
int do not need a codec, because getsockopt() returns the int. Source: ip(7), ipv6(7), RFC 3542.
"""

from __future__ import annotations

import os

from sockcore.plugin import (
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
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.numeric_addresses import parse_ipv4, parse_ipv6
from sockcore_inet.structs import (
    IP_MREQ,
    IP_MREQN,
    IPV6_MREQ,
    SYSTEMS_WITH_MREQN,
)

#: A decoder, and an encoder or None.
Codec = tuple[Callable[[bytes], object], "Callable[..., bytes] | None"]
#: Creates the codec of the option or control message with a given name.
CodecFactory = Callable[[str], Codec]

_FAMILY_BY_SIZE = {4: AF_INET, 16: AF_INET6}
_VERSIONS = {AF_INET: ("IPv4", parse_ipv4), AF_INET6: ("IPv6", parse_ipv6)}


def _to_value(field: int | bytes) -> int | str:
    return inet_ntop(_FAMILY_BY_SIZE[len(field)], field) if isinstance(field, bytes) else field


def _pack_address(label: str, family: int, address: object) -> bytes:
    """Convert an IP address, as text or of :mod:`ipaddress`, to bytes.

    Raises TypeError or ValueError, whose message starts with *label*.
    """
    version, parse = _VERSIONS[family]
    text = ip_text(address)
    if not isinstance(text, str):
        raise TypeError(f"{label} must be an {version} address in text, not {type(address).__name__}")
    packed = parse(text)
    if packed is None:
        raise ValueError(f"{label} must be an {version} address in text, not {text!r}")
    return packed


def _make_struct_factory(struct: Struct) -> CodecFactory:
    """Create the factory of codecs that convert a struct to a tuple and back.

    Addresses are text, and other fields are ints.
    """
    # The family of each field that contains an address (a bytes field), and None for fields that contain a number.
    families = [
        _FAMILY_BY_SIZE[size] if field.format.endswith("s") else None
        for (_, field), (_, size) in zip(struct.fields, struct.offsets().values())
    ]
    labels = [f"{struct.name} {field}" for field in struct.offsets()]

    def decode(raw: bytes) -> tuple[int | str, ...]:
        return tuple(_to_value(value) for value in struct.unpack(raw))

    def pack(*items: Any) -> bytes:
        return struct.pack(
            *(
                named_integer(label, item) if family is None else _pack_address(label, family, item)
                for label, item, family in zip(labels, items, families)
            )
        )

    codec = decode, tuple_bytes(struct.name, struct.offsets(), pack)
    return lambda name: codec


def _make_ipv4_membership_codec(name: str) -> Codec:
    """Create the codec of (group, interface).

    The interface is given by address, name or index.
    """

    def encode(value: Any, fd: int) -> bytes:
        group, interface = _split_membership(name, value)
        packed_group = _pack_address(f"{name} group", AF_INET, group)
        text = ip_text(interface)
        packed_interface = parse_ipv4(text) if isinstance(text, str) else None
        if packed_interface is not None:
            return IP_MREQ.pack(packed_group, packed_interface)
        index = interface_number(f"{name} interface", interface, fd)
        if system_name() in SYSTEMS_WITH_MREQN:
            return IP_MREQN.pack(packed_group, bytes(4), unsigned(f"{name} interface", index, 31))
        return IP_MREQ.pack(packed_group, unsigned(f"{name} interface", index, 24).to_bytes(4, "big"))

    return _make_struct_factory(IP_MREQ)(name)[0], encode


def _make_ipv6_membership_codec(name: str) -> Codec:
    """Create the codec of (group, interface).

    The interface is given by name or index.
    """

    def encode(value: Any, fd: int) -> bytes:
        group, interface = _split_membership(name, value)
        index = unsigned(f"{name} interface", interface_number(f"{name} interface", interface, fd), 32)
        return IPV6_MREQ.pack(_pack_address(f"{name} group", AF_INET6, group), index)

    return _make_struct_factory(IPV6_MREQ)(name)[0], encode


def _split_membership(name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"{name} must be a tuple (group, interface), not {value!r}")
    return value


def _make_ipv4_codec(name: str) -> Codec:
    return lambda raw: inet_ntop(AF_INET, raw[:4]), lambda address: _pack_address(name, AF_INET, address)


def _make_text_codec(name: str) -> Codec:
    def encode(value: Any) -> bytes:
        if not isinstance(value, (str, bytes)):
            raise TypeError(f"{name} must be a str or bytes, not {type(value).__name__}")
        encoded = os.fsencode(value)
        if b"\0" in encoded:
            raise ValueError(f"{name} must not contain a null character")
        return encoded

    return lambda raw: os.fsdecode(raw.partition(b"\0")[0]), encode


#: Factories of codecs that look up interface names.
_USING_INTERFACES = (_make_ipv4_membership_codec, _make_ipv6_membership_codec)

# Name, level, size in bytes, factory.
_OPTIONS: tuple[tuple[str, str, int, CodecFactory], ...] = (
    ("IP_ADD_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _make_ipv4_membership_codec),
    ("IP_DROP_MEMBERSHIP", "IPPROTO_IP", IP_MREQ.size, _make_ipv4_membership_codec),
    ("IP_MULTICAST_IF", "IPPROTO_IP", 4, _make_ipv4_codec),
    ("IPV6_JOIN_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _make_ipv6_membership_codec),
    ("IPV6_LEAVE_GROUP", "IPPROTO_IPV6", IPV6_MREQ.size, _make_ipv6_membership_codec),
    ("TCP_CONGESTION", "IPPROTO_TCP", 16, _make_text_codec),
    ("TCP_ULP", "IPPROTO_TCP", 16, _make_text_codec),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system supports."""
    for name, level, size, make_codec in _OPTIONS:
        if name in TABLE:
            decode, encode = make_codec(name)
            uses_interfaces = make_codec in _USING_INTERFACES
            yield Option(name, TABLE[level], TABLE[name], size, decode, encode, needs_descriptor=uses_interfaces)
