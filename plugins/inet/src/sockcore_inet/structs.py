"""The structs of IP addresses, name resolution, socket options and ancillary data, each by its header.

``tools/headers`` compares :data:`STRUCTS` and :data:`STRUCTS_BY_SYSTEM` with the headers of every system.
"""

from __future__ import annotations

from sockcore.plugin import I32, SOCKADDR_IN, SOCKADDR_IN6, U32, CStruct, Struct, octets

#: IP_ADD_MEMBERSHIP of ip(7): a group, and an address of the interface to join it on.
IP_MREQ = Struct(
    "struct ip_mreq",
    "<netinet/in.h>",
    ("imr_multiaddr", octets(4)),
    ("imr_interface", octets(4)),
)

#: The same with the index of the interface, on Linux, FreeBSD and OpenBSD.
IP_MREQN = Struct(
    "struct ip_mreqn",
    "<netinet/in.h>",
    ("imr_multiaddr", octets(4)),
    ("imr_address", octets(4)),
    ("imr_ifindex", I32),
)

#: The systems that have it. The others read an address 0.x.x.x as the index of an interface (RFC 1724).
SYSTEMS_WITH_MREQN = ("linux", "freebsd", "openbsd")

#: IPV6_JOIN_GROUP of RFC 3493: a group, and the index of the interface to join it on.
IPV6_MREQ = Struct(
    "struct ipv6_mreq",
    "<netinet/in.h>",
    ("ipv6mr_multiaddr", octets(16)),
    ("ipv6mr_interface", U32),
)

#: IP_PKTINFO of ip(7): the interface, the local address of the packet, the destination in its header.
_IN_PKTINFO = Struct(
    "struct in_pktinfo",
    "<netinet/in.h>",
    ("ipi_ifindex", I32),
    ("ipi_spec_dst", octets(4)),
    ("ipi_addr", octets(4)),
)

#: Windows' has the destination, and then the interface.
_IN_PKTINFO_OF_WINDOWS = Struct(
    "struct in_pktinfo",
    "<ws2tcpip.h>",
    ("ipi_addr", octets(4)),
    ("ipi_ifindex", U32),
)

#: The struct of IP_PKTINFO by system. NetBSD's of this name is another, FreeBSD and OpenBSD have none.
IN_PKTINFO = {"linux": _IN_PKTINFO, "darwin": _IN_PKTINFO, "windows": _IN_PKTINFO_OF_WINDOWS}

#: IPV6_PKTINFO of RFC 3542: the destination or source address, and the interface.
IN6_PKTINFO = Struct(
    "struct in6_pktinfo",
    "<netinet/in.h>",
    ("ipi6_addr", octets(16)),
    ("ipi6_ifindex", U32),
)

_ASKED = (("ai_flags", "int"), ("ai_family", "int"), ("ai_socktype", "int"), ("ai_protocol", "int"))
_LENGTH = ("ai_addrlen", "socklen")
_ADDRESS_THEN_NAME = (("ai_addr", "pointer"), ("ai_canonname", "text"), ("ai_next", "pointer"))
_NAME_THEN_ADDRESS = (("ai_canonname", "text"), ("ai_addr", "pointer"), ("ai_next", "pointer"))

ADDRINFO = CStruct(
    "struct addrinfo",
    "<netdb.h>",
    {
        "linux": (*_ASKED, _LENGTH, *_ADDRESS_THEN_NAME),
        "openbsd": (*_ASKED, _LENGTH, *_ADDRESS_THEN_NAME),
        # Its length was once a size_t there, of eight bytes.
        "netbsd sparc 64bit": (*_ASKED, ("__ai_pad0", "int"), _LENGTH, *_NAME_THEN_ADDRESS),
        "windows": (*_ASKED, ("ai_addrlen", "size"), *_NAME_THEN_ADDRESS),
        "*": (*_ASKED, _LENGTH, *_NAME_THEN_ADDRESS),
    },
)

#: The same of the functions with wide characters: of Windows alone.
ADDRINFOW = CStruct(
    "ADDRINFOW",
    "<ws2tcpip.h>",
    {
        "*": (
            *_ASKED,
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

#: The structs that ``tools/headers`` compares with headers, on every system, and on some alone.
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
