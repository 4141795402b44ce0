"""Control messages of IP as values, for sockcore.ancillary.

The standard library uses bytes for them. Here addresses are text and interfaces are indexes. The items of a tuple are
in the order of the struct. Source: ip(7), ipv6(7), RFC 3542.
"""

from __future__ import annotations

import sys

from sockcore.plugin import SOCKADDR_IN, SOCKADDR_IN6, Ancillary, Callable, Iterator, system_name, unsigned
from sockcore_inet.constants import TABLE
from sockcore_inet.options import Codec, CodecFactory, _make_ipv4_codec, _make_struct_factory, _to_value
from sockcore_inet.structs import IN6_PKTINFO, IN_PKTINFO


def _decode_int(raw: bytes) -> int:
    # Some kernels write one byte, others an int.
    return int.from_bytes(raw, sys.byteorder)


def _decode_sockaddr_in(raw: bytes) -> tuple[str, int]:
    port, packed = SOCKADDR_IN.unpack(raw)
    return str(_to_value(packed)), int(port)


def _decode_sockaddr_in6(raw: bytes) -> tuple[str, int, int, int]:
    port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(raw)
    return str(_to_value(packed)), int(port), int(flowinfo), int(scope)


def _make_int_codec(name: str) -> Codec:
    return _decode_int, lambda value: unsigned(name, value, 32).to_bytes(4, sys.byteorder)


def _make_segment_size_codec(name: str) -> Codec:
    return _decode_int, lambda value: unsigned(f"{name}, the size of a segment,", value, 16).to_bytes(2, sys.byteorder)


def _make_read_only_factory(decode: Callable[[bytes], object]) -> CodecFactory:
    return lambda name: (decode, None)


# Name, level, factory. On Linux and Windows the type of a control message is the option that contains its value. On the
# BSDs it is the option that enables the message.
_LINUX: tuple[tuple[str, str, CodecFactory], ...] = (
    ("IP_TTL", "IPPROTO_IP", _make_int_codec),
    ("IP_TOS", "IPPROTO_IP", _make_int_codec),
    ("IP_ORIGDSTADDR", "IPPROTO_IP", _make_read_only_factory(_decode_sockaddr_in)),
    ("IPV6_ORIGDSTADDR", "IPPROTO_IPV6", _make_read_only_factory(_decode_sockaddr_in6)),
    ("UDP_GRO", "IPPROTO_UDP", _make_int_codec),
    ("UDP_SEGMENT", "IPPROTO_UDP", _make_segment_size_codec),
)
_BSD: tuple[tuple[str, str, CodecFactory], ...] = (
    ("IP_RECVTTL", "IPPROTO_IP", _make_int_codec),
    ("IP_RECVTOS", "IPPROTO_IP", _make_int_codec),
    ("IP_RECVDSTADDR", "IPPROTO_IP", _make_ipv4_codec),
)
_WINDOWS: tuple[tuple[str, str, CodecFactory], ...] = (
    ("IP_TTL", "IPPROTO_IP", _make_int_codec),
    ("IP_TOS", "IPPROTO_IP", _make_int_codec),
)
_BY_SYSTEM = {"linux": _LINUX, "windows": _WINDOWS}
_EVERYWHERE: tuple[tuple[str, str, CodecFactory], ...] = (
    ("IPV6_PKTINFO", "IPPROTO_IPV6", _make_struct_factory(IN6_PKTINFO)),
    ("IPV6_HOPLIMIT", "IPPROTO_IPV6", _make_int_codec),
    ("IPV6_TCLASS", "IPPROTO_IPV6", _make_int_codec),
)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system supports."""
    system = system_name()
    messages = _EVERYWHERE + _BY_SYSTEM.get(system, _BSD)
    if system in IN_PKTINFO:
        messages += (("IP_PKTINFO", "IPPROTO_IP", _make_struct_factory(IN_PKTINFO[system])),)
    for name, level, make_codec in messages:
        if name in TABLE:
            decode, encode = make_codec(name)
            yield Ancillary(name, TABLE[level], TABLE[name], decode, encode)
