"""The options of IPv6. Source: ipv6(7) of Linux, ip6(4) of the BSDs, RFC 3493, RFC 3542, RFC 5014."""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    INT,
    INTERFACE,
    INTERFACE_BE,
    INTERFACE_FIELD,
    SOCKADDR_IN6,
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    Option,
    Optional,
    OptionTable,
    as_family,
    check_range,
    enum_kind,
    number_kind,
    struct_kind,
    system_name,
)
from sockcore_inet.constants import AF_INET6, TABLE
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.extension_headers import (
    IpOption,
    RoutingHeader,
    decode_sticky_options,
    decode_sticky_routing_header,
    encode_sticky_options,
    encode_sticky_routing_header,
)
from sockcore_inet.ip_structs import IP6_MTUINFO
from sockcore_inet.option_addresses import IPV6_FIELD, split
from sockcore_inet.option_ip import (
    PORT_RANGE,
    PROTECTION_LEVEL,
    EphemeralPorts,
    PathMtuDiscovery,
    ProtectionLevel,
)
from sockcore_inet.packed_addresses import pack_address
from sockcore_inet.structs import IN6_PKTINFO
from sockcore_inet.traffic_class import TrafficClass

__all__ = [
    "IPV6_2292DSTOPTS",
    "IPV6_2292HOPLIMIT",
    "IPV6_2292HOPOPTS",
    "IPV6_2292PKTINFO",
    "IPV6_2292RTHDR",
    "IPV6_ADDRFORM",
    "IPV6_ADDR_PREFERENCES",
    "IPV6_ADD_IFLIST",
    "IPV6_AUTOFLOWLABEL",
    "IPV6_BINDANY",
    "IPV6_BOUND_IF",
    "IPV6_CHECKSUM",
    "IPV6_DEL_IFLIST",
    "IPV6_DONTFRAG",
    "IPV6_DSTOPTS",
    "IPV6_ECN",
    "IPV6_FLOWID",
    "IPV6_FLOWINFO",
    "IPV6_FLOWINFO_SEND",
    "IPV6_FLOWTYPE",
    "IPV6_FREEBIND",
    "IPV6_HDRINCL",
    "IPV6_HOPOPTS",
    "IPV6_IFLIST",
    "IPV6_MINHOPCOUNT",
    "IPV6_MTU",
    "IPV6_MTU_DISCOVER",
    "IPV6_MULTICAST_ALL",
    "IPV6_MULTICAST_HOPS",
    "IPV6_MULTICAST_IF",
    "IPV6_MULTICAST_LOOP",
    "IPV6_NEXTHOP",
    "IPV6_PATHMTU",
    "IPV6_PKTINFO",
    "IPV6_PORTRANGE",
    "IPV6_PREFER_TEMPADDR",
    "IPV6_PROTECTION_LEVEL",
    "IPV6_RECVDSTADDR",
    "IPV6_RECVDSTOPTS",
    "IPV6_RECVDSTPORT",
    "IPV6_RECVERR",
    "IPV6_RECVERR_RFC4884",
    "IPV6_RECVFLOWID",
    "IPV6_RECVFRAGSIZE",
    "IPV6_RECVHOPLIMIT",
    "IPV6_RECVHOPOPTS",
    "IPV6_RECVIF",
    "IPV6_RECVORIGDSTADDR",
    "IPV6_RECVPATHMTU",
    "IPV6_RECVPKTINFO",
    "IPV6_RECVRSSBUCKETID",
    "IPV6_RECVRTHDR",
    "IPV6_RECVTCLASS",
    "IPV6_ROUTER_ALERT",
    "IPV6_ROUTER_ALERT_ISOLATE",
    "IPV6_RSSBUCKETID",
    "IPV6_RTABLE",
    "IPV6_RTHDR",
    "IPV6_RTHDRDSTOPTS",
    "IPV6_TCLASS",
    "IPV6_TRANSPARENT",
    "IPV6_UNICAST_HOPS",
    "IPV6_UNICAST_IF",
    "IPV6_USER_MTU",
    "IPV6_USE_MIN_MTU",
    "IPV6_V6ONLY",
    "IPV6_VLAN_PCP",
    "NextHop",
    "PacketInfo6",
    "PathMtu",
    "RoutingHeader",
    "SourcePreference",
]


