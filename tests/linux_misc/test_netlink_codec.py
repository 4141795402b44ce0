"""The codec of AF_NETLINK and what it brings beside it, with literals: no socket is opened."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import netlink
from sockcore_linux_misc.constants import TABLE

AF_NETLINK, ALL = TABLE["AF_NETLINK"], 0xFFFFFFFF
FAMILY = netlink.Netlink()
ARITY = "AF_NETLINK address must be a pair (pid, groups)"


def raw(pid: int, groups: int) -> bytes:
    return struct.pack("=HHII", AF_NETLINK, 0, pid, groups)


class TestNetlinkFamily(FamilyTests):
    family = FAMILY
    pairs = (
        ((0, 0), raw(0, 0)),
        ((1234, 0), raw(1234, 0)),
        ((0, TABLE["RTMGRP_LINK"] | TABLE["RTMGRP_IPV4_IFADDR"]), raw(0, 0x11)),
        ((ALL, ALL), raw(ALL, ALL)),
        ((0x80000000, 0x80000000), raw(0x80000000, 0x80000000)),
    )
    encoded = (
        # As ever: programs write (os.getpid(), -1) for all groups.
        ((1, -1), raw(1, ALL)),
        ((-1, 0), raw(ALL, 0)),
        ((-4242, -(2**31)), raw(2**32 - 4242, 0x80000000)),
        ((True, False), raw(1, 0)),
    )
    decoded = (
        (raw(7, 8) + b"more", (7, 8)),
        (raw(7, 8)[:8], (7, 0)),
        (struct.pack("=H", AF_NETLINK), (0, 0)),
    )
    wrong = (
        ((0,), TypeError, ARITY),
        ((), TypeError, ARITY),
        ((0, 0, 0), TypeError, ARITY),
        ("lo", TypeError, "connect(): AF_NETLINK address must be tuple, not str"),
        (None, TypeError, "connect(): AF_NETLINK address must be tuple, not NoneType"),
        ([0, 0], TypeError, "connect(): AF_NETLINK address must be tuple, not list"),
        (0, TypeError, "connect(): AF_NETLINK address must be tuple, not int"),
        (("0", 0), TypeError, "integer"),
        ((0, "0"), TypeError, "integer"),
        ((1.0, 0), TypeError, "integer"),
        ((0, 1.5), TypeError, "integer"),
        ((None, 0), TypeError, "integer"),
        ((b"1", 0), TypeError, "integer"),
        ((2**32, 0), OverflowError, "connect(): pid must be a number of 32 bits, not 4294967296"),
        ((0, 2**32), OverflowError, "connect(): groups must be a number of 32 bits, not 4294967296"),
        ((-(2**31) - 1, 0), OverflowError, "connect(): pid must be a number of 32 bits"),
        ((0, -(2**31) - 1), OverflowError, "connect(): groups must be a number of 32 bits"),
        ((2**64, 0), OverflowError, "pid"),
        ((0, 2**70), OverflowError, "groups"),
        ((0, -(2**70)), OverflowError, "groups"),
    )


class Number:
    def __index__(self) -> int:
        return 2**31 + 5


def test_what_has_an_index_is_a_number() -> None:
    assert FAMILY.encode((Number(), 0), FakeContext(AF_NETLINK)) == raw(2**31 + 5, 0)


numbers = st.integers(0, ALL)


@given(numbers, numbers)
def test_round_trip_of_all_addresses(pid: int, groups: int) -> None:
    context = FakeContext(AF_NETLINK)
    encoded = FAMILY.encode((pid, groups), context)
    assert encoded == raw(pid, groups)
    assert FAMILY.decode(encoded, context) == (pid, groups)
    assert context.asked == []


@given(st.integers(-(2**31), -1))
def test_negative_numbers_are_their_twos_complement(number: int) -> None:
    assert FAMILY.decode(FAMILY.encode((number, number), FakeContext(16)), FakeContext(16)) == (number % 2**32,) * 2


@given(st.integers(min_value=2**32) | st.integers(max_value=-(2**31) - 1), st.booleans())
def test_no_number_is_reduced(number: int, first: bool) -> None:
    with pytest.raises(OverflowError, match=r"^bind\(\): (pid|groups) must be a number of 32 bits, not -?\d+$"):
        FAMILY.encode((number, 0) if first else (0, number), FakeContext(AF_NETLINK))


@given(st.binary(min_size=2, max_size=40))
def test_any_bytes_decode(data: bytes) -> None:
    pid, groups = FAMILY.decode(data, FakeContext(AF_NETLINK))
    assert 0 <= pid <= ALL
    assert 0 <= groups <= ALL


@pytest.mark.parametrize("operation", ["bind", "connect"])
@pytest.mark.parametrize(
    "address",
    [(0,), (), (0, 0, 0), "lo", None, [0, 0], 5, ("0", 0), (0, "0"), (1.0, 0), (0, 1.5), (None, 0), (b"1", 0)],
)
def test_the_standard_library_says_the_same(says: Any, operation: str, address: object) -> None:
    ours, theirs = says("AF_NETLINK", lambda sock: getattr(sock, operation)(address))
    assert ours == theirs


def words(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


@pytest.mark.parametrize(
    ("mask", "groups"),
    [
        (b"", ()),
        (words(0), ()),
        (words(1), (1,)),
        (words(0x80000000), (32,)),
        (words(0x5, 0, 0x2), (1, 3, 66)),
        (words(0, 1), (33,)),
        (words(ALL), tuple(range(1, 33))),
        (words(1) + b"\1\1", (1,)),  # part of a word is none
    ],
)
def test_memberships(mask: bytes, groups: tuple[int, ...]) -> None:
    assert netlink.decode_memberships(mask) == groups


@given(st.sets(st.integers(1, 2048)))
def test_memberships_are_those_that_were_set(groups: set[int]) -> None:
    parts = [0] * 64
    for group in groups:
        parts[(group - 1) // 32] |= 1 << (group - 1) % 32
    assert netlink.decode_memberships(words(*parts)) == tuple(sorted(groups))


def test_the_options_codec() -> None:
    register = registered_by(netlink_alone)
    option = register.options[TABLE["SOL_NETLINK"], TABLE["NETLINK_LIST_MEMBERSHIPS"]]
    assert option.decode(words(0x80000001)) == (1, 32)
    assert option.encode is None
    assert option.size <= 1024  # what getsockopt takes


def test_packet_information() -> None:
    register = registered_by(netlink_alone)
    message = register.ancillaries[TABLE["SOL_NETLINK"], TABLE["NETLINK_PKTINFO"]]
    assert message.decode(words(5)) == 5
    assert message.encode is None


class netlink_alone:
    """As a plugin that brings this family only."""

    sockcore_register = staticmethod(netlink.bring)
