"""sockcore's tests for every family, with addresses of AF_MCTP, and tests of the twin in C."""

from __future__ import annotations

import random
import struct
from importlib import import_module
from typing import Any

import pytest
import sockcore_mctp

from sockcore.testing import FakeContext, FamilyTests, PluginTests


def raw(network: int, eid: int, type: int, tag: int) -> bytes:
    return struct.pack("=HxxIBBBx", 45, network, eid, type, tag)


class TestMctpFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_mctp."""

    family = sockcore_mctp.Mctp()
    pairs = (
        ((0, 0, 0, 0), raw(0, 0, 0, 0)),
        ((1, 8, 5, sockcore_mctp.CONSTANTS["MCTP_TAG_OWNER"]), raw(1, 8, 5, 8)),
        ((2**32 - 1, 255, 254, 253), raw(2**32 - 1, 255, 254, 253)),
    )
    encoded = (((True, 8, 5, 0), raw(1, 8, 5, 0)),)
    wrong = (
        ("1", TypeError, "AF_MCTP"),
        ((1, 8, 5), TypeError, "connect(): AF_MCTP address must be (network, eid, type, tag)"),
        ((1, 8, 5, 0, 0), TypeError, "not (1, 8, 5, 0, 0)"),
        ((1, "8", 5, 0), TypeError, "interpreted as an integer"),
        ((1, 8.0, 5, 0), TypeError, "interpreted as an integer"),
        ((1, -1, 5, 0), OverflowError, "out of range"),
        ((1, 256, 5, 0), OverflowError, "out of range"),
        ((2**32, 8, 5, 0), OverflowError, "out of range"),
    )


class TestMctpPlugin(PluginTests):
    """Registration."""

    plugin = sockcore_mctp


@pytest.fixture
def native() -> Any:
    """Return the C code on both backends, or skip the test if it was not built."""
    return pytest.importorskip("sockcore_mctp._native", reason="the C code was not built")


@pytest.mark.parametrize(("address", "sockaddr"), TestMctpFamily.pairs)
def test_twin_usual_values_are_converted(native: Any, address: Any, sockaddr: bytes) -> None:
    assert native.encode(address) == sockaddr
    assert native.decode(sockaddr) == address


def test_twin_random_numbers_have_result_of_codec(native: Any) -> None:
    numbers, codec, context = random.Random(1), sockcore_mctp.Mctp(), FakeContext(45, 2)
    for _ in range(1000):
        address = (numbers.getrandbits(32), *numbers.randbytes(3))
        assert native.decode(native.encode(address)) == address
        assert native.encode(address) == codec.encode(address, context)


@pytest.mark.parametrize(
    "address",
    [*(address for address, _, _ in TestMctpFamily.wrong), (True, 8, 5, 0), [1, 8, 5, 0], None, (2**70, 8, 5, 0)],
    ids=repr,
)
def test_twin_other_addresses_return_none(native: Any, address: Any) -> None:
    assert native.encode(address) is None


@pytest.mark.parametrize("sockaddr", [b"", raw(1, 8, 5, 0)[:-1], raw(1, 8, 5, 0) + b"\0", bytearray(12)], ids=repr)
def test_twin_other_sockaddrs_return_none(native: Any, sockaddr: Any) -> None:
    assert native.decode(sockaddr) is None


def test_twin_and_python_code_have_same_contract(native: Any) -> None:
    assert native.CONTRACT == sockcore_mctp.CONTRACT


def test_codec_uses_twin_on_native_backend_only(native: Any) -> None:
    backends = import_module("sockcore.backends")
    codec = sockcore_mctp.Mctp()
    expected = raw(1, 8, 5, 0) if backends.current() == "native" else None
    assert codec.quick_encode((1, 8, 5, 0)) == expected
    assert (codec.quick_encode is native.encode) == (expected is not None)
