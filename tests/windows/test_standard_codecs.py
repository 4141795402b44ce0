"""AF_HYPERV and Bluetooth on Windows: what the standard library hands to Winsock, and makes of what that gives it."""

from __future__ import annotations

import socket as standard
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from outcomes import outcome

from sockcore.testing import FakeContext
from sockcore_windows import HyperV

if TYPE_CHECKING:
    from sockcore.plugin import Family

if sys.platform != "win32":
    pytest.skip("the standard library has these codecs on Windows", allow_module_level=True)

from standard_library import of_family, what_bind_is_given, whose_name_is

HYPERV = HyperV(34, 1, 1)
SERVICE = "00112233-4455-6677-8899-aabbccddeeff"
DEVICE = "00:1A:7D:DA:71:0F"

needs_hyperv = pytest.mark.skipif(not hasattr(standard, "AF_HYPERV"), reason="this Python has no AF_HYPERV")
common = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rfcomm() -> Family:
    pytest.importorskip("sockcore_bluetooth")
    from sockcore_bluetooth import families

    [codec] = families("windows", 32, {"RFCOMM": 3})
    return codec


def encoded(codec: Family, address: object) -> tuple[Any, ...]:
    return outcome(codec.encode, address, FakeContext(codec.number, proto=(codec.probe or (0, 0))[1]))


def given_to_bind(codec: Family, address: object) -> tuple[Any, ...]:
    """What the standard library encodes *address* to, or what it raises."""

    def call() -> bytes:
        with what_bind_is_given() as given:
            sock.bind(address)
        [raw] = given
        return raw

    with of_family(codec.number, *(codec.probe or (0, 0))) as sock:
        return outcome(call)


def decoded(codec: Family, raw: bytes) -> tuple[object, object]:
    """What the standard library and *codec* make of a sockaddr."""
    with of_family(codec.number, *(codec.probe or (0, 0))) as sock, whose_name_is(raw):
        theirs = sock.getsockname()
    return theirs, codec.decode(raw, FakeContext(codec.number, operation="getsockname"))


_uuids = st.uuids().map(str) | st.uuids().map(lambda uuid: str(uuid).upper())
_texts = _uuids | st.text(max_size=40) | st.text("0123456789abcdefABCDEF-{} ", min_size=34, max_size=38)
_parts = _texts | st.none() | st.integers() | st.binary(max_size=40)
_pairs = st.tuples(_texts, _texts) | st.tuples(_parts, _parts)
_addresses = _pairs | st.tuples() | st.tuples(_parts) | st.tuples(_texts, _texts, _texts) | st.lists(_texts) | _parts


@needs_hyperv
@given(_addresses)
@example((SERVICE, SERVICE))
@example(("{" + SERVICE + "}", SERVICE))
@example((SERVICE, SERVICE + "\0"))
@example((SERVICE.replace("0", "\u0660"), SERVICE))
@common
def test_encodes_hyperv(address: object) -> None:
    assert encoded(HYPERV, address) == given_to_bind(HYPERV, address)


@needs_hyperv
@given(st.binary(max_size=34))
@common
def test_decodes_hyperv(rest: bytes) -> None:
    theirs, ours = decoded(HYPERV, b"\x22\0" + rest)
    assert ours == theirs


@needs_hyperv
@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex", "sendto"])
@pytest.mark.parametrize("proto", [0, 1, 2])
@pytest.mark.parametrize("address", [(SERVICE, "x"), ("x", SERVICE), 5, (1, 2)], ids=repr)
def test_words_of_hyperv(operation: str, proto: int, address: object) -> None:
    arguments = (b"x", address) if operation == "sendto" else (address,)
    with of_family(34, 1, proto) as sock:
        theirs = outcome(getattr(sock, operation), *arguments)
    assert outcome(HYPERV.encode, address, FakeContext(34, proto=proto, operation=operation)) == theirs


_devices = st.one_of(
    st.lists(st.integers(0, 255), min_size=6, max_size=6).map(lambda octets: ":".join(f"{o:02X}" for o in octets)),
    st.text("0123456789abcdefABCDEFg:", max_size=20),
    st.sampled_from([DEVICE, DEVICE.encode(), DEVICE + "\0", DEVICE + " ", "\ud800", "\xe9", "", None, 5]),
)
_channels = st.integers(-(2**31), 2**31 - 1) | st.sampled_from(
    [0, 1, 30, 31, 255, 256, -1, -(2**31), -(2**31) - 1, 2**32, 2**100, -(2**100), True, None, "1", 1.0]
)
_rfcomm = st.one_of(
    st.tuples(_devices, _channels), st.tuples(_devices), st.tuples(_devices, _channels, _channels), _devices
)


def significant(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return an outcome without the class of the service, which is unwritten memory there, and the help in errors."""
    if found[0] is bytes:
        return bytes, found[1][:10], found[1][26:], len(found[1])
    return found[0], found[1].partition(": wrong format")[0]


@given(_rfcomm)
@example((DEVICE, 1))
@example((DEVICE, -1))
@example(("x", 2**40))
@common
def test_encodes_rfcomm(address: object) -> None:
    codec = rfcomm()
    ours = encoded(codec, address)
    assert significant(ours) == significant(given_to_bind(codec, address))
    if ours[0] is bytes:
        assert ours[1][10:26] == bytes(16)


@given(st.binary(max_size=28))
@common
def test_decodes_rfcomm(rest: bytes) -> None:
    theirs, ours = decoded(rfcomm(), b"\x20\0" + rest)
    assert ours == theirs


def test_what_is_replaced_is_put_back() -> None:
    with what_bind_is_given() as given, of_family(34, 1, 1):
        pass
    with standard.socket() as sock, whose_name_is(b"\x02\0" + bytes(14)):
        assert sock.getsockname() == ("0.0.0.0", 0)
    with standard.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        assert sock.getsockname()[0] == "127.0.0.1"
    assert given == []
