"""The addresses, options and control message of AF_LLC as literals. These tests need no kernel with the family."""

from __future__ import annotations

import struct
import sys

import pytest
import sockcore_llc
from sockcore_llc import constants, options

from sockcore.testing import FamilyTests, PluginTests

MAC = b"\x02\0\0\0\0\x01"


def raw(mac: bytes, sap: int, arphrd: int = 0, test: int = 0, xid: int = 0, ua: int = 0) -> bytes:
    """Return the struct sockaddr_llc, packed without the code of the plugin."""
    return struct.pack("=HHBBBB6s2x", 26, arphrd, test, xid, ua, sap, mac)


class TestLlcFamily(FamilyTests):
    """Conversions in both directions, and the exceptions for wrong addresses."""

    family = sockcore_llc.Llc()
    pairs = (
        ((bytes(6), 0, 0, 0, 0, 0), raw(bytes(6), 0)),
        ((MAC, 0x42, 1, 2, 3, 4), raw(MAC, 0x42, 1, 2, 3, 4)),
        ((b"\xff" * 6, 255, 65535, 255, 255, 255), raw(b"\xff" * 6, 255, 65535, 255, 255, 255)),
    )
    encoded = (
        ((MAC, 4), raw(MAC, 4)),
        ((bytearray(MAC), True), raw(MAC, 1)),
        ((MAC, 4, 772), raw(MAC, 4, 772)),
        ((MAC, 4, 1, 1), raw(MAC, 4, 1, 1)),
        ((MAC, 4, 1, 0, 1), raw(MAC, 4, 1, 0, 1)),
    )
    wrong = (
        ("address", TypeError, "connect(): AF_LLC address must be tuple, not str"),
        ((MAC,), TypeError, "connect(): AF_LLC address must be (mac, sap[, arphrd"),
        ((MAC, 1, 1, 1, 1, 1, 1), TypeError, "connect(): AF_LLC address must be (mac, sap[, arphrd"),
        ((None, 2), TypeError, "connect(): mac must be a bytes-like object"),
        (("02:00:00:00:00:01", 2), TypeError, "connect(): mac must be a bytes-like object"),
        ((MAC[:5], 2), ValueError, "connect(): mac must have 6 bytes, not 5"),
        ((MAC + b"x", 2), ValueError, "connect(): mac must have 6 bytes, not 7"),
        ((MAC, None), TypeError, "connect(): sap must be an integer"),
        ((MAC, 256), OverflowError, "connect(): sap must be 0 to 255, not 256"),
        ((MAC, -1), OverflowError, "connect(): sap must be 0 to 255, not -1"),
        ((MAC, 4, 2**16), OverflowError, "connect(): arphrd must be 0 to 65535"),
        ((MAC, 4, 1, 256), OverflowError, "connect(): test must be 0 to 255"),
        ((MAC, 4, 1, 0, 256), OverflowError, "connect(): xid must be 0 to 255"),
        ((MAC, 4, 1, 0, 0, 256), OverflowError, "connect(): ua must be 0 to 255"),
        ((MAC, 4, 1, 0, 0, "1"), TypeError, "connect(): ua must be an integer"),
    )


class TestLlcPlugin(PluginTests):
    """The hook and its registrations."""

    plugin = sockcore_llc


def test_constants_are_registered_with_their_values() -> None:
    assert sockcore_llc.Llc().number == sockcore_llc.AF_LLC == 26
    for name, value in constants.CONSTANTS.items():
        assert getattr(constants, name) == value


def test_sockaddr_has_literal_bytes_of_each_byte_order() -> None:
    expected = {"little": b"\x1a\0\x04\x03", "big": b"\0\x1a\x03\x04"}[sys.byteorder] + b"\x01\0\0\x42" + MAC + bytes(2)
    assert raw(MAC, 0x42, 0x304, 1) == expected


def test_packet_info_is_decoded_from_literal() -> None:
    data = struct.pack("=iB6sx", 7, 0x42, MAC)
    assert options.PKTINFO.decode(data) == options.PacketInfo(7, 0x42, MAC)
    assert options.PKTINFO.decode(data + b"more") == (7, 0x42, MAC)
    with pytest.raises(ValueError, match="12 bytes are needed, not 11"):
        options.PKTINFO.decode(data[:-1])


@pytest.mark.parametrize(
    ("option", "most"),
    [(options.LLC_OPT_RETRY, 100), (options.LLC_OPT_ACK_TMR_EXP, 60), (options.LLC_OPT_TX_WIN, 127)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_options_are_ints_in_range_of_kernel(option: object, most: int) -> None:
    assert isinstance(option, type(options.LLC_OPT_RETRY))
    assert option.encode is not None
    assert option.encode(most) == struct.pack("=i", most)
    assert option.decode(struct.pack("=i", 5)) == 5
    for value in (-1, most + 1):
        with pytest.raises(OverflowError, match=f"{option.name} must be 0 to {most}, not {value}"):
            option.encode(value)
    with pytest.raises(TypeError, match=option.name):
        option.encode("1")
