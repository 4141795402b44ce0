"""The codec of AF_LINK on each system, tested with literals."""

from __future__ import annotations

import struct
import sys

import pytest
from bsd_systems import SYSTEMS, families, to_sockaddr

from sockcore.testing import FakeContext, FamilyTests

AF_LINK = 18
ETHER = b"\x02\x00\x5e\x10\x20\x30"
FORMAT = "AF_LINK address must be a tuple (index, type, name, address) of two int, a str and bytes"
DATA_SIZES = {"darwin": 12, "freebsd": 46, "netbsd": 24, "openbsd": 24}


def dl(data_size: int, index: int, link_type: int, name: bytes, address: bytes, selector: bytes = b"") -> bytes:
    """Return a struct sockaddr_dl with at least *data_size* bytes of data."""
    head = struct.pack("=HBBBB", index, link_type, len(name), len(address), len(selector))
    return to_sockaddr(AF_LINK, head + (name + address + selector).ljust(data_size, b"\0"))


class LinkTests(FamilyTests):
    """The tests of all systems."""

    data_size: int
    wrong = (
        ((1, 6, "em0"), TypeError, f"connect(): {FORMAT}"),
        ((), TypeError, FORMAT),
        ([1, 6, "em0", b""], TypeError, FORMAT),
        ("em0", TypeError, FORMAT),
        ((1, 6, b"em0", b""), TypeError, FORMAT),
        ((1, 6, "em0", ""), TypeError, FORMAT),
        ((1, 6, "em0", 6), TypeError, FORMAT),
        (("1", 6, "em0", b""), TypeError, FORMAT),
        ((1.0, 6, "em0", b""), TypeError, FORMAT),
        ((65536, 6, "em0", b""), OverflowError, "connect(): index must be 0-65535."),
        ((1, -1, "em0", b""), OverflowError, "connect(): type must be 0-255."),
        ((1, 6, "em\0", b""), ValueError, "embedded null byte"),
        ((1, 6, "n" * 200, b"a" * 60), OverflowError, "connect(): name and address have at most"),
    )

    def test_encode_pads_data_to_size_of_struct(self) -> None:
        assert len(self.family.encode((1, 6, "em0", ETHER), FakeContext())) == 8 + self.data_size


class TestOnFreebsd(LinkTests):
    family, data_size = families("freebsd")["AF_LINK"], 46
    pairs = (
        ((1, 6, "em0", ETHER), dl(46, 1, 6, b"em0", ETHER)),
        ((0, 0, "", b""), dl(46, 0, 0, b"", b"")),
        ((65535, 24, "lo0", b""), dl(46, 65535, 24, b"lo0", b"")),
        ((3, 6, "n" * 60, b"\xff" * 20), dl(46, 3, 6, b"n" * 60, b"\xff" * 20)),
    )
    encoded = (((1, 6, "em0", memoryview(ETHER)), dl(46, 1, 6, b"em0", ETHER)),)
    decoded = (
        (dl(46, 1, 6, b"em0", ETHER, b"xy"), (1, 6, "em0", ETHER)),
        # As written by the kernel: without padding, and truncated.
        (dl(0, 1, 6, b"em0", ETHER), (1, 6, "em0", ETHER)),
        (dl(0, 1, 6, b"em0", ETHER)[:14], (1, 6, "em0", ETHER[:3])),
        (dl(0, 1, 6, b"em0", ETHER)[:10], (1, 6, "em", b"")),
        (dl(0, 258, 6, b"em0", ETHER)[:4], (258, 0, "", b"")),
    )


class TestOnMacos(LinkTests):
    family, data_size = families("darwin")["AF_LINK"], 12
    pairs = (
        ((4, 6, "en0", ETHER), dl(12, 4, 6, b"en0", ETHER)),
        ((9, 6, "bridge100", ETHER), dl(12, 9, 6, b"bridge100", ETHER)),  # longer than the struct
    )


class TestOnNetbsd(LinkTests):
    family, data_size = families("netbsd")["AF_LINK"], 24
    pairs = (((4, 6, "wm0", ETHER), dl(24, 4, 6, b"wm0", ETHER)),)


class TestOnOpenbsd(LinkTests):
    family, data_size = families("openbsd")["AF_LINK"], 24
    pairs = (((4, 6, "vio0", ETHER), dl(24, 4, 6, b"vio0", ETHER)),)


@pytest.mark.parametrize("system", SYSTEMS)
def test_family_has_number_and_size_of_system(system: str) -> None:
    link = families(system)["AF_LINK"]
    assert link.number == AF_LINK
    assert link.proto is None
    assert link.struct.size == 8 + DATA_SIZES[system]


@pytest.mark.skipif(sys.platform == "win32", reason="the file system encoding of Windows cannot decode all bytes")
def test_name_that_is_not_utf8_round_trips() -> None:
    link = families("freebsd")["AF_LINK"]
    address = link.decode(dl(46, 1, 6, b"\xff0", b""), FakeContext())
    assert address == (1, 6, "\udcff0", b"")
    assert link.encode(address, FakeContext()) == dl(46, 1, 6, b"\xff0", b"")
