from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore

WIDTHS = {"ntohs": 16, "htons": 16, "ntohl": 32, "htonl": 32}
FUNCTIONS = sorted(WIDTHS)
NEGATIVE = ValueError if sys.version_info >= (3, 14) else OverflowError


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
def test_byte_order_converts_any_value(name: str, data: Any) -> None:
    width = WIDTHS[name]
    number = data.draw(st.integers(0, 2**width - 1))
    code = {16: "H", 32: "I"}[width]
    (expected,) = struct.unpack("=" + code, struct.pack("!" + code, number))
    assert getattr(sockcore, name)(number) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_byte_order_round_trip(name: str) -> None:
    other = getattr(sockcore, {"n": "h", "h": "n"}[name[0]] + "to" + {"n": "h", "h": "n"}[name[3]] + name[4])
    for number in (0, 1, 0x1234, 0xFFFF):
        assert other(getattr(sockcore, name)(number)) == number


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("number", [0, 1, 255, 256, 0xFFFF, True])
def test_byte_order_matches_stdlib(same: Any, name: str, number: int) -> None:
    same(name, number)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_byte_order_too_large_raises_overflow_error(name: str) -> None:
    width = WIDTHS[name]
    for number in (1 << width, 1 << 31 << width, 1 << 63, 1 << 64, 1 << 1000):
        with pytest.raises(OverflowError):
            getattr(sockcore, name)(number)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("number", [-1, -2, -(1 << 15)])
def test_byte_order_negative_raises(name: str, number: int) -> None:
    with pytest.raises(NEGATIVE):
        getattr(sockcore, name)(number)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["1", 1.0, None, b"1", [1]])
def test_byte_order_not_integer_raises_type_error(name: str, wrong: object) -> None:
    with pytest.raises(TypeError):
        getattr(sockcore, name)(wrong)


class IndexFive:
    def __index__(self) -> int:
        return 5


def test_byte_order_accepts_index_objects() -> None:
    for name in FUNCTIONS:
        assert getattr(sockcore, name)(IndexFive()) == getattr(sockcore, name)(5)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has other messages")
@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 truncates the number, with a warning")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "wrong", [-1, 1 << 16, 1 << 31, 1 << 32, 1 << 63, 1 << 64, 1 << 1000, -(1 << 1000), "1", 1.0, None]
)
def test_byte_order_messages_match_stdlib(same: Any, name: str, wrong: Any) -> None:
    same(name, wrong)