class SourcePreference(IntFlag):
    """The values of IPV6_ADDR_PREFERENCES: IPV6_PREFER_SRC_* without the prefix (RFC 5014)."""

    TMP = TABLE.get("IPV6_PREFER_SRC_TMP", 1 << 24)
    PUBLIC = TABLE.get("IPV6_PREFER_SRC_PUBLIC", 1 << 25)
    COA = TABLE.get("IPV6_PREFER_SRC_COA", 1 << 26)
    HOME = TABLE.get("IPV6_PREFER_SRC_HOME", 1 << 27)
    CGA = TABLE.get("IPV6_PREFER_SRC_CGA", 1 << 28)
    NONCGA = TABLE.get("IPV6_PREFER_SRC_NONCGA", 1 << 29)
    PUBTMP_DEFAULT = TABLE.get("IPV6_PREFER_SRC_PUBTMP_DEFAULT", 1 << 30)


class PacketInfo6(NamedTuple):
    """The value of IPV6_PKTINFO: the source address and the interface of sent packets."""

    address: str
    interface: Any


class PathMtu(NamedTuple):
    """The value of IPV6_PATHMTU: the destination, its scope, and the path MTU in bytes."""

    address: str
    port: int
    flowinfo: int
    scope_id: int
    mtu: int


class NextHop(NamedTuple):
    """The value of IPV6_NEXTHOP: the address of a neighbour to which packets are sent, and its scope.

    The option is None if the socket has no next hop.
    """

    address: str
    scope_id: int = 0


_PACKET_INFO: Kind[PacketInfo6] = struct_kind(
    PacketInfo6, IN6_PKTINFO, {"address": IPV6_FIELD, "interface": INTERFACE_FIELD}
)


def _decode_path_mtu(data: bytes) -> PathMtu:
    # The first value is the header of the socket address, if the struct has one.
    port, flowinfo, address, scope, mtu = IP6_MTUINFO.unpack(data)
    return PathMtu(inet_ntop(AF_INET6, address), int(port), int(flowinfo), int(scope), int(mtu))  # type: ignore[arg-type]


def _decode_next_hop(data: bytes) -> NextHop | None:
    _, _, address, scope = SOCKADDR_IN6.unpack(data)
    return NextHop(inet_ntop(AF_INET6, address), int(scope)) if any(data) else None  # type: ignore[arg-type]


def _encode_next_hop(label: str, value: Any) -> bytes:
    if value is None:
        return b""
    address, scope = split(label, value, "address scope_id")
    packed = pack_address(f"{label} address", AF_INET6, address)
    return SOCKADDR_IN6.pack(AF_INET6, 0, 0, packed, check_range(f"{label} scope_id", scope, 0, (1 << 32) - 1))


_PATH_MTU: Kind[PathMtu] = Kind("PathMtu", IP6_MTUINFO.size, _decode_path_mtu)
_BYTE: Kind[int] = number_kind("=i", "0-255", 0, 255)
_HOPS: Kind[int] = number_kind("=i", "-1-255", -1, 255)
_TRAFFIC_CLASS: Kind[TrafficClass] = _HOPS.map("TrafficClass", TrafficClass, lambda label, value: value)
#: -1 for the default, or a bool.
_DEFAULT_OR_BOOL: Kind[int] = number_kind("=i", "-1-1", -1, 1)
#: The largest header.
_HEADER_SIZE = 2048
_HEADER: Kind[tuple[IpOption, ...]] = Kind(
    "tuple of IpOption", _HEADER_SIZE, decode_sticky_options, encode_sticky_options
)
_ROUTING_HEADER: Kind[Optional[RoutingHeader]] = Kind(
    "RoutingHeader or None", _HEADER_SIZE, decode_sticky_routing_header, encode_sticky_routing_header
)

_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any], access: str = "rw") -> Any:
    return _table(name, "IPPROTO_IPV6", kind, access)


