"""Every registered option: decoding accepts all bytes, and encoding raises documented errors only."""

from __future__ import annotations

import copy
import os
import pickle
import struct
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sockcore
from sockcore import options
from sockcore._options import sol_socket
from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import (
    BE16,
    FLAG,
    I32,
    INT,
    U8,
    U16,
    U32,
    U64,
    CStruct,
    Kind,
    OpenEnum,
    Option,
    OptionTable,
    Struct,
    array_kind,
    bytes_kind,
    check_range,
    enum_kind,
    number_kind,
    octets,
    padding,
    partial_values,
    scaled_seconds_kind,
    struct_kind,
    text_kind,
    timeval_kind,
)

PLUGINS = ("inet", "unix", "can", "bluetooth", "linux_misc", "bsd", "windows")

#: The options that are registered, and those that the core and the plugins declare for other systems.
OPTIONS: dict[str, Option[Any]] = {
    **{option.name: option for option in sol_socket.rows()},
    **{
        option.name: option
        for plugin in PLUGINS
        if find_spec(f"sockcore_{plugin}") is not None  # others are not installed
        for option in vars(import_module(f"sockcore_{plugin}.options")).values()
        if isinstance(option, Option)
    },
    **{option.name: option for option in with_codecs().options.values()},
}

#: Options whose value to set has another format than the one that is read.
ASYMMETRIC = ("IP_MULTICAST_IF", "TIPC_GROUP_JOIN")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="structs of Linux have no fields on Windows")

#: The errors that the module options documents for an invalid value.
DOCUMENTED = (TypeError, ValueError, OverflowError)

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.integers(-2, 300), st.floats(), st.booleans(), st.none(), st.complex_numbers()
)
TEXTS = st.one_of(st.text(max_size=40), st.binary(max_size=200), st.sampled_from(["lo", "127.0.0.1", "::1", "ff02::1"]))
SCALARS = st.one_of(NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda items: st.one_of(st.lists(items, max_size=9).map(tuple), st.lists(items, max_size=4))
)


#: One test covers all options: a test for each would take minutes.
EXAMPLES = settings(max_examples=6 if "EMULATED_ARCHITECTURE" in os.environ else 60)


def encode(option: Option[Any], value: Any) -> Any:
    """Return the encoded value."""
    assert option.encode is not None
    return option.encode(value, -1) if option.needs_descriptor else option.encode(value)


@EXAMPLES
@given(data=st.one_of(st.binary(max_size=300), st.integers(0, 300).map(bytes)))
def test_decode_accepts_bytes_of_any_length(data: bytes) -> None:
    for option in OPTIONS.values():
        option.decode(data)


@EXAMPLES
@given(value=VALUES)
def test_encode_raises_documented_errors_with_name(value: Any) -> None:
    for name, option in OPTIONS.items():
        if option.encode is None:
            continue
        message = ""
        try:
            assert isinstance(encode(option, value), (bytes, int))
        except DOCUMENTED as exc:
            message = str(exc)
        # Options of third parties have no type.
        assert not message or option.type_name == "" or name in message or "null" in message


@EXAMPLES
@given(data=st.binary(min_size=300, max_size=300))
def test_encode_of_decoded_value_is_stable(data: bytes) -> None:
    """The value of bytes that encode() accepts is the same after encoding and decoding."""
    for name, option in OPTIONS.items():
        if option.encode is None or not option.readable or option.reader is not None or name in ASYMMETRIC:
            continue
        value = option.decode(data[: option.size])
        try:
            encoded = encode(option, value)
        except DOCUMENTED:
            continue
        decoded = option.decode(encoded)
        assert decoded == (pytest.approx(value) if isinstance(value, float) else value), name


