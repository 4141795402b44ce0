"""The socket options of AF_PACKET, for sockcore.options. packet(7).

An addition to the standard library, which returns bytes.

1. A struct is a tuple in the order of its fields. Interfaces are indexes.
2. The interface of PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP may also be a name.
3. An option that is a C int has no codec: getsockopt() reads it.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    I32,
    U16,
    U32,
    Any,
    Iterator,
    Option,
    Struct,
    interface_number,
    octets,
    struct_value,
    to_bytes,
    unsigned,
)
from sockcore_linux_misc import netlink, rds, tipc, vsock
from sockcore_linux_misc.constants import constant

_HEADER = "<sys/socket.h> <linux/if_packet.h>"

#: PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP.
PACKET_MREQ = Struct(
    "struct packet_mreq",
    _HEADER,
    ("mr_ifindex", I32),
    ("mr_type", U16),
    ("mr_alen", U16),
    ("mr_address", octets(8)),
)

#: PACKET_STATISTICS: the received packets since the last call, and the packets that did not fit into the buffer.
TPACKET_STATS = Struct("struct tpacket_stats", _HEADER, ("tp_packets", U32), ("tp_drops", U32))

#: PACKET_STATISTICS if PACKET_VERSION is TPACKET_V3.
TPACKET_STATS_V3 = Struct(
    "struct tpacket_stats_v3", _HEADER, ("tp_packets", U32), ("tp_drops", U32), ("tp_freeze_q_cnt", U32)
)

#: PACKET_AUXDATA: metadata of a frame that its header does not contain.
TPACKET_AUXDATA = Struct(
    "struct tpacket_auxdata",
    _HEADER,
    ("tp_status", U32),
    ("tp_len", U32),
    ("tp_snaplen", U32),
    ("tp_mac", U16),
    ("tp_net", U16),
    ("tp_vlan_tci", U16),
    ("tp_vlan_tpid", U16),
)

STRUCTS = (PACKET_MREQ, TPACKET_STATS, TPACKET_STATS_V3, TPACKET_AUXDATA)

_INT_SIZE = 4
_, _ADDRESS_SIZE = PACKET_MREQ.offsets()["mr_address"]


def decode_membership(data: bytes) -> tuple[int, int, bytes]:
    """Return (interface, type, address)."""
    interface, membership_type, length, address = PACKET_MREQ.unpack(data)
    return int(interface), int(membership_type), bytes(address)[: int(length)]


def encode_membership(value: Any, fd: int = -1) -> bytes:
    """Return the ``packet_mreq`` of (interface, type[, address]).

    The interface is a name or an index. The type is one of PACKET_MR_*. The address is a multicast or unicast address.

    Raises TypeError for another type or length or a part of the wrong type, OverflowError for a number that does not
    fit its field, and ValueError for an address of more than 8 bytes or an unknown interface name.
    """
    if not isinstance(value, tuple) or not 2 <= len(value) <= 3:
        raise TypeError(f"a membership must be a tuple (interface, type[, address]), not {value!r}")
    address = to_bytes(value[2], "the address of a membership", contiguous=False) if len(value) == 3 else b""
    if len(address) > _ADDRESS_SIZE:
        raise ValueError(f"the address of a membership must be {_ADDRESS_SIZE} bytes or less, not {len(address)}")
    index = interface_number("the interface of a membership", value[0], fd)
    if not -1 << 31 <= index < 1 << 31:
        raise OverflowError(f"the interface of a membership must be a C int, not {index}")
    return PACKET_MREQ.pack(index, unsigned("the type of a membership", value[1], 16), len(address), address)


def decode_statistics(data: bytes) -> object:
    """Return (packets, drops), or (packets, drops, freezes) for TPACKET_V3.

    The third number counts queue freezes. It exists if PACKET_VERSION is TPACKET_V3.
    """
    struct = TPACKET_STATS if len(data) <= TPACKET_STATS.size else TPACKET_STATS_V3
    return struct_value(struct)(data)


def decode_fanout(data: bytes) -> tuple[int, int]:
    """Return (group, type). The type is PACKET_FANOUT_* with flags."""
    both = int.from_bytes(data[:_INT_SIZE], sys.byteorder)
    return both & 0xFFFF, both >> 16


def encode_fanout(value: Any) -> bytes:
    """Return the C int of (group, type).

    Raises TypeError for another type or length, and OverflowError for a number of more than 16 bits.
    """
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"a fanout must be a tuple (group, type), not {value!r}")
    group, fanout_type = [unsigned(f"the {name} of a fanout", part, 16) for name, part in zip(("group", "type"), value)]
    both: int = group | fanout_type << 16
    return both.to_bytes(_INT_SIZE, sys.byteorder)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options."""
    level = constant("SOL_PACKET")
    for name in ("PACKET_ADD_MEMBERSHIP", "PACKET_DROP_MEMBERSHIP"):
        number = constant(name)
        yield Option(name, level, number, PACKET_MREQ.size, decode_membership, encode_membership, needs_descriptor=True)
    name = "PACKET_STATISTICS"
    yield Option(name, level, constant(name), TPACKET_STATS_V3.size, decode_statistics)
    name = "PACKET_FANOUT"
    yield Option(name, level, constant(name), _INT_SIZE, decode_fanout, encode_fanout)
    for module in (netlink, rds, tipc, vsock):
        yield from module.options()
