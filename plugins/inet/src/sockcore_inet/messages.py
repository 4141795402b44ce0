"""Control messages of IP, UDP, TCP and TLS as values, for sockcore.ancillary.

The standard library uses bytes for them. Here addresses are text and interfaces are indexes. The items of a tuple are
in the order of the struct.

On Linux and Windows the type of a control message is the option that contains its value. On the BSDs it is the option
that enables the message. A codec of a message that this system lacks exists too: see ``Ancillary.is_available``.

Sources: ip(7), ipv6(7), udp(7), tcp(7), RFC 3542, RFC 3168, Documentation/networking/tls.rst in the kernel.
"""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from typing import NamedTuple

from sockcore.plugin import (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Ancillary,
    Any,
    Callable,
    ExtendedError,
    Iterator,
    Struct,
    Union,
    available_messages,
    declare_message,
    extended_error_decoder,
    family_of,
    integer_decoder,
    integer_encoder,
    named_integer,
    require_size,
    struct_decoder,
    system_name,
    to_integer,
    tuple_bytes,
    unsigned,
)
from sockcore_inet import errors
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.extension_headers import (
    IpOption,
    RoutingHeader,
    decode_ipv6_options,
    decode_routing_header,
    encode_ipv6_options,
    encode_routing_header,
)
from sockcore_inet.ipv4_options import IP_NOP as IP_NOP
from sockcore_inet.ipv4_options import IpTimestamp as IpTimestamp
from sockcore_inet.ipv4_options import IpTimestamps as IpTimestamps
from sockcore_inet.ipv4_options import Ipv4Option, decode_ipv4_options, encode_ipv4_options
from sockcore_inet.ipv4_options import RecordRoute as RecordRoute
from sockcore_inet.ipv4_options import RouterAlert as RouterAlert
from sockcore_inet.ipv4_options import SourceRoute as SourceRoute
from sockcore_inet.ipv4_options import TimestampFlag as TimestampFlag
from sockcore_inet.numeric_addresses import format_ipv4
from sockcore_inet.packed_addresses import pack_address
from sockcore_inet.structs import IN6_PKTINFO, IN_PKTINFO
from sockcore_inet.system_messages import *  # noqa: F403
from sockcore_inet.system_messages import IcmpReport, PacketInfoEx, TlsRecord, decode_icmp_report
from sockcore_inet.traffic_class import *  # noqa: F403
from sockcore_inet.traffic_class import TrafficClass

_SYSTEM = system_name()
#: The constants on one kind of system, or an empty table. Options of the same name exist on the others too.
_ON_BSD = {} if _SYSTEM in ("linux", "windows") else TABLE
_NOT_ON_BSD = TABLE if _SYSTEM in ("linux", "windows") else {}

#: The number of SCM_SECURITY, which has the same name at SOL_SOCKET.
_IP_SECURITY = {**TABLE, "SCM_SECURITY": TABLE["scm_security"]} if "scm_security" in TABLE else {}

_IPV4_SIZE, _IPV6_SIZE = 4, 16


if sys.platform == "win32" or sys.platform.startswith("netbsd"):

    class PacketInfo(NamedTuple):
        """The destination address of a packet, or its source if it is sent, and the interface."""

        destination: str
        interface: int

else:

    class PacketInfo(NamedTuple):
        """The interface of a packet, its local address, and the destination address in its header.

        To send, *local* is the source address.
        """

        interface: int
        local: str
        destination: str


class PacketInfo6(NamedTuple):
    """The destination address of a packet, or its source if it is sent, and the interface."""

    destination: str
    interface: int


class PathMtu(NamedTuple):
    """The MTU of the path to an address, for the source of large packets: RFC 3542, IPV6_PATHMTU."""

    address: tuple[str, int, int, int]
    mtu: int


class RecordType(IntEnum):
    """The type of a TLS record: RFC 8446."""

    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23
    HEARTBEAT = 24


def _to_value(field: Any) -> Any:
    if isinstance(field, bytes):
        return format_ipv4(field) if len(field) == _IPV4_SIZE else inet_ntop(AF_INET6, field)
    return field


