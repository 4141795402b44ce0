"""The structs of the socket options and control messages of AF_PACKET.

``tools/headers`` compares them with the headers.
"""

from __future__ import annotations

from sockcore.plugin import I32, U16, U32, U64, Struct, octets, padding

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

#: PACKET_RX_RING and PACKET_TX_RING.
TPACKET_REQ = Struct(
    "struct tpacket_req",
    _HEADER,
    ("tp_block_size", U32),
    ("tp_block_nr", U32),
    ("tp_frame_size", U32),
    ("tp_frame_nr", U32),
)

#: PACKET_RX_RING and PACKET_TX_RING if PACKET_VERSION is TPACKET_V3.
TPACKET_REQ3 = Struct(
    "struct tpacket_req3",
    _HEADER,
    ("tp_block_size", U32),
    ("tp_block_nr", U32),
    ("tp_frame_size", U32),
    ("tp_frame_nr", U32),
    ("tp_retire_blk_tov", U32),
    ("tp_sizeof_priv", U32),
    ("tp_feature_req_word", U32),
)

#: PACKET_ROLLOVER_STATS.
TPACKET_ROLLOVER_STATS = Struct(
    "struct tpacket_rollover_stats", _HEADER, ("tp_all", U64), ("tp_huge", U64), ("tp_failed", U64)
)

#: The header of a block of a ring.
TPACKET_HDR_V1 = Struct(
    "struct tpacket_hdr_v1",
    _HEADER,
    ("block_status", U32),
    ("num_pkts", U32),
    ("offset_to_first_pkt", U32),
    ("blk_len", U32),
    ("seq_num", U64),
    ("ts_first_pkt", octets(8)),
    ("ts_last_pkt", octets(8)),
)

#: The start of a block.
# hdr is a union, whose only member is bh1.
TPACKET_BLOCK_DESC = Struct(
    "struct tpacket_block_desc", _HEADER, ("version", U32), ("offset_to_priv", U32), ("hdr.bh1", TPACKET_HDR_V1)
)

TPACKET_HDR_VARIANT1 = Struct(
    "struct tpacket_hdr_variant1",
    _HEADER,
    ("tp_rxhash", U32),
    ("tp_vlan_tci", U32),
    ("tp_vlan_tpid", U16),
    ("tp_padding", padding(2)),
)

#: The header of a frame in a block.
TPACKET3_HDR = Struct(
    "struct tpacket3_hdr",
    _HEADER,
    ("tp_next_offset", U32),
    ("tp_sec", U32),
    ("tp_nsec", U32),
    ("tp_snaplen", U32),
    ("tp_len", U32),
    ("tp_status", U32),
    ("tp_mac", U16),
    ("tp_net", U16),
    ("hv1", TPACKET_HDR_VARIANT1),
    ("tp_padding", padding(8)),
)

STRUCTS = (
    *(PACKET_MREQ, TPACKET_STATS, TPACKET_STATS_V3, TPACKET_AUXDATA, TPACKET_REQ, TPACKET_REQ3),
    *(TPACKET_ROLLOVER_STATS, TPACKET_HDR_V1, TPACKET_BLOCK_DESC, TPACKET_HDR_VARIANT1, TPACKET3_HDR),
)
