"""What the tests of Bluetooth share: the codecs of every system, built on this one, and sockaddrs by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import sockcore_bluetooth
from sockcore.plugin import HAS_SA_LEN

if TYPE_CHECKING:
    from sockcore_bluetooth.address import Bluetooth

#: The family's number, which the codecs take as it comes.
AF = 31

DEVICE = "00:1A:7D:DA:71:0F"
RAW_DEVICE = bytes.fromhex("0f71da7d1a00")
ANY = "00:00:00:00:00:00"
ALL = "FF:FF:FF:FF:FF:FF"

_NUMBERS = {
    "linux": {"L2CAP": 0, "HCI": 1, "SCO": 2, "RFCOMM": 3},
    "freebsd": {"HCI": 134, "L2CAP": 135, "RFCOMM": 136, "SCO": 137},
    "netbsd": {"HCI": 1, "L2CAP": 2, "RFCOMM": 3, "SCO": 4},
    "dragonfly6": {"HCI": 1, "L2CAP": 2, "RFCOMM": 3, "SCO": 4},
    "windows": {"RFCOMM": 3},
}


def codecs(system: str) -> dict[str, Bluetooth]:
    """The codecs of a system, by protocol."""
    names = {number: name for name, number in _NUMBERS[system].items()}
    made = sockcore_bluetooth.families(system, AF, _NUMBERS[system])
    return {names[codec.proto or 0]: codec for codec in made}


def raw(body: bytes) -> bytes:
    """A whole sockaddr: the family, after the length where this machine has one, and *body*."""
    size = 2 + len(body)
    return (bytes((size, AF)) if HAS_SA_LEN else struct.pack("=H", AF)) + body


#: Not one of them is a device address: (text, why).
NO_DEVICE = (
    ("", "nothing"),
    ("0", "one number"),
    ("00:11:22:33:44", "five numbers"),
    ("00:11:22:33:44:55:66", "seven numbers"),
    ("00:11:22:33:44:5G", "no hexadecimal digit"),
    ("00:11:22:33:44:1234", "too many digits"),
    ("100:11:22:33:44:55", "more than a byte"),
    ("000:11:22:33:44:55", "three digits"),
    ("00:11:22:33:44:", "the last is missing"),
    (":11:22:33:44:55", "the first is missing"),
    (":::::", "all are missing"),
    ("00-11-22-33-44-55", "another separator"),
    ("001122334455", "no separator"),
    ("-1:11:22:33:44:55", "negative"),
    ("+1:11:22:33:44:55", "a sign"),
    ("0x1:11:22:33:44:55", "a prefix"),
    ("x:11:22:33:44:55", "a prefix alone"),
    (" 00:11:22:33:44:55", "a blank in front"),
    ("00:11:22:33:44:55 ", "a blank behind"),
    ("00: 1:22:33:44:55", "a blank between"),
    ("00:11:22:33:44:55\n", "a line's end"),
    ("_0:11:22:33:44:55", "an underscore"),
    ("00:11:22:33:44:5é", "not ASCII"),
    ("00:11:22:33:44:\u0665\u0665", "digits, but not ASCII"),
    ("localhost", "a name"),
    ("127.0.0.1", "another family's"),
)