def _packet_info_decoder(struct: Struct, make: Callable[..., Any]) -> Callable[[bytes], Any]:
    return struct_decoder(struct, lambda *fields: make(*map(_to_value, fields)))


def _packet_info_encoder(struct: Struct) -> Callable[[Any], bytes]:
    """Return the encoder of a tuple of addresses and interface indexes, in the order of *struct*."""
    fields = struct.offsets()
    families = {_IPV4_SIZE: AF_INET, _IPV6_SIZE: AF_INET6}
    kinds = [
        families[size] if field.format.endswith("s") else None
        for (_, field), (_, size) in zip(struct.fields, fields.values())
    ]
    labels = [f"{struct.name} {field}" for field in fields]

    def pack(*items: Any) -> bytes:
        return struct.pack(
            *(
                named_integer(label, item) if family is None else pack_address(label, family, item)
                for label, item, family in zip(labels, items, kinds)
            )
        )

    return tuple_bytes(struct.name, fields, pack)


def _decode_sockaddr_in(data: bytes) -> tuple[str, int]:
    port, packed = SOCKADDR_IN.unpack(require_size(data, SOCKADDR_IN.size))
    return str(_to_value(packed)), int(port)


def _decode_sockaddr_in6(data: bytes) -> tuple[str, int, int, int]:
    port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(require_size(data, SOCKADDR_IN6.size))
    return str(_to_value(packed)), int(port), int(flowinfo), int(scope)


def _decode_offender(data: bytes) -> str | None:
    """Return the address in the sockaddr of the sender of an error, or None if the kernel does not know it."""
    family = family_of(data) if len(data) > 1 else 0
    if family == AF_INET and len(data) >= SOCKADDR_IN.size:
        return _decode_sockaddr_in(data)[0]
    if family == AF_INET6 and len(data) >= SOCKADDR_IN6.size:
        host, _, _, scope = _decode_sockaddr_in6(data)
        return f"{host}%{scope}" if scope else host
    return None


def _decode_path_mtu(data: bytes) -> PathMtu:
    """Return the address and the MTU in a ``struct ip6_mtuinfo``."""
    address = _decode_sockaddr_in6(data)
    return PathMtu(address, to_integer(data[SOCKADDR_IN6.size :]))


def _decode_traffic_class(data: bytes) -> TrafficClass:
    return TrafficClass(to_integer(data, (1, 4)))


def _decode_network_order(data: bytes) -> int:
    return int.from_bytes(require_size(data, 4)[:4], "big")


def _encode_flow_info(value: Any) -> bytes:
    return unsigned("IPV6_FLOWINFO", value, 32).to_bytes(4, "big")


def _decode_record_type(data: bytes) -> RecordType | int:
    number = to_integer(data, (1,))
    return RecordType(number) if number in RecordType._value2member_map_ else number


def _decode_label(data: bytes) -> str:
    return os.fsdecode(data.rstrip(b"\0"))


_decode_error = extended_error_decoder(_decode_offender)
# Some kernels write one byte, others an int.
_decode_int = integer_decoder(1, 4)
_IN_PKTINFO = IN_PKTINFO.get(_SYSTEM, IN_PKTINFO["linux"])
_decode_info6 = _packet_info_decoder(IN6_PKTINFO, PacketInfo6)
_encode_info6 = _packet_info_encoder(IN6_PKTINFO)
_IPV6_OPTIONS = decode_ipv6_options, encode_ipv6_options

#: The destination of a packet, and the interface.
IP_PKTINFO: Ancillary[PacketInfo] = declare_message(
    TABLE if _SYSTEM in IN_PKTINFO else {},
    "IP_PKTINFO",
    "IPPROTO_IP",
    _packet_info_decoder(_IN_PKTINFO, PacketInfo),
    _packet_info_encoder(_IN_PKTINFO),
)
IPV6_PKTINFO: Ancillary[PacketInfo6] = declare_message(
    TABLE, "IPV6_PKTINFO", "IPPROTO_IPV6", _decode_info6, _encode_info6
)
IPV6_2292PKTINFO: Ancillary[PacketInfo6] = declare_message(
    TABLE, "IPV6_2292PKTINFO", "IPPROTO_IPV6", _decode_info6, _encode_info6
)


