"""Properties of the codecs: what goes in comes out, whatever the bytes; and the standard library's outcomes."""

from __future__ import annotations

import re
import socket as stdlib
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_literals import AF, DEVICE, NO_DEVICE, codecs
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
FORM = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
SYSTEMS = ("linux", "freebsd", "netbsd", "dragonfly6")
ALL_SYSTEMS = (*SYSTEMS, "windows")
NEEDS_TABLE = pytest.mark.skipif("HCI_CHANNEL_RAW" not in TABLE, reason="the constants are Linux's")


@given(OCTETS)
def test_a_device_address_both_ways(octets: bytes) -> None:
    text = address.text(octets)
    assert FORM.fullmatch(text)
    for written in (text, text.lower(), ":".join(f"{octet:X}" for octet in reversed(octets))):
        assert address.packed(written.encode()) == octets


def refusal(call: Callable[..., object], *arguments: object) -> Exception | None:
    """What *call* raises of what an address may raise."""
    try:
        call(*arguments)
    except (OSError, OverflowError, ValueError) as error:
        return error
    return None


@given(st.binary(max_size=24))
def test_any_bytes_are_a_device_or_refused(raw: bytes) -> None:
    refused = refusal(address.packed, raw)
    if refused is None:
        assert len(address.packed(raw)) == 6
    else:
        assert (type(refused), str(refused)) == (OSError, "bad bluetooth address")


@given(st.text("0123456789abcdefABCDEF:xg+- _", max_size=20))
def test_nearly_a_device(text: str) -> None:
    is_one = re.fullmatch("([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}", text) is not None
    assert (refusal(address.packed, text.encode()) is None) == is_one


@pytest.mark.parametrize("system", ALL_SYSTEMS)
@given(octets=OCTETS, number=U8)
def test_rfcomm_of_every_system(system: str, octets: bytes, number: int) -> None:
    codec, written = codecs(system)["RFCOMM"], (address.text(octets), number)
    raw = codec.encode(written, CONTEXT)
    assert len(raw) == codec.size
    assert codec.decode(raw, CONTEXT) == written


@NEEDS_TABLE
@pytest.mark.parametrize("system", SYSTEMS)
@given(octets=OCTETS, psm=U16)
def test_l2cap_of_every_system(system: str, octets: bytes, psm: int) -> None:
    codec, written = codecs(system)["L2CAP"], (address.text(octets), psm)
    raw = codec.encode(written, CONTEXT)
    assert len(raw) == codec.size
    assert codec.decode(raw, CONTEXT) == written


@NEEDS_TABLE
@given(OCTETS, U16, U16, U8)
def test_l2cap_with_all_its_parts(octets: bytes, psm: int, cid: int, kind: int) -> None:
    codec = codecs("linux")["L2CAP"]
    raw = codec.encode((address.text(octets), psm, cid, kind), CONTEXT)
    assert raw[2:4] == psm.to_bytes(2, "little")
    assert raw[10:12] == cid.to_bytes(2, "little")
    assert (raw[4:10], raw[12], raw[13]) == (octets, kind, 0)
    found: Any = codec.decode(raw, CONTEXT)
    assert found[:2] == (address.text(octets), psm)
    if kind:
        assert found[2:] == (cid, kind)
    else:
        assert found[2:] == ((cid,) if cid and not psm else ())
    again: Any = codec.decode(codec.encode(found, CONTEXT), CONTEXT)
    assert again == found


@NEEDS_TABLE
@given(U16, U16)
def test_hci_of_linux(device: int, channel: int) -> None:
    codec = codecs("linux")["HCI"]
    found = codec.decode(codec.encode((device, channel), CONTEXT), CONTEXT)
    assert found == ((device, channel) if channel else device)
    assert codec.encode(found, CONTEXT) == codec.encode((device, channel), CONTEXT)


@given(OCTETS)
def test_sco_and_hci_by_address(octets: bytes) -> None:
    text = address.text(octets)
    for codec in (codecs("linux")["SCO"], codecs("netbsd")["SCO"], codecs("netbsd")["HCI"]):
        for written in (text, text.encode()):
            assert codec.decode(codec.encode(written, CONTEXT), CONTEXT) == text


@given(st.text(st.characters(min_codepoint=1, max_codepoint=0x7F), max_size=31))
def test_nodes_of_freebsd(name: str) -> None:
    codec = codecs("freebsd")["HCI"]
    assert codec.decode(codec.encode(name, CONTEXT), CONTEXT) == name


@pytest.mark.parametrize("system", ALL_SYSTEMS)
@given(raw=st.binary(min_size=2, max_size=64))
def test_any_bytes_decode(system: str, raw: bytes) -> None:
    if system == "freebsd" and sys.platform == "win32":
        pytest.skip("Windows has no text for any bytes, and no nodes whose names they are")
    for codec in codecs(system).values():
        codec.decode(raw, CONTEXT)


NUMBERS = st.one_of(st.integers(), st.integers(-2, 300), U16, st.sampled_from([None, "1", 1.5, b"1", True]))
DEVICES = st.sampled_from([DEVICE, DEVICE.encode(), None, 5, DEVICE + "\0", *(text for text, _ in NO_DEVICE)])
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
@given(written=ADDRESSES)
def test_anything_is_an_address_or_refused(protocol: str, written: Any) -> None:
    codec = codecs("linux")[protocol]
    refused = refusal(codec.encode, written, CONTEXT)
    if refused is None:
        assert len(codec.encode(written, CONTEXT)) == codec.size
    else:
        assert str(refused)


# What the standard library takes and the codecs do not: numbers that it cuts, and what C's scanf reads as a number.
LENIENT = re.compile(r"([\t-\r ]*[+-]?(0[xX])?0*[0-9a-fA-F]{1,2}(:|$)){6}")


@pytest.mark.skipif(not hasattr(stdlib, "AF_BLUETOOTH"), reason="this Python's socket module has no AF_BLUETOOTH")
@pytest.mark.skipif(sys.version_info < (3, 14), reason="the standard library of then takes fewer kinds of addresses")
@pytest.mark.filterwarnings("ignore:integer value out of range:DeprecationWarning")
@pytest.mark.parametrize("protocol", ["L2CAP", "RFCOMM", "HCI", "SCO"])
@given(written=ADDRESSES)
def test_refusals_are_the_standard_librarys(protocol: str, written: Any) -> None:
    """Its socket of Bluetooth on a descriptor of AF_UNIX reads the address, and the kernel then says EINVAL."""
    number = TABLE[f"BTPROTO_{protocol}"]
    with stdlib.socket(stdlib.AF_UNIX) as unix:
        theirs = stdlib.socket(stdlib.AF_BLUETOOTH, stdlib.SOCK_STREAM, number, fileno=unix.detach())
    with theirs:
        their_refusal = refusal(theirs.bind, written)
    accepted = isinstance(their_refusal, OSError) and their_refusal.errno is not None
    refused = refusal(codecs("linux")[protocol].encode, written, CONTEXT)
    if refused is None or isinstance(refused, OverflowError):
        assert accepted  # a number that is too large is cut there
    elif accepted:
        device = written[0] if isinstance(written, tuple) else written
        assert LENIENT.fullmatch(device.decode() if isinstance(device, bytes) else device)
    else:
        assert type(refused) is type(their_refusal)
        assert str(refused).startswith(str(their_refusal))
