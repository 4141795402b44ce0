"""The options of IPv4. Source: ip(7) of Linux, ip(4) of the BSDs, IPPROTO_IP Socket Options of Winsock."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    INT,
    INTERFACE,
    INTERFACE_BE,
    NUMBER8,
    SOCKADDR_IN,
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    OpenEnum,
    Option,
    OptionTable,
    check_range,
    enum_kind,
    number_kind,
    system_name,
    to_bool,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.conversions import inet_ntop
from sockcore_inet.extension_headers import IpOption
from sockcore_inet.ipv4_options import (
    IP_NOP,
    IpTimestamp,
    IpTimestamps,
    Ipv4Option,
    RecordRoute,
    RouterAlert,
    SourceRoute,
    TimestampFlag,
    decode_ipv4_options,
    encode_ipv4_options,
)
from sockcore_inet.option_addresses import MULTICAST_INTERFACE4, split
from sockcore_inet.traffic_class import Ecn, TrafficClass

__all__ = [
    "IP_ADD_IFLIST",
    "IP_BINDANY",
    "IP_BIND_ADDRESS_NO_PORT",
    "IP_BOUND_IF",
    "IP_CHECKSUM",
    "IP_DEL_IFLIST",
    "IP_DONTFRAG",
    "IP_DONTFRAGMENT",
    "IP_ECN",
    "IP_FLOWID",
    "IP_FLOWTYPE",
    "IP_FREEBIND",
    "IP_HDRINCL",
    "IP_HOPLIMIT",
    "IP_IFLIST",
    "IP_IPDEFTTL",
    "IP_LOCAL_PORT_RANGE",
    "IP_MINTTL",
    "IP_MTU",
    "IP_MTU_DISCOVER",
    "IP_MULTICAST_ALL",
    "IP_MULTICAST_IF",
    "IP_MULTICAST_IFINDEX",
    "IP_MULTICAST_LOOP",
    "IP_MULTICAST_TTL",
    "IP_NODEFRAG",
    "IP_NOP",
    "IP_ONESBCAST",
    "IP_OPTIONS",
    "IP_ORIGINAL_ARRIVAL_IF",
    "IP_PASSSEC",
    "IP_PKTINFO",
    "IP_PORTRANGE",
    "IP_PROTECTION_LEVEL",
    "IP_PROTOCOL",
    "IP_RECEIVE_BROADCAST",
    "IP_RECVDSTADDR",
    "IP_RECVDSTPORT",
    "IP_RECVERR",
    "IP_RECVERR_RFC4884",
    "IP_RECVFLOWID",
    "IP_RECVFRAGSIZE",
    "IP_RECVIF",
    "IP_RECVOPTS",
    "IP_RECVORIGDSTADDR",
    "IP_RECVPKTINFO",
    "IP_RECVRETOPTS",
    "IP_RECVRSSBUCKETID",
    "IP_RECVRTABLE",
    "IP_RECVRTHDR",
    "IP_RECVTCLASS",
    "IP_RECVTOS",
    "IP_RECVTTL",
    "IP_RETOPTS",
    "IP_ROUTER_ALERT",
    "IP_RSSBUCKETID",
    "IP_RTABLE",
    "IP_STRIPHDR",
    "IP_TOS",
    "IP_TRANSPARENT",
    "IP_TTL",
    "IP_UNICAST_IF",
    "IP_USER_MTU",
    "IP_VLAN_PCP",
    "SO_ORIGINAL_DST",
    "Ecn",
    "EphemeralPorts",
    "IpOption",
    "IpTimestamp",
    "IpTimestamps",
    "Ipv4Option",
    "PathMtuDiscovery",
    "PortRange",
    "ProtectionLevel",
    "RecordRoute",
    "RouterAlert",
    "SocketAddress4",
    "SourceRoute",
    "TimestampFlag",
    "TrafficClass",
]


class PathMtuDiscovery(OpenEnum):
    """The values of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: IP_PMTUDISC_* without the prefix."""

    DONT = TABLE.get("IP_PMTUDISC_DONT", -101)
    WANT = TABLE.get("IP_PMTUDISC_WANT", -102)
    DO = TABLE.get("IP_PMTUDISC_DO", -103)
    PROBE = TABLE.get("IP_PMTUDISC_PROBE", -104)
    INTERFACE = TABLE.get("IP_PMTUDISC_INTERFACE", -105)
    OMIT = TABLE.get("IP_PMTUDISC_OMIT", -106)
    NOT_SET = TABLE.get("IP_PMTUDISC_NOT_SET", -107)


class EphemeralPorts(OpenEnum):
    """The values of IP_PORTRANGE and IPV6_PORTRANGE, a range of ports for bind(): IP_PORTRANGE_* without the prefix."""

    DEFAULT = TABLE.get("IP_PORTRANGE_DEFAULT", -101)
    HIGH = TABLE.get("IP_PORTRANGE_HIGH", -102)
    LOW = TABLE.get("IP_PORTRANGE_LOW", -103)


class ProtectionLevel(OpenEnum):
    """The values of IP_PROTECTION_LEVEL and IPV6_PROTECTION_LEVEL on Windows: PROTECTION_LEVEL_* without the prefix."""

    UNRESTRICTED = TABLE.get("protection_level_unrestricted", -101)
    EDGERESTRICTED = TABLE.get("protection_level_edgerestricted", -102)
    RESTRICTED = TABLE.get("protection_level_restricted", -103)


class PortRange(NamedTuple):
    """The value of IP_LOCAL_PORT_RANGE: the first and the last port, 0 for the limit of the system."""

    low: int
    high: int


class SocketAddress4(NamedTuple):
    """An IPv4 address and a port."""

    address: str
    port: int


def _decode_port_range(data: bytes) -> PortRange:
    number = UNSIGNED.decode(data)
    return PortRange(number & 0xFFFF, number >> 16)


def _encode_port_range(label: str, value: Any) -> Any:
    low, high = split(label, value, "low high")
    number = check_range(f"{label} low", low, 0, 0xFFFF) | check_range(f"{label} high", high, 0, 0xFFFF) << 16
    assert UNSIGNED.encode is not None
    return UNSIGNED.encode(label, number)


def _decode_sockaddr(data: bytes) -> SocketAddress4:
    port, packed = SOCKADDR_IN.unpack(data)
    return SocketAddress4(inet_ntop(TABLE["AF_INET"], packed), int(port))  # type: ignore[arg-type]


def _decode_options(data: bytes) -> tuple[Ipv4Option, ...]:
    if _HAS_FIRST_HOP:
        options = list(decode_ipv4_options(data[_IPV4_SIZE:], is_complete=False))
        for index, option in enumerate(options):
            if isinstance(option, SourceRoute):
                first = inet_ntop(TABLE["AF_INET"], data[:_IPV4_SIZE])
                options[index] = option._replace(addresses=(first, *option.addresses))
                break
        return tuple(options)
    return decode_ipv4_options(data, is_complete=False)


def _encode_ttl(label: str, value: Any) -> int:
    number = check_range(label, value, -1, 255)
    if number == 0 and _REFUSES_TTL_0:
        raise ValueError(f"{label} must be -1 or 1 to 255, not 0")
    return number


_SYSTEM = system_name()
_IPV4_SIZE = 4
#: The BSDs return the first gateway of a source route before the options: struct ipoption, struct ip_opts.
_HAS_FIRST_HOP = _SYSTEM in ("darwin", "freebsd", "netbsd", "openbsd")
#: Linux and OpenBSD refuse 0 (do_ip_setsockopt(), ip_ctloutput()). FreeBSD and macOS store every byte.
_REFUSES_TTL_0 = _SYSTEM in ("linux", "openbsd")
_OPTIONS: Kind[tuple[Ipv4Option, ...]] = Kind(
    "tuple of IP options", 40 + (_IPV4_SIZE if _HAS_FIRST_HOP else 0), _decode_options, encode_ipv4_options
)
#: A number in one byte. Kernels accept an int too, and may return either.
_BYTE: Kind[int] = number_kind("=i", "0-255", 0, 255)
_HOPS: Kind[int] = number_kind("=i", "-1-255", -1, 255)
_TTL: Kind[int] = number_kind("=i").map(
    "-1 or 1-255" if _REFUSES_TTL_0 else "-1-255", lambda number: number, _encode_ttl
)
TOS: Kind[TrafficClass] = _BYTE.map("TrafficClass", TrafficClass, lambda label, value: value)
PORT_RANGE: Kind[EphemeralPorts] = enum_kind(EphemeralPorts)
PROTECTION_LEVEL: Kind[ProtectionLevel] = enum_kind(ProtectionLevel)
#: OpenBSD has one byte for these options, and accepts no other length: ip_setmoptions().
_IS_OPENBSD = _SYSTEM == "openbsd"
_MULTICAST_TTL: Kind[int] = NUMBER8 if _IS_OPENBSD else _HOPS
_MULTICAST_LOOP: Kind[bool] = NUMBER8.map("bool", bool, to_bool) if _IS_OPENBSD else FLAG
_MTU_DISCOVER: Kind[PathMtuDiscovery] = enum_kind(PathMtuDiscovery)

_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any], access: str = "rw") -> Any:
    return _table(name, "IPPROTO_IP", kind, access)


IP_HDRINCL: Option[bool] = _row("IP_HDRINCL", FLAG)
IP_MULTICAST_IF: Option[str] = _row("IP_MULTICAST_IF", MULTICAST_INTERFACE4)
IP_MULTICAST_LOOP: Option[bool] = _row("IP_MULTICAST_LOOP", _MULTICAST_LOOP)
IP_MULTICAST_TTL: Option[int] = _row("IP_MULTICAST_TTL", _MULTICAST_TTL)
#: The options of sent packets. An empty tuple removes them.
IP_OPTIONS: Option[tuple[Ipv4Option, ...]] = _row("IP_OPTIONS", _OPTIONS)
IP_RECVTOS: Option[bool] = _row("IP_RECVTOS", FLAG)
IP_RECVTTL: Option[bool] = _row("IP_RECVTTL", FLAG)
IP_TOS: Option[TrafficClass] = _row("IP_TOS", TOS)
IP_TTL: Option[int] = _row("IP_TTL", _TTL)

# Linux.
IP_BIND_ADDRESS_NO_PORT: Option[bool] = _row("IP_BIND_ADDRESS_NO_PORT", FLAG)
IP_CHECKSUM: Option[bool] = _row("IP_CHECKSUM", FLAG)
IP_FREEBIND: Option[bool] = _row("IP_FREEBIND", FLAG)
IP_LOCAL_PORT_RANGE: Option[PortRange] = _row(
    "IP_LOCAL_PORT_RANGE", Kind("PortRange", 4, _decode_port_range, _encode_port_range)
)
IP_MINTTL: Option[int] = _row("IP_MINTTL", _BYTE)
IP_MTU: Option[int] = _row("IP_MTU", INT, "r")
IP_MTU_DISCOVER: Option[PathMtuDiscovery] = _row("IP_MTU_DISCOVER", _MTU_DISCOVER)
IP_MULTICAST_ALL: Option[bool] = _row("IP_MULTICAST_ALL", FLAG)
IP_NODEFRAG: Option[bool] = _row("IP_NODEFRAG", FLAG)
IP_PASSSEC: Option[bool] = _row("IP_PASSSEC", FLAG)
IP_PKTINFO: Option[bool] = _row("IP_PKTINFO", FLAG)
IP_PROTOCOL: Option[int] = _row("IP_PROTOCOL", INT, "r")
IP_RECVERR: Option[bool] = _row("IP_RECVERR", FLAG)
IP_RECVERR_RFC4884: Option[bool] = _row("IP_RECVERR_RFC4884", FLAG)
IP_RECVFRAGSIZE: Option[bool] = _row("IP_RECVFRAGSIZE", FLAG)
IP_RECVOPTS: Option[bool] = _row("IP_RECVOPTS", FLAG)
IP_RECVORIGDSTADDR: Option[bool] = _row("IP_RECVORIGDSTADDR", FLAG)
IP_RETOPTS: Option[bool] = _row("IP_RETOPTS", FLAG)
IP_ROUTER_ALERT: Option[bool] = _row("IP_ROUTER_ALERT", FLAG)
IP_TRANSPARENT: Option[bool] = _row("IP_TRANSPARENT", FLAG)
IP_UNICAST_IF: Option[int] = _row("IP_UNICAST_IF", INTERFACE_BE)

# macOS and the BSDs.
IP_BINDANY: Option[bool] = _row("IP_BINDANY", FLAG)
IP_BOUND_IF: Option[int] = _row("IP_BOUND_IF", INTERFACE)
IP_DONTFRAG: Option[bool] = _row("IP_DONTFRAG", FLAG)
IP_FLOWID: Option[int] = _row("IP_FLOWID", UNSIGNED, "r")
IP_FLOWTYPE: Option[int] = _row("IP_FLOWTYPE", UNSIGNED, "r")
IP_IPDEFTTL: Option[int] = _row("IP_IPDEFTTL", _BYTE)
IP_MULTICAST_IFINDEX: Option[int] = _row("IP_MULTICAST_IFINDEX", INTERFACE)
IP_ONESBCAST: Option[bool] = _row("IP_ONESBCAST", FLAG)
IP_PORTRANGE: Option[EphemeralPorts] = _row("IP_PORTRANGE", PORT_RANGE)
IP_RECVDSTADDR: Option[bool] = _row("IP_RECVDSTADDR", FLAG)
IP_RECVDSTPORT: Option[bool] = _row("IP_RECVDSTPORT", FLAG)
IP_RECVFLOWID: Option[bool] = _row("IP_RECVFLOWID", FLAG)
IP_RECVIF: Option[bool] = _row("IP_RECVIF", FLAG)
IP_RECVPKTINFO: Option[bool] = _row("IP_RECVPKTINFO", FLAG)
IP_RECVRETOPTS: Option[bool] = _row("IP_RECVRETOPTS", FLAG)
IP_RECVRSSBUCKETID: Option[bool] = _row("IP_RECVRSSBUCKETID", FLAG)
IP_RECVRTABLE: Option[bool] = _row("IP_RECVRTABLE", FLAG)
IP_RSSBUCKETID: Option[int] = _row("IP_RSSBUCKETID", UNSIGNED, "r")
IP_RTABLE: Option[int] = _row("IP_RTABLE", INT)
IP_STRIPHDR: Option[bool] = _row("IP_STRIPHDR", FLAG)
IP_VLAN_PCP: Option[int] = _row("IP_VLAN_PCP", INT)

# Windows.
IP_ADD_IFLIST: Option[int] = _row("IP_ADD_IFLIST", INTERFACE, "w")
IP_DEL_IFLIST: Option[int] = _row("IP_DEL_IFLIST", INTERFACE, "w")
IP_DONTFRAGMENT: Option[bool] = _row("IP_DONTFRAGMENT", FLAG)
IP_ECN: Option[bool] = _row("IP_ECN", FLAG)
IP_HOPLIMIT: Option[bool] = _row("IP_HOPLIMIT", FLAG)
IP_RECVRTHDR: Option[bool] = _row("IP_RECVRTHDR", FLAG)
IP_IFLIST: Option[bool] = _row("IP_IFLIST", FLAG)
IP_ORIGINAL_ARRIVAL_IF: Option[bool] = _row("IP_ORIGINAL_ARRIVAL_IF", FLAG)
IP_PROTECTION_LEVEL: Option[ProtectionLevel] = _row("IP_PROTECTION_LEVEL", PROTECTION_LEVEL)
IP_RECEIVE_BROADCAST: Option[bool] = _row("IP_RECEIVE_BROADCAST", FLAG)
IP_RECVTCLASS: Option[bool] = _row("IP_RECVTCLASS", FLAG)
IP_USER_MTU: Option[int] = _row("IP_USER_MTU", UNSIGNED)

#: The destination of a connection before a firewall redirected it (iptables REDIRECT), at level SOL_IP.
SO_ORIGINAL_DST: Option[SocketAddress4] = _row("SO_ORIGINAL_DST", Kind("SocketAddress4", 16, _decode_sockaddr), "r")


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
