"""Socket options of IP, TCP and UDP as values, for sockcore.options.

``from sockcore_inet.options import TCP_INFO`` imports an option, and the names of its values.

Addresses are text, and structs are NamedTuples. An interface is an index, and may be given by its name to set an
option. The modules ``option_*`` have the tables. Source: ip(7), ipv6(7), tcp(7), udp(7), RFC 3542.
"""

from __future__ import annotations

from sockcore.plugin import (  # noqa: F401  # the fields of NamedTuples use some of these names
    Any,
    Callable,
    Iterator,
    Option,
    Optional,
    Sequence,
    Struct,
    ip_text,
    named_integer,
    tuple_bytes,
)
from sockcore_inet import option_ip, option_ipv6, option_multicast, option_sctp, option_tcp
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.numeric_addresses import parse_ipv4, parse_ipv6
from sockcore_inet.option_ip import *  # noqa: F403
from sockcore_inet.option_ipv6 import *  # noqa: F403
from sockcore_inet.option_multicast import *  # noqa: F403
from sockcore_inet.option_sctp import *  # noqa: F403
from sockcore_inet.option_tcp import *  # noqa: F403

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


def _make_ipv4_codec(name: str) -> Codec:
    return lambda raw: inet_ntop(AF_INET, raw[:4]), lambda address: _pack_address(name, AF_INET, address)


for _value in list(globals().values()):
    if isinstance(_value, type) and _value.__module__.startswith("sockcore_inet.option_"):
        _value.__module__ = __name__


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options that this system supports."""
    for module in (option_ip, option_ipv6, option_multicast, option_sctp, option_tcp):
        yield from module.options()
