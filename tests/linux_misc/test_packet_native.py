"""The functions in C for the addresses of AF_PACKET return the results of the codec in Python.

The functions look up interfaces by ioctl(2), which any socket supports: the tests use the loopback interface and need
no privileges.
"""

from __future__ import annotations

import socket as standard
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore_linux_misc import packet
from sockcore_linux_misc.region import native_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

FAMILY = packet.Packet()
NATIVE = native_module()
ENCODE, DECODE = getattr(NATIVE, "encode_packet", None), getattr(NATIVE, "decode_packet", None)
MAC = b"\x02\0\0\0\0\x2a"

pytestmark = pytest.mark.skipif(ENCODE is None, reason="this process does not use the C code")


class SocketContext:
    """A context with the interfaces of the network namespace of the tests."""

    family, type, proto, operation = FAMILY.number, 3, 0, "sendto"

    @staticmethod
    def interface_index(name: str) -> int:
        return standard.if_nametoindex(name)

    @staticmethod
    def interface_name(index: int) -> str:
        return standard.if_indextoname(index)


CONTEXT: Any = SocketContext()


@pytest.fixture(scope="module")
def fd() -> Iterator[int]:
    with standard.socket(standard.AF_INET, standard.SOCK_DGRAM) as sock:
        yield sock.fileno()


@given(
    address=st.tuples(
        st.sampled_from(["lo", ""]), st.integers(0, 0xFFFF), st.integers(0, 0xFF), st.integers(0, 0xFFFF),
        st.binary(max_size=8),
    ),
    count=st.integers(2, 5),
)  # fmt: skip
def test_functions_convert_usual_addresses_like_codec(fd: int, address: tuple[Any, ...], count: int) -> None:
    sockaddr = ENCODE(address[:count], fd)
    assert sockaddr == FAMILY.encode(address[:count], CONTEXT)
    assert DECODE(sockaddr, fd) == FAMILY.decode(sockaddr, CONTEXT)
    if count == 5:
        assert DECODE(sockaddr, fd) == address


PARTS = st.one_of(st.integers(-1, 2**17), st.booleans(), st.floats(), st.binary(max_size=10), st.just(2**70))
INTERFACES = st.one_of(
    st.sampled_from(["lo", "", b"lo", "lo\0", "nosuch0", "l" * 15, "l" * 16, "é", "\udcff", "\ud800"]), st.none()
)


@given(address=st.tuples(INTERFACES, PARTS, PARTS, PARTS, PARTS, PARTS), count=st.integers(0, 6))
def test_encode_of_any_address_returns_none_or_result_of_codec(fd: int, address: tuple[Any, ...], count: int) -> None:
    result = ENCODE(address[:count], fd)
    assert result is None or result == FAMILY.encode(address[:count], CONTEXT)


@given(
    head=st.binary(min_size=4, max_size=4), index=st.sampled_from([0, 1, -1, 2**31 - 1]), rest=st.binary(max_size=50)
)
def test_decode_of_any_bytes_returns_none_or_result_of_codec(fd: int, head: bytes, index: int, rest: bytes) -> None:
    sockaddr = head + index.to_bytes(4, sys.byteorder, signed=True) + rest
    result = DECODE(sockaddr, fd)
    assert result is None or result == FAMILY.decode(sockaddr, CONTEXT)


@pytest.mark.parametrize("length", [0, 6, 8, 9, 20, 32, 255])
def test_decode_of_long_hardware_address_returns_its_bytes(fd: int, length: int) -> None:
    """The kernel writes up to 32 bytes of a hardware address: the field of the struct has 8."""
    hardware = bytes(range(1, 33))
    sockaddr = ENCODE(("lo", 0x0800, 0, 32), fd)[:11] + bytes([length]) + hardware
    assert DECODE(sockaddr, fd) == FAMILY.decode(sockaddr, CONTEXT) == ("lo", 0x0800, 0, 32, hardware[:length])


@pytest.mark.parametrize("length", [0, 1, 6, 8])
def test_decode_of_short_sockaddr_returns_its_hardware_address(fd: int, length: int) -> None:
    """getsockname(2) returns only the used bytes of the hardware address."""
    hardware = bytes(range(1, length + 1))
    sockaddr = ENCODE(("lo", 0x0800, 0, 772, hardware), fd)[: 12 + length]
    assert DECODE(sockaddr, fd) == FAMILY.decode(sockaddr, CONTEXT) == ("lo", 0x0800, 0, 772, hardware)


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Address(tuple):
    __slots__ = ()


@pytest.mark.parametrize(
    "address",
    [
        None, "lo", ["lo", 1], ("lo",), ("lo", 1, 0, 0, b"", 0), (b"lo", 1), (Text("lo"), 1), ("lo", True),
        ("lo", Number(1)), ("lo", 1.0), ("lo", -1), ("lo", 2**16), ("lo", 2**70), ("lo", 1, 256), ("lo", 1, 0, 2**16),
        ("lo", 1, 0, 0, bytearray(MAC)), ("lo", 1, 0, 0, bytes(9)), ("lo\0", 1), ("x" * 16, 1), ("nosuch0", 1),
        ("é", 1), ("\ud800", 1), Address(("lo", 1)),
    ],
)  # fmt: skip
def test_encode_leaves_unusual_address_to_codec(address: Any, fd: int) -> None:
    assert ENCODE(address, fd) is None
    assert ENCODE(("lo", 1, 0, 0, MAC), fd) is not None


def test_decode_leaves_short_sockaddr_and_unknown_interface_to_codec(fd: int) -> None:
    sockaddr = ENCODE(("lo", 1, 0, 0, MAC), fd)
    assert DECODE(sockaddr[:11], fd) is None
    assert DECODE(bytearray(sockaddr), fd) is None
    assert DECODE(sockaddr[:4] + (2**31 - 1).to_bytes(4, sys.byteorder) + sockaddr[8:], fd) is None


@pytest.mark.parametrize("descriptor", [-1, 2**31, None, 1.0])
def test_functions_leave_invalid_descriptor_to_codec(descriptor: Any) -> None:
    sockaddr = FAMILY.encode(("lo", 1, 0, 0, MAC), CONTEXT)
    assert ENCODE(("lo", 1), descriptor) is DECODE(sockaddr, descriptor) is None
    assert ENCODE(("lo", 1)) is DECODE(sockaddr) is None


def test_socket_uses_functions_in_c(closing: ExitStack) -> None:
    udp = standard.socket(standard.AF_INET, standard.SOCK_DGRAM)
    sock = closing.enter_context(sockcore.socket(FAMILY.number, sockcore.SOCK_DGRAM, 0, fileno=udp.detach()))
    codec = sockcore._plugins.discovery.registry().family(FAMILY.number, 0)
    with pytest.raises(OSError):
        sock.sendto(b"", ("lo", 1))  # a UDP socket refuses the sockaddr
    sock.getsockname()
    assert vars(codec)["quick_encode"] is ENCODE
    assert vars(codec)["quick_decode"] is DECODE
