"""sockcore's tests for every family, with addresses of AF_MCTP, and tests of the twin in C."""

from __future__ import annotations

import random
import struct
import sys
from importlib import import_module
from typing import Any

import pytest
import sockcore_mctp
from sockcore_mctp import options

from sockcore.testing import FakeContext, FamilyTests, PluginTests


def raw(network: int, eid: int, type: int, tag: int) -> bytes:
    return struct.pack("=HxxIBBBx", 45, network, eid, type, tag)


def raw_extended(network: int, eid: int, type: int, tag: int, ifindex: int, hwaddr: bytes) -> bytes:
    return raw(network, eid, type, tag) + struct.pack("=IB3x32s", ifindex, len(hwaddr), hwaddr)


class TestMctpFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_mctp."""

    family = sockcore_mctp.Mctp()
    pairs = (
        ((0, 0, 0, 0), raw(0, 0, 0, 0)),
        ((1, 8, 5, sockcore_mctp.CONSTANTS["MCTP_TAG_OWNER"]), raw(1, 8, 5, 8)),
        ((2**32 - 1, 255, 254, 253), raw(2**32 - 1, 255, 254, 253)),
        ((1, 8, 5, 0, "mctpi2c0", b"\x10"), raw_extended(1, 8, 5, 0, 7, b"\x10")),
        ((1, 8, 5, 0, "mctpi2c0", bytes(range(32))), raw_extended(1, 8, 5, 0, 7, bytes(range(32)))),
        ((1, 8, 5, 0, "mctpi2c0", b""), raw_extended(1, 8, 5, 0, 7, b"")),
    )
    decoded = ((raw_extended(1, 8, 5, 0, 0, b""), (1, 8, 5, 0, "", b"")),)
    encoded = (((True, 8, 5, 0), raw(1, 8, 5, 0)),)
    wrong = (
        ("1", TypeError, "AF_MCTP"),
        ((1, 8, 5), TypeError, "connect(): AF_MCTP address must be (network, eid, type, tag[, interface, hwaddr])"),
        ((1, 8, 5, 0, 0), TypeError, "not (1, 8, 5, 0, 0)"),
        ((1, "8", 5, 0), TypeError, "interpreted as an integer"),
        ((1, 8.0, 5, 0), TypeError, "interpreted as an integer"),
        ((1, -1, 5, 0), OverflowError, "out of range"),
        ((1, 256, 5, 0), OverflowError, "out of range"),
        ((2**32, 8, 5, 0), OverflowError, "out of range"),
        ((1, 8, 5, 0, 7, b""), TypeError, "connect(): interface must be a str, not 7"),
        ((1, 8, 5, 0, "mctpi2c0", "10"), TypeError, "connect(): hwaddr must be bytes, not '10'"),
        ((1, 8, 5, 0, "mctpi2c0", bytes(33)), ValueError, "at most 32 bytes, not 33"),
        ((1, 8, 5, 0, "mctpi2c1", b""), OSError, "No such device"),
        ((1, 8, 256, 0, "mctpi2c0", b""), OverflowError, "out of range"),
    )

    def context(self, operation: str = "connect") -> FakeContext:
        """Return a context with one interface."""
        return FakeContext(45, 2, operation=operation, interfaces={"mctpi2c0": 7})


class TestMctpPlugin(PluginTests):
    """Registration."""

    plugin = sockcore_mctp


@pytest.fixture
def native() -> Any:
    """Return the C code on both backends, or skip the test if it was not built."""
    return pytest.importorskip("sockcore_mctp._native", reason="the C code was not built")


@pytest.mark.parametrize(("address", "sockaddr"), TestMctpFamily.pairs[:3])
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
    [
        *(address for address, *_ in TestMctpFamily.wrong + TestMctpFamily.pairs[3:]),
        (True, 8, 5, 0),
        [1, 8, 5, 0],
        None,
        (2**70, 8, 5, 0),
    ],
    ids=repr,
)
def test_twin_other_addresses_return_none(native: Any, address: Any) -> None:
    assert native.encode(address) is None


@pytest.mark.parametrize(
    "sockaddr",
    [b"", raw(1, 8, 5, 0)[:-1], raw(1, 8, 5, 0) + b"\0", bytearray(12), raw_extended(1, 8, 5, 0, 7, b"")],
    ids=repr,
)
def test_twin_other_sockaddrs_return_none(native: Any, sockaddr: Any) -> None:
    assert native.decode(sockaddr) is None


def test_twin_and_python_code_have_same_contract(native: Any) -> None:
    assert native.CONTRACT == sockcore_mctp.CONTRACT


def test_codec_uses_twin_on_native_backend_only(native: Any) -> None:
    backends = import_module("sockcore.backends")
    codec = sockcore_mctp.Mctp()
    expected = (native.encode, native.decode) if backends.current() == "native" else (None, None)
    assert (codec.quick_encode, codec.quick_decode) == expected


@pytest.mark.parametrize("order", "<>")
def test_struct_in_each_byte_order_has_layout_of_header(order: str) -> None:
    # struct sockaddr_mctp_ext has the same layout on machines of 32 and 64 bits.
    assert sockcore_mctp.SOCKADDR_MCTP_EXT.size == struct.calcsize(f"{order}HHIBBBBIB3x32s") == 52
    sockaddr = bytes.fromhex({"<": "2d00 0000 04030201 08050900", ">": "002d 0000 01020304 08050900"}[order])
    if order == {"little": "<", "big": ">"}[sys.byteorder]:
        assert sockcore_mctp.Mctp().encode((0x01020304, 8, 5, 9), FakeContext(45, 2)) == sockaddr


def test_options_have_number_and_level_of_header() -> None:
    [option] = options.options()
    assert (option.name, option.level, option.number) == ("MCTP_OPT_ADDR_EXT", 285, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((256, 0), "peer must be from 0 to 255, not 256"),
        ((-1, 0), "peer must be from 0 to 255, not -1"),
        ((8, 256), "tag must be from 0 to 255, not 256"),
        ((8, 0, 2**32), "network must be from 0 to 4294967295"),
        ((8, 0, -1), "network must be from 0 to 4294967295"),
    ],
)
def test_mctp_release_tag_out_of_range_raises_overflow_error(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(OverflowError, match=message):
        sockcore_mctp.mctp_release_tag(None, *arguments)


def test_mctp_allocate_tag_other_type_raises_type_error() -> None:
    with pytest.raises(TypeError):
        sockcore_mctp.mctp_allocate_tag(None, "8")  # type: ignore[arg-type]
