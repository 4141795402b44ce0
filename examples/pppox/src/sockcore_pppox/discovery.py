"""The packets of the discovery stage (RFC 2516), which gives a session its number.

A program sends and receives them by a socket of AF_PACKET with the protocol ETH_P_PPP_DISC.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from sockcore.plugin import Mapping
from sockcore_pppox.structs import PPPOE_TAG

#: The header. C declares its first byte as two bit-fields.
PPPOE_HDR = struct.Struct(">BBHH")
VERSION_AND_TYPE = 0x11
LONGEST = 0xFFFF


class Tag(IntEnum):
    """The types of tags."""

    SERVICE_NAME = 0x0101
    AC_NAME = 0x0102
    HOST_UNIQ = 0x0103
    AC_COOKIE = 0x0104
    VENDOR_SPECIFIC = 0x0105
    RELAY_SESSION_ID = 0x0110
    SERVICE_NAME_ERROR = 0x0201
    AC_SYSTEM_ERROR = 0x0202
    GENERIC_ERROR = 0x0203


class Packet(NamedTuple):
    """A packet: its code (PADI_CODE...), the session, and the tags. A later tag replaces one of the same type."""

    code: int
    session_id: int
    tags: Mapping[int, bytes]


def pack(packet: Packet) -> bytes:
    """Return the bytes of a packet.

    Raises OverflowError if a number does not fit its field, and ValueError if a tag is too long.
    """
    for name, number, most in (("code", packet.code, 0xFF), ("session_id", packet.session_id, LONGEST)):
        if not 0 <= number <= most:
            raise OverflowError(f"{name} must be from 0 to {most}, not {number}")
    data = b""
    for number, value in packet.tags.items():
        if not 0 <= number <= LONGEST:
            raise OverflowError(f"the type of a tag must be from 0 to {LONGEST}, not {number}")
        if len(value) > LONGEST:
            raise ValueError(f"the tag {number:#06x} must have at most {LONGEST} bytes, not {len(value)}")
        data += PPPOE_TAG.pack(number, len(value)) + bytes(value)
    if len(data) > LONGEST:
        raise ValueError(f"all tags must have at most {LONGEST} bytes, not {len(data)}")
    return PPPOE_HDR.pack(VERSION_AND_TYPE, packet.code, packet.session_id, len(data)) + data


def unpack(data: bytes) -> Packet:
    """Return the packet in *data*, which may have padding at its end.

    Raises ValueError if the data is too short, or has another version.
    """
    if len(data) < PPPOE_HDR.size:
        raise ValueError(f"the packet has {len(data)} bytes, which are fewer than the {PPPOE_HDR.size} of its header")
    version, code, session, length = PPPOE_HDR.unpack_from(data)
    if version != VERSION_AND_TYPE:
        raise ValueError(f"the packet must have the version and type {VERSION_AND_TYPE:#x}, not {version:#x}")
    rest = data[PPPOE_HDR.size : PPPOE_HDR.size + length]
    if len(rest) < length:
        raise ValueError(f"the tags have {len(rest)} bytes, not {length}")
    tags: dict[int, bytes] = {}
    while len(rest) >= PPPOE_TAG.size:
        number, size = (int(item) for item in PPPOE_TAG.unpack(rest[: PPPOE_TAG.size]))
        if number == 0:  # the end of the list
            break
        value = rest[PPPOE_TAG.size : PPPOE_TAG.size + size]
        if len(value) < size:
            raise ValueError(f"the tag {number:#06x} has {len(value)} bytes, not {size}")
        tags[number] = value
        rest = rest[PPPOE_TAG.size + size :]
    return Packet(code, session, tags)