def _number(
    table: dict[str, int],
    name: str,
    level: str,
    decode: Callable[[bytes], int] = _decode_int,
    size: int = 4,
    label: str = "",
) -> Ancillary[int]:
    """Return the codec of a number that programs receive and send.

    Messages of exceptions begin with the name and *label*.
    """
    return declare_message(table, name, level, decode, integer_encoder(name + label, size))


def _traffic_class(table: dict[str, int], name: str, level: str) -> Ancillary[TrafficClass]:
    return declare_message(table, name, level, _decode_traffic_class, integer_encoder(name))


def _encode_reply_options(value: Any) -> bytes:
    return encode_ipv4_options("IP_RETOPTS", value)


def _header(name: str) -> Ancillary[tuple[IpOption, ...]]:
    return declare_message(TABLE, name, "IPPROTO_IPV6", *_IPV6_OPTIONS)


#: The time to live and the hop limit.
IP_TTL: Ancillary[int] = _number(_NOT_ON_BSD, "IP_TTL", "IPPROTO_IP")
IP_RECVTTL: Ancillary[int] = _number(_ON_BSD, "IP_RECVTTL", "IPPROTO_IP")
IPV6_HOPLIMIT: Ancillary[int] = _number(TABLE, "IPV6_HOPLIMIT", "IPPROTO_IPV6")
IPV6_2292HOPLIMIT: Ancillary[int] = _number(TABLE, "IPV6_2292HOPLIMIT", "IPPROTO_IPV6")
#: The type of service, and the congestion notification.
IP_TOS: Ancillary[TrafficClass] = _traffic_class(_NOT_ON_BSD, "IP_TOS", "IPPROTO_IP")
IP_RECVTOS: Ancillary[TrafficClass] = _traffic_class(_ON_BSD, "IP_RECVTOS", "IPPROTO_IP")
IPV6_TCLASS: Ancillary[TrafficClass] = _traffic_class(TABLE, "IPV6_TCLASS", "IPPROTO_IPV6")
#: The congestion notification alone, on Windows.
IP_ECN: Ancillary[int] = _number(TABLE, "IP_ECN", "IPPROTO_IP")
IPV6_ECN: Ancillary[int] = _number(TABLE, "IPV6_ECN", "IPPROTO_IPV6")
#: The original destination of a packet that a transparent proxy receives.
IP_ORIGDSTADDR: Ancillary[tuple[str, int]] = declare_message(TABLE, "IP_ORIGDSTADDR", "IPPROTO_IP", _decode_sockaddr_in)
IPV6_ORIGDSTADDR: Ancillary[tuple[str, int, int, int]] = declare_message(
    TABLE, "IPV6_ORIGDSTADDR", "IPPROTO_IPV6", _decode_sockaddr_in6
)
#: The options in the header of a packet, as they arrived.
IP_RECVOPTS: Ancillary[tuple[Ipv4Option, ...]] = declare_message(
    TABLE, "IP_RECVOPTS", "IPPROTO_IP", decode_ipv4_options
)
#: The same options, prepared for a reply. On Linux, a packet is sent with the options in this message.
IP_RETOPTS: Ancillary[tuple[Ipv4Option, ...]] = declare_message(
    TABLE, "IP_RETOPTS", "IPPROTO_IP", decode_ipv4_options, _encode_reply_options if _SYSTEM == "linux" else None
)
#: The checksum of the data of a datagram, without folding.
IP_CHECKSUM: Ancillary[int] = declare_message(_NOT_ON_BSD, "IP_CHECKSUM", "IPPROTO_IP", integer_decoder(4))
#: The size of the largest fragment of a packet.
IP_RECVFRAGSIZE: Ancillary[int] = declare_message(
    _NOT_ON_BSD, "IP_RECVFRAGSIZE", "IPPROTO_IP", integer_decoder(4)
)  # fmt: skip
IPV6_RECVFRAGSIZE: Ancillary[int] = declare_message(
    _NOT_ON_BSD, "IPV6_RECVFRAGSIZE", "IPPROTO_IPV6", integer_decoder(4)
)
#: The extension headers of a packet. Padding is left out, and added when sent.
IPV6_HOPOPTS: Ancillary[tuple[IpOption, ...]] = _header("IPV6_HOPOPTS")
IPV6_DSTOPTS: Ancillary[tuple[IpOption, ...]] = _header("IPV6_DSTOPTS")
IPV6_RTHDRDSTOPTS: Ancillary[tuple[IpOption, ...]] = _header("IPV6_RTHDRDSTOPTS")
IPV6_RTHDR: Ancillary[RoutingHeader] = declare_message(
    TABLE, "IPV6_RTHDR", "IPPROTO_IPV6", decode_routing_header, encode_routing_header
)
#: The flow label and the traffic class, as a number.
IPV6_FLOWINFO: Ancillary[int] = declare_message(
    TABLE, "IPV6_FLOWINFO", "IPPROTO_IPV6", _decode_network_order, _encode_flow_info
)
#: True to send this packet without fragmentation.
IPV6_DONTFRAG: Ancillary[int] = _number(TABLE, "IPV6_DONTFRAG", "IPPROTO_IPV6")
#: The protocol of the packet that a raw socket sends, from 1 to 255 (Linux 6.4). IPsec selects policies by it.
IP_PROTOCOL: Ancillary[int] = _number(TABLE, "IP_PROTOCOL", "IPPROTO_IP")
#: A change of the MTU of a path.
IPV6_PATHMTU: Ancillary[PathMtu] = declare_message(TABLE, "IPV6_PATHMTU", "IPPROTO_IPV6", _decode_path_mtu)
#: The security label of the sender. The option IP_PASSSEC requests it.
SCM_SECURITY: Ancillary[str] = declare_message(_IP_SECURITY, "SCM_SECURITY", "IPPROTO_IP", _decode_label)
if sys.platform == "win32":
    #: The ICMP message that recvmsg() with MSG_ERRQUEUE returns.
    IP_RECVERR: Ancillary[IcmpReport] = declare_message(TABLE, "IP_RECVERR", "IPPROTO_IP", decode_icmp_report)
    IPV6_RECVERR: Ancillary[IcmpReport] = declare_message(TABLE, "IPV6_RECVERR", "IPPROTO_IPV6", decode_icmp_report)
