"""Properties of the codecs: round trips, arbitrary bytes and addresses, and equality with the standard library."""

from __future__ import annotations

import re
import socket as stdlib
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_literals import AF, DEVICE, INVALID_DEVICES, codecs
from hypothesis import given
from hypothesis import strategies as st

from sockcore.testing import FakeContext
from sockcore_bluetooth import address
from sockcore_bluetooth.constants import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = FakeContext(AF, operation="bind")
OCTETS = st.binary(min_size=6, max_size=6)
U8, U16 = st.integers(0, 255), st.integers(0, 65535)
BDADDR = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
SYSTEMS = ("linux", "freebsd", "netbsd", "dragonfly6")
ALL_SYSTEMS = (*SYSTEMS, "windows")
NEEDS_TABLE = pytest.mark.skipif("HCI_CHANNEL_RAW" not in TABLE, reason="only Linux has the constants")


@given(OCTETS)
def test_bdaddr_round_trips(octets: bytes) -> None:
    text = address.to_text(octets)
    assert BDADDR.fullmatch(text)
    for value in (text, text.lower(), ":".join(f"{octet:X}" for octet in reversed(octets))):
        assert address.parse_bdaddr(value.encode()) == octets


def error_of(call: Callable[..., object], *arguments: object) -> Exception | None:
    """Return the exception of *call*, if it is one of those for invalid addresses."""
    try:
        call(*arguments)
    except (OSError, OverflowError, ValueError) as exc:
        return exc
    return None


@given(st.binary(max_size=24))
def test_parse_bdaddr_any_bytes_returns_six_bytes_or_raises(sockaddr: bytes) -> None:
    exc = error_of(address.parse_bdaddr, sockaddr)
    if exc is None:
        assert len(address.parse_bdaddr(sockaddr)) == 6
    else:
        assert (type(exc), str(exc)) == (OSError, "bad bluetooth address")


@given(st.text("0123456789abcdefABCDEF:xg+- _", max_size=20))
def test_parse_bdaddr_accepts_valid_text_only(text: str) -> None:
    is_valid = re.fullmatch("([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}", text) is not None
    assert (error_of(address.parse_bdaddr, text.encode()) is None) == is_valid


@pytest.mark.parametrize("system", ALL_SYSTEMS)
@given(octets=OCTETS, number=U8)
def test_rfcomm_address_round_trips(system: str, octets: bytes, number: int) -> None:
    codec, value = codecs(system)["RFCOMM"], (address.to_text(octets), number)
    sockaddr = codec.encode(value, CONTEXT)
    assert len(sockaddr) == codec.size
    assert codec.decode(sockaddr, CONTEXT) == value


@NEEDS_TABLE
@pytest.mark.parametrize("system", SYSTEMS)
@given(octets=OCTETS, psm=U16)
def test_l2cap_address_round_trips(system: str, octets: bytes, psm: int) -> None:
    codec, value = codecs(system)["L2CAP"], (address.to_text(octets), psm)
    sockaddr = codec.encode(value, CONTEXT)
    assert len(sockaddr) == codec.size
    assert codec.decode(sockaddr, CONTEXT) == value


@NEEDS_TABLE
@given(OCTETS, U16, U16, U8)
def test_l2cap_address_of_four_parts_round_trips(octets: bytes, psm: int, cid: int, bdaddr_type: int) -> None:
    codec = codecs("linux")["L2CAP"]
    sockaddr = codec.encode((address.to_text(octets), psm, cid, bdaddr_type), CONTEXT)
    assert sockaddr[2:4] == psm.to_bytes(2, "little")
    assert sockaddr[10:12] == cid.to_bytes(2, "little")
    assert (sockaddr[4:10], sockaddr[12], sockaddr[13]) == (octets, bdaddr_type, 0)
    decoded: Any = codec.decode(sockaddr, CONTEXT)
    assert decoded[:2] == (address.to_text(octets), psm)
    if bdaddr_type:
        assert decoded[2:] == (cid, bdaddr_type)
    else:
        assert decoded[2:] == ((cid,) if cid and not psm else ())
    again: Any = codec.decode(codec.encode(decoded, CONTEXT), CONTEXT)
    assert again == decoded


@NEEDS_TABLE
@given(U16, U16)
def test_hci_address_on_linux_round_trips(device: int, channel: int) -> None:
    codec = codecs("linux")["HCI"]
    decoded = codec.decode(codec.encode((device, channel), CONTEXT), CONTEXT)
    assert decoded == ((device, channel) if channel else device)
    assert codec.encode(decoded, CONTEXT) == codec.encode((device, channel), CONTEXT)


