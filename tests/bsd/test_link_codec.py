"""AF_LINK, with literals, as each system has it."""

from __future__ import annotations

import struct
import sys

import pytest
from bsd_systems import SYSTEMS, families, raw

from sockcore.testing import FakeContext, FamilyTests

AF_LINK = 18
ETHER = b"\x02\x00\x5e\x10\x20\x30"
SHAPE = "AF_LINK address must be a tuple (index, type, name, address) of two int, a str and bytes"
ROOM = {"darwin": 12, "freebsd": 46, "netbsd": 24, "openbsd": 24}


def dl(room: int, index: int, kind: int, name: bytes, address: bytes, selector: bytes = b"") -> bytes:
    """struct sockaddr_dl, with *room* bytes for data, or as many as there are."""
    head = struct.pack("=HBBBB", index, kind, len(name), len(address), len(selector))
    return raw(AF_LINK, head + (name + address + selector).ljust(room, b"\0"))


class LinkTests(FamilyTests):
    """What all have in common."""

    room: int
    wrong = (
        ((1, 6, "em0"), TypeError, f"connect(): {SHAPE}"),
        ((), TypeError, SHAPE),
        ([1, 6, "em0", b""], TypeError, SHAPE),
        ("em0", TypeError, SHAPE),
        ((1, 6, b"em0", b""), TypeError, SHAPE),
        ((1, 6, "em0", ""), TypeError, SHAPE),
        ((1, 6, "em0", 6), TypeError, SHAPE),
        (("1", 6, "em0", b""), TypeError, SHAPE),
        ((1.0, 6, "em0", b""), TypeError, SHAPE),
        ((65536, 6, "em0", b""), OverflowError, "connect(): index must be 0-65535."),
        ((1, -1, "em0", b""), OverflowError, "connect(): type must be 0-255."),
        ((1, 6, "em\0", b""), ValueError, "embedded null byte"),
        ((1, 6, "n" * 200, b"a" * 60), OverflowError, "connect(): name and address have at most"),
    )

    def test_room(self) -> None:
        assert len(self.family.encode((1, 6, "em0", ETHER), FakeContext())) == 8 + self.room


class TestOnFreebsd(LinkTests):
    family, room = families("freebsd")["AF_LINK"], 46
    pairs = (
        ((1, 6, "em0", ETHER), dl(46, 1, 6, b"em0", ETHER)),
        ((0, 0, "", b""), dl(46, 0, 0, b"", b"")),
        ((65535, 24, "lo0", b""), dl(46, 65535, 24, b"lo0", b"")),
        ((3, 6, "n" * 60, b"\xff" * 20), dl(46, 3, 6, b"n" * 60, b"\xff" * 20)),
    )
    encoded = (((1, 6, "em0", memoryview(ETHER)), dl(46, 1, 6, b"em0", ETHER)),)
    decoded = (
        (dl(46, 1, 6, b"em0", ETHER, b"xy"), (1, 6, "em0", ETHER)),
        # As the kernel writes it, no longer than it has to be, and cut.
        (dl(0, 1, 6, b"em0", ETHER), (1, 6, "em0", ETHER)),
        (dl(0, 1, 6, b"em0", ETHER)[:14], (1, 6, "em0", ETHER[:3])),
        (dl(0, 1, 6, b"em0", ETHER)[:10], (1, 6, "em", b"")),
        (dl(0, 258, 6, b"em0", ETHER)[:4], (258, 0, "", b"")),
    )


class TestOnMacos(LinkTests):
    family, room = families("darwin")["AF_LINK"], 12
    pairs = (
        ((4, 6, "en0", ETHER), dl(12, 4, 6, b"en0", ETHER)),
        ((9, 6, "bridge100", ETHER), dl(12, 9, 6, b"bridge100", ETHER)),  # longer than the struct
    )


class TestOnNetbsd(LinkTests):
    family, room = families("netbsd")["AF_LINK"], 24
    pairs = (((4, 6, "wm0", ETHER), dl(24, 4, 6, b"wm0", ETHER)),)


class TestOnOpenbsd(LinkTests):
    family, room = families("openbsd")["AF_LINK"], 24
    pairs = (((4, 6, "vio0", ETHER), dl(24, 4, 6, b"vio0", ETHER)),)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_the_family(system: str) -> None:
    link = families(system)["AF_LINK"]
    assert link.number == AF_LINK
    assert link.proto is None
    assert link.sockaddr.size == 8 + ROOM[system]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows encodes what is no Unicode, and decodes nothing else")
def test_a_name_that_is_not_utf8() -> None:
    link = families("freebsd")["AF_LINK"]
    address = link.decode(dl(46, 1, 6, b"\xff0", b""), FakeContext())
    assert address == (1, 6, "\udcff0", b"")
    assert link.encode(address, FakeContext()) == dl(46, 1, 6, b"\xff0", b"")