IPV6_CHECKSUM: Option[int] = _row("IPV6_CHECKSUM", INT)
IPV6_DONTFRAG: Option[bool] = _row("IPV6_DONTFRAG", FLAG)
#: The extension headers of sent packets. An empty tuple removes a header.
IPV6_DSTOPTS: Option[tuple[IpOption, ...]] = _row("IPV6_DSTOPTS", _HEADER)
IPV6_HOPOPTS: Option[tuple[IpOption, ...]] = _row("IPV6_HOPOPTS", _HEADER)
IPV6_MULTICAST_HOPS: Option[int] = _row("IPV6_MULTICAST_HOPS", _HOPS)
IPV6_MULTICAST_IF: Option[int] = _row("IPV6_MULTICAST_IF", INTERFACE)
IPV6_MULTICAST_LOOP: Option[bool] = _row("IPV6_MULTICAST_LOOP", FLAG)
IPV6_PKTINFO: Option[PacketInfo6] = _row("IPV6_PKTINFO", _PACKET_INFO)
#: The routing header of sent packets. None removes it.
IPV6_RTHDR: Option[Optional[RoutingHeader]] = _row("IPV6_RTHDR", _ROUTING_HEADER)
IPV6_RTHDRDSTOPTS: Option[tuple[IpOption, ...]] = _row("IPV6_RTHDRDSTOPTS", _HEADER)
IPV6_RECVDSTOPTS: Option[bool] = _row("IPV6_RECVDSTOPTS", FLAG)
IPV6_RECVHOPLIMIT: Option[bool] = _row("IPV6_RECVHOPLIMIT", FLAG)
IPV6_RECVHOPOPTS: Option[bool] = _row("IPV6_RECVHOPOPTS", FLAG)
IPV6_RECVPATHMTU: Option[bool] = _row("IPV6_RECVPATHMTU", FLAG)
IPV6_RECVPKTINFO: Option[bool] = _row("IPV6_RECVPKTINFO", FLAG)
IPV6_RECVRTHDR: Option[bool] = _row("IPV6_RECVRTHDR", FLAG)
IPV6_RECVTCLASS: Option[bool] = _row("IPV6_RECVTCLASS", FLAG)
IPV6_PATHMTU: Option[PathMtu] = _row("IPV6_PATHMTU", _PATH_MTU, "r")
#: -1 is the default of the system.
IPV6_TCLASS: Option[TrafficClass] = _row("IPV6_TCLASS", _TRAFFIC_CLASS)
IPV6_UNICAST_HOPS: Option[int] = _row("IPV6_UNICAST_HOPS", _HOPS)
#: -1 for multicast only, which is the default, or whether all packets have at most the minimum MTU (RFC 3542).
IPV6_USE_MIN_MTU: Option[int] = _row("IPV6_USE_MIN_MTU", _DEFAULT_OR_BOOL)
IPV6_V6ONLY: Option[bool] = _row("IPV6_V6ONLY", FLAG)

# Linux.
IPV6_2292DSTOPTS: Option[bool] = _row("IPV6_2292DSTOPTS", FLAG)
IPV6_2292HOPLIMIT: Option[bool] = _row("IPV6_2292HOPLIMIT", FLAG)
IPV6_2292HOPOPTS: Option[bool] = _row("IPV6_2292HOPOPTS", FLAG)
IPV6_2292PKTINFO: Option[bool] = _row("IPV6_2292PKTINFO", FLAG)
IPV6_2292RTHDR: Option[bool] = _row("IPV6_2292RTHDR", FLAG)
#: The family of a connected socket. AF_INET, for an IPv4-mapped address, makes it an IPv4 socket.
IPV6_ADDRFORM: Option[int] = _row("IPV6_ADDRFORM", INT.map("AddressFamily", as_family, lambda label, value: value))
IPV6_ADDR_PREFERENCES: Option[SourcePreference] = _row("IPV6_ADDR_PREFERENCES", enum_kind(SourcePreference))
IPV6_AUTOFLOWLABEL: Option[bool] = _row("IPV6_AUTOFLOWLABEL", FLAG)
#: Requests the control message of the same name.
IPV6_FLOWINFO: Option[bool] = _row("IPV6_FLOWINFO", FLAG)
#: True if connect() and sendto() use the flow label in the address.
IPV6_FLOWINFO_SEND: Option[bool] = _row("IPV6_FLOWINFO_SEND", FLAG)
IPV6_FREEBIND: Option[bool] = _row("IPV6_FREEBIND", FLAG)
IPV6_HDRINCL: Option[bool] = _row("IPV6_HDRINCL", FLAG)
IPV6_MINHOPCOUNT: Option[int] = _row("IPV6_MINHOPCOUNT", _BYTE)
IPV6_MTU: Option[int] = _row("IPV6_MTU", INT)
IPV6_MTU_DISCOVER: Option[PathMtuDiscovery] = _row("IPV6_MTU_DISCOVER", enum_kind(PathMtuDiscovery))
IPV6_MULTICAST_ALL: Option[bool] = _row("IPV6_MULTICAST_ALL", FLAG)
IPV6_RECVERR: Option[bool] = _row("IPV6_RECVERR", FLAG)
IPV6_RECVERR_RFC4884: Option[bool] = _row("IPV6_RECVERR_RFC4884", FLAG)
IPV6_RECVFRAGSIZE: Option[bool] = _row("IPV6_RECVFRAGSIZE", FLAG)
IPV6_RECVORIGDSTADDR: Option[bool] = _row("IPV6_RECVORIGDSTADDR", FLAG)
IPV6_ROUTER_ALERT: Option[int] = _row("IPV6_ROUTER_ALERT", INT, "w")
IPV6_ROUTER_ALERT_ISOLATE: Option[bool] = _row("IPV6_ROUTER_ALERT_ISOLATE", FLAG)
IPV6_TRANSPARENT: Option[bool] = _row("IPV6_TRANSPARENT", FLAG)
#: Windows has the index in host byte order, in contrast to IP_UNICAST_IF.
IPV6_UNICAST_IF: Option[int] = _row("IPV6_UNICAST_IF", INTERFACE if system_name() == "windows" else INTERFACE_BE)

