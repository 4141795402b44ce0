"""CAN's socket options and control messages as values, for sockcore.options and sockcore.ancillary.

An addition to the manual, where these are bytes. A struct is the tuple of its fields, an array of structs a list of
such tuples, a number an int; an option that fits into C's int has no codec, since getsockopt reads it. The kernel's
networking/can, networking/iso15765-2 and networking/j1939, <linux/can.h> and the headers beside it.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    Ancillary,
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
    SOCK_EXTENDED_ERR,
)

#: How to read a value and how to make it.
Codec = tuple[Callable[[bytes], object], "Callable[[Any], bytes] | None"]

_USUAL = 1024  # bytes of filters; a longer list is ERANGE, and is read again into a larger buffer


def _fields(struct: Struct) -> Codec:
    """One struct."""
    return struct_value(struct), struct_bytes(struct)


def _array(name: str, fields: Iterable[str], packer: Any) -> Codec:
    """An array of structs as a list of tuples, without what was cut off at its end."""
    size = packer.size
    fields = tuple(fields)
    encode_item = tuple_bytes(name, fields, integers_bytes(name, fields, packer.pack))

    def decode(raw: bytes) -> list[tuple[int, ...]]:
        return [packer.unpack(raw[at : at + size]) for at in range(0, len(raw) - size + 1, size)]

    def encode(value: Any) -> bytes:
        if not hasattr(type(value), "__iter__"):
            raise TypeError(f"an array of {name} must be an iterable of tuples, not {value!r}")
        return b"".join(map(encode_item, value))

    return decode, encode


def _number(size: int) -> Codec:
    """One unsigned number of so many bytes."""
    return (
        lambda raw: int.from_bytes(raw[:size], sys.byteorder),
        lambda value: unsigned("a number of CAN", value, 8 * size).to_bytes(size, sys.byteorder),
    )


def _read_only(codec: Codec) -> Codec:
    return codec[0], None


_FILTERS = _array(CAN_FILTER.name, CAN_FILTER.offsets(), CAN_FILTER)
_J1939_FILTERS = _array(J1939_FILTER.name, (name for name, _ in J1939_FILTER.layouts["*"]), J1939_FILTER.packer())

# Name, level, bytes, codec.
_OPTIONS: tuple[tuple[str, str, int, Codec], ...] = (
    ("CAN_RAW_FILTER", "SOL_CAN_RAW", _USUAL, _FILTERS),
    ("CAN_RAW_XL_VCID_OPTS", "SOL_CAN_RAW", CAN_RAW_VCID_OPTIONS.size, _fields(CAN_RAW_VCID_OPTIONS)),
    ("CAN_ISOTP_OPTS", "SOL_CAN_ISOTP", CAN_ISOTP_OPTIONS.size, _fields(CAN_ISOTP_OPTIONS)),
    ("CAN_ISOTP_RECV_FC", "SOL_CAN_ISOTP", CAN_ISOTP_FC_OPTIONS.size, _fields(CAN_ISOTP_FC_OPTIONS)),
    ("CAN_ISOTP_LL_OPTS", "SOL_CAN_ISOTP", CAN_ISOTP_LL_OPTIONS.size, _fields(CAN_ISOTP_LL_OPTIONS)),
    # Nanoseconds, of which C's int has but two seconds.
    ("CAN_ISOTP_TX_STMIN", "SOL_CAN_ISOTP", 4, _number(4)),
    ("CAN_ISOTP_RX_STMIN", "SOL_CAN_ISOTP", 4, _number(4)),
    ("SO_J1939_FILTER", "SOL_CAN_J1939", _USUAL, _J1939_FILTERS),
)

# Name, level, codec. The kernel reads none of them: a priority to send with is the option SO_J1939_SEND_PRIO.
_MESSAGES: tuple[tuple[str, str, Codec], ...] = (
    ("SCM_J1939_DEST_ADDR", "SOL_CAN_J1939", _read_only(_number(1))),
    ("SCM_J1939_DEST_NAME", "SOL_CAN_J1939", _read_only(_number(8))),
    ("SCM_J1939_PRIO", "SOL_CAN_J1939", _read_only(_number(1))),
    ("SCM_J1939_ERRQUEUE", "SOL_CAN_J1939", _read_only(_fields(SOCK_EXTENDED_ERR))),
    ("SCM_CAN_RAW_ERRQUEUE", "SOL_CAN_RAW", _read_only(_fields(SOCK_EXTENDED_ERR))),
)


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system has."""
    # NetBSD's level has the number of another family's, IPPROTO_ICMP.
    family = AF_CAN if system_name() == "netbsd" else None
    for name, level, size, (decode, encode) in _OPTIONS:
        if name in TABLE:
            yield Option(name, TABLE[level], TABLE[name], size, decode, encode, family)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system has."""
    for name, level, (decode, encode) in _MESSAGES:
        if name in TABLE:
            yield Ancillary(name, TABLE[level], TABLE[name], decode, encode)
