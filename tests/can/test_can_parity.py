"""The same address raises the same error with the same message on sockcore and on the standard library.

Invalid addresses raise before the system call. The kernel therefore does not need to support CAN: see `can_socket`.
"""

from __future__ import annotations

import socket as standard
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import sockcore

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has no AF_CAN"),
    pytest.mark.skipif(not hasattr(standard, "AF_CAN"), reason="this Python was built without AF_CAN"),
]

RAW, BCM, ISOTP, J1939 = 1, 2, 6, 7

common = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

NAMES = st.one_of(
    st.sampled_from(["", "lo", "vcan0", b"lo", b"", Path("lo"), "lo\0", b"\0", "\ud800", "é" * 7, "é" * 8, "\udcff"]),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.integers(14, 18).map(lambda size: "x" * size),
    st.sampled_from([None, 5, 1.5, bytearray(b"lo"), ("lo",), ["lo"]]),
)
# In range only: the standard library truncates larger numbers, sockcore raises.
NUMBERS = st.one_of(st.integers(0, 255), st.sampled_from([True, None, "1", b"1", 1.5, (1,)]))


def raised(sock, method, address):
    try:
        getattr(sock, method)(address)
    except Exception as exc:
        return type(exc), str(exc), getattr(exc, "errno", None), exc.args
    return None


def assert_same_error(can_socket, proto, address, method):
    expected = raised(can_socket(standard, proto), method, address)
    assert raised(can_socket(sockcore, proto), method, address) == expected


METHODS = st.sampled_from(["bind", "connect", "connect_ex"])


@given(st.one_of(st.tuples(NAMES), st.tuples(), st.tuples(NAMES, NUMBERS), NAMES), METHODS, st.sampled_from([RAW, BCM]))
@example(("nosuch0",), "bind", RAW)
@example(("x" * 15,), "bind", RAW)
@example(("x" * 16,), "bind", RAW)
@example("vcan0", "connect_ex", BCM)
@common
def test_interface_address_raises_error_of_standard_library(can_socket, address, method, proto):
    assert_same_error(can_socket, proto, address, method)


@pytest.mark.skipif(not hasattr(standard, "CAN_ISOTP"), reason="this Python was built without CAN_ISOTP")
@given(st.one_of(st.tuples(NAMES, NUMBERS, NUMBERS), st.lists(NUMBERS, max_size=5).map(tuple)), METHODS)
@example(("lo", 0x98DAF110, 2**32 - 1), "bind")
@example(("nosuch0", "1", "2"), "bind")
@example(("lo\0", 1, 2, 3), "bind")
@common
def test_isotp_address_raises_error_of_standard_library(can_socket, address, method):
    assert_same_error(can_socket, ISOTP, address, method)


@pytest.mark.skipif(not hasattr(standard, "CAN_J1939"), reason="this Python was built without CAN_J1939")
@given(st.one_of(st.tuples(NAMES, NUMBERS, NUMBERS, NUMBERS), st.lists(NUMBERS, max_size=6).map(tuple)), METHODS)
@example(("lo", 2**64 - 1, 2**32 - 1, 255), "bind")
@example(("nosuch0", 1, 2, "3"), "bind")
@common
def test_j1939_address_raises_error_of_standard_library(can_socket, address, method):
    assert_same_error(can_socket, J1939, address, method)


@pytest.mark.parametrize("proto", [ISOTP, J1939])
@pytest.mark.parametrize("address", [None, 5, "vcan0", ["vcan0", 1, 2], b"vcan0"])
def test_address_that_is_not_tuple_raises_type_error_instead_of_system_error(can_socket, proto, address):
    expected = raised(can_socket(standard, proto), "bind", address)
    assert expected is not None
    assert expected[0] is SystemError
    message = f"bind(): AF_CAN address must be tuple, not {type(address).__name__}"
    assert raised(can_socket(sockcore, proto), "bind", address) == (TypeError, message, None, (message,))


@pytest.mark.parametrize("address", [("lo", 2**32 + 5, 1), ("lo", -1, 1), ("lo", 1, 2**64)])
@pytest.mark.filterwarnings("ignore:integer value out of range:DeprecationWarning")
def test_identifier_out_of_range_raises_overflow_error_instead_of_wrapping(can_socket, address):
    expected = raised(can_socket(standard, ISOTP), "connect", address)
    assert expected is not None
    assert expected[0] is OSError  # from the kernel: the address was encoded
    actual = raised(can_socket(sockcore, ISOTP), "connect", address)
    assert actual is not None
    assert actual[0] is OverflowError


def test_other_protocol_is_encoded_instead_of_refused(can_socket):
    expected = raised(can_socket(standard, 3), "connect", ("lo",))
    assert expected is not None
    assert expected[1] == "connect(): unsupported CAN protocol"
    actual = raised(can_socket(sockcore, 3), "connect", ("lo",))
    assert actual is not None
    assert actual[2] is not None  # from the kernel
