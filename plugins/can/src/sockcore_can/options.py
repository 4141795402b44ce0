"""The socket options of CAN, for sockcore.options.

``from sockcore_can.options import CAN_RAW_FILTER`` imports an option. Structs are NamedTuples, and filters are lists.

Sources: networking/can, networking/iso15765-2 and networking/j1939 in the kernel documentation; <linux/can.h> and the
headers in <linux/can/>.
"""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    Option,
    OptionTable,
    array_kind,
    enum_field,
    enum_kind,
    number_kind,
    struct_kind,
    system_name,
)
from sockcore_can.constants import AF_CAN, TABLE
from sockcore_can.structs import (
    CAN_FILTER,
    CAN_ISOTP_FC_OPTIONS,
    CAN_ISOTP_LL_OPTIONS,
    CAN_ISOTP_OPTIONS,
    CAN_RAW_VCID_OPTIONS,
    J1939_FILTER,
)

__all__ = [
    "CAN_ISOTP_LL_OPTS",
    "CAN_ISOTP_OPTS",
    "CAN_ISOTP_RECV_FC",
    "CAN_ISOTP_RX_STMIN",
    "CAN_ISOTP_TX_STMIN",
    "CAN_RAW_ERR_FILTER",
    "CAN_RAW_FD_FRAMES",
    "CAN_RAW_FILTER",
    "CAN_RAW_JOIN_FILTERS",
    "CAN_RAW_LOOPBACK",
    "CAN_RAW_RECV_OWN_MSGS",
    "CAN_RAW_XL_FRAMES",
    "CAN_RAW_XL_VCID_OPTS",
    "SO_J1939_ERRQUEUE",
    "SO_J1939_FILTER",
    "SO_J1939_PROMISC",
    "SO_J1939_SEND_PRIO",
    "CanErrorClass",
    "CanFilter",
    "IsotpFlags",
    "IsotpFlowControlOptions",
    "IsotpLinkLayerOptions",
    "IsotpOptions",
    "J1939Filter",
    "VcidOptions",
]


class CanErrorClass(IntFlag):
    """The classes of errors in CAN_RAW_ERR_FILTER, and in the identifier of an error frame: CAN_ERR_*."""

    TX_TIMEOUT = TABLE.get("CAN_ERR_TX_TIMEOUT", 1 << 19)
    LOSTARB = TABLE.get("CAN_ERR_LOSTARB", 1 << 20)
    CRTL = TABLE.get("CAN_ERR_CRTL", 1 << 21)
    PROT = TABLE.get("CAN_ERR_PROT", 1 << 22)
    TRX = TABLE.get("CAN_ERR_TRX", 1 << 23)
    ACK = TABLE.get("CAN_ERR_ACK", 1 << 24)
    BUSOFF = TABLE.get("CAN_ERR_BUSOFF", 1 << 25)
    BUSERROR = TABLE.get("CAN_ERR_BUSERROR", 1 << 26)
    RESTARTED = TABLE.get("CAN_ERR_RESTARTED", 1 << 27)
    CNT = TABLE.get("CAN_ERR_CNT", 1 << 28)


class IsotpFlags(IntFlag):
    """The flags of CAN_ISOTP_OPTS: CAN_ISOTP_* without the prefix."""

    LISTEN_MODE = TABLE.get("CAN_ISOTP_LISTEN_MODE", 1 << 20)
    EXTEND_ADDR = TABLE.get("CAN_ISOTP_EXTEND_ADDR", 1 << 21)
    TX_PADDING = TABLE.get("CAN_ISOTP_TX_PADDING", 1 << 22)
    RX_PADDING = TABLE.get("CAN_ISOTP_RX_PADDING", 1 << 23)
    CHK_PAD_LEN = TABLE.get("CAN_ISOTP_CHK_PAD_LEN", 1 << 24)
    CHK_PAD_DATA = TABLE.get("CAN_ISOTP_CHK_PAD_DATA", 1 << 25)
    HALF_DUPLEX = TABLE.get("CAN_ISOTP_HALF_DUPLEX", 1 << 26)
    FORCE_TXSTMIN = TABLE.get("CAN_ISOTP_FORCE_TXSTMIN", 1 << 27)
    FORCE_RXSTMIN = TABLE.get("CAN_ISOTP_FORCE_RXSTMIN", 1 << 28)
    RX_EXT_ADDR = TABLE.get("CAN_ISOTP_RX_EXT_ADDR", 1 << 29)
    WAIT_TX_DONE = TABLE.get("CAN_ISOTP_WAIT_TX_DONE", 1 << 30)


class CanFilter(NamedTuple):
    """A filter of CAN_RAW_FILTER: an identifier with flags, and the mask of the bits that must be equal.

    CAN_INV_FILTER in the identifier inverts the filter.
    """

    can_id: int
    can_mask: int


class VcidOptions(NamedTuple):
    """The value of CAN_RAW_XL_VCID_OPTS: flags (CAN_RAW_XL_VCID_*), and virtual CAN network identifiers."""

    flags: int
    tx_vcid: int
    rx_vcid: int
    rx_vcid_mask: int


