"""The socket options of LLCP, for sockcore.options.

The kernel returns them for a socket that is bound or connected.
"""

from __future__ import annotations

from sockcore.plugin import INT, Any, Iterator, Option, OptionTable
from sockcore_nfc.constants import AF_NFC, CONSTANTS

_table = OptionTable(CONSTANTS, AF_NFC)

#: The size of the receive window, 0 to 15 packets. It can be set before bind and connect.
NFC_LLCP_RW: Option[int] = _table("NFC_LLCP_RW", "SOL_NFC", INT)
#: The longest packet that the socket receives, minus 128 bytes: 0 to 2047. It can be set before bind and connect.
NFC_LLCP_MIUX: Option[int] = _table("NFC_LLCP_MIUX", "SOL_NFC", INT)
#: The longest packet, the timeout in units of 10 ms, and the receive window of the peer.
NFC_LLCP_REMOTE_MIU: Option[int] = _table("NFC_LLCP_REMOTE_MIU", "SOL_NFC", INT, "r")
NFC_LLCP_REMOTE_LTO: Option[int] = _table("NFC_LLCP_REMOTE_LTO", "SOL_NFC", INT, "r")
NFC_LLCP_REMOTE_RW: Option[int] = _table("NFC_LLCP_REMOTE_RW", "SOL_NFC", INT, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the options."""
    yield from _table.options()
