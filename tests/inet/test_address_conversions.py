from __future__ import annotations

import errno
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sockcore

AF_INET, AF_INET6 = sockcore.AF_INET, sockcore.AF_INET6
DIGITS = st.text("0123456789.xabcf ", max_size=18)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "1.2.3",
        "127.1",
        "0x7f.1",
        "017.0.0.1",
        "4294967295",
        "4294967296",
        "255.255.255.255",
        "256.1.1.1",
        "1.2.3.4.5",
        "",
        "x",
        "1.2.3.4 x",
        "1.2.3.4\0",
        "é",
        "\ud800",
    ],
)
def test_inet_aton_matches_stdlib(same: Any, text: str) -> None:
    same("inet_aton", text)


@pytest.mark.parametrize("wrong", [1, None, b"1.2.3.4", bytearray(b"1.2.3.4")])
def test_inet_aton_not_str_raises_type_error(wrong: object) -> None:
    type_name = "None" if wrong is None else type(wrong).__name__
    with pytest.raises(TypeError, match=rf"inet_aton\(\) argument must be str, not {type_name}$"):
        sockcore.inet_aton(wrong)


@pytest.mark.parametrize("packed", [b"abcd", b"\0\0\0\0", b"\xff\xff\xff\xff", b"", b"abc", b"abcde"])
def test_inet_ntoa_matches_stdlib(same: Any, packed: bytes) -> None:
    same("inet_ntoa", packed)
    same("inet_ntoa", bytearray(packed))
    same("inet_ntoa", memoryview(packed))


@pytest.mark.parametrize("wrong", ["abcd", 1, None])
def test_inet_ntoa_and_ntop_not_bytes_like_match_stdlib(same: Any, wrong: object) -> None:
    same("inet_ntoa", wrong)
    same("inet_ntop", AF_INET, wrong)


def test_inet_ntoa_and_ntop_not_contiguous_raise_buffer_error() -> None:
    for call in (sockcore.inet_ntoa, lambda packed: sockcore.inet_ntop(AF_INET, packed)):
        with pytest.raises(BufferError):
            call(memoryview(b"abcdefgh")[::2])


@pytest.mark.parametrize(
    ("family", "text"),
    [
        (AF_INET, "1.2.3.4"),
        (AF_INET, "127.1"),
        (AF_INET, "01.2.3.4"),
        (AF_INET, ""),
        (AF_INET, "::1"),
        (AF_INET, "1.2.3.4\0"),
        (AF_INET, "\ud800"),
        (AF_INET, "é"),
        (AF_INET6, "::1"),
        (AF_INET6, "::"),
        (AF_INET6, "::ffff:1.2.3.4"),
        (AF_INET6, "1:2:3:4:5:6:7:8"),
        (AF_INET6, "1:2:3:4:5:6:7:8:9"),
        (AF_INET6, "1::2::3"),
        (AF_INET6, "::1%lo"),
        (AF_INET6, "fe80::1%1"),
        (AF_INET6, "1.2.3.4"),
        (AF_INET6, ""),
    ],
)
def test_inet_pton_matches_stdlib(same: Any, family: int, text: str) -> None:
    same("inet_pton", family, text)


@pytest.mark.parametrize("wrong", [1, b"1.2.3.4", None])
def test_inet_pton_not_str_raises_type_error(wrong: object) -> None:
    name = "None" if wrong is None else type(wrong).__name__
    with pytest.raises(TypeError, match=rf"inet_pton\(\) argument 2 must be str, not {name}"):
        sockcore.inet_pton(AF_INET, wrong)


@pytest.mark.parametrize("family", [0, 1, 99, -1])
def test_inet_pton_and_ntop_other_family_raise(same: Any, family: int) -> None:
    with pytest.raises(OSError) as caught:
        sockcore.inet_pton(family, "1.2.3.4")
    assert caught.value.errno == errno.EAFNOSUPPORT
    with pytest.raises(ValueError, match=f"^unknown address family {family}$"):
        sockcore.inet_ntop(family, b"abcd")


@pytest.mark.parametrize("family", ["x", None, 2.0])
def test_inet_pton_and_ntop_family_not_integer_match_stdlib(same: Any, family: object) -> None:
    same("inet_pton", family, "1.2.3.4")
    same("inet_ntop", family, b"abcd")


def test_inet_pton_and_ntop_family_larger_than_int_raise_overflow_error() -> None:
    for number in (1 << 31, 1 << 40, 1 << 80):
        with pytest.raises(OverflowError):
            sockcore.inet_pton(number, "1.2.3.4")
        with pytest.raises(OverflowError):
            sockcore.inet_ntop(number, b"abcd")


@pytest.mark.parametrize("size", [0, 3, 4, 5, 15, 16, 17])
def test_inet_ntop_of_any_length_matches_stdlib(same: Any, size: int) -> None:
    same("inet_ntop", AF_INET, bytes(size))
    same("inet_ntop", AF_INET6, bytes(size))


@given(st.binary(min_size=16, max_size=16) | st.sampled_from([bytes(10) + b"\xff\xff" + b"abcd", bytes(12) + b"abcd"]))
def test_inet_ntop_and_pton_ipv6_round_trip(packed: bytes) -> None:
    import socket as stdlib

    text = sockcore.inet_ntop(AF_INET6, packed)
    assert text == stdlib.inet_ntop(stdlib.AF_INET6, packed)
    assert sockcore.inet_pton(AF_INET6, text) == packed


def outcome(call: Any, *args: Any) -> tuple[str, Any]:
    try:
        return "returned", call(*args)
    except Exception as exc:
        return type(exc).__name__, str(exc)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has other messages")
@settings(max_examples=200)
@given(DIGITS, st.text("0123456789abcdef:.%", max_size=40))
def test_inet_aton_and_pton_any_text_match_stdlib(four: str, six: str) -> None:
    import socket as stdlib

    assert outcome(sockcore.inet_aton, four) == outcome(stdlib.inet_aton, four)
    assert outcome(sockcore.inet_pton, AF_INET, four) == outcome(stdlib.inet_pton, stdlib.AF_INET, four)
    assert outcome(sockcore.inet_pton, AF_INET6, six) == outcome(stdlib.inet_pton, stdlib.AF_INET6, six)
