"""sockcore's tests for every family, with addresses of AF_PPPOX, and tests of the packets of the discovery stage."""

from __future__ import annotations

import struct
import sys

import pytest
import sockcore_pppox
from sockcore_pppox.discovery import Packet, Tag, pack, unpack
from sockcore_pppox.structs import SOCKADDR_PPPOX

from sockcore.testing import FakeContext, FamilyTests, PluginTests

REMOTE = bytes.fromhex("020000000001")


def raw(session: int, remote: bytes, interface: bytes, protocol: int = 0) -> bytes:
    return struct.pack("=HI", 24, protocol) + struct.pack(">H6s16s", session, remote, interface)


class TestPppoeFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_pppox."""

    family = sockcore_pppox.Pppoe()
    pairs = (
        ((0x0102, REMOTE, "eth0"), raw(0x0102, REMOTE, b"eth0")),
        ((0xFFFF, REMOTE, "a" * 15), raw(0xFFFF, REMOTE, b"a" * 15)),
        ((0, bytes(6), ""), raw(0, bytes(6), b"")),
    )
    encoded = (((1, bytearray(REMOTE), "eth0"), raw(1, REMOTE, b"eth0")),)
    wrong = (
        (5, TypeError, "AF_PPPOX"),
        ((1, REMOTE), TypeError, "connect(): AF_PPPOX address must be (session_id, remote, interface)"),
        (("1", REMOTE, "eth0"), TypeError, "session_id"),
        ((65536, REMOTE, "eth0"), OverflowError, "session_id must be from 0 to 65535, not 65536"),
        ((-1, REMOTE, "eth0"), OverflowError, "not -1"),
        ((1, "02:00:00:00:00:01", "eth0"), TypeError, "remote must be bytes"),
        ((1, REMOTE[1:], "eth0"), ValueError, "remote must have 6 bytes, not 5"),
        ((1, REMOTE, 3), TypeError, "interface must be a str, not 3"),
        ((1, REMOTE, "a" * 16), ValueError, "at most 15 bytes"),
        ((1, REMOTE, "a\0"), ValueError, "at most 15 bytes"),
    )

    def context(self, operation: str = "connect") -> FakeContext:
        """Return the context of a socket of PPPoE."""
        return FakeContext(24, 1, operation=operation)


class TestPppoxPlugin(PluginTests):
    """Registration."""

    plugin = sockcore_pppox


def test_decode_other_protocol_raises_value_error() -> None:
    with pytest.raises(ValueError, match="the protocol 1, not PPPoE"):
        sockcore_pppox.Pppoe().decode(raw(1, REMOTE, b"eth0", 1), FakeContext(24, 1, operation="getsockname"))


def test_encode_for_other_protocol_raises_type_error() -> None:
    with pytest.raises(TypeError, match="of protocol 1 must be a RawAddress"):
        sockcore_pppox.Pppoe().encode((1, REMOTE, "eth0"), FakeContext(24, 1, 1))


@pytest.mark.parametrize(("byteorder", "start"), [("little", "1800 00000000"), ("big", "0018 00000000")])
def test_sockaddr_has_layout_of_header(byteorder: str, start: str) -> None:
    # The struct is packed, and the session has network byte order: machines of 32 and 64 bits have the same layout.
    expected = bytes.fromhex(start) + b"\x01\x02" + REMOTE + b"eth0".ljust(16, b"\0")
    assert SOCKADDR_PPPOX.size == len(expected) == 30
    if byteorder == sys.byteorder:
        assert sockcore_pppox.Pppoe().encode((0x0102, REMOTE, "eth0"), FakeContext(24, 1)) == expected


#: A PADI of RFC 2516, appendix B.
PADI = bytes.fromhex("1109 0000 0004 0101 0000")
#: A PADO of RFC 2516, appendix B: two tags.
PADO = bytes.fromhex("1107 0000 0020 0101 0000 0102 0018") + b"Go RedBack - eshshesh".ljust(24, b"o")


@pytest.mark.parametrize(
    ("packet", "data"),
    [
        (Packet(9, 0, {Tag.SERVICE_NAME: b""}), PADI),
        (Packet(7, 0, {Tag.SERVICE_NAME: b"", Tag.AC_NAME: PADO[-24:]}), PADO),
        (Packet(0xA7, 0x0102, {}), bytes.fromhex("11a7 0102 0000")),
    ],
)
def test_discovery_packet_is_packed_and_unpacked(packet: Packet, data: bytes) -> None:
    assert pack(packet) == data
    assert unpack(data) == packet
    assert unpack(data + bytes(20)) == packet  # Ethernet pads short frames


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (PADI[:5], "has 5 bytes"),
        (b"\x21" + PADI[1:], "version and type 0x11, not 0x21"),
        (PADI[:-1], "have 3 bytes, not 4"),
        (bytes.fromhex("1109 0000 0004 0101 0001"), "0x0101 has 0 bytes, not 1"),
    ],
)
def test_unpack_malformed_packet_raises_value_error(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(data)


def test_unpack_end_of_list_ignores_rest() -> None:
    assert unpack(bytes.fromhex("1109 0000 0008 0000 0000 0101 ffff")) == Packet(9, 0, {})


@pytest.mark.parametrize(
    ("packet", "exception"),
    [
        (Packet(256, 0, {}), OverflowError),
        (Packet(9, 65536, {}), OverflowError),
        (Packet(9, 0, {65536: b""}), OverflowError),
        (Packet(9, 0, {1: bytes(65536)}), ValueError),
        (Packet(9, 0, {1: bytes(40000), 2: bytes(40000)}), ValueError),
    ],
)
def test_pack_value_out_of_range_raises(packet: Packet, exception: type[Exception]) -> None:
    with pytest.raises(exception, match="must"):
        pack(packet)
