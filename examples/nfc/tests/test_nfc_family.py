"""sockcore's tests for every family, with addresses of AF_NFC."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
import sockcore_nfc
from sockcore_nfc import options
from sockcore_nfc.structs import SOCKADDR_NFC, SOCKADDR_NFC_LLCP

from sockcore.testing import FakeContext, FamilyTests, PluginTests

NAME = "urn:nfc:sn:snep"
LARGEST = 2**32 - 1


def raw(device: int, target: int, protocol: int) -> bytes:
    return struct.pack("=HxxIII", 39, device, target, protocol)


def raw_llcp(device: int, target: int, protocol: int, dsap: int, ssap: int, name: bytes) -> bytes:
    # "@N" is the size of size_t on this machine, and its alignment.
    sockaddr = raw(device, target, protocol) + struct.pack("=BB63s", dsap, ssap, name)
    size = struct.calcsize("@N")
    return sockaddr.ljust((len(sockaddr) + size - 1) // size * size, b"\0") + struct.pack("@N", len(name))


class TestNfcRawFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_nfc."""

    family = sockcore_nfc.NfcRaw()
    pairs = (((0, 1, 4), raw(0, 1, 4)), ((LARGEST, LARGEST, LARGEST), raw(LARGEST, LARGEST, LARGEST)))
    wrong = (
        (5, TypeError, "AF_NFC"),
        ((0, 1), TypeError, "connect(): AF_NFC address must be (device, target, protocol)"),
        (("0", 1, 4), TypeError, "device"),
        ((0, 2**32, 4), OverflowError, "target must be from 0 to 4294967295"),
        ((0, 1, -1), OverflowError, "protocol must be"),
    )

    def context(self, operation: str = "connect") -> FakeContext:
        """Return the context of a raw socket."""
        return FakeContext(39, 5, 0, operation=operation)


class TestNfcLlcpFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_nfc_llcp."""

    family = sockcore_nfc.NfcLlcp()
    pairs = (
        ((0, 1, 5, 0, 0, NAME), raw_llcp(0, 1, 5, 0, 0, NAME.encode())),
        ((0, 1, 5, 4, 32, ""), raw_llcp(0, 1, 5, 4, 32, b"")),
        ((LARGEST, 0, 5, 255, 255, "a" * 63), raw_llcp(LARGEST, 0, 5, 255, 255, b"a" * 63)),
    )
    wrong = (
        (None, TypeError, "AF_NFC"),
        ((0, 1, 5), TypeError, "must be (device, target, protocol, dsap, ssap, service_name)"),
        ((0, 1, 5, 0, 0, b"name"), TypeError, "service_name must be a str, not b'name'"),
        ((0, 1, 5, "0", 0, ""), TypeError, "dsap"),
        ((0, 1, 5, 256, 0, ""), OverflowError, "dsap must be from 0 to 255, not 256"),
        ((0, 1, 5, 0, -1, ""), OverflowError, "ssap must be from 0 to 255, not -1"),
        ((0, 1, 5, 0, 0, "a" * 64), ValueError, "at most 63 bytes, not 64"),
    )

    def context(self, operation: str = "connect") -> FakeContext:
        """Return the context of a socket of LLCP."""
        return FakeContext(39, 1, 1, operation=operation)


class TestNfcPlugin(PluginTests):
    """Registration."""

    plugin = sockcore_nfc


@pytest.mark.parametrize(
    ("byteorder", "bits", "start", "end"),
    [
        ("little", 64, "2700 0000 04030201 01000000 05000000 0420", "00000000000000 0100000000000000"),
        ("big", 64, "0027 0000 01020304 00000001 00000005 0420", "00000000000000 0000000000000001"),
        ("little", 32, "2700 0000 04030201 01000000 05000000 0420", "000000 01000000"),
        ("big", 32, "0027 0000 01020304 00000001 00000005 0420", "000000 00000001"),
    ],
)
def test_sockaddr_has_layout_of_header(byteorder: str, bits: int, start: str, end: str) -> None:
    expected = bytes.fromhex(start) + b"a".ljust(63, b"\0") + bytes.fromhex(end)
    assert len(expected) == {64: 96, 32: 88}[bits]
    if (byteorder, bits) == (sys.byteorder, 8 * struct.calcsize("@N")):
        assert SOCKADDR_NFC.size == 16
        assert SOCKADDR_NFC_LLCP.size == len(expected)
        address = 0x01020304, 1, 5, 4, 32, "a"
        assert sockcore_nfc.NfcLlcp().encode(address, FakeContext(39, 1, 1)) == expected
        assert sockcore_nfc.NfcLlcp().decode(expected, FakeContext(39, 1, 1)) == address


def test_options_have_numbers_of_header() -> None:
    found: dict[str, Any] = {option.name: (option.level, option.number) for option in options.options()}
    names = ("NFC_LLCP_RW", "NFC_LLCP_MIUX", "NFC_LLCP_REMOTE_MIU", "NFC_LLCP_REMOTE_LTO", "NFC_LLCP_REMOTE_RW")
    assert found == {name: (280, number) for number, name in enumerate(names)}
    assert [option.name for option in options.options() if option.encode] == ["NFC_LLCP_RW", "NFC_LLCP_MIUX"]
