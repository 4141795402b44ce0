"""Layouts of AF_XDP as literals, options as values, and the instructions of the program."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
from sockcore_xdp import options, structs
from sockcore_xdp.options import RingOffsets, Statistics, UmemReg
from sockcore_xdp.program import instruction, redirect_program


def test_umem_reg_equals_literal() -> None:
    literal = "0010000000000000000010000000000000080000400000000100000000000000"
    if sys.byteorder == "big":
        literal = "0000000000001000000000000010000000000800000000400000000100000000"
    assert options.XDP_UMEM_REG.encode is not None
    assert options.XDP_UMEM_REG.encode(UmemReg(4096, 1 << 20, 2048, 64, 1)) == bytes.fromhex(literal)


def test_descriptor_equals_literal() -> None:
    literal = "01020000000000003c00000000000080"
    if sys.byteorder == "big":
        literal = "00000000000002010000003c80000000"
    assert structs.XDP_DESC.unpack(bytes.fromhex(literal)) == (513, 60, 2**31)
    assert [layout.size for layout in structs.STRUCTS] == [32, 32, 48, 16]


def test_mmap_offsets_decode_both_versions() -> None:
    new = options.XDP_MMAP_OFFSETS.decode(struct.pack("=16Q", *range(16)))
    assert (new.rx, new.cr) == (RingOffsets(0, 1, 2, 3), RingOffsets(12, 13, 14, 15))
    old = options.XDP_MMAP_OFFSETS.decode(struct.pack("=12Q", *range(12)))
    assert (old.tx, old.fr) == (RingOffsets(3, 4, 5, None), RingOffsets(6, 7, 8, None))


def test_statistics_decode_both_versions() -> None:
    assert options.XDP_STATISTICS.decode(struct.pack("=6Q", *range(6))) == Statistics(0, 1, 2, 3, 4, 5)
    assert options.XDP_STATISTICS.decode(struct.pack("=3Q", 1, 2, 3)) == Statistics(1, 2, 3, None, None, None)


INVALID: list[tuple[Any, Any, type[Exception]]] = [
    (options.XDP_RX_RING, -1, OverflowError),
    (options.XDP_RX_RING, 2**32, OverflowError),
    (options.XDP_TX_RING, "64", TypeError),
    (options.XDP_UMEM_REG, (1, 2), TypeError),
    (options.XDP_UMEM_REG, UmemReg(2**64, 4096, 4096), OverflowError),
    (options.XDP_UMEM_REG, UmemReg(0, 4096, -1), OverflowError),
]


@pytest.mark.parametrize(("option", "value", "exception"), INVALID)
def test_option_invalid_value_raises_with_its_name(option: Any, value: Any, exception: type[Exception]) -> None:
    with pytest.raises(exception, match=option.name):
        option.encode(value)


def test_redirect_program_equals_literals() -> None:
    code = redirect_program(7)
    assert len(code) == 48
    if sys.byteorder == "little":
        assert code.hex(" ", 8) == (
            "6112100000000000 1811000007000000 0000000000000000 b703000002000000 8500000033000000 9500000000000000"
        )
    else:
        assert code[:16].hex(" ", 8) == "6121001000000000 1811000000000007"
    assert instruction(0x61, 2, 1, 16, 5)[4:] == (5).to_bytes(4, sys.byteorder)