class IsotpOptions(NamedTuple):
    """The value of CAN_ISOTP_OPTS. *frame_txtime* is in nanoseconds."""

    flags: IsotpFlags
    frame_txtime: int
    ext_address: int
    txpad_content: int
    rxpad_content: int
    rx_ext_address: int


class IsotpFlowControlOptions(NamedTuple):
    """The value of CAN_ISOTP_RECV_FC: block size, separation time, and maximum number of wait frames."""

    bs: int
    stmin: int
    wftmax: int


class IsotpLinkLayerOptions(NamedTuple):
    """The value of CAN_ISOTP_LL_OPTS: size of frames (CAN_MTU, CANFD_MTU), of their data, and flags (CANFD_BRS)."""

    mtu: int
    tx_dl: int
    tx_flags: int


class J1939Filter(NamedTuple):
    """A filter of SO_J1939_FILTER: name, parameter group number and address, each with a mask."""

    name: int
    name_mask: int
    pgn: int
    pgn_mask: int
    addr: int
    addr_mask: int


# On NetBSD, SOL_CAN_RAW is 1 like IPPROTO_ICMP.
_table = OptionTable(TABLE, AF_CAN if system_name() == "netbsd" else None)


def _row(name: str, level: str, kind: Kind[Any]) -> Any:
    return _table(name, level, kind)


#: CAN_ERR_MASK requests all classes.
CAN_RAW_ERR_FILTER: Option[CanErrorClass] = _row(
    "CAN_RAW_ERR_FILTER", "SOL_CAN_RAW", enum_kind(CanErrorClass, UNSIGNED)
)
CAN_RAW_FD_FRAMES: Option[bool] = _row("CAN_RAW_FD_FRAMES", "SOL_CAN_RAW", FLAG)
CAN_RAW_FILTER: Option[list[CanFilter]] = _row(
    "CAN_RAW_FILTER", "SOL_CAN_RAW", array_kind(struct_kind(CanFilter, CAN_FILTER))
)
CAN_RAW_JOIN_FILTERS: Option[bool] = _row("CAN_RAW_JOIN_FILTERS", "SOL_CAN_RAW", FLAG)
CAN_RAW_LOOPBACK: Option[bool] = _row("CAN_RAW_LOOPBACK", "SOL_CAN_RAW", FLAG)
CAN_RAW_RECV_OWN_MSGS: Option[bool] = _row("CAN_RAW_RECV_OWN_MSGS", "SOL_CAN_RAW", FLAG)
CAN_RAW_XL_FRAMES: Option[bool] = _row("CAN_RAW_XL_FRAMES", "SOL_CAN_RAW", FLAG)
CAN_RAW_XL_VCID_OPTS: Option[VcidOptions] = _row(
    "CAN_RAW_XL_VCID_OPTS", "SOL_CAN_RAW", struct_kind(VcidOptions, CAN_RAW_VCID_OPTIONS)
)

# Times are in nanoseconds: a C int would overflow after two seconds.
CAN_ISOTP_LL_OPTS: Option[IsotpLinkLayerOptions] = _row(
    "CAN_ISOTP_LL_OPTS", "SOL_CAN_ISOTP", struct_kind(IsotpLinkLayerOptions, CAN_ISOTP_LL_OPTIONS)
)
CAN_ISOTP_OPTS: Option[IsotpOptions] = _row(
    "CAN_ISOTP_OPTS", "SOL_CAN_ISOTP", struct_kind(IsotpOptions, CAN_ISOTP_OPTIONS, {"flags": enum_field(IsotpFlags)})
)
CAN_ISOTP_RECV_FC: Option[IsotpFlowControlOptions] = _row(
    "CAN_ISOTP_RECV_FC", "SOL_CAN_ISOTP", struct_kind(IsotpFlowControlOptions, CAN_ISOTP_FC_OPTIONS)
)
CAN_ISOTP_RX_STMIN: Option[int] = _row("CAN_ISOTP_RX_STMIN", "SOL_CAN_ISOTP", UNSIGNED)
CAN_ISOTP_TX_STMIN: Option[int] = _row("CAN_ISOTP_TX_STMIN", "SOL_CAN_ISOTP", UNSIGNED)

SO_J1939_ERRQUEUE: Option[bool] = _row("SO_J1939_ERRQUEUE", "SOL_CAN_J1939", FLAG)
SO_J1939_FILTER: Option[list[J1939Filter]] = _row(
    "SO_J1939_FILTER", "SOL_CAN_J1939", array_kind(struct_kind(J1939Filter, J1939_FILTER))
)
SO_J1939_PROMISC: Option[bool] = _row("SO_J1939_PROMISC", "SOL_CAN_J1939", FLAG)
SO_J1939_SEND_PRIO: Option[int] = _row("SO_J1939_SEND_PRIO", "SOL_CAN_J1939", number_kind("=i", "0-7", 0, 7))


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _table.options()
