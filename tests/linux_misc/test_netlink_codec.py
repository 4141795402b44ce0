"""The codecs of the addresses, options and control messages of AF_NETLINK, tested with literals."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore_linux_misc
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import netlink
from sockcore_linux_misc.constants import TABLE

AF_NETLINK, ALL = TABLE["AF_NETLINK"], 0xFFFFFFFF
FAMILY = netlink.Netlink()
FORMAT = "AF_NETLINK address must be a pair (pid, groups)"


def to_sockaddr(pid: int, groups: int) -> bytes:
    return struct.pack("=HHII", AF_NETLINK, 0, pid, groups)


class TestNetlinkFamily(FamilyTests):
    family = FAMILY
    pairs = (
        ((0, 0), to_sockaddr(0, 0)),
        ((1234, 0), to_sockaddr(1234, 0)),
        ((0, TABLE["RTMGRP_LINK"] | TABLE["RTMGRP_IPV4_IFADDR"]), to_sockaddr(0, 0x11)),
        ((ALL, ALL), to_sockaddr(ALL, ALL)),
        ((0x80000000, 0x80000000), to_sockaddr(0x80000000, 0x80000000)),
    )
    encoded = (
        # Matches CPython: programs use (os.getpid(), -1) for all groups.
        ((1, -1), to_sockaddr(1, ALL)),
        ((-1, 0), to_sockaddr(ALL, 0)),
        ((-4242, -(2**31)), to_sockaddr(2**32 - 4242, 0x80000000)),
        ((True, False), to_sockaddr(1, 0)),
    )
    decoded = (
        (to_sockaddr(7, 8) + b"more", (7, 8)),
        (to_sockaddr(7, 8)[:8], (7, 0)),
        (struct.pack("=H", AF_NETLINK), (0, 0)),
    )
    wrong = (
        ((0,), TypeError, FORMAT),
        ((), TypeError, FORMAT),
        ((0, 0, 0), TypeError, FORMAT),
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


def test_encode_accepts_object_with_index_method() -> None:
    assert FAMILY.encode((Number(), 0), FakeContext(AF_NETLINK)) == to_sockaddr(2**31 + 5, 0)


numbers = st.integers(0, ALL)


@given(numbers, numbers)
def test_address_round_trips(pid: int, groups: int) -> None:
    context = FakeContext(AF_NETLINK)
    encoded = FAMILY.encode((pid, groups), context)
    assert encoded == to_sockaddr(pid, groups)
    assert FAMILY.decode(encoded, context) == (pid, groups)
    assert context.asked == []


@given(st.integers(-(2**31), -1))
def test_encode_negative_number_is_twos_complement(number: int) -> None:
    assert FAMILY.decode(FAMILY.encode((number, number), FakeContext(16)), FakeContext(16)) == (number % 2**32,) * 2


@given(st.integers(min_value=2**32) | st.integers(max_value=-(2**31) - 1), st.booleans())
def test_encode_number_out_of_range_raises_overflow_error(number: int, first: bool) -> None:
    with pytest.raises(OverflowError, match=r"^bind\(\): (pid|groups) must be a number of 32 bits, not -?\d+$"):
        FAMILY.encode((number, 0) if first else (0, number), FakeContext(AF_NETLINK))


@given(st.binary(min_size=2, max_size=40))
def test_decode_accepts_any_bytes(data: bytes) -> None:
    pid, groups = FAMILY.decode(data, FakeContext(AF_NETLINK))
    assert 0 <= pid <= ALL
    assert 0 <= groups <= ALL


@pytest.mark.parametrize("operation", ["bind", "connect"])
@pytest.mark.parametrize(
    "address",
    [(0,), (), (0, 0, 0), "lo", None, [0, 0], 5, ("0", 0), (0, "0"), (1.0, 0), (0, 1.5), (None, 0), (b"1", 0)],
)
def test_encode_invalid_address_raises_error_of_standard_library(
    both_errors: Any, operation: str, address: object
) -> None:
    actual, expected = both_errors("AF_NETLINK", lambda sock: getattr(sock, operation)(address))
    assert actual == expected


def pack_words(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


@pytest.mark.parametrize(
    ("mask", "groups"),
    [
        (b"", ()),
        (pack_words(0), ()),
        (pack_words(1), (1,)),
        (pack_words(0x80000000), (32,)),
        (pack_words(0x5, 0, 0x2), (1, 3, 66)),
        (pack_words(0, 1), (33,)),
        (pack_words(ALL), tuple(range(1, 33))),
        (pack_words(1) + b"\1\1", (1,)),  # an incomplete word is ignored
    ],
)
def test_decode_memberships_returns_group_numbers(mask: bytes, groups: tuple[int, ...]) -> None:
    assert netlink.decode_memberships(mask) == groups


@given(st.sets(st.integers(1, 2048)))
def test_decode_memberships_returns_all_set_groups(groups: set[int]) -> None:
    parts = [0] * 64
    for group in groups:
        parts[(group - 1) // 32] |= 1 << (group - 1) % 32
    assert netlink.decode_memberships(pack_words(*parts)) == tuple(sorted(groups))


def test_list_memberships_option_is_read_only() -> None:
    register = registered_by(sockcore_linux_misc)
    option = register.options[TABLE["SOL_NETLINK"], TABLE["NETLINK_LIST_MEMBERSHIPS"]]
    assert option.decode(pack_words(0x80000001)) == (1, 32)
    assert option.encode is None
    assert option.size <= 1024  # the limit of getsockopt()


def test_pktinfo_control_message_is_decoded_and_read_only() -> None:
    codec = registered_by(sockcore_linux_misc).ancillaries[TABLE["SOL_NETLINK"], TABLE["NETLINK_PKTINFO"]]
    assert codec.decode(pack_words(5)) == 5
    assert codec.encode is None
