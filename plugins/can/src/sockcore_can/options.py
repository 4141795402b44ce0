"""The socket options of CAN, for sockcore.options.

An addition to the standard library, which returns bytes.

1. A struct becomes a tuple of its fields, an array of structs becomes a list of tuples, and a number becomes an int.
2. An option that is a C int has no codec: getsockopt() reads it.

Sources: networking/can, networking/iso15765-2 and networking/j1939 in the kernel documentation; <linux/can.h> and the
headers in <linux/can/>.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    Any,
    Callable,
    Iterable,
    Iterator,
    Option,
    Struct,
    integers_bytes,
    struct_bytes,
    struct_value,
    system_name,
    tuple_bytes,
    unsigned,
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

#: The decoder and the encoder of a value. Read-only values have None as the encoder.
Codec = tuple[Callable[[bytes], object], "Callable[[Any], bytes] | None"]

_FILTERS_SIZE = 1024  # bytes; ERANGE for a longer list, which is then read again into a larger buffer


def _struct_codec(struct: Struct) -> Codec:
    """Return the codec of a struct."""
    return struct_value(struct), struct_bytes(struct)


def _array_codec(name: str, fields: Iterable[str], packer: Any) -> Codec:
    """Return the codec of an array of structs.

    Decoding ignores a truncated struct at the end.
    """
    size = packer.size
    fields = tuple(fields)
    encode_item = tuple_bytes(name, fields, integers_bytes(name, fields, packer.pack))

    def decode(data: bytes) -> list[tuple[int, ...]]:
        return [packer.unpack(data[start : start + size]) for start in range(0, len(data) - size + 1, size)]

    def encode(value: Any) -> bytes:
        if not hasattr(type(value), "__iter__"):
            raise TypeError(f"an array of {name} must be an iterable of tuples, not {value!r}")
        return b"".join(map(encode_item, value))

    return decode, encode


def _unsigned_codec(size: int) -> Codec:
    """Return the codec of an unsigned integer of *size* bytes."""
    return (
        lambda data: int.from_bytes(data[:size], sys.byteorder),
        lambda value: unsigned("a number of CAN", value, 8 * size).to_bytes(size, sys.byteorder),
    )


_FILTERS = _array_codec(CAN_FILTER.name, CAN_FILTER.offsets(), CAN_FILTER)
_J1939_FILTERS = _array_codec(J1939_FILTER.name, (name for name, _ in J1939_FILTER.layouts["*"]), J1939_FILTER.packer())

# Name, level, size in bytes, codec.
_OPTIONS: tuple[tuple[str, str, int, Codec], ...] = (
    ("CAN_RAW_FILTER", "SOL_CAN_RAW", _FILTERS_SIZE, _FILTERS),
    ("CAN_RAW_XL_VCID_OPTS", "SOL_CAN_RAW", CAN_RAW_VCID_OPTIONS.size, _struct_codec(CAN_RAW_VCID_OPTIONS)),
    ("CAN_ISOTP_OPTS", "SOL_CAN_ISOTP", CAN_ISOTP_OPTIONS.size, _struct_codec(CAN_ISOTP_OPTIONS)),
    ("CAN_ISOTP_RECV_FC", "SOL_CAN_ISOTP", CAN_ISOTP_FC_OPTIONS.size, _struct_codec(CAN_ISOTP_FC_OPTIONS)),
    ("CAN_ISOTP_LL_OPTS", "SOL_CAN_ISOTP", CAN_ISOTP_LL_OPTIONS.size, _struct_codec(CAN_ISOTP_LL_OPTIONS)),
    # In nanoseconds: a C int would overflow after two seconds.
    ("CAN_ISOTP_TX_STMIN", "SOL_CAN_ISOTP", 4, _unsigned_codec(4)),
    ("CAN_ISOTP_RX_STMIN", "SOL_CAN_ISOTP", 4, _unsigned_codec(4)),
    ("SO_J1939_FILTER", "SOL_CAN_J1939", _FILTERS_SIZE, _J1939_FILTERS),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options on this system."""
    # On NetBSD, SOL_CAN_RAW is 1 like IPPROTO_ICMP.
    family = AF_CAN if system_name() == "netbsd" else None
    for name, level, size, (decode, encode) in _OPTIONS:
        if name in TABLE:
            yield Option(name, TABLE[level], TABLE[name], size, decode, encode, family)
