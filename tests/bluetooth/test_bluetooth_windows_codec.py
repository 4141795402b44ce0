"""RFCOMM on Windows, tested with literals on any machine whose sockaddrs begin like those of Windows.

A C program, compiled by mingw-w64 with SOCKADDR_BTH of <ws2bth.h>, printed the literals.
tests/windows/test_standard_codecs.py compares the codec with the standard library.
"""

from __future__ import annotations

import socket as stdlib
import sys

import pytest
from bluetooth_literals import ALL, ANY, DEVICE, INVALID_DEVICES
from hypothesis import given
from hypothesis import strategies as st

import sockcore
import sockcore_bluetooth
from sockcore.plugin import HAS_SA_LEN
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.protocols import WindowsRfcomm
from sockcore_bluetooth.structs import structs

pytestmark = pytest.mark.skipif(
    HAS_SA_LEN or sys.byteorder == "big", reason="sockaddrs on Windows are little-endian and have no length field"
)

AF_BTH = 32
[FAMILY] = sockcore_bluetooth.families("windows", AF_BTH, {"RFCOMM": 3})
WRONG = "connect(): wrong format: an RFCOMM address is (bdaddr, channel)"
BAD = "bad bluetooth address"


class TestWindowsRfcomm(FamilyTests):
    family = FAMILY
    pairs = (
        ((DEVICE, 1), bytes.fromhex("20000f71da7d1a0000000000000000000000000000000000000001000000")),
        ((ANY, -1), bytes.fromhex("2000000000000000000000000000000000000000000000000000ffffffff")),
        ((ALL, 30), bytes.fromhex("2000ffffffffffff0000000000000000000000000000000000001e000000")),
        ((ANY, 0), bytes.fromhex("200000000000000000000000000000000000000000000000000000000000")),
        # The field has 32 bits. The system checks the channel.
        ((ANY, 256), bytes.fromhex("200000000000000000000000000000000000000000000000000000010000")),
        ((ANY, -(2**31)), bytes.fromhex("200000000000000000000000000000000000000000000000000000000080")),
    )
    encoded = (
        (("0:1a:7d:da:71:f", True), bytes.fromhex("20000f71da7d1a0000000000000000000000000000000000000001000000")),
        # BT_PORT_ANY as an unsigned number, as in the header.
        ((ANY, 2**32 - 1), bytes.fromhex("2000000000000000000000000000000000000000000000000000ffffffff")),
    )
    decoded = (
        # The class of the service, 00112233-4455-6677-8899-aabbccddeeff, is not part of the address.
        (
            bytes.fromhex("2000060504030201000033221100554477668899aabbccddeeff04030201"),
            ("01:02:03:04:05:06", 0x01020304),
        ),
        # The bits above the 48 bits of a device address are ignored.
        (bytes.fromhex("20000f71da7d1a00123400000000000000000000000000000000ffffffff"), (DEVICE, -1)),
        (b"\x20\0", (ANY, 0)),
    )
    wrong = (
        ((DEVICE,), OSError, WRONG),
        ((DEVICE, 1, 1), OSError, WRONG),
        ((), OSError, WRONG),
        (DEVICE, OSError, WRONG),
        ([DEVICE, 1], OSError, WRONG),
        (None, OSError, WRONG),
        ((DEVICE.encode(), 1), OSError, WRONG),
        ((None, 1), OSError, WRONG),
        ((DEVICE + "\0", 1), OSError, WRONG),
        (("\ud800", 1), OSError, WRONG),
        ((DEVICE, 1.0), OSError, WRONG),
        ((DEVICE, "1"), OSError, WRONG),
        ((DEVICE, None), OSError, WRONG),
        ((DEVICE, 2**32), OSError, WRONG),
        ((DEVICE, -(2**31) - 1), OSError, WRONG),
        ((DEVICE, 2**100), OSError, WRONG),
        # Matches CPython: the channel is checked before the device.
        (("x", 2**32), OSError, WRONG),
        (("x", None), OSError, WRONG),
        *(((text, 1), OSError, BAD) for text, _ in INVALID_DEVICES),
    )


@given(st.binary(min_size=6, max_size=6), st.integers(-(2**31), 2**31 - 1))
def test_rfcomm_address_round_trips(octets: bytes, channel: int) -> None:
    address = (":".join(f"{octet:02X}" for octet in reversed(octets)), channel)
    sockaddr = FAMILY.encode(address, FakeContext(AF_BTH, proto=3))
    assert sockaddr == b"\x20\0" + octets + bytes(18) + channel.to_bytes(4, "little", signed=True)
    assert FAMILY.decode(sockaddr, FakeContext(AF_BTH, proto=3)) == address


def test_families_on_windows_contain_rfcomm_only() -> None:
    assert type(FAMILY) is WindowsRfcomm
    assert FAMILY.size == 30
    assert [struct.name for struct in structs("windows")] == ["SOCKADDR_BTH"]


@pytest.mark.skipif(sys.platform != "win32", reason="only for Windows")
def test_plugin_on_windows_registers_rfcomm_only() -> None:
    register = registered_by(sockcore_bluetooth)
    assert set(register.families) == {(TABLE["AF_BLUETOOTH"], TABLE["BTPROTO_RFCOMM"])}
    for name in ("AF_BLUETOOTH", "BTPROTO_RFCOMM", "BDADDR_ANY", "BDADDR_LOCAL"):
        assert getattr(sockcore, name) == getattr(stdlib, name)
    for name in ("BTPROTO_L2CAP", "BTPROTO_HCI", "BTPROTO_SCO", "SOL_HCI", "SOL_L2CAP", "SOL_SCO", "HCI_FILTER"):
        assert not hasattr(sockcore, name)
    assert {option.name.rpartition("_")[0] for option in register.options.values()} <= {"SO_BTH", "SO_BTH_MTU"}
    assert register.ancillaries == {}
