"""The structs of <linux/if_xdp.h> for socket options and rings."""

from __future__ import annotations

from sockcore.plugin import U32, U64, Struct, padding

_HEADER = "<linux/if_xdp.h>"

#: Where a ring has its numbers and its descriptors, in bytes from the start of its mapping.
XDP_RING_OFFSET = Struct(
    "struct xdp_ring_offset", _HEADER, ("producer", U64), ("consumer", U64), ("desc", U64), ("flags", U64)
)
XDP_UMEM_REG = Struct(
    "struct xdp_umem_reg",
    _HEADER,
    ("addr", U64),
    ("len", U64),
    ("chunk_size", U32),
    ("headroom", U32),
    ("flags", U32),
    ("reserved", padding(4)),
)
XDP_STATISTICS = Struct(
    "struct xdp_statistics",
    _HEADER,
    ("rx_dropped", U64),
    ("rx_invalid_descs", U64),
    ("tx_invalid_descs", U64),
    ("rx_ring_full", U64),
    ("rx_fill_ring_empty_descs", U64),
    ("tx_ring_empty_descs", U64),
)
#: An entry of the rx and tx rings. Those of the other two rings are addresses, of 64 bits.
XDP_DESC = Struct("struct xdp_desc", _HEADER, ("addr", U64), ("len", U32), ("options", U32))
ADDRESS = Struct("__u64", "<linux/types.h>", ("addr", U64))

STRUCTS = (XDP_RING_OFFSET, XDP_UMEM_REG, XDP_STATISTICS, XDP_DESC)
