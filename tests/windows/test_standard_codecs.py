"""The address codecs of AF_HYPERV and Bluetooth on Windows, compared with the standard library."""

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
    pytest.skip("the standard library has these codecs on Windows only", allow_module_level=True)

from winsock_patches import record_bind, replace_getsockname, standard_socket

HYPERV = HyperV(34, 1, 1)
SERVICE = "00112233-4455-6677-8899-aabbccddeeff"
DEVICE = "00:1A:7D:DA:71:0F"

needs_hyperv = pytest.mark.skipif(not hasattr(standard, "AF_HYPERV"), reason="this Python does not have AF_HYPERV")
common = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rfcomm() -> Family:
    pytest.importorskip("sockcore_bluetooth")
    from sockcore_bluetooth import families

    [codec] = families("windows", 32, {"RFCOMM": 3})
    return codec


def encode(codec: Family, address: object) -> tuple[Any, ...]:
    """Return the outcome of encoding *address* with *codec*."""
    return outcome(codec.encode, address, FakeContext(codec.number, proto=(codec.probe or (0, 0))[1]))


def encode_standard(codec: Family, address: object) -> tuple[Any, ...]:
    """Return the outcome of encoding *address* with the standard library."""

    def call() -> bytes:
        with record_bind() as sockaddrs:
            sock.bind(address)
        [sockaddr] = sockaddrs
        return sockaddr

    with standard_socket(codec.number, *(codec.probe or (0, 0))) as sock:
        return outcome(call)


def decode_both(codec: Family, sockaddr: bytes) -> tuple[object, object]:
    """Return the addresses that the standard library and *codec* decode."""
    with standard_socket(codec.number, *(codec.probe or (0, 0))) as sock, replace_getsockname(sockaddr):
        expected = sock.getsockname()
    return expected, codec.decode(sockaddr, FakeContext(codec.number, operation="getsockname"))


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
def test_hyperv_encode_equals_standard_library(address: object) -> None:
    assert encode(HYPERV, address) == encode_standard(HYPERV, address)


@needs_hyperv
@given(st.binary(max_size=34))
@common
def test_hyperv_decode_equals_standard_library(rest: bytes) -> None:
    expected, actual = decode_both(HYPERV, b"\x22\0" + rest)
    assert actual == expected


@needs_hyperv
@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex", "sendto"])
@pytest.mark.parametrize("proto", [0, 1, 2])
@pytest.mark.parametrize("address", [(SERVICE, "x"), ("x", SERVICE), 5, (1, 2)], ids=repr)
def test_hyperv_encode_raises_error_of_standard_library(operation: str, proto: int, address: object) -> None:
    arguments = (b"x", address) if operation == "sendto" else (address,)
    with standard_socket(34, 1, proto) as sock:
        expected = outcome(getattr(sock, operation), *arguments)
    assert outcome(HYPERV.encode, address, FakeContext(34, proto=proto, operation=operation)) == expected


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


def normalize(result: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return an outcome without the service class and without the message's hint.

    The standard library leaves the class of the service uninitialized.
    """
    if result[0] is bytes:
        return bytes, result[1][:10], result[1][26:], len(result[1])
    return result[0], result[1].partition(": wrong format")[0]


@given(_rfcomm)
@example((DEVICE, 1))
@example((DEVICE, -1))
@example(("x", 2**40))
@common
def test_rfcomm_encode_equals_standard_library(address: object) -> None:
    codec = rfcomm()
    actual = encode(codec, address)
    assert normalize(actual) == normalize(encode_standard(codec, address))
    if actual[0] is bytes:
        assert actual[1][10:26] == bytes(16)


@given(st.binary(max_size=28))
@common
def test_rfcomm_decode_equals_standard_library(rest: bytes) -> None:
    expected, actual = decode_both(rfcomm(), b"\x20\0" + rest)
    assert actual == expected


def test_winsock_patches_are_removed() -> None:
    with record_bind() as sockaddrs, standard_socket(34, 1, 1):
        pass
    with standard.socket() as sock, replace_getsockname(b"\x02\0" + bytes(14)):
        assert sock.getsockname() == ("0.0.0.0", 0)
    with standard.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        assert sock.getsockname()[0] == "127.0.0.1"
    assert sockaddrs == []
