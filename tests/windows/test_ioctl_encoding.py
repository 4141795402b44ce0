"""The encoding of ioctl() arguments, tested on any system with literals.

A C program, compiled by mingw-w64, printed the literals.
"""

from __future__ import annotations

import pytest

from sockcore_windows.ioctl import encode_keepalive, encode_number
from sockcore_windows.structs import TCP_KEEPALIVE


@pytest.mark.parametrize(
    ("option", "hex_digits"),
    [
        ((1, 7200000, 1000), "0100000000dd6d00e8030000"),
        ([1, 7200000, 1000], "0100000000dd6d00e8030000"),
        ((2**32 - 1, 0, 2**31), "ffffffff0000000000000080"),
        ((-1, 2**32, -(2**31)), "ffffffff0000000000000080"),
        ((True, False, 2**100 + 5), "010000000000000005000000"),
    ],
    ids=str,
)
def test_encode_keepalive_returns_struct(option: object, hex_digits: str) -> None:
    assert encode_keepalive(option) == bytes.fromhex(hex_digits)
    assert TCP_KEEPALIVE.size == 12


class Sequence:
    """A sequence of another type than tuple and list."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, position: int) -> int:
        return position


class Index:
    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"Index({self.number})"


def test_encode_keepalive_accepts_any_sequence_except_bytes() -> None:
    assert encode_keepalive(Sequence()) == encode_keepalive(range(3)) == encode_keepalive(bytearray(b"\0\1\2"))
    assert encode_keepalive((Index(1), Index(2), Index(3))) == encode_keepalive((1, 2, 3))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (1, "argument 2 must be 3-item sequence, not int"),
        (None, "argument 2 must be 3-item sequence, not None"),
        (b"abc", "argument 2 must be 3-item sequence, not bytes"),
        ({0: 1, 1: 1, 2: 1}, "argument 2 must be 3-item sequence, not dict"),
        ({1, 2, 3}, "argument 2 must be 3-item sequence, not set"),
        ((), "argument 2 must be sequence of length 3, not 0"),
        ((1, 1), "argument 2 must be sequence of length 3, not 2"),
        ((1, 1, 1, 1), "argument 2 must be sequence of length 3, not 4"),
        ("abc", "argument 2, item 0 must be int, not str"),
        ((1.0, 1, 1), "argument 2, item 0 must be int, not float"),
        ((1, None, 1), "argument 2, item 1 must be int, not None"),
        ((1, 1, "1"), "argument 2, item 2 must be int, not str"),
    ],
    ids=str,
)
def test_encode_keepalive_invalid_option_raises_type_error(option: object, message: str) -> None:
    with pytest.raises(TypeError) as exc_info:
        encode_keepalive(option)
    assert str(exc_info.value) == f"ioctl() {message}"


def test_encode_keepalive_exception_of_index_method_is_propagated() -> None:
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError

    for option in ((Broken(), 1, 1), (1, 1, Broken())):
        with pytest.raises(ZeroDivisionError):
            encode_keepalive(option)


@pytest.mark.parametrize(
    ("option", "hex_digits"),
    [(0, "00000000"), (1, "01000000"), (True, "01000000"), (3, "03000000"), (-1, "ffffffff"), (2**32 + 2, "02000000"),
     (Index(1), "01000000")],
    ids=str,
)  # fmt: skip
def test_encode_number_returns_ulong(option: object, hex_digits: str) -> None:
    assert encode_number(option) == bytes.fromhex(hex_digits)


@pytest.mark.parametrize("option", [None, "1", 1.0, b"1", (1,), []], ids=repr)
def test_encode_number_invalid_option_raises_type_error(option: object) -> None:
    with pytest.raises(TypeError, match="integer"):
        encode_number(option)
