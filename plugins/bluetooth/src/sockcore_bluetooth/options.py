"""Bluetooth's socket options and control messages as values, for sockcore.options and sockcore.ancillary, on Linux.

1. An addition to the manual, where these are bytes: a struct of one field is a number, one of several a tuple in the
   order of the struct. An option that is one int has no codec: getsockopt reads it.
2. A class of device and a mask of events are numbers, though the struct has arrays of them.
3. Levels have the numbers of IP's protocols (SOL_HCI is 0, SOL_L2CAP is 6): all say that they are of AF_BLUETOOTH.
"""

from __future__ import annotations

import struct
import sys

from sockcore.plugin import (
    U8,
    U16,
    Ancillary,
    Any,
    Callable,
    Iterator,
    Option,
    Struct,
    named_integer,
    system_name,
    tuple_bytes,
)
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

_MASK = struct.Struct("=2I")
_TIMEVAL = structs.TIMEVAL.packer()


def _read(name: str, value: int | bytes) -> int:
    if isinstance(value, int):
        return value
    if name == "event_mask":
        low, high = _MASK.unpack(value)
        return int(high << 32 | low)
    return int.from_bytes(value, "little")


def _written(name: str, number: int, size: int) -> bytes:
    raw = number.to_bytes(size, "little")
    return _MASK.pack(*struct.unpack("<2I", raw)) if name == "event_mask" else raw


def decoder(layout: Struct) -> Callable[[bytes], object]:
    """Return what reads *layout*: a number, or a tuple of numbers."""
    names = tuple(layout.offsets())

    def decode(raw: bytes) -> object:
        values = tuple(map(_read, names, layout.unpack(raw)))
        return values[0] if len(values) == 1 else values

    return decode


def encoder(layout: Struct) -> Callable[[Any], bytes]:
    """Return what writes *layout*: TypeError for another shape, OverflowError for a number that does not fit."""
    sizes = {name: size for name, (_, size) in layout.offsets().items()}
    arrays = [field.format.endswith("s") for _, field in layout.fields if not field.format.endswith("x")]

    labels = [f"{layout.name} {name}" for name in sizes]

    def pack(*values: Any) -> bytes:
        numbers = map(named_integer, labels, values)
        return layout.pack(
            *(
                _written(name, number, size) if array else number
                for number, (name, size), array in zip(numbers, sizes.items(), arrays)
            )
        )

    return tuple_bytes(layout.name, sizes, pack)


# What the kernel reads and writes without a struct, and narrower than the int that getsockopt has.
_U8 = Struct("uint8_t", "<stdint.h>", ("value", U8))
_U16 = Struct("uint16_t", "<stdint.h>", ("value", U16))

# Name, level, struct, and whether it can be set.
_OPTIONS = (
    ("BT_SECURITY", "SOL_BLUETOOTH", structs.BT_SECURITY, True),
    ("BT_POWER", "SOL_BLUETOOTH", structs.BT_POWER, True),
    ("BT_VOICE", "SOL_BLUETOOTH", structs.BT_VOICE, True),
    ("BT_SNDMTU", "SOL_BLUETOOTH", _U16, False),
    ("BT_RCVMTU", "SOL_BLUETOOTH", _U16, True),
    ("BT_MODE", "SOL_BLUETOOTH", _U8, True),
    ("L2CAP_OPTIONS", "SOL_L2CAP", structs.L2CAP_OPTIONS, True),
    ("L2CAP_CONNINFO", "SOL_L2CAP", structs.L2CAP_CONNINFO, False),
    ("RFCOMM_CONNINFO", "SOL_RFCOMM", structs.RFCOMM_CONNINFO, False),
    ("SCO_OPTIONS", "SOL_SCO", structs.SCO_OPTIONS, False),
    ("SCO_CONNINFO", "SOL_SCO", structs.SCO_CONNINFO, False),
    ("HCI_FILTER", "SOL_HCI", structs.HCI_FILTER, True),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options, on Linux."""
    if system_name() == "linux":
        for name, level, layout, writable in _OPTIONS:
            encode = encoder(layout) if writable else None
            yield Option(name, TABLE[level], TABLE[name], layout.size, decoder(layout), encode, AF_BLUETOOTH)


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, sys.byteorder)


def _time(raw: bytes) -> tuple[int, int]:
    seconds, microseconds = _TIMEVAL.unpack(raw.ljust(_TIMEVAL.size, b"\0")[: _TIMEVAL.size])
    return seconds, microseconds


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages, on Linux.

    HCI_CMSG_DIR is 1 for what came from the controller, HCI_CMSG_TSTAMP is (seconds, microseconds) since 1970,
    BT_SCM_PKT_STATUS is what the controller said of a packet of SCO, 0 for a good one.
    """
    if system_name() == "linux":
        for name, level, decode in (
            ("HCI_CMSG_DIR", "SOL_HCI", _number),
            ("HCI_CMSG_TSTAMP", "SOL_HCI", _time),
            ("BT_SCM_PKT_STATUS", "SOL_BLUETOOTH", _number),
        ):
            yield Ancillary(name, TABLE[level], TABLE[name], decode, family=AF_BLUETOOTH)
