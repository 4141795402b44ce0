"""The codecs of the addresses and options of AF_VSOCK, tested with literals. The tests do not open sockets."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux supports AF_VSOCK here", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

import sockcore_linux_misc
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import options as linux_options
from sockcore_linux_misc import vsock
from sockcore_linux_misc.constants import TABLE

AF_VSOCK = TABLE["AF_VSOCK"]
ANY = TABLE["VMADDR_CID_ANY"]
LAST = 2**32 - 1
FAMILY = vsock.Vsock()
OLD = (
    "SO_VM_SOCKETS_CONNECT_TIMEOUT" if "SO_VM_SOCKETS_CONNECT_TIMEOUT" in TABLE else "SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD"
)
NEW = "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW"


def to_sockaddr(cid: int, port: int, reserved: int = 0, flags: int = 0, zero: bytes = b"") -> bytes:
    return struct.pack("=HHIIB3s", AF_VSOCK, reserved, port, cid, flags, zero)


def option(name: str) -> Any:
    return registered_by(sockcore_linux_misc).options[AF_VSOCK, TABLE[name]]


class TestVsockFamily(FamilyTests):
    family = FAMILY
    pairs = (
        ((1, 1234), to_sockaddr(1, 1234)),
        ((0, 0), to_sockaddr(0, 0)),
        ((TABLE["VMADDR_CID_HOST"], 5), to_sockaddr(2, 5)),
        ((ANY, 1234), to_sockaddr(LAST, 1234)),
        ((3, TABLE["VMADDR_PORT_ANY"]), to_sockaddr(3, LAST)),
        ((LAST, LAST), to_sockaddr(LAST, LAST)),
    )
    encoded = (
        # -1, as in the header (-1U).
        ((-1, 1234), to_sockaddr(LAST, 1234)),
        ((1, -1), to_sockaddr(1, LAST)),
        ((True, False), to_sockaddr(1, 0)),
    )
    decoded = (
        (to_sockaddr(1, 2, 0xFFFF, 0xFF, b"\xff\xff\xff"), (1, 2)),
        (to_sockaddr(1, 2)[:8], (0, 2)),
        (to_sockaddr(1, 2)[:2], (0, 0)),
        (to_sockaddr(1, 2) + b"more", (1, 2)),
    )
    wrong = (
        (None, TypeError, "AF_VSOCK address must be tuple, not NoneType"),
        (1234, TypeError, "AF_VSOCK address must be tuple, not int"),
        ("1:1234", TypeError, "AF_VSOCK address must be tuple, not str"),
        ([1, 1234], TypeError, "AF_VSOCK address must be tuple, not list"),
        ((), TypeError, "takes exactly 2 arguments (0 given)"),
        ((1,), TypeError, "takes exactly 2 arguments (1 given)"),
        ((1, 2, 3), TypeError, "takes exactly 2 arguments (3 given)"),
        (("1", 1234), TypeError, "integer"),
        ((1, "1234"), TypeError, "integer"),
        ((1.0, 1234), TypeError, "integer"),
        ((1, 1234.5), TypeError, "integer"),
        ((None, 1234), TypeError, "integer"),
        ((1, b"x"), TypeError, "integer"),
        ((-2, 1234), OverflowError, "connect(): AF_VSOCK cid must be 0-4294967295"),
        ((2**32, 1234), OverflowError, "connect(): AF_VSOCK cid must be 0-4294967295"),
        ((2**64, 1234), OverflowError, "connect(): AF_VSOCK cid must be 0-4294967295"),
        ((1, -2), OverflowError, "connect(): AF_VSOCK port must be 0-4294967295"),
        ((1, -(2**31)), OverflowError, "connect(): AF_VSOCK port must be 0-4294967295"),
        ((1, 2**32), OverflowError, "connect(): AF_VSOCK port must be 0-4294967295"),
        ((1, 2**64 + 1234), OverflowError, "connect(): AF_VSOCK port must be 0-4294967295"),
    )


@given(st.tuples(st.integers(0, LAST), st.integers(0, LAST)))
def test_vsock_address_round_trips(address: tuple[int, int]) -> None:
    context = FakeContext(AF_VSOCK)
    encoded = FAMILY.encode(address, context)
    assert encoded == to_sockaddr(*address)
    assert FAMILY.decode(encoded, context) == address
    assert context.asked == []


@given(st.tuples(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70)))
def test_encode_number_out_of_range_raises_overflow_error(address: tuple[int, int]) -> None:
    if all(-1 <= part <= LAST for part in address):
        FAMILY.encode(address, FakeContext(AF_VSOCK))
    else:
        with pytest.raises(OverflowError, match="must be 0-4294967295"):
            FAMILY.encode(address, FakeContext(AF_VSOCK))


@given(st.binary(min_size=2, max_size=40))
def test_decode_any_bytes_returns_pair(data: bytes) -> None:
    decoded = FAMILY.decode(data, FakeContext(AF_VSOCK))
    assert isinstance(decoded, tuple)
    assert list(map(type, decoded)) == [int, int]


@pytest.mark.parametrize("name", ["", "MIN_", "MAX_"])
def test_buffer_size_is_encoded_with_64_bits(name: str) -> None:
    codec = option(f"SO_VM_SOCKETS_BUFFER_{name}SIZE")
    assert codec.size == 8
    for size in (0, 1, 2**18, 2**32 + 5, 2**64 - 1):
        assert codec.encode(size) == struct.pack("=Q", size)
        assert codec.decode(struct.pack("=Q", size)) == size
    for size in (-1, 2**64):
        with pytest.raises(OverflowError, match=r"^SO_VM_SOCKETS_BUFFER_[A-Z_]*SIZE must be 0 to 18446744073709551615"):
            codec.encode(size)
    for wrong in ("1", None, 1.0, b"12345678"):
        with pytest.raises(TypeError, match="integer"):
            codec.encode(wrong)


def timeval(name: str, seconds: int, microseconds: int) -> bytes:
    # The fields of the old struct are C longs. The fields of the new struct have 64 bits.
    return struct.pack("@ll" if name == OLD else "=qq", seconds, microseconds)


@pytest.mark.parametrize("name", [OLD, NEW])
@pytest.mark.parametrize(
    ("seconds", "whole", "micro"),
    [
        (0, 0, 0),
        (2, 2, 0),
        (2.0, 2, 0),
        (0.25, 0, 250_000),
        (1.1, 1, 100_000),
        (1e-6, 0, 1),
        (3600.5, 3600, 500_000),
        (0.9999999, 1, 0),
    ],
)
def test_connect_timeout_is_encoded_in_seconds(name: str, seconds: float, whole: int, micro: int) -> None:
    codec = option(name)
    assert codec.size == len(timeval(name, 0, 0))
    assert codec.encode(seconds) == timeval(name, whole, micro)
    assert codec.decode(timeval(name, whole, micro)) == pytest.approx(seconds, abs=1e-6)
    assert type(codec.decode(timeval(name, whole, micro))) is float


@pytest.mark.parametrize("name", [OLD, NEW])
def test_encode_short_timeout_is_not_zero(name: str) -> None:
    # For the kernel, 0 means the default timeout.
    assert option(name).encode(1e-9) == timeval(name, 0, 1)


@pytest.mark.parametrize("name", [OLD, NEW])
@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (-1, ValueError),
        (-0.5, ValueError),
        (float("nan"), ValueError),
        (float("inf"), OverflowError),
        (2**63, OverflowError),
        ("2", TypeError),
        (None, TypeError),
        ((2, 0), TypeError),
    ],
)
def test_encode_invalid_timeout_raises(name: str, wrong: object, expected: type[Exception]) -> None:
    with pytest.raises(expected, match=rf"^{name} must be "):
        option(name).encode(wrong)


def test_encode_timeout_above_maximum_raises_overflow_error() -> None:
    largest = 2 ** (8 * struct.calcsize("l") - 1) - 1
    assert option(OLD).encode(largest) == timeval(OLD, largest, 0)
    with pytest.raises(OverflowError, match="must be 0 to "):
        option(OLD).encode(largest + 1)


@given(st.integers(0, 10**6), st.integers(0, 999_999))
def test_timeout_round_trips(whole: int, micro: int) -> None:
    for codec in (timeout for timeout in linux_options.options() if "SOCKETS_CONNECT_TIMEOUT" in timeout.name):
        data = timeval(codec.name, whole, micro)
        assert codec.encode is not None
        assert codec.encode(codec.decode(data)) == data


def test_decode_truncated_timeval_fills_with_zeros() -> None:
    for name in (OLD, NEW):
        assert option(name).decode(b"") == 0
        assert option(name).decode(timeval(name, 5, 5)[: option(name).size // 2]) == 5


def test_plugin_registers_vsock_with_options() -> None:
    register = registered_by(sockcore_linux_misc)
    family = register.families[AF_VSOCK, None]
    assert (family.name, family.module, family.size) == ("AF_VSOCK", "vsock", 16)
    # The level of the options is AF_VSOCK. SOL_VSOCK is the level of the control messages.
    assert {option.name for (level, *_), option in register.options.items() if level == AF_VSOCK} == {
        "SO_VM_SOCKETS_BUFFER_SIZE",
        "SO_VM_SOCKETS_BUFFER_MIN_SIZE",
        "SO_VM_SOCKETS_BUFFER_MAX_SIZE",
        "SO_VM_SOCKETS_NONBLOCK_TXRX",
        "SO_VM_SOCKETS_PEER_HOST_VM_ID",
        "SO_VM_SOCKETS_TRUSTED",
        OLD,
        NEW,
    }
    names = ("IOCTL_VM_SOCKETS_GET_LOCAL_CID", "VMADDR_CID_LOCAL", "VMADDR_PORT_ANY", "SO_VM_SOCKETS_TRUSTED")
    assert all(name in register.names for name in names)
    assert {struct.name for struct in vsock.STRUCTS} == {
        "struct sockaddr_vm",
        "struct __kernel_sock_timeval",
        "struct __kernel_old_timeval",
    }
    assert vsock.SOCKADDR_VM.offsets()["svm_cid"] == (8, 4)
