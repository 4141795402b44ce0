"""The socket options of AF_PACKET. Source: packet(7)."""

from __future__ import annotations

import sys
from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    INT,
    UNSIGNED,
    Any,
    FilterInstruction,
    Iterator,
    Kind,
    OpenEnum,
    Option,
    Optional,
    OptionTable,
    TimestampingFlags,
    check_range,
    enum_kind,
    filter_kind,
    getsockopt_with_input,
    struct_kind,
    to_bytes,
    to_interface,
)
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.packet_structs import (
    PACKET_MREQ,
    TPACKET_REQ,
    TPACKET_REQ3,
    TPACKET_ROLLOVER_STATS,
    TPACKET_STATS,
    TPACKET_STATS_V3,
)

__all__ = [
    "PACKET_ADD_MEMBERSHIP",
    "PACKET_AUXDATA",
    "PACKET_COPY_THRESH",
    "PACKET_DROP_MEMBERSHIP",
    "PACKET_FANOUT",
    "PACKET_FANOUT_DATA",
    "PACKET_HDRLEN",
    "PACKET_IGNORE_OUTGOING",
    "PACKET_LOSS",
    "PACKET_ORIGDEV",
    "PACKET_QDISC_BYPASS",
    "PACKET_RESERVE",
    "PACKET_ROLLOVER_STATS",
    "PACKET_RX_RING",
    "PACKET_STATISTICS",
    "PACKET_TIMESTAMP",
    "PACKET_TX_HAS_OFF",
    "PACKET_TX_RING",
    "PACKET_VERSION",
    "PACKET_VNET_HDR",
    "PACKET_VNET_HDR_SZ",
    "Fanout",
    "PacketMembership",
    "PacketRing",
    "PacketStatistics",
    "PacketVersion",
    "RolloverStatistics",
]


class PacketVersion(OpenEnum):
    """The values of PACKET_VERSION: the format of frames in a ring."""

    V1 = TABLE.get("TPACKET_V1", -101)
    V2 = TABLE.get("TPACKET_V2", -102)
    V3 = TABLE.get("TPACKET_V3", -103)


class PacketMembership(NamedTuple):
    """An interface, by index or name, a type (PACKET_MR_*), and a hardware address."""

    interface: Any
    type: int
    address: bytes = b""


class PacketStatistics(NamedTuple):
    """The packets since the last call, those that did not fit into the buffer, and queue freezes with TPACKET_V3."""

    packets: int
    drops: int
    freezes: Optional[int] = None


class Fanout(NamedTuple):
    """A group of sockets that share the packets, and its type (PACKET_FANOUT_*) with flags."""

    group: int
    type: int


class PacketRing(NamedTuple):
    """The dimensions of a ring of packets. The last three fields are for TPACKET_V3, otherwise None."""

    block_size: int
    block_nr: int
    frame_size: int
    frame_nr: int
    retire_blk_tov: Optional[int] = None
    sizeof_priv: Optional[int] = None
    feature_req_word: Optional[int] = None


class RolloverStatistics(NamedTuple):
    """The packets that PACKET_FANOUT_ROLLOVER moved to another socket."""

    all: int
    huge: int
    failed: int


_INT_SIZE = 4
_ADDRESS_SIZE: int = PACKET_MREQ.offsets()["mr_address"][1]


def decode_membership(data: bytes) -> PacketMembership:
    """Return (interface, type, address)."""
    interface, membership_type, length, address = PACKET_MREQ.unpack(data)
    return PacketMembership(int(interface), int(membership_type), bytes(address)[: int(length)])


def encode_membership(label: str, value: Any, fd: int = -1) -> bytes:
    """Return the ``packet_mreq`` of (interface, type[, address]).

    The interface is a name or an index. The type is one of PACKET_MR_*. The address is a multicast or unicast address.

    Raises TypeError for another type or length or a part of the wrong type, OverflowError for a number that does not
    fit its field, and ValueError for an address of more than 8 bytes or an unknown interface name.
    """
    if not isinstance(value, tuple) or not 2 <= len(value) <= 3:
        raise TypeError(f"{label} must be a tuple (interface, type[, address]), not {value!r}")
    address = to_bytes(value[2], f"{label} address", contiguous=False) if len(value) == 3 else b""
    if len(address) > _ADDRESS_SIZE:
        raise ValueError(f"{label} address must be {_ADDRESS_SIZE} bytes or less, not {len(address)}")
    index = to_interface(f"{label} interface", value[0], fd)
    return PACKET_MREQ.pack(index, check_range(f"{label} type", value[1], 0, 0xFFFF), len(address), address)


def decode_statistics(data: bytes) -> PacketStatistics:
    """Return the statistics. *freezes* is None if PACKET_VERSION is not TPACKET_V3."""
    if len(data) <= TPACKET_STATS.size:
        packets, drops = TPACKET_STATS.unpack(data)
        return PacketStatistics(int(packets), int(drops))
    return PacketStatistics(*map(int, TPACKET_STATS_V3.unpack(data)))


def decode_fanout(data: bytes) -> Fanout:
    """Return (group, type). The type is PACKET_FANOUT_* with flags."""
    both = int.from_bytes(data[:_INT_SIZE], sys.byteorder)
    return Fanout(both & 0xFFFF, both >> 16)


