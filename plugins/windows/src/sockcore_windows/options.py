"""The socket options of AF_HYPERV, for sockcore.options. Their level is HV_PROTOCOL_RAW.

An addition to the standard library, which returns bytes or an int. The codecs are registered with the family AF_HYPERV,
because HV_PROTOCOL_RAW equals IPPROTO_ICMP. (HVSOCKET_ADDRESS_FLAG_PASSTHRU is not an option, but a flag in the
description of a partition.)
"""

from __future__ import annotations

from sockcore.plugin import Iterator, Option, unsigned
from sockcore_windows.constants import AF_HYPERV, HV_PROTOCOL_RAW, TABLE
from sockcore_windows.structs import ULONG


def decode_number(data: bytes) -> int:
    """Return the ULONG in *data*."""
    return int(ULONG.unpack(data)[0])


def encode_number(value: object) -> bytes:
    """Return a ULONG.

    Raises TypeError if *value* is not an integer, and OverflowError if it is out of range.
    """
    return ULONG.pack(unsigned("an option of AF_HYPERV", value, 32))


def decode_flag(data: bytes) -> bool:
    """Return True if the ULONG in *data* is not zero."""
    return bool(decode_number(data))


def encode_flag(value: object) -> bytes:
    """Return a ULONG: 1 if *value* is true, otherwise 0."""
    return ULONG.pack(bool(value))


def options() -> Iterator[Option]:
    """Yield the codecs.

    HVSOCKET_CONNECT_TIMEOUT is in milliseconds, the other options are bools.
    """
    for name, decode, encode in (
        ("HVSOCKET_CONNECT_TIMEOUT", decode_number, encode_number),
        ("HVSOCKET_CONTAINER_PASSTHRU", decode_flag, encode_flag),
        ("HVSOCKET_CONNECTED_SUSPEND", decode_flag, encode_flag),
    ):
        if name in TABLE:
            yield Option(name, HV_PROTOCOL_RAW, TABLE[name], ULONG.size, decode, encode, AF_HYPERV)
