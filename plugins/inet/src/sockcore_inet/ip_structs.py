"""The structs of IP options: multicast groups with sources, path MTU, flow labels.

``tools/headers`` compares them with the headers of every system.
"""

from __future__ import annotations

from sockcore.plugin import BE32, SOCKADDR_IN6, U8, U16, U32, CStruct, Struct, octets, padding

_IN = "<sys/socket.h> <netinet/in.h>"
_STORAGE = 128
#: OpenBSD has a larger struct sockaddr_storage, and lacks the options with it.
_GAP = ("", padding(4))

_MREQ_SOURCE = {name: (name, octets(4)) for name in ("imr_multiaddr", "imr_interface", "imr_sourceaddr")}
_LINUX_ORDER = tuple(_MREQ_SOURCE.values())
_BSD_ORDER = tuple(_MREQ_SOURCE[name] for name in ("imr_multiaddr", "imr_sourceaddr", "imr_interface"))

#: IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE...: a group, a source, and the address of an interface.
IP_MREQ_SOURCE = CStruct("struct ip_mreq_source", _IN, {"linux": _LINUX_ORDER, "*": _BSD_ORDER})

#: The fixed part of IP_MSFILTER. The sources follow.
IP_MSFILTER = Struct(
    "struct ip_msfilter",
    _IN,
    ("imsf_multiaddr", octets(4)),
    ("imsf_interface", octets(4)),
    ("imsf_fmode", U32),
    ("imsf_numsrc", U32),
    ("imsf_slist", octets(4)),
)


def _layouts(prefix: str, addresses: str) -> dict[str, tuple[tuple[str, object], ...]]:
    """Return the layouts of a struct with an interface index and addresses, by machine.

    A struct sockaddr_storage has the alignment of a C long on Linux, otherwise of a 64-bit integer. The structs of
    macOS are packed.
    """
    index = (f"{prefix}_interface", U32)
    members = tuple((f"{prefix}_{name}", octets(_STORAGE)) for name in addresses.split())
    aligned, packed = (index, _GAP, *members), (index, *members)
    return {
        "linux 64bit": aligned,
        "linux": packed,
        "darwin": packed,
        "freebsd x86 32bit": packed,
        "netbsd x86 32bit": packed,
        "netbsd m68k 32bit": packed,
        "*": aligned,
    }


#: MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP.
GROUP_REQ = CStruct("struct group_req", _IN, _layouts("gr", "group"))  # type: ignore[arg-type]
#: MCAST_JOIN_SOURCE_GROUP, MCAST_BLOCK_SOURCE...
GROUP_SOURCE_REQ = CStruct("struct group_source_req", _IN, _layouts("gsr", "group source"))  # type: ignore[arg-type]

_FILTER_END = (("gf_fmode", U32), ("gf_numsrc", U32), ("gf_slist", octets(_STORAGE)))
_FILTER = (("gf_interface", U32), ("gf_group", octets(_STORAGE)), *_FILTER_END)
#: The fixed part of MCAST_MSFILTER with room for one source.
GROUP_FILTER = CStruct(
    "struct group_filter",
    _IN,
    {"64bit": (_FILTER[0], _GAP, *_FILTER[1:]), "*": _FILTER},
)

#: IPV6_PATHMTU: the destination and its path MTU.
IP6_MTUINFO = Struct("struct ip6_mtuinfo", _IN, ("ip6m_addr", SOCKADDR_IN6), ("ip6m_mtu", U32))

#: IPV6_FLOWLABEL_MGR.
IN6_FLOWLABEL_REQ = Struct(
    "struct in6_flowlabel_req",
    "<linux/in6.h>",
    ("flr_dst", octets(16)),
    ("flr_label", BE32),
    ("flr_action", U8),
    ("flr_share", U8),
    ("flr_flags", U16),
    ("flr_expires", U16),
    ("flr_linger", U16),
    ("__flr_pad", U32),
)

_WITH_SOURCES = (IP_MREQ_SOURCE, GROUP_REQ, GROUP_SOURCE_REQ)
#: System -> its structs.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    "linux": (*_WITH_SOURCES, IP_MSFILTER, GROUP_FILTER, IP6_MTUINFO, IN6_FLOWLABEL_REQ),
    "freebsd": (*_WITH_SOURCES, IP6_MTUINFO),
    "netbsd": (IP6_MTUINFO,),
    "openbsd": (IP6_MTUINFO,),
    "darwin": (*_WITH_SOURCES, IP6_MTUINFO),
    "windows": _WITH_SOURCES,
}
