"""sockcore's tests for every family, with addresses of AF_IEEE802154."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
import sockcore_ieee802154
from sockcore_ieee802154 import messages, options
from sockcore_ieee802154.structs import SOCKADDR_IEEE802154

from sockcore.testing import FakeContext, FamilyTests, PluginTests

EXTENDED = bytes.fromhex("0011223344556677")


def raw(mode: int, pan_id: int, address: bytes) -> bytes:
    return struct.pack("=HxxiH8sxx", 36, mode, pan_id, address)


class TestIeee802154Family(FamilyTests):
    """Socket addresses as literals of struct sockaddr_ieee802154."""

    family = sockcore_ieee802154.Ieee802154()
    pairs = (
        ((0xABCD, 1), raw(2, 0xABCD, struct.pack("=H", 1))),
        ((0xFFFF, 0xFFFF), raw(2, 0xFFFF, b"\xff\xff")),
        ((0xABCD, EXTENDED), raw(3, 0xABCD, EXTENDED)),
        ((0, None), raw(0, 0, b"")),
    )
    encoded = (((1, bytearray(EXTENDED)), raw(3, 1, EXTENDED)),)
    wrong = (
        (5, TypeError, "AF_IEEE802154"),
        ((1,), TypeError, "connect(): AF_IEEE802154 address must be (pan_id, address)"),
        ((1, 2, 3), TypeError, "not (1, 2, 3)"),
        (("1", 2), TypeError, "pan_id"),
        ((1, "2"), TypeError, "address"),
        ((1, 2.0), TypeError, "address"),
        ((0x10000, 2), OverflowError, "connect(): pan_id must be from 0 to 0xFFFF, not 65536"),
        ((1, -1), OverflowError, "address must be from 0 to 0xFFFF"),
        ((1, bytes(7)), ValueError, "must have 8 bytes, not 7"),
        ((1, bytes(9)), ValueError, "must have 8 bytes, not 9"),
    )

    def context(self, operation: str = "connect") -> FakeContext:
        """Return the context of a datagram socket."""
        return FakeContext(36, 2, operation=operation)


class TestIeee802154Plugin(PluginTests):
    """Registration."""

    plugin = sockcore_ieee802154


def test_decode_unknown_type_of_address_raises_value_error() -> None:
    with pytest.raises(ValueError, match="unknown type 1"):
        sockcore_ieee802154.Ieee802154().decode(raw(1, 1, b""), FakeContext(36, 2, operation="recvfrom"))


@pytest.mark.parametrize(
    ("byteorder", "sockaddr"),
    [
        ("little", "2400 0000 02000000 cdab 0201 000000000000 0000"),
        ("big", "0024 0000 00000002 abcd 0102 000000000000 0000"),
    ],
)
def test_sockaddr_has_layout_of_kernel(byteorder: str, sockaddr: str) -> None:
    # All fields have a fixed size: the layout is the same on machines of 32 and 64 bits.
    expected = bytes.fromhex(sockaddr)
    order = {"little": "<", "big": ">"}[byteorder]
    assert struct.pack(f"{order}HHiHH6xH", 36, 0, 2, 0xABCD, 0x0102, 0) == expected
    assert SOCKADDR_IEEE802154.size == len(expected) == 20
    if byteorder == sys.byteorder:
        assert sockcore_ieee802154.Ieee802154().encode((0xABCD, 0x0102), FakeContext(36, 2)) == expected


def test_options_have_numbers_of_kernel() -> None:
    found: dict[str, Any] = {option.name: (option.level, option.number) for option in options.options()}
    names = ("WPAN_WANTACK", "WPAN_SECURITY", "WPAN_SECURITY_LEVEL", "WPAN_WANTLQI")
    assert found == {name: (0, number) for number, name in enumerate(names)}


def test_message_decode_wrong_size_raises_value_error() -> None:
    [message] = messages.ancillaries()
    assert (message.level, message.number, message.decode(b"\xff")) == (0, 3, 255)
    with pytest.raises(ValueError, match="1 bytes are needed"):
        message.decode(b"")
