"""The control messages of Bluetooth on Linux, for sockcore.ancillary.

An addition to the standard library, which returns bytes. All codecs are registered with the family AF_BLUETOOTH,
because the levels have the same numbers as IP protocols (SOL_HCI is 0).
"""

from __future__ import annotations

import sys

from sockcore.plugin import Ancillary, Any, Iterator, system_name
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

_TIMEVAL = structs.TIMEVAL.packer()


def _decode_integer(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)


def _decode_time(data: bytes) -> tuple[int, int]:
    seconds, microseconds = _TIMEVAL.unpack(data.ljust(_TIMEVAL.size, b"\0")[: _TIMEVAL.size])
    return seconds, microseconds


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages on Linux.

    HCI_CMSG_DIR is 1 for a packet from the controller. HCI_CMSG_TSTAMP is (seconds, microseconds) since 1970.
    BT_SCM_PKT_STATUS is the status that the controller reported for an SCO packet, 0 for a correct one.
    """
    if system_name() == "linux":
        for name, level, decode in (
            ("HCI_CMSG_DIR", "SOL_HCI", _decode_integer),
            ("HCI_CMSG_TSTAMP", "SOL_HCI", _decode_time),
            ("BT_SCM_PKT_STATUS", "SOL_BLUETOOTH", _decode_integer),
        ):
            yield Ancillary(name, TABLE[level], TABLE[name], decode, family=AF_BLUETOOTH)
