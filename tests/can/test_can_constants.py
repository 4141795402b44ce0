"""The constants of CAN, compared with the manual, the C headers and the running interpreter."""

from __future__ import annotations

import socket as standard
import sys

import pytest

import sockcore
from sockcore.plugin import system_name
from sockcore_can.constants import AF_CAN, TABLE

LINUX = pytest.mark.skipif(system_name() != "linux", reason="NetBSD has few of these constants")

PREFIXES = ("AF_CAN", "PF_CAN", "CAN_", "CANFD_", "SOL_CAN", "J1939_", "SO_J1939", "SCM_J1939")


@pytest.mark.parametrize("name", sorted(name for name in dir(standard) if name.startswith(PREFIXES)))
def test_constant_equals_constant_of_interpreter(name):
    # A 32-bit CPython has CAN_EFF_FLAG as a negative long.
    mask = -1 if sys.maxsize > 2**32 else 0xFFFFFFFF
    assert getattr(sockcore, name) & mask == getattr(standard, name) & mask


@pytest.mark.parametrize("name", sorted(TABLE))
def test_constant_is_attribute_of_sockcore(name):
    assert getattr(sockcore, name) == TABLE[name]
    assert name in dir(sockcore)


def test_af_can_is_enum_member_and_pf_can_int():
    assert sockcore.AF_CAN is sockcore.AddressFamily.AF_CAN
    assert sockcore.AF_CAN == sockcore.PF_CAN == AF_CAN
    assert type(sockcore.PF_CAN) is int


def test_identifier_flags_are_not_negative():
    # struct.pack("=I", can_id | CAN_EFF_FLAG) must also work if a C long has 32 bits.
    assert sockcore.CAN_EFF_FLAG == 1 << 31
    assert sockcore.CAN_RTR_FLAG == 1 << 30
    assert sockcore.CAN_ERR_FLAG == sockcore.CAN_INV_FILTER == 1 << 29
    assert sockcore.CAN_EFF_MASK == (1 << 29) - 1
    assert sockcore.CAN_SFF_MASK == (1 << 11) - 1
    assert all(value >= 0 for value in TABLE.values())


BCM = (
    "TX_SETUP", "TX_DELETE", "TX_READ", "TX_SEND", "RX_SETUP", "RX_DELETE", "RX_READ", "TX_STATUS", "TX_EXPIRED",
    "RX_STATUS", "RX_TIMEOUT", "RX_CHANGED",
)  # fmt: skip
BCM_FLAGS = (
    "SETTIMER", "STARTTIMER", "TX_COUNTEVT", "TX_ANNOUNCE", "TX_CP_CAN_ID", "RX_FILTER_ID", "RX_CHECK_DLC",
    "RX_NO_AUTOTIMER", "RX_ANNOUNCE_RESUME", "TX_RESET_MULTI_IDX", "RX_RTR_FRAME", "CAN_FD_FRAME",
)  # fmt: skip


@LINUX
def test_bcm_constants_equal_header_values():
    assert [TABLE[f"CAN_BCM_{name}"] for name in BCM] == list(range(1, 13))
    assert [TABLE[f"CAN_BCM_{name}"] for name in BCM_FLAGS] == [1 << bit for bit in range(12)]
    # The names without the prefix are too general for the module.
    assert not {"TX_SETUP", "SETTIMER", "CAN_FD_FRAME"} & set(dir(sockcore))


@LINUX
def test_levels_and_protocols_equal_header_values():
    for proto in ("RAW", "ISOTP", "J1939"):
        assert TABLE[f"SOL_CAN_{proto}"] == TABLE["SOL_CAN_BASE"] + TABLE[f"CAN_{proto}"]
    assert [TABLE[f"CAN_{name}"] for name in ("RAW", "BCM", "TP16", "TP20", "MCNET", "ISOTP", "J1939")] == list(
        range(1, 8)
    )
    assert "CAN_NPROTO" not in TABLE


@LINUX
def test_options_equal_header_values():
    names = ("FILTER", "ERR_FILTER", "LOOPBACK", "RECV_OWN_MSGS", "FD_FRAMES", "JOIN_FILTERS", "XL_FRAMES")
    assert [TABLE[f"CAN_RAW_{name}"] for name in names] == list(range(1, 8))
    names = ("OPTS", "RECV_FC", "TX_STMIN", "RX_STMIN", "LL_OPTS")
    assert [TABLE[f"CAN_ISOTP_{name}"] for name in names] == list(range(1, 6))
    assert [TABLE[f"SO_J1939_{name}"] for name in ("FILTER", "PROMISC", "SEND_PRIO", "ERRQUEUE")] == [1, 2, 3, 4]
    assert [TABLE[f"SCM_J1939_{name}"] for name in ("DEST_ADDR", "DEST_NAME", "PRIO", "ERRQUEUE")] == [1, 2, 3, 4]


@LINUX
def test_sizes_and_limits_equal_header_values():
    assert (TABLE["CAN_MTU"], TABLE["CANFD_MTU"], TABLE["CANXL_MTU"]) == (16, 72, 2060)
    assert (TABLE["CAN_MAX_DLEN"], TABLE["CANFD_MAX_DLEN"], TABLE["CANXL_MAX_DLEN"]) == (8, 64, 2048)
    assert (TABLE["J1939_NO_NAME"], TABLE["J1939_NO_PGN"], TABLE["J1939_NO_ADDR"]) == (0, 0x40000, 0xFF)
    assert (TABLE["J1939_PGN_MAX"], TABLE["J1939_MAX_UNICAST_ADDR"], TABLE["J1939_IDLE_ADDR"]) == (0x3FFFF, 0xFD, 0xFE)


@pytest.mark.parametrize("name", ["CAN_NPROTO", "CAN_", "canid_t", "CAN_NO_SUCH_THING"])
def test_unknown_constant_raises_attribute_error(name):
    assert not hasattr(sockcore, name)
    with pytest.raises(AttributeError):
        getattr(sockcore, name)
