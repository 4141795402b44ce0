"""The socket options of AF_XDP, for sockcore.options. Source: Documentation/networking/af_xdp.rst in the kernel."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    Option,
    Optional,
    OptionTable,
    partial_struct_kind,
    struct_kind,
)
from sockcore_xdp import AF_XDP, CONSTANTS, structs


class RingOffsets(NamedTuple):
    """Where a ring has its producer, consumer, descriptors and flags. Before Linux 5.4, *flags* is None."""

    producer: int
    consumer: int
    desc: int
    flags: Optional[int]


class MmapOffsets(NamedTuple):
    """XDP_MMAP_OFFSETS: the offsets of the four rings: receive, transmit, fill and completion."""

    rx: RingOffsets
    tx: RingOffsets
    fr: RingOffsets
    cr: RingOffsets


class UmemReg(NamedTuple):
    """XDP_UMEM_REG: the address and length of the memory for frames, the size of its chunks, and the headroom."""

    addr: int
    len: int
    chunk_size: int
    headroom: int = 0
    flags: int = 0


class Statistics(NamedTuple):
    """XDP_STATISTICS: frames and descriptors that were dropped. Before Linux 5.9, the last three are None."""

    rx_dropped: int
    rx_invalid_descs: int
    tx_invalid_descs: int
    rx_ring_full: Optional[int]
    rx_fill_ring_empty_descs: Optional[int]
    tx_ring_empty_descs: Optional[int]


_RINGS = len(MmapOffsets._fields)


def decode_offsets(data: bytes) -> MmapOffsets:
    """Return the offsets of the four rings. Kernels before 5.4 write three numbers for each, and not four."""
    size = structs.XDP_RING_OFFSET.size
    if len(data) >= _RINGS * size:
        parts = [structs.XDP_RING_OFFSET.unpack(data[at * size : (at + 1) * size]) for at in range(_RINGS)]
        return MmapOffsets(*(RingOffsets(*map(int, part)) for part in parts))
    step = size * 3 // 4
    parts = [structs.XDP_RING_OFFSET.unpack(data[at * step : (at + 1) * step]) for at in range(_RINGS)]
    return MmapOffsets(*(RingOffsets(int(part[0]), int(part[1]), int(part[2]), None) for part in parts))


_OFFSETS: Kind[MmapOffsets] = Kind("MmapOffsets", _RINGS * structs.XDP_RING_OFFSET.size, decode_offsets)
_table = OptionTable(CONSTANTS, AF_XDP)


def _row(name: str, kind: Kind[Any], access: str) -> Any:
    return _table(f"XDP_{name}", "SOL_XDP", kind, access)


XDP_MMAP_OFFSETS: Option[MmapOffsets] = _row("MMAP_OFFSETS", _OFFSETS, "r")
#: The sizes of the rings, in entries: powers of two.
XDP_RX_RING: Option[int] = _row("RX_RING", UNSIGNED, "w")
XDP_TX_RING: Option[int] = _row("TX_RING", UNSIGNED, "w")
XDP_UMEM_REG: Option[UmemReg] = _row("UMEM_REG", struct_kind(UmemReg, structs.XDP_UMEM_REG), "w")
XDP_UMEM_FILL_RING: Option[int] = _row("UMEM_FILL_RING", UNSIGNED, "w")
XDP_UMEM_COMPLETION_RING: Option[int] = _row("UMEM_COMPLETION_RING", UNSIGNED, "w")
XDP_STATISTICS: Option[Statistics] = _row("STATISTICS", partial_struct_kind(Statistics, structs.XDP_STATISTICS), "r")
#: 1 if the socket does not copy frames (XDP_OPTIONS_ZEROCOPY).
XDP_OPTIONS: Option[int] = _row("OPTIONS", UNSIGNED, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    yield from _table.options()