def test_option_is_its_number() -> None:
    option = options.SO_LINGER
    assert option == sockcore.SO_LINGER == option.number
    assert isinstance(option, int)
    assert {option: 1}[int(sockcore.SO_LINGER)] == 1
    assert repr(option) == f"<Option SO_LINGER: {int(sockcore.SO_LINGER)}>"
    for copied in (copy.copy(option), copy.deepcopy(option), pickle.loads(pickle.dumps(option))):
        assert type(copied) is int
        assert copied == option
    with sockcore.socket() as sock:
        data = sock.getsockopt(sockcore.SOL_SOCKET, option, option.size)
        sock.setsockopt(sockcore.SOL_SOCKET, option, data)
        assert option.decode(data) == (False, 0)


def test_option_subscripts_at_run_time() -> None:
    assert Option[int] is Option
    assert Kind[int] is Kind


def test_table_skips_unavailable_options_and_second_names() -> None:
    table = OptionTable({"LEVEL": 5, "ONE": 1, "ALIAS": 1, "NO_LEVEL": 3})
    one = table("ONE", "LEVEL", INT)
    alias = table("ALIAS", "LEVEL", INT)
    missing = table("MISSING", "LEVEL", INT)
    lost = table("NO_LEVEL", "OTHER", INT)
    renamed = table("TWO", "LEVEL", INT, "r", number_name="NO_LEVEL")
    assert list(table.options()) == [one, renamed]
    assert table.rows() == (one, alias, missing, lost, renamed)
    assert [option.is_available for option in table.rows()] == [True, True, False, False, True]
    assert int(missing) == int(lost.level) == -1
    assert renamed.encode is None


class Colour(OpenEnum):
    """An enum of a test."""

    RED = 1
    BLUE = 2


def test_open_enum_accepts_numbers_without_name() -> None:
    kind = enum_kind(Colour)
    assert kind.decode(struct.pack("=i", 2)) is Colour.BLUE
    unknown = kind.decode(struct.pack("=i", 7))
    assert (unknown, unknown.name, isinstance(unknown, Colour)) == (7, "Colour_7", True)
    assert kind.encode is not None
    assert kind.encode("", unknown) == struct.pack("=i", 7)
    assert Colour(1) is Colour.RED
    with pytest.raises(ValueError):
        Colour("red")


@pytest.mark.parametrize("format", ["=b", "=B", "=h", "=H", "=i", "=I", "=q", "=Q", ">H", ">I", "@l", "@L"])
def test_number_kind_has_range_of_format(format: str) -> None:
    kind = number_kind(format)
    assert kind.encode is not None
    bits = 8 * struct.calcsize(format)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if format[-1].islower() else (0, 2**bits - 1)
    for number in (low, high, 0, 1):
        assert kind.encode("x", number) == struct.pack(format, number)
        assert kind.decode(struct.pack(format, number)) == number
    for number in (low - 1, high + 1):
        with pytest.raises(OverflowError, match=f"^name must be {low} to {high}, not {number}$"):
            kind.encode("name", number)
    with pytest.raises(TypeError, match=r"^name must be an integer, not str$"):
        kind.encode("name", "1")


def test_check_range_accepts_limits() -> None:
    assert (check_range("x", 0, 0, 5), check_range("x", 5, 0, 5)) == (0, 5)


def test_flag_accepts_bools_and_their_numbers() -> None:
    assert FLAG.encode is not None
    assert [FLAG.encode("x", value) for value in (True, 1, False, 0)] == [struct.pack("=i", n) for n in (1, 1, 0, 0)]
    assert [FLAG.decode(data) for data in (b"", b"\0", b"\1", b"\0\0\1\0", bytes(4) + b"\1")] == [
        False, False, True, True, False,
    ]  # fmt: skip
    with pytest.raises(OverflowError, match=r"^x must be True or False, not 2$"):
        FLAG.encode("x", 2)
    with pytest.raises(TypeError, match=r"^x must be True or False, not 'on'$"):
        FLAG.encode("x", "on")


def test_scaled_seconds_are_never_rounded_to_zero() -> None:
    kind = scaled_seconds_kind(1000)
    assert kind.encode is not None
    values = {0: 0, 1: 1000, 0.5: 500, 1e-9: 1, 0.0004: 1, 4294967.295: 2**32 - 1}
    assert {value: kind.encode("x", value) for value in values} == {
        value: struct.pack("=I", number) for value, number in values.items()
    }
    assert kind.decode(struct.pack("=I", 1500)) == 1.5
    with pytest.raises(OverflowError, match=r"^x must be 0 to 4294967.295 seconds, not 4294968$"):
        kind.encode("x", 4294968)


