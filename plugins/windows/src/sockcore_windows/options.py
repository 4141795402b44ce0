"""The socket options of AF_HYPERV as values, for sockcore.options. They are at level HV_PROTOCOL_RAW.

An addition to the manual, where these are bytes or an int. Their level is the number of IPPROTO_ICMP: all say that they
are of AF_HYPERV. (HVSOCKET_ADDRESS_FLAG_PASSTHRU is no option but a bit of Hyper-V's own description of a partition.)
"""

from __future__ import annotations

from sockcore.plugin import Ancillary, Iterator, Option, unsigned
from sockcore_windows.constants import AF_HYPERV, HV_PROTOCOL_RAW, TABLE
from sockcore_windows.structs import ULONG


def decode_number(raw: bytes) -> int:
    """Return the ULONG in *raw*."""
    return int(ULONG.unpack(raw)[0])


def encode_number(value: object) -> bytes:
    """Return a ULONG: TypeError for what is no integer, OverflowError if it does not fit."""
    return ULONG.pack(unsigned("an option of AF_HYPERV", value, 32))


def decode_flag(raw: bytes) -> bool:
    """Return whether the ULONG in *raw* is not zero."""
    return bool(decode_number(raw))


def encode_flag(value: object) -> bytes:
    """Return a ULONG, 1 if *value* is true."""
    return ULONG.pack(bool(value))


def options() -> Iterator[Option]:
    """Yield the codecs: HVSOCKET_CONNECT_TIMEOUT is in milliseconds, the others are bools."""
    for name, decode, encode in (
        ("HVSOCKET_CONNECT_TIMEOUT", decode_number, encode_number),
        ("HVSOCKET_CONTAINER_PASSTHRU", decode_flag, encode_flag),
        ("HVSOCKET_CONNECTED_SUSPEND", decode_flag, encode_flag),
    ):
        if name in TABLE:
            yield Option(name, HV_PROTOCOL_RAW, TABLE[name], ULONG.size, decode, encode, AF_HYPERV)


def ancillaries() -> Iterator[Ancillary]:
    """Yield nothing: there are no control messages of AF_HYPERV."""
    yield from ()