def encode_fanout(label: str, value: Any) -> bytes:
    """Return the C int of (group, type).

    Raises TypeError for another type or length, and OverflowError for a number of more than 16 bits.
    """
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"{label} must be a tuple (group, type), not {value!r}")
    group, fanout_type = [
        check_range(f"{label} {name}", part, 0, 0xFFFF) for name, part in zip(("group", "type"), value)
    ]
    both: int = group | fanout_type << 16
    return both.to_bytes(_INT_SIZE, sys.byteorder)


def decode_ring(data: bytes) -> PacketRing:
    """Return the dimensions of a ring."""
    layout = TPACKET_REQ if len(data) <= TPACKET_REQ.size else TPACKET_REQ3
    return PacketRing(*map(int, layout.unpack(data)))


def encode_ring(label: str, value: Any) -> bytes:
    """Return the ``tpacket_req``, or the ``tpacket_req3`` if one of the last three fields is not None.

    Raises TypeError for another type or length, and OverflowError for a number of more than 32 bits.
    """
    if not isinstance(value, tuple) or len(value) not in (4, 7):
        raise TypeError(f"{label} must be a tuple of 4 or 7 numbers ({', '.join(PacketRing._fields)}), not {value!r}")
    is_v3 = any(item is not None for item in value[4:])
    items = [0 if item is None else item for item in value] if is_v3 else value[:4]
    names = PacketRing._fields
    numbers = [check_range(f"{label} {name}", item, 0, 0xFFFFFFFF) for name, item in zip(names, items)]
    return (TPACKET_REQ3 if is_v3 else TPACKET_REQ).pack(*numbers)


def _read_header_length(fd: int, level: int, optname: int) -> bytes:
    # The kernel reads the version of the ring from the buffer.
    version = getsockopt_with_input(fd, level, TABLE["PACKET_VERSION"], bytes(_INT_SIZE))
    return getsockopt_with_input(fd, level, optname, version)


_MEMBERSHIP: Kind[PacketMembership] = Kind(
    "PacketMembership", PACKET_MREQ.size, decode_membership, encode_membership, needs_descriptor=True
)
_FANOUT: Kind[Fanout] = Kind("Fanout", _INT_SIZE, decode_fanout, encode_fanout)
_STATISTICS: Kind[PacketStatistics] = Kind("PacketStatistics", TPACKET_STATS_V3.size, decode_statistics)
_RING: Kind[PacketRing] = Kind("PacketRing", TPACKET_REQ3.size, decode_ring, encode_ring)
_HEADER_LENGTH: Kind[int] = Kind("int", _INT_SIZE, INT.decode, reader=_read_header_length)

_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any], access: str = "rw", is_passive: bool = True) -> Any:
    return _table(name, "SOL_PACKET", kind, access, is_passive)


PACKET_ADD_MEMBERSHIP: Option[PacketMembership] = _row("PACKET_ADD_MEMBERSHIP", _MEMBERSHIP, "w")
PACKET_DROP_MEMBERSHIP: Option[PacketMembership] = _row("PACKET_DROP_MEMBERSHIP", _MEMBERSHIP, "w")
PACKET_AUXDATA: Option[bool] = _row("PACKET_AUXDATA", FLAG)
PACKET_COPY_THRESH: Option[int] = _row("PACKET_COPY_THRESH", INT)
PACKET_FANOUT: Option[Fanout] = _row("PACKET_FANOUT", _FANOUT)
PACKET_FANOUT_DATA: Option[list[FilterInstruction]] = _row("PACKET_FANOUT_DATA", filter_kind(), "w")
PACKET_HDRLEN: Option[int] = _row("PACKET_HDRLEN", _HEADER_LENGTH, "r")
PACKET_IGNORE_OUTGOING: Option[bool] = _row("PACKET_IGNORE_OUTGOING", FLAG)
PACKET_LOSS: Option[bool] = _row("PACKET_LOSS", FLAG)
PACKET_ORIGDEV: Option[bool] = _row("PACKET_ORIGDEV", FLAG)
PACKET_QDISC_BYPASS: Option[bool] = _row("PACKET_QDISC_BYPASS", FLAG)
PACKET_RESERVE: Option[int] = _row("PACKET_RESERVE", UNSIGNED)
PACKET_ROLLOVER_STATS: Option[RolloverStatistics] = _row(
    "PACKET_ROLLOVER_STATS", struct_kind(RolloverStatistics, TPACKET_ROLLOVER_STATS), "r"
)
PACKET_RX_RING: Option[PacketRing] = _row("PACKET_RX_RING", _RING, "w")
PACKET_STATISTICS: Option[PacketStatistics] = _row("PACKET_STATISTICS", _STATISTICS, "r", is_passive=False)
PACKET_TIMESTAMP: Option[TimestampingFlags] = _row("PACKET_TIMESTAMP", enum_kind(TimestampingFlags))
PACKET_TX_HAS_OFF: Option[bool] = _row("PACKET_TX_HAS_OFF", FLAG)
PACKET_TX_RING: Option[PacketRing] = _row("PACKET_TX_RING", _RING, "w")
PACKET_VERSION: Option[PacketVersion] = _row("PACKET_VERSION", enum_kind(PacketVersion))
PACKET_VNET_HDR: Option[bool] = _row("PACKET_VNET_HDR", FLAG)
PACKET_VNET_HDR_SZ: Option[int] = _row("PACKET_VNET_HDR_SZ", INT)


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
