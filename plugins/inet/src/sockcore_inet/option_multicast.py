"""Multicast options with sources, for IPv4 and IPv6. Source: RFC 3678, ip(7).

1. The ``MCAST_*`` options take addresses of both versions, with the level of the version: this module has a row for
   each level.
2. An interface is an index, a name or, for IPv4 structs, an address. A kernel only accepts these options in
   setsockopt(2).
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from sockcore.plugin import (
    INTERFACE_FIELD,
    Any,
    Iterator,
    Kind,
    Mapping,
    OpenEnum,
    Option,
    OptionTable,
    Sequence,
    Struct,
    check_range,
    family_of,
    getsockopt_with_input,
    socket,
    struct_kind,
    system_name,
    to_interface,
)
from sockcore_inet.constants import AF_INET, TABLE
from sockcore_inet.ip_structs import GROUP_FILTER, GROUP_REQ, GROUP_SOURCE_REQ, IP_MREQ_SOURCE
from sockcore_inet.ip_structs import IP_MSFILTER as MSFILTER
from sockcore_inet.option_addresses import (
    IPV4_FIELD,
    MEMBERSHIP4,
    MEMBERSHIP6,
    STORAGE_FIELD,
    Membership,
    pack_storage,
    split,
)
from sockcore_inet.packed_addresses import pack_address

__all__ = [
    "IPV6_JOIN_ANYCAST",
    "IPV6_JOIN_GROUP",
    "IPV6_LEAVE_ANYCAST",
    "IPV6_LEAVE_GROUP",
    "IP_ADD_MEMBERSHIP",
    "IP_ADD_SOURCE_MEMBERSHIP",
    "IP_BLOCK_SOURCE",
    "IP_DROP_MEMBERSHIP",
    "IP_DROP_SOURCE_MEMBERSHIP",
    "IP_MSFILTER",
    "IP_UNBLOCK_SOURCE",
    "MCAST_BLOCK_SOURCE",
    "MCAST_BLOCK_SOURCE6",
    "MCAST_JOIN_GROUP",
    "MCAST_JOIN_GROUP6",
    "MCAST_JOIN_SOURCE_GROUP",
    "MCAST_JOIN_SOURCE_GROUP6",
    "MCAST_LEAVE_GROUP",
    "MCAST_LEAVE_GROUP6",
    "MCAST_LEAVE_SOURCE_GROUP",
    "MCAST_LEAVE_SOURCE_GROUP6",
    "MCAST_MSFILTER",
    "MCAST_MSFILTER6",
    "MCAST_UNBLOCK_SOURCE",
    "MCAST_UNBLOCK_SOURCE6",
    "FilterMode",
    "GroupRequest",
    "Membership",
    "SourceFilter",
    "SourceMembership",
    "SourceRequest",
    "get_source_filter",
]


class FilterMode(OpenEnum):
    """The mode of a source filter: the listed sources are excluded, or only they are included."""

    EXCLUDE = TABLE.get("MCAST_EXCLUDE", 0)
    INCLUDE = TABLE.get("MCAST_INCLUDE", 1)


class SourceMembership(NamedTuple):
    """An IPv4 group, a source, and the address of an interface."""

    group: str
    source: str
    interface: str = "0.0.0.0"


class GroupRequest(NamedTuple):
    """A group of either version, and the index or name of an interface (0: chosen by the kernel)."""

    interface: Any
    group: str


class SourceRequest(NamedTuple):
    """A group and a source of either version, and the index or name of an interface."""

    interface: Any
    group: str
    source: str


class SourceFilter(NamedTuple):
    """A group, an interface, and the sources that are excluded or included.

    The interface is an address for IP_MSFILTER, and an index or a name for MCAST_MSFILTER.
    """

    interface: Any
    group: str
    mode: FilterMode
    sources: Sequence[str]


_ADDRESSES = {"imr_multiaddr": "group", "imr_sourceaddr": "source", "imr_interface": "interface"}


def _source_membership() -> Kind[SourceMembership]:
    """Return the kind of struct ip_mreq_source, whose fields differ in order between systems."""
    order = [_ADDRESSES[name] for name, _ in IP_MREQ_SOURCE.fields]

    def decode(data: bytes) -> SourceMembership:
        values = dict(zip(order, IP_MREQ_SOURCE.unpack(data)))
        return SourceMembership(*(str(IPV4_FIELD.decode(values[name])) for name in SourceMembership._fields))

    def encode(label: str, value: Any) -> bytes:
        items = dict(zip(SourceMembership._fields, split(label, value, "group source interface")))
        return IP_MREQ_SOURCE.pack(*(pack_address(f"{label} {name}", AF_INET, items[name]) for name in order))

    return Kind("SourceMembership", IP_MREQ_SOURCE.size, decode, encode)


def _sources(label: str, value: Any) -> list[Any]:
    sources = value
    if isinstance(sources, (str, bytes)) or not hasattr(type(sources), "__iter__"):
        raise TypeError(f"{label} sources must be a list of addresses, not {sources!r}")
    return list(sources)


def _encode_msfilter(label: str, value: Any) -> bytes:
    interface, group, mode, sources = split(label, value, "interface group mode sources")
    packed = [pack_address(f"{label} sources[{i}]", AF_INET, item) for i, item in enumerate(_sources(label, sources))]
    head = MSFILTER.pack(
        pack_address(f"{label} group", AF_INET, group),
        pack_address(f"{label} interface", AF_INET, interface),
        check_range(f"{label} mode", mode, 0, 1),
        len(packed),
        b"",
    )
    return head[: MSFILTER.offsets()["imsf_slist"][0]] + b"".join(packed)


def _decode_msfilter(data: bytes) -> SourceFilter:
    group, interface, mode, _, _ = MSFILTER.unpack(data)
    start = MSFILTER.offsets()["imsf_slist"][0]
    sources = [data[at : at + 4] for at in range(start, len(data) - 3, 4)]
    return SourceFilter(
        str(IPV4_FIELD.decode(interface)),
        str(IPV4_FIELD.decode(group)),
        FilterMode(int(mode)),
        [str(IPV4_FIELD.decode(source)) for source in sources],
    )


def _encode_group_filter(label: str, value: Any, fd: int = -1) -> bytes:
    interface, group, mode, sources = split(label, value, "interface group mode sources")
    packed = [pack_storage(f"{label} sources[{i}]", item) for i, item in enumerate(_sources(label, sources))]
    head = GROUP_FILTER.pack(
        to_interface(f"{label} interface", interface, fd),
        pack_storage(f"{label} group", group),
        check_range(f"{label} mode", mode, 0, 1),
        len(packed),
        b"",
    )
    start, size = GROUP_FILTER.offsets()["gf_slist"]
    return head[:start] + b"".join(source.ljust(size, b"\0") for source in packed)


def _decode_group_filter(data: bytes) -> SourceFilter:
    interface, group, mode, _, _ = GROUP_FILTER.unpack(data)
    start, size = GROUP_FILTER.offsets()["gf_slist"]
    sources = [data[at : at + size] for at in range(start, len(data) - size + 1, size)]
    return SourceFilter(
        int(interface),
        str(STORAGE_FIELD.decode(group)),
        FilterMode(int(mode)),
        [str(STORAGE_FIELD.decode(source)) for source in sources],
    )


def get_source_filter(sock: socket, group: str, interface: int | str = 0) -> SourceFilter:
    """Return the source filter of a socket for a group that it has joined. See RFC 3678, getsourcefilter().

    The interface is given by index or name, 0 for that of the route to the group. :func:`sockcore.options.get` cannot
    read MCAST_MSFILTER, because the kernel needs the group.

    Raises TypeError, ValueError or OverflowError for invalid arguments, and OSError if getsockopt(2) fails:
    EADDRNOTAVAIL if the socket has not joined the group, ENOPROTOOPT if the system lacks the option. Availability:
    Linux.
    """
    packed = pack_storage("group", group)
    option = MCAST_MSFILTER if family_of(packed) == AF_INET else MCAST_MSFILTER6
    if system_name() != "linux":
        raise OSError(errno.ENOPROTOOPT, f"{os.strerror(errno.ENOPROTOOPT)}: {option.name}")
    index = to_interface("interface", interface, sock.fileno())
    start, size = GROUP_FILTER.offsets()["gf_slist"]
    room = 64
    while True:
        request = GROUP_FILTER.pack(index, packed, 0, room, b"")[:start]
        request = request.ljust(start + room * size, b"\0")
        data = getsockopt_with_input(sock.fileno(), option.level, option.number, request)
        count = int(GROUP_FILTER.unpack(data)[3])
        if count <= room:
            return _decode_group_filter(data[: start + count * size])
        room = count


def _request(cls: Any, layout: Struct) -> Kind[Any]:
    kinds: Mapping[str, Any] = {"interface": INTERFACE_FIELD, "group": STORAGE_FIELD, "source": STORAGE_FIELD}
    return struct_kind(cls, layout, {name: kinds[name] for name in cls._fields})


_SOURCE = _source_membership()
_GROUP: Kind[GroupRequest] = _request(GroupRequest, GROUP_REQ)
_GROUP_SOURCE: Kind[SourceRequest] = _request(SourceRequest, GROUP_SOURCE_REQ)
_GROUP_FILTER: Kind[SourceFilter] = Kind(
    "SourceFilter", GROUP_FILTER.size, _decode_group_filter, _encode_group_filter, needs_descriptor=True
)

_table = OptionTable(TABLE)


def _row4(name: str, kind: Kind[Any]) -> Any:
    return _table(name, "IPPROTO_IP", kind, "w")


def _row6(name: str, kind: Kind[Any]) -> Any:
    # The names of options are unique. The constant has no 6 at its end.
    return _table(name, "IPPROTO_IPV6", kind, "w", number_name=name.rstrip("6"))


IP_ADD_MEMBERSHIP: Option[Membership] = _row4("IP_ADD_MEMBERSHIP", MEMBERSHIP4)
IP_DROP_MEMBERSHIP: Option[Membership] = _row4("IP_DROP_MEMBERSHIP", MEMBERSHIP4)
IP_ADD_SOURCE_MEMBERSHIP: Option[SourceMembership] = _row4("IP_ADD_SOURCE_MEMBERSHIP", _SOURCE)
IP_DROP_SOURCE_MEMBERSHIP: Option[SourceMembership] = _row4("IP_DROP_SOURCE_MEMBERSHIP", _SOURCE)
IP_BLOCK_SOURCE: Option[SourceMembership] = _row4("IP_BLOCK_SOURCE", _SOURCE)
IP_UNBLOCK_SOURCE: Option[SourceMembership] = _row4("IP_UNBLOCK_SOURCE", _SOURCE)
IP_MSFILTER: Option[SourceFilter] = _row4(
    "IP_MSFILTER", Kind("SourceFilter", MSFILTER.size, _decode_msfilter, _encode_msfilter)
)
MCAST_JOIN_GROUP: Option[GroupRequest] = _row4("MCAST_JOIN_GROUP", _GROUP)
MCAST_LEAVE_GROUP: Option[GroupRequest] = _row4("MCAST_LEAVE_GROUP", _GROUP)
MCAST_JOIN_SOURCE_GROUP: Option[SourceRequest] = _row4("MCAST_JOIN_SOURCE_GROUP", _GROUP_SOURCE)
MCAST_LEAVE_SOURCE_GROUP: Option[SourceRequest] = _row4("MCAST_LEAVE_SOURCE_GROUP", _GROUP_SOURCE)
MCAST_BLOCK_SOURCE: Option[SourceRequest] = _row4("MCAST_BLOCK_SOURCE", _GROUP_SOURCE)
MCAST_UNBLOCK_SOURCE: Option[SourceRequest] = _row4("MCAST_UNBLOCK_SOURCE", _GROUP_SOURCE)
MCAST_MSFILTER: Option[SourceFilter] = _row4("MCAST_MSFILTER", _GROUP_FILTER)

IPV6_JOIN_GROUP: Option[Membership] = _row6("IPV6_JOIN_GROUP", MEMBERSHIP6)
IPV6_LEAVE_GROUP: Option[Membership] = _row6("IPV6_LEAVE_GROUP", MEMBERSHIP6)
IPV6_JOIN_ANYCAST: Option[Membership] = _row6("IPV6_JOIN_ANYCAST", MEMBERSHIP6)
IPV6_LEAVE_ANYCAST: Option[Membership] = _row6("IPV6_LEAVE_ANYCAST", MEMBERSHIP6)
MCAST_JOIN_GROUP6: Option[GroupRequest] = _row6("MCAST_JOIN_GROUP6", _GROUP)
MCAST_LEAVE_GROUP6: Option[GroupRequest] = _row6("MCAST_LEAVE_GROUP6", _GROUP)
MCAST_JOIN_SOURCE_GROUP6: Option[SourceRequest] = _row6("MCAST_JOIN_SOURCE_GROUP6", _GROUP_SOURCE)
MCAST_LEAVE_SOURCE_GROUP6: Option[SourceRequest] = _row6("MCAST_LEAVE_SOURCE_GROUP6", _GROUP_SOURCE)
MCAST_BLOCK_SOURCE6: Option[SourceRequest] = _row6("MCAST_BLOCK_SOURCE6", _GROUP_SOURCE)
MCAST_UNBLOCK_SOURCE6: Option[SourceRequest] = _row6("MCAST_UNBLOCK_SOURCE6", _GROUP_SOURCE)
MCAST_MSFILTER6: Option[SourceFilter] = _row6("MCAST_MSFILTER6", _GROUP_FILTER)


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
