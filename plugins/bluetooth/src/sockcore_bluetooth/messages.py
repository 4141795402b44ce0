"""The control messages of Bluetooth on Linux, for sockcore.ancillary.

An addition to the standard library, which returns bytes. Availability: Linux. All codecs are registered with the family
AF_BLUETOOTH, because the levels have the same numbers as IP protocols (SOL_HCI is 0).
"""

from __future__ import annotations

from enum import IntEnum

from sockcore.plugin import (
    Ancillary,
    Any,
    ExtendedError,
    Iterator,
    Timestamp,
    Union,
    available_messages,
    declare_message,
    extended_error_decoder,
    queued_error,
    require_size,
    system_name,
    to_integer,
)
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

_TIMEVAL = structs.TIMEVAL.packer()
_TABLE = TABLE if system_name() == "linux" else {}


class Direction(IntEnum):
    """The direction of an HCI packet: to the controller, or from it."""

    OUT = 0
    IN = 1


class PacketStatus(IntEnum):
    """The status of a packet of audio data: Bluetooth Core, volume 4, part E, 5.4.3."""

    CORRECT = 0
    POSSIBLY_INVALID = 1
    NO_DATA = 2
    PARTIALLY_LOST = 3


def _decode_direction(data: bytes) -> Direction | int:
    number = to_integer(data, (1, 4))
    return Direction(number) if number in Direction._value2member_map_ else number


def _decode_status(data: bytes) -> PacketStatus | int:
    number = to_integer(data, (1, 4))
    return PacketStatus(number) if number in PacketStatus._value2member_map_ else number


def _decode_time(data: bytes) -> Timestamp:
    seconds, microseconds = _TIMEVAL.unpack(require_size(data, _TIMEVAL.size)[: _TIMEVAL.size])
    return Timestamp(seconds, microseconds * 1000)


#: The direction of an HCI packet, and the time when it was sent or received.
HCI_CMSG_DIR: Ancillary[Union[Direction, int]] = declare_message(
    _TABLE, "HCI_CMSG_DIR", "SOL_HCI", _decode_direction, family=AF_BLUETOOTH
)
HCI_CMSG_TSTAMP: Ancillary[Timestamp] = declare_message(
    _TABLE, "HCI_CMSG_TSTAMP", "SOL_HCI", _decode_time, family=AF_BLUETOOTH
)
#: The status that the controller reported for a packet of SCO or ISO data.
BT_SCM_PKT_STATUS: Ancillary[Union[PacketStatus, int]] = declare_message(
    _TABLE, "BT_SCM_PKT_STATUS", "SOL_BLUETOOTH", _decode_status, family=AF_BLUETOOTH
)
#: A report from the error queue: sockcore.errors converts it.
BT_SCM_ERROR: Ancillary[ExtendedError] = declare_message(
    _TABLE,
    "BT_SCM_ERROR",
    "SOL_BLUETOOTH",
    extended_error_decoder(),
    family=AF_BLUETOOTH,
    to_error=queued_error,
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages on Linux."""
    yield from available_messages(globals())
