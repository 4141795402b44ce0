"""The socket options of Bluetooth on Linux, for sockcore.options.

An addition to the standard library, which returns bytes.

1. A struct with one field is an int. A struct with several fields is a tuple in the order of the fields.
2. An option that is a C int has no codec: getsockopt() reads it.
3. The class of a device and the mask of events are ints. In the structs they are arrays.
4. All codecs are registered with the family AF_BLUETOOTH, because the levels have the same numbers as IP protocols
   (SOL_HCI is 0, SOL_L2CAP is 6).
"""

from __future__ import annotations

import struct

from sockcore.plugin import (
    U8,
    U16,
    Any,
    Callable,
    Iterator,
    Option,
    Struct,
    named_integer,
    system_name,
    tuple_bytes,
)
from sockcore_bluetooth import iso, structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

_EVENT_MASK = struct.Struct("=2I")


def _decode_field(name: str, value: int | bytes) -> int:
    if isinstance(value, int):
        return value
    if name == "event_mask":
        low, high = _EVENT_MASK.unpack(value)
        return int(high << 32 | low)
    return int.from_bytes(value, "little")


def _encode_field(name: str, number: int, size: int) -> bytes:
    data = number.to_bytes(size, "little")
    return _EVENT_MASK.pack(*struct.unpack("<2I", data)) if name == "event_mask" else data


def decoder(layout: Struct) -> Callable[[bytes], object]:
    """Return a function that decodes *layout* to an int or a tuple of ints."""
    names = tuple(layout.offsets())

    def decode(data: bytes) -> object:
        values = tuple(map(_decode_field, names, layout.unpack(data)))
        return values[0] if len(values) == 1 else values

    return decode


def encoder(layout: Struct) -> Callable[[Any], bytes]:
    """Return a function that encodes an int or a tuple of ints to *layout*.

    It raises TypeError for another type or length, and OverflowError for a number that does not fit its field.
    """
    sizes = {name: size for name, (_, size) in layout.offsets().items()}
    arrays = [field.format.endswith("s") for _, field in layout.fields if not field.format.endswith("x")]

    labels = [f"{layout.name} {name}" for name in sizes]

    def pack(*values: Any) -> bytes:
        numbers = map(named_integer, labels, values)
        return layout.pack(
            *(
                _encode_field(name, number, size) if array else number
                for number, (name, size), array in zip(numbers, sizes.items(), arrays)
            )
        )

    return tuple_bytes(layout.name, sizes, pack)


# Options without a struct, which are shorter than the C int of getsockopt().
_U8 = Struct("uint8_t", "<stdint.h>", ("value", U8))
_U16 = Struct("uint16_t", "<stdint.h>", ("value", U16))

# Name, level, struct, writable.
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
    """Yield the codecs of the socket options on Linux."""
    if system_name() == "linux":
        for name, level, layout, writable in _OPTIONS:
            encode = encoder(layout) if writable else None
            yield Option(name, TABLE[level], TABLE[name], layout.size, decoder(layout), encode, AF_BLUETOOTH)
        yield from iso.options()