@given(OCTETS)
def test_sco_and_hci_bdaddr_round_trips(octets: bytes) -> None:
    text = address.to_text(octets)
    for codec in (codecs("linux")["SCO"], codecs("netbsd")["SCO"], codecs("netbsd")["HCI"]):
        for value in (text, text.encode()):
            assert codec.decode(codec.encode(value, CONTEXT), CONTEXT) == text


@given(st.text(st.characters(min_codepoint=1, max_codepoint=0x7F), max_size=31))
def test_hci_node_on_freebsd_round_trips(name: str) -> None:
    codec = codecs("freebsd")["HCI"]
    assert codec.decode(codec.encode(name, CONTEXT), CONTEXT) == name


@pytest.mark.parametrize("system", ALL_SYSTEMS)
@given(sockaddr=st.binary(min_size=2, max_size=64))
def test_decode_accepts_any_bytes(system: str, sockaddr: bytes) -> None:
    if system == "freebsd" and sys.platform == "win32":
        pytest.skip("the file system encoding of Windows cannot decode all bytes")
    for codec in codecs(system).values():
        codec.decode(sockaddr, CONTEXT)


NUMBERS = st.one_of(st.integers(), st.integers(-2, 300), U16, st.sampled_from([None, "1", 1.5, b"1", True]))
DEVICES = st.sampled_from([DEVICE, DEVICE.encode(), None, 5, DEVICE + "\0", *(text for text, _ in INVALID_DEVICES)])
ADDRESSES = st.one_of(
    DEVICES,
    NUMBERS,
    st.tuples(),
    st.tuples(DEVICES),
    st.tuples(NUMBERS),
    st.tuples(NUMBERS, NUMBERS),
    st.tuples(DEVICES, NUMBERS),
    st.tuples(DEVICES, NUMBERS, NUMBERS),
    st.tuples(DEVICES, NUMBERS, NUMBERS, NUMBERS),
    st.tuples(DEVICES, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    st.lists(NUMBERS, max_size=2),
)


@pytest.mark.parametrize("protocol", ["L2CAP", "RFCOMM", "HCI", "SCO"])
@given(value=ADDRESSES)
def test_encode_any_address_returns_sockaddr_or_raises_with_message(protocol: str, value: Any) -> None:
    codec = codecs("linux")[protocol]
    exc = error_of(codec.encode, value, CONTEXT)
    if exc is None:
        assert len(codec.encode(value, CONTEXT)) == codec.size
    else:
        assert str(exc)


# The standard library accepts device addresses that the codecs refuse: scanf() in C skips blanks, signs and prefixes.
SCANF_BDADDR = re.compile(r"([\t-\r ]*[+-]?(0[xX])?0*[0-9a-fA-F]{1,2}(:|$)){6}")


@pytest.mark.skipif(not hasattr(stdlib, "AF_BLUETOOTH"), reason="this Python's socket module has no AF_BLUETOOTH")
@pytest.mark.skipif(sys.version_info < (3, 14), reason="older standard libraries accept fewer address formats")
@pytest.mark.filterwarnings("ignore:integer value out of range:DeprecationWarning")
@pytest.mark.parametrize("protocol", ["L2CAP", "RFCOMM", "HCI", "SCO"])
@given(value=ADDRESSES)
def test_encode_raises_errors_of_standard_library(protocol: str, value: Any) -> None:
    """The standard socket object has an AF_UNIX descriptor.

    For a valid address, the kernel returns EINVAL.
    """
    number = TABLE[f"BTPROTO_{protocol}"]
    with stdlib.socket(stdlib.AF_UNIX) as unix:
        standard = stdlib.socket(stdlib.AF_BLUETOOTH, stdlib.SOCK_STREAM, number, fileno=unix.detach())
    with standard:
        expected = error_of(standard.bind, value)
    accepted = isinstance(expected, OSError) and expected.errno is not None
    exc = error_of(codecs("linux")[protocol].encode, value, CONTEXT)
    if exc is None or isinstance(exc, OverflowError):
        assert accepted  # the standard library truncates large numbers
    elif accepted:
        device = value[0] if isinstance(value, tuple) else value
        assert SCANF_BDADDR.fullmatch(device.decode() if isinstance(device, bytes) else device)
    else:
        assert type(exc) is type(expected)
        assert str(exc).startswith(str(expected))
