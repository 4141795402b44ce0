"""Shared literals of the Bluetooth tests, and functions that create codecs and sockaddrs of every system."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import sockcore_bluetooth
from sockcore.plugin import HAS_SA_LEN

if TYPE_CHECKING:
    from sockcore_bluetooth.address import Bluetooth

#: The number of the family. The codecs accept any number.
AF = 31

DEVICE = "00:1A:7D:DA:71:0F"
RAW_DEVICE = bytes.fromhex("0f71da7d1a00")
ANY = "00:00:00:00:00:00"
ALL = "FF:FF:FF:FF:FF:FF"

_NUMBERS = {
    "linux": {"L2CAP": 0, "HCI": 1, "SCO": 2, "RFCOMM": 3, "ISO": 8},
    "freebsd": {"HCI": 134, "L2CAP": 135, "RFCOMM": 136, "SCO": 137},
    "netbsd": {"HCI": 1, "L2CAP": 2, "RFCOMM": 3, "SCO": 4},
    "dragonfly6": {"HCI": 1, "L2CAP": 2, "RFCOMM": 3, "SCO": 4},
    "windows": {"RFCOMM": 3},
}


def codecs(system: str) -> dict[str, Bluetooth]:
    """Return protocol -> codec for *system*."""
    names = {number: name for name, number in _NUMBERS[system].items()}
    families = sockcore_bluetooth.families(system, AF, _NUMBERS[system])
    return {names[codec.proto or 0]: codec for codec in families}


def to_sockaddr(body: bytes) -> bytes:
    """Return a whole sockaddr: the header of this system and *body*.

    The header is the length field, if this system has one, and the family field.
    """
    size = 2 + len(body)
    return (bytes((size, AF)) if HAS_SA_LEN else struct.pack("=H", AF)) + body


#: Invalid device addresses: (text, reason).
INVALID_DEVICES = (
    ("", "empty"),
    ("0", "one number"),
    ("00:11:22:33:44", "five numbers"),
    ("00:11:22:33:44:55:66", "seven numbers"),
    ("00:11:22:33:44:5G", "invalid digit"),
    ("00:11:22:33:44:1234", "too many digits"),
    ("100:11:22:33:44:55", "three digits, not zero"),
    ("000:11:22:33:44:55", "three digits"),
    ("00:11:22:33:44:", "last number missing"),
    (":11:22:33:44:55", "first number missing"),
    (":::::", "all numbers missing"),
    ("00-11-22-33-44-55", "another separator"),
    ("001122334455", "no separator"),
    ("-1:11:22:33:44:55", "negative"),
    ("+1:11:22:33:44:55", "plus sign"),
    ("0x1:11:22:33:44:55", "prefix"),
    ("x:11:22:33:44:55", "prefix without number"),
    (" 00:11:22:33:44:55", "leading blank"),
    ("00:11:22:33:44:55 ", "trailing blank"),
    ("00: 1:22:33:44:55", "blank inside"),
    ("00:11:22:33:44:55\n", "newline"),
    ("_0:11:22:33:44:55", "underscore"),
    ("00:11:22:33:44:5é", "not ASCII"),
    ("00:11:22:33:44:\u0665\u0665", "non-ASCII digits"),
    ("localhost", "host name"),
    ("127.0.0.1", "IPv4 address"),
)
