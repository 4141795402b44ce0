"""Wrong values for the encoders of options and control messages of all installed plugins.

An encoder raises only TypeError, ValueError or OverflowError for a wrong value.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from functools import partial
from struct import Struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockcore import AF_INET, ancillary, options, socket
from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import NullOfLength, Option

if TYPE_CHECKING:
    from collections.abc import Callable


class Index:
    """An integer that has only __index__."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


NUMBERS = st.one_of(
    st.sampled_from([-(2**63) - 1, -(2**31) - 1, -(2**31), -1, 0, 1, 255, 256, 65535, 65536, 2**31, 2**32, 2**64]),
    st.integers(),
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["::1", "127.0.0.1", "224.0.0.1", "ff02::1", "lo", "\ud800", "\udcff", "a\0b", "", "x" * 5000]),
)
LEAVES = st.one_of(
    NUMBERS,
    NUMBERS.map(Index),
    TEXTS,
    st.none(),
    st.booleans(),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=20),
    st.binary(max_size=20).map(bytearray),
    st.binary(max_size=20).map(lambda raw: memoryview(raw)[::2]),
    st.ip_addresses(),
    st.just(ipaddress.ip_interface("::1/64")),
    st.builds(object),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=7), st.lists(inner, max_size=7).map(tuple), st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=12,
)
#: Tuples with the length of a struct. Most of their numbers fit into the fields.
STRUCT_LIKE_TUPLES = st.lists(st.one_of(st.integers(0, 300), LEAVES), min_size=1, max_size=9).map(tuple)


#: Modules with options, also with those of other systems.
MODULES = [
    "sockcore",
    *(f"sockcore_{name}" for name in ("inet", "unix", "can", "bluetooth", "linux_misc", "windows", "bsd")),
]


def _encoders() -> dict[str, Callable[[Any], bytes]]:
    codecs: list[Any] = [*with_codecs().options.values(), *with_codecs().ancillaries.values()]
    for package in MODULES:
        if importlib.util.find_spec(package):
            values = vars(importlib.import_module(f"{package}.options")).values()
            codecs += [value for value in values if isinstance(value, Option)]
    encoders: dict[str, Callable[[Any], bytes]] = {}
    for codec in codecs:
        encode = codec.encode
        if encode is not None:
            if getattr(codec, "needs_descriptor", False):
                encode = partial(_with_descriptor, encode)
            encoders[f"{type(codec).__name__} {codec.name}"] = encode
    return encoders


def _with_descriptor(encode: Callable[..., bytes], value: object) -> bytes:
    return encode(value, -1)


ENCODERS = _encoders()


def _outcome(function: Callable[[Any], object], value: object) -> object:
    try:
        return function(value)
    except Exception as exc:
        return exc


# One test for all encoders, because hypothesis takes longer to generate a value than all encoders to encode it.
@settings(deadline=None, max_examples=600, derandomize=True, database=None)
@given(st.one_of(VALUES, STRUCT_LIKE_TUPLES, st.lists(STRUCT_LIKE_TUPLES, max_size=3)))
def test_encode_wrong_value_raises_type_value_or_overflow_error(value: object) -> None:
    for name, encode in ENCODERS.items():
        outcome = _outcome(encode, value)
        if isinstance(outcome, Exception):
            assert isinstance(outcome, (TypeError, ValueError, OverflowError)), (name, value, outcome)
            assert not isinstance(outcome, OSError), (name, value, outcome)
            assert str(outcome), (name, value)
        else:
            assert isinstance(outcome, (bytes, NullOfLength)), (name, value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (("::1",), "struct in6_pktinfo must be a tuple (ipi6_addr, ipi6_ifindex), not ('::1',)"),
        ((1, 1), "struct in6_pktinfo ipi6_addr must be an IPv6 address in text, not int"),
        (("127.0.0.1", 1), "struct in6_pktinfo ipi6_addr must be an IPv6 address in text, not '127.0.0.1'"),
        (("::1", "lo"), "struct in6_pktinfo ipi6_ifindex must be an integer, not str"),
        (("::1", -1), "struct in6_pktinfo (ipi6_addr, ipi6_ifindex) cannot hold ('::1', -1)"),
    ],
)
def test_encode_wrong_value_names_field_and_expectation(value: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)) as caught:
        ancillary.encode("IPV6_PKTINFO", value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "IP_ADD_MEMBERSHIP",
            ("224.0.0.1", "nosuch0"),
            "IP_ADD_MEMBERSHIP interface: no interface is called 'nosuch0'",
        ),
        ("IP_ADD_MEMBERSHIP", ("x", 1), "IP_ADD_MEMBERSHIP group must be an IPv4 address in text, not 'x'"),
        ("IP_ADD_MEMBERSHIP", "224.0.0.1", "IP_ADD_MEMBERSHIP must be a tuple (group, interface), not '224.0.0.1'"),
        ("IP_ADD_MEMBERSHIP", ("224.0.0.1", -1), "IP_ADD_MEMBERSHIP interface must be 0 to 2147483647"),
        ("IP_MULTICAST_IF", "x", "IP_MULTICAST_IF: no interface is called 'x'"),
        ("IP_MULTICAST_IF", None, "IP_MULTICAST_IF, a name or an index, must be an integer, not NoneType"),
    ],
)
def test_write_wrong_value_names_option_and_expectation(name: str, value: object, message: str) -> None:
    import sockcore

    with socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
        with pytest.raises((TypeError, ValueError, OverflowError)) as caught:
            options.write(sock, sockcore.IPPROTO_IP, getattr(sockcore, name), value)
        assert str(caught.value).startswith(message)
        assert not isinstance(caught.value, OSError)


class ThirdParty:
    """A codec whose encoder raises struct.error for wrong values."""

    level, number, name, size, needs_descriptor = 0, 0, "THIRD_PARTY", 4, False
    is_available = True
    encode = staticmethod(Struct("i").pack)

    decode = staticmethod(bytes)


def test_encode_struct_error_of_third_party_raises_overflow_error(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = with_codecs()
    monkeypatch.setitem(registry.ancillaries, (0x7FFFFFFF, 1), ThirdParty)  # type: ignore[arg-type]
    monkeypatch.setitem(registry.options, (0x7FFFFFFF, 1), ThirdParty)  # type: ignore[arg-type]
    for value in ("x", 2**40):
        with pytest.raises(OverflowError, match=r"^THIRD_PARTY cannot hold "):
            ancillary.encode("THIRD_PARTY", value)
        with socket(AF_INET) as sock, pytest.raises(OverflowError, match=r"^THIRD_PARTY cannot hold "):
            options.write(sock, 0x7FFFFFFF, 1, value)


DECODERS: dict[str, Callable[[bytes], object]] = {
    codec.name: codec.decode for codec in with_codecs().ancillaries.values()
}


@settings(deadline=None, max_examples=600, derandomize=True, database=None)
@given(st.binary(max_size=300))
def test_decode_any_bytes_returns_or_raises_value_error(raw: bytes) -> None:
    for name, decode in DECODERS.items():
        outcome = _outcome(decode, raw)
        assert not isinstance(outcome, Exception) or type(outcome) is ValueError, (name, raw, outcome)
