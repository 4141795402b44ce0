"""Control messages of IP, UDP and TCP that only Windows, FreeBSD or OpenBSD have.

:mod:`sockcore_inet.messages` has their names too. Sources: ip(4), ip6(4) and ktls(4) of FreeBSD and OpenBSD,
<ws2ipdef.h> and "UDP segmentation offload" of Winsock.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    U8,
    U16,
    U32,
    Ancillary,
    Callable,
    CStruct,
    Struct,
    declare_message,
    integer_decoder,
    integer_encoder,
    octets,
    require_size,
    struct_decoder,
    system_name,
)
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.packed_addresses import pack_address

__all__ = [
    "IPV6_FLOWID",
    "IPV6_FLOWTYPE",
    "IPV6_PKTINFO_EX",
    "IPV6_RECVDSTPORT",
    "IPV6_RSSBUCKETID",
    "IP_FLOWID",
    "IP_FLOWTYPE",
    "IP_ORIGINAL_ARRIVAL_IF",
    "IP_PKTINFO_EX",
    "IP_RECVDSTADDR",
    "IP_RECVDSTPORT",
    "IP_RECVRTABLE",
    "IP_RSSBUCKETID",
    "IP_SENDSRCADDR",
    "TLS_GET_RECORD",
    "UDP_COALESCED_INFO",
    "UDP_SEND_MSG_SIZE",
    "IcmpReport",
    "PacketInfoEx",
    "TlsRecord",
]

_ON_BSD = {} if system_name() in ("linux", "windows") else TABLE
_IP, _IPV6, _UDP = "IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_UDP"

# The headers of mingw-w64 lack these structs of <ws2ipdef.h>.
_PKTINFO_EX = Struct("IN_PKTINFO_EX", "<ws2ipdef.h>", ("addr", octets(4)), ("ifindex", U32), ("scope_id", U32))
_RECVERR = Struct("IN_RECVERR", "<ws2ipdef.h>", ("protocol", U32), ("info", U32), ("type", U8), ("code", U8))
_PKTINFO6_EX = Struct("IN6_PKTINFO_EX", "<ws2ipdef.h>", ("addr", octets(16)), ("ifindex", U32), ("scope_id", U32))

#: TLS_GET_RECORD of FreeBSD.
TLS_GET_RECORD_STRUCT = CStruct(
    "struct tls_get_record",
    "<stdint.h> <sys/ktls.h>",
    {"*": (("tls_type", U8), ("tls_vmajor", U8), ("tls_vminor", U8), ("tls_length", U16))},
)


class PacketInfoEx(NamedTuple):
    """The destination address of a packet, the interface, and the zone of the address (SCOPE_ID), on Windows."""

    destination: str
    interface: int
    scope_id: int


class IcmpReport(NamedTuple):
    """An ICMP message about a sent datagram, on Windows.

    *protocol* is IPPROTO_ICMP or IPPROTO_ICMPV6. *info* is the MTU if the datagram was too big.
    """

    protocol: int
    info: int
    type: int
    code: int


class TlsRecord(NamedTuple):
    """The header of a received TLS record on FreeBSD: its type, its version, and the length of its data in bytes."""

    type: int
    version: tuple[int, int]
    length: int


decode_icmp_report: Callable[[bytes], IcmpReport] = struct_decoder(_RECVERR, IcmpReport)


def _to_record(record_type: int, major: int, minor: int, length: int) -> TlsRecord:
    return TlsRecord(record_type, (major, minor), length)


def _decode_ipv4(data: bytes) -> str:
    return inet_ntop(AF_INET, require_size(data, 4)[:4])


def _encode_source(address: object) -> bytes:
    return pack_address("IP_SENDSRCADDR", AF_INET, address)


def _encode_destination(address: object) -> bytes:
    return pack_address("IP_RECVDSTADDR", AF_INET, address)


def _decode_port(data: bytes) -> int:
    return int.from_bytes(require_size(data, 2)[:2], "big")


def _received(table: dict[str, int], name: str, level: str) -> Ancillary[int]:
    """Return the codec of a number of 32 bits that programs receive."""
    return declare_message(table, name, level, integer_decoder(4))


def _number(table: dict[str, int], name: str, level: str, label: str = "") -> Ancillary[int]:
    """Return the codec of a number of 32 bits that programs receive and send."""
    return declare_message(table, name, level, integer_decoder(4), integer_encoder(name + label))


#: The interface at which a tunnelled packet arrived, on Windows.
IP_ORIGINAL_ARRIVAL_IF: Ancillary[int] = _received(TABLE, "IP_ORIGINAL_ARRIVAL_IF", _IP)
#: The destination of a packet with its zone, on Windows.
IP_PKTINFO_EX: Ancillary[PacketInfoEx] = declare_message(
    TABLE,
    "IP_PKTINFO_EX",
    _IP,
    struct_decoder(_PKTINFO_EX, lambda addr, index, zone: PacketInfoEx(inet_ntop(AF_INET, addr), index, zone)),
)
IPV6_PKTINFO_EX: Ancillary[PacketInfoEx] = declare_message(
    TABLE,
    "IPV6_PKTINFO_EX",
    _IPV6,
    struct_decoder(_PKTINFO6_EX, lambda addr, index, zone: PacketInfoEx(inet_ntop(AF_INET6, addr), index, zone)),
)
#: The size of the segments of received data that Windows has joined, and of the segments of sent data.
UDP_COALESCED_INFO: Ancillary[int] = _received(TABLE, "UDP_COALESCED_INFO", _UDP)
UDP_SEND_MSG_SIZE: Ancillary[int] = _number(TABLE, "UDP_SEND_MSG_SIZE", _UDP, ", the size of a segment,")
#: The destination on the BSDs. Sent, it is the source address (IP_SENDSRCADDR).
IP_RECVDSTADDR: Ancillary[str] = declare_message(_ON_BSD, "IP_RECVDSTADDR", _IP, _decode_ipv4, _encode_destination)
IP_SENDSRCADDR: Ancillary[str] = declare_message(_ON_BSD, "IP_SENDSRCADDR", _IP, _decode_ipv4, _encode_source)
#: The destination port and the routing table, on OpenBSD.
IP_RECVDSTPORT: Ancillary[int] = declare_message(_ON_BSD, "IP_RECVDSTPORT", _IP, _decode_port)
IPV6_RECVDSTPORT: Ancillary[int] = declare_message(_ON_BSD, "IPV6_RECVDSTPORT", _IPV6, _decode_port)
IP_RECVRTABLE: Ancillary[int] = _received(_ON_BSD, "IP_RECVRTABLE", _IP)
#: The hash of a flow, its type, and the queue of the device, on FreeBSD.
IP_FLOWID: Ancillary[int] = _number(_ON_BSD, "IP_FLOWID", _IP)
IP_FLOWTYPE: Ancillary[int] = _number(_ON_BSD, "IP_FLOWTYPE", _IP)
IP_RSSBUCKETID: Ancillary[int] = _received(_ON_BSD, "IP_RSSBUCKETID", _IP)
IPV6_FLOWID: Ancillary[int] = _number(_ON_BSD, "IPV6_FLOWID", _IPV6)
IPV6_FLOWTYPE: Ancillary[int] = _number(_ON_BSD, "IPV6_FLOWTYPE", _IPV6)
IPV6_RSSBUCKETID: Ancillary[int] = _received(_ON_BSD, "IPV6_RSSBUCKETID", _IPV6)
#: The header of a received TLS record, on FreeBSD.
TLS_GET_RECORD: Ancillary[TlsRecord] = declare_message(
    _ON_BSD, "TLS_GET_RECORD", "IPPROTO_TCP", struct_decoder(TLS_GET_RECORD_STRUCT, _to_record)
)

#: System -> its structs.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {"freebsd": (TLS_GET_RECORD_STRUCT,)}
