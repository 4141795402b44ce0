"""Structs of IP addresses, name resolution, socket options and ancillary data.

``tools/headers`` compares :data:`STRUCTS` and :data:`STRUCTS_BY_SYSTEM` with the headers of every system.
"""

from __future__ import annotations

from sockcore.plugin import I32, SOCKADDR_IN, SOCKADDR_IN6, U32, CStruct, Struct, octets

#: The value of IP_ADD_MEMBERSHIP: a group, and an address of the interface on which to join it. Source: ip(7).
IP_MREQ = Struct(
    "struct ip_mreq",
    "<netinet/in.h>",
    ("imr_multiaddr", octets(4)),
    ("imr_interface", octets(4)),
)

#: The value of IP_ADD_MEMBERSHIP with the index of the interface.
IP_MREQN = Struct(
    "struct ip_mreqn",
    "<netinet/in.h>",
    ("imr_multiaddr", octets(4)),
    ("imr_address", octets(4)),
    ("imr_ifindex", I32),
)

#: Systems with struct ip_mreqn. Other systems interpret an address 0.x.x.x as an interface index (RFC 1724).
SYSTEMS_WITH_MREQN = ("linux", "freebsd", "openbsd")

#: The value of IPV6_JOIN_GROUP: a group, and the index of the interface on which to join it. Source: RFC 3493.
IPV6_MREQ = Struct(
    "struct ipv6_mreq",
    "<netinet/in.h>",
    ("ipv6mr_multiaddr", octets(16)),
    ("ipv6mr_interface", U32),
)

#: The data of IP_PKTINFO: the interface, the local address, and the destination address in the header of the packet.
#: Source: ip(7).
_IN_PKTINFO = Struct(
    "struct in_pktinfo",
    "<netinet/in.h>",
    ("ipi_ifindex", I32),
    ("ipi_spec_dst", octets(4)),
    ("ipi_addr", octets(4)),
)

#: The data of IP_PKTINFO on Windows: the destination address and the interface.
_WINDOWS_IN_PKTINFO = Struct(
    "struct in_pktinfo",
    "<ws2tcpip.h>",
    ("ipi_addr", octets(4)),
    ("ipi_ifindex", U32),
)

#: The data of IP_PKTINFO on NetBSD: the destination address and the interface.
_NETBSD_IN_PKTINFO = Struct(
    "struct in_pktinfo",
    "<netinet/in.h>",
    ("ipi_addr", octets(4)),
    ("ipi_ifindex", U32),
)

#: The struct of IP_PKTINFO by system. FreeBSD and OpenBSD lack IP_PKTINFO.
IN_PKTINFO = {
    "linux": _IN_PKTINFO,
    "darwin": _IN_PKTINFO,
    "netbsd": _NETBSD_IN_PKTINFO,
    "windows": _WINDOWS_IN_PKTINFO,
}

#: The data of IPV6_PKTINFO: the destination or source address, and the interface. Source: RFC 3542.
IN6_PKTINFO = Struct(
    "struct in6_pktinfo",
    "<netinet/in.h>",
    ("ipi6_addr", octets(16)),
    ("ipi6_ifindex", U32),
)

_HINTS = (("ai_flags", "int"), ("ai_family", "int"), ("ai_socktype", "int"), ("ai_protocol", "int"))
_LENGTH = ("ai_addrlen", "socklen")
_ADDRESS_THEN_NAME = (("ai_addr", "pointer"), ("ai_canonname", "text"), ("ai_next", "pointer"))
_NAME_THEN_ADDRESS = (("ai_canonname", "text"), ("ai_addr", "pointer"), ("ai_next", "pointer"))

ADDRINFO = CStruct(
    "struct addrinfo",
    "<netdb.h>",
    {
        "linux": (*_HINTS, _LENGTH, *_ADDRESS_THEN_NAME),
        "openbsd": (*_HINTS, _LENGTH, *_ADDRESS_THEN_NAME),
        # The length was a size_t of eight bytes in older versions of this port.
        "netbsd sparc 64bit": (*_HINTS, ("__ai_pad0", "int"), _LENGTH, *_NAME_THEN_ADDRESS),
        "windows": (*_HINTS, ("ai_addrlen", "size"), *_NAME_THEN_ADDRESS),
        "*": (*_HINTS, _LENGTH, *_NAME_THEN_ADDRESS),
    },
)

#: The struct of GetAddrInfoW, with wide characters.
ADDRINFOW = CStruct(
    "ADDRINFOW",
    "<ws2tcpip.h>",
    {
        "*": (
            *_HINTS,
            ("ai_addrlen", "size"),
            ("ai_canonname", "pointer"),
            ("ai_addr", "pointer"),
            ("ai_next", "pointer"),
        ),
    },
)

_HOST = (("h_name", "text"), ("h_aliases", "pointer"))

HOSTENT = CStruct(
    "struct hostent",
    "<netdb.h>",
    {
        "windows": (*_HOST, ("h_addrtype", "short"), ("h_length", "short"), ("h_addr_list", "pointer")),
        "*": (*_HOST, ("h_addrtype", "int"), ("h_length", "int"), ("h_addr_list", "pointer")),
    },
)

_SERVICE = (("s_name", "text"), ("s_aliases", "pointer"))

SERVENT = CStruct(
    "struct servent",
    "<netdb.h>",
    {
        "windows 64bit": (*_SERVICE, ("s_proto", "text"), ("s_port", "short")),
        "windows": (*_SERVICE, ("s_port", "short"), ("s_proto", "text")),
        "*": (*_SERVICE, ("s_port", "int"), ("s_proto", "text")),
    },
)

_PROTOCOL = (("p_name", "text"), ("p_aliases", "pointer"))

PROTOENT = CStruct(
    "struct protoent",
    "<netdb.h>",
    {"windows": (*_PROTOCOL, ("p_proto", "short")), "*": (*_PROTOCOL, ("p_proto", "int"))},
)

#: The structs that ``tools/headers`` compares with the headers: on every system, and on single systems.
STRUCTS = (
    SOCKADDR_IN, SOCKADDR_IN6, IP_MREQ, IPV6_MREQ, IN6_PKTINFO, ADDRINFO, HOSTENT, SERVENT, PROTOENT,
)  # fmt: skip
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    system: (
        *((IN_PKTINFO[system],) if system in IN_PKTINFO else ()),
        *((IP_MREQN,) if system in SYSTEMS_WITH_MREQN else ()),
        *((ADDRINFOW,) if system == "windows" else ()),
    )
    for system in {**IN_PKTINFO, **dict.fromkeys((*SYSTEMS_WITH_MREQN, "windows"))}
}
