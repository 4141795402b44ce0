"""The structs that Winsock reads and writes, with literals that a program compiled by mingw printed: on any machine."""

from __future__ import annotations

import pytest

from sockcore_windows.control import encode_keepalive, encode_number
from sockcore_windows.structs import TCP_KEEPALIVE


@pytest.mark.parametrize(
    ("option", "raw"),
    [
        ((1, 7200000, 1000), "0100000000dd6d00e8030000"),
        ([1, 7200000, 1000], "0100000000dd6d00e8030000"),
        ((2**32 - 1, 0, 2**31), "ffffffff0000000000000080"),
        ((-1, 2**32, -(2**31)), "ffffffff0000000000000080"),
        ((True, False, 2**100 + 5), "010000000000000005000000"),
    ],
    ids=str,
)
def test_keepalive(option: object, raw: str) -> None:
    assert encode_keepalive(option) == bytes.fromhex(raw)
    assert TCP_KEEPALIVE.size == 12


class Sequence:
    """Long enough, and of what is wanted."""

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


def test_any_sequence_but_bytes() -> None:
    assert encode_keepalive(Sequence()) == encode_keepalive(range(3)) == encode_keepalive(bytearray(b"\0\1\2"))
    assert encode_keepalive((Index(1), Index(2), Index(3))) == encode_keepalive((1, 2, 3))


@pytest.mark.parametrize(
    ("option", "words"),
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
def test_no_keepalive(option: object, words: str) -> None:
    with pytest.raises(TypeError) as caught:
        encode_keepalive(option)
    assert str(caught.value) == f"ioctl() {words}"


def test_an_error_of_the_number_itself_is_not_hidden() -> None:
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError

    for option in ((Broken(), 1, 1), (1, 1, Broken())):
        with pytest.raises(ZeroDivisionError):
            encode_keepalive(option)


@pytest.mark.parametrize(
    ("option", "raw"),
    [(0, "00000000"), (1, "01000000"), (True, "01000000"), (3, "03000000"), (-1, "ffffffff"), (2**32 + 2, "02000000"),
     (Index(1), "01000000")],
    ids=str,
)  # fmt: skip
def test_number(option: object, raw: str) -> None:
    assert encode_number(option) == bytes.fromhex(raw)


@pytest.mark.parametrize("option", [None, "1", 1.0, b"1", (1,), []], ids=repr)
def test_no_number(option: object) -> None:
    with pytest.raises(TypeError, match="integer"):
        encode_number(option)