# macOS and the BSDs.
IPV6_BINDANY: Option[bool] = _row("IPV6_BINDANY", FLAG)
IPV6_BOUND_IF: Option[int] = _row("IPV6_BOUND_IF", INTERFACE)
IPV6_FLOWID: Option[int] = _row("IPV6_FLOWID", UNSIGNED, "r")
IPV6_FLOWTYPE: Option[int] = _row("IPV6_FLOWTYPE", UNSIGNED, "r")
IPV6_NEXTHOP: Option[Optional[NextHop]] = _row(
    "IPV6_NEXTHOP", Kind("NextHop or None", SOCKADDR_IN6.size, _decode_next_hop, _encode_next_hop)
)
IPV6_PORTRANGE: Option[EphemeralPorts] = _row("IPV6_PORTRANGE", PORT_RANGE)
#: -1 for the default of the system, or whether temporary addresses are preferred.
IPV6_PREFER_TEMPADDR: Option[int] = _row("IPV6_PREFER_TEMPADDR", _DEFAULT_OR_BOOL)
IPV6_RECVDSTPORT: Option[bool] = _row("IPV6_RECVDSTPORT", FLAG)
IPV6_RECVFLOWID: Option[bool] = _row("IPV6_RECVFLOWID", FLAG)
IPV6_RECVRSSBUCKETID: Option[bool] = _row("IPV6_RECVRSSBUCKETID", FLAG)
IPV6_RSSBUCKETID: Option[int] = _row("IPV6_RSSBUCKETID", UNSIGNED, "r")
IPV6_RTABLE: Option[int] = _row("IPV6_RTABLE", INT)
IPV6_VLAN_PCP: Option[int] = _row("IPV6_VLAN_PCP", INT)

# Windows.
IPV6_ADD_IFLIST: Option[int] = _row("IPV6_ADD_IFLIST", INTERFACE, "w")
IPV6_DEL_IFLIST: Option[int] = _row("IPV6_DEL_IFLIST", INTERFACE, "w")
IPV6_ECN: Option[bool] = _row("IPV6_ECN", FLAG)
IPV6_IFLIST: Option[bool] = _row("IPV6_IFLIST", FLAG)
IPV6_PROTECTION_LEVEL: Option[ProtectionLevel] = _row("IPV6_PROTECTION_LEVEL", PROTECTION_LEVEL)
IPV6_RECVDSTADDR: Option[bool] = _row("IPV6_RECVDSTADDR", FLAG)
IPV6_RECVIF: Option[bool] = _row("IPV6_RECVIF", FLAG)
IPV6_USER_MTU: Option[int] = _row("IPV6_USER_MTU", UNSIGNED)


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