def test_timeval_is_encoded_in_seconds() -> None:
    kind = timeval_kind(CStruct("t", "", {"*": (("s", "long"), ("u", "long"))}))
    assert kind.encode is not None
    assert kind.encode("x", 2.25) == struct.pack("@ll", 2, 250_000)
    assert kind.decode(struct.pack("@ll", 2, 250_000)) == 2.25
    assert kind.encode("x", 1e-12) == struct.pack("@ll", 0, 1)
    for value, expected in (
        (-1, ValueError),
        (float("nan"), ValueError),
        (float("inf"), OverflowError),
        ("1", TypeError),
    ):
        with pytest.raises(expected, match=r"^x must be "):
            kind.encode("x", value)


def test_text_kind_ends_at_null() -> None:
    kind = text_kind(4)
    assert kind.encode is not None
    assert (kind.decode(b"ab\0c"), kind.decode(b""), kind.encode("x", "abc")) == ("ab", "", b"abc")
    with pytest.raises(ValueError, match=r"^x must be 0 to 3 bytes, not 4$"):
        kind.encode("x", "abcd")
    with pytest.raises(ValueError, match="null"):
        kind.encode("x", "a\0")


def test_bytes_kind_checks_length() -> None:
    kind, exact = bytes_kind(3), bytes_kind(3, exact=True)
    assert kind.encode is not None
    assert exact.encode is not None
    assert kind.encode("x", bytearray(b"ab")) == b"ab"
    assert exact.encode("x", b"abc") == b"abc"
    for encode, value in ((kind.encode, b"abcd"), (exact.encode, b"ab")):
        with pytest.raises(ValueError, match=r"^x must be .*3 bytes, not "):
            encode("x", value)


class Pair(NamedTuple):
    """The value of a struct in these tests."""

    number: int
    data: bytes


PAIR = Struct("struct pair", "<x.h>", ("number", BE16), ("gap", padding(2)), ("data", octets(3)))


def test_struct_kind_names_option_field_and_range() -> None:
    kind = struct_kind(Pair, PAIR)
    assert kind.encode is not None
    data = b"\x01\x02\0\0abc"
    assert kind.decode(data) == (258, b"abc")
    assert kind.encode("OPT", (258, b"abc")) == data
    for value, expected, message in (
        ((65536, b""), OverflowError, r"^OPT number must be 0 to 65535, not 65536$"),
        (("1", b""), TypeError, r"^OPT number must be an integer, not str$"),
        ((1, b"long"), ValueError, r"^OPT data must be 0 to 3 bytes, not 4$"),
        ((1, 2), TypeError, r"^OPT data must be bytes, not int$"),
        ((1,), TypeError, r"^OPT must be a tuple \(number, data\), not \(1,\)$"),
    ):
        with pytest.raises(expected, match=message):
            kind.encode("OPT", value)
    items = array_kind(kind)
    assert items.encode is not None
    assert items.decode(data * 2 + b"x") == [(258, b"abc")] * 2
    assert items.encode("OPT", [(258, b"abc")] * 2) == data * 2
    with pytest.raises(OverflowError, match=r"^OPT\[1\] number must be"):
        items.encode("OPT", [(1, b""), (-1, b"")])


def test_partial_values_are_none_if_not_written() -> None:
    layout = CStruct("s", "", {"*": (("a", U8), ("b", U32), ("c", octets(3)), ("d", U64), ("e", U16), ("f", I32))})
    data = layout.pack(1, 2, b"abc", 4, 5, -6)
    names = list(layout.offsets().values())
    for length in range(len(data) + 1):
        values = partial_values(layout, data[:length])
        expected = [offset + size <= length for offset, size in names]
        assert [value is not None for value in values] == expected, length
    assert partial_values(layout, data) == [1, 2, b"abc", 4, 5, -6]
