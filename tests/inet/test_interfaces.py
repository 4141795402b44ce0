from __future__ import annotations

import errno
import pathlib
import sys
from typing import Any

import pytest

import sockcore


def test_if_nameindex_matches_stdlib_and_other_functions(same: Any) -> None:
    interfaces = same("if_nameindex")
    assert interfaces
    for index, name in interfaces:
        assert type(index) is int
        assert sockcore.if_nametoindex(name) == index
        assert sockcore.if_nametoindex(name.encode()) == index
        assert sockcore.if_nametoindex(pathlib.PurePosixPath(name)) == index
        assert sockcore.if_indextoname(index) == name


@pytest.mark.parametrize("name", ["no-such-if", "", "a" * 100, "\udcff", b"\xff"])
def test_if_nametoindex_unknown_name_raises_oserror(same: Any, name: Any) -> None:
    assert same("if_nametoindex", name)[0] == "OSError"


@pytest.mark.parametrize("name", [1, None, bytearray(b"lo"), 1.0])
def test_if_nametoindex_wrong_type_raises_type_error(name: Any) -> None:
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
        sockcore.if_nametoindex(name)


@pytest.mark.parametrize("name", ["l\0", b"l\0"])
def test_if_nametoindex_null_raises_value_error(name: Any) -> None:
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        sockcore.if_nametoindex(name)


@pytest.mark.parametrize("index", [0, 999999, 2**31 - 1, 2**32 - 1])
def test_if_indextoname_unknown_index_raises_enxio(index: int) -> None:
    with pytest.raises(OSError) as caught:
        sockcore.if_indextoname(index)
    assert caught.value.errno == errno.ENXIO


@pytest.mark.parametrize("index", [2**32, 2**32 + 1, 2**64, 2**1000])
def test_if_indextoname_too_large_raises_overflow_error(index: int) -> None:
    with pytest.raises(OverflowError):
        sockcore.if_indextoname(index)


class Index:
    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def test_if_indextoname_accepts_index_objects() -> None:
    for index, name in sockcore.if_nameindex():
        assert sockcore.if_indextoname(Index(index)) == name


def test_if_indextoname_negative_raises() -> None:
    with pytest.raises(ValueError if sys.version_info >= (3, 14) else OverflowError):
        sockcore.if_indextoname(-1)


@pytest.mark.parametrize("index", ["1", None, 1.0])
def test_if_indextoname_wrong_type_raises_type_error(index: Any) -> None:
    with pytest.raises(TypeError):
        sockcore.if_indextoname(index)
