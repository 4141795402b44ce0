"""The socket options and the control message of AF_LLC, for sockcore.options and sockcore.ancillary.

Sources: <linux/llc.h>, and the maximum values of the kernel in it.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    Ancillary,
    Any,
    Iterator,
    Kind,
    Option,
    OptionTable,
    available_messages,
    declare_message,
    number_kind,
    struct_decoder,
)
from sockcore_llc import constants
from sockcore_llc.structs import LLC_PKTINFO


class PacketInfo(NamedTuple):
    """LLC_OPT_PKTINFO: the receiving interface, by its index, and the destination of a datagram."""

    interface: int
    sap: int
    mac: bytes


def up_to(most: int) -> Kind[int]:
    """Return the kind of an int from 0 to *most*."""
    return number_kind("=i", low=0, high=most)


_table = OptionTable(constants.CONSTANTS)

#: The number of retransmissions.
LLC_OPT_RETRY: Option[int] = _table("LLC_OPT_RETRY", "SOL_LLC", up_to(constants.LLC_OPT_MAX_RETRY))
#: The largest number of bytes in a frame.
LLC_OPT_SIZE: Option[int] = _table("LLC_OPT_SIZE", "SOL_LLC", up_to(constants.LLC_OPT_MAX_SIZE))
#: The timers of a connection, in seconds.
LLC_OPT_ACK_TMR_EXP: Option[int] = _table("LLC_OPT_ACK_TMR_EXP", "SOL_LLC", up_to(constants.LLC_OPT_MAX_ACK_TMR_EXP))
LLC_OPT_P_TMR_EXP: Option[int] = _table("LLC_OPT_P_TMR_EXP", "SOL_LLC", up_to(constants.LLC_OPT_MAX_P_TMR_EXP))
LLC_OPT_REJ_TMR_EXP: Option[int] = _table("LLC_OPT_REJ_TMR_EXP", "SOL_LLC", up_to(constants.LLC_OPT_MAX_REJ_TMR_EXP))
LLC_OPT_BUSY_TMR_EXP: Option[int] = _table("LLC_OPT_BUSY_TMR_EXP", "SOL_LLC", up_to(constants.LLC_OPT_MAX_BUSY_TMR_EXP))
#: The windows of a connection, in frames.
LLC_OPT_TX_WIN: Option[int] = _table("LLC_OPT_TX_WIN", "SOL_LLC", up_to(constants.LLC_OPT_MAX_WIN))
LLC_OPT_RX_WIN: Option[int] = _table("LLC_OPT_RX_WIN", "SOL_LLC", up_to(constants.LLC_OPT_MAX_WIN))
#: True if datagrams are received with a PacketInfo.
LLC_OPT_PKTINFO: Option[bool] = _table("LLC_OPT_PKTINFO", "SOL_LLC", FLAG)


#: The control message of the option LLC_OPT_PKTINFO.
PKTINFO: Ancillary[PacketInfo] = declare_message(
    constants.CONSTANTS, "LLC_OPT_PKTINFO", "SOL_LLC", struct_decoder(LLC_PKTINFO, PacketInfo)
)


def options() -> Iterator[Option[Any]]:
    """Yield the options."""
    return _table.options()


def ancillaries() -> list[Ancillary[Any]]:
    """Return the control message."""
    return available_messages(globals())