else:
    #: A report from the error queue: sockcore.errors converts it.
    IP_RECVERR: Ancillary[ExtendedError] = declare_message(
        TABLE if _SYSTEM == "linux" else {}, "IP_RECVERR", "IPPROTO_IP", _decode_error, to_error=errors.to_error
    )
    IPV6_RECVERR: Ancillary[ExtendedError] = declare_message(
        TABLE if _SYSTEM == "linux" else {}, "IPV6_RECVERR", "IPPROTO_IPV6", _decode_error, to_error=errors.to_error
    )
#: The size of the segments of received data that the kernel has joined.
UDP_GRO: Ancillary[int] = _number(TABLE, "UDP_GRO", "IPPROTO_UDP", integer_decoder(2, 4))
#: The size of the segments into which the kernel splits the data.
UDP_SEGMENT: Ancillary[int] = _number(
    TABLE, "UDP_SEGMENT", "IPPROTO_UDP", integer_decoder(2), 2, ", the size of a segment,"
)
#: The number of bytes that remain in the receive buffer. The option TCP_INQ requests it.
TCP_CM_INQ: Ancillary[int] = declare_message(TABLE, "TCP_CM_INQ", "IPPROTO_TCP", integer_decoder(4, signed=True))
_TLS = "SOL_TLS" if _SYSTEM == "linux" else "IPPROTO_TCP"
#: The type of the received record, and of the record to send.
TLS_GET_RECORD_TYPE: Ancillary[Union[RecordType, int]] = declare_message(
    TABLE, "TLS_GET_RECORD_TYPE", _TLS, _decode_record_type
)
TLS_SET_RECORD_TYPE: Ancillary[Union[RecordType, int]] = declare_message(
    TABLE, "TLS_SET_RECORD_TYPE", _TLS, _decode_record_type, integer_encoder("TLS_SET_RECORD_TYPE", 1)
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages that this system supports."""
    yield from available_messages(globals())


IcmpReport.__module__ = PacketInfoEx.__module__ = TlsRecord.__module__ = __name__
