from __future__ import annotations

import ipaddress
import socket as stdlib
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sockcore
from sockcore.plugin import context, sockaddr_header
from sockcore_inet import Inet4, Inet6

PORTS = st.integers(0, 65535)
UINT32 = st.integers(0, 2**32 - 1)

CONTEXT4 = context(Inet4.number, 1, 0, "connect")
CONTEXT6 = context(Inet6.number, 1, 0, "connect")


@given(UINT32, PORTS)
def test_ipv4_comes_back(number: int, port: int) -> None:
    address = (str(ipaddress.IPv4Address(number)), port)
    raw = Inet4().encode(address, CONTEXT4)
    assert raw[4:8] == number.to_bytes(4, "big")
    assert Inet4().decode(raw, CONTEXT4) == address


@given(st.integers(0, 2**128 - 1), PORTS, st.integers(0, 2**20 - 1), UINT32)
def test_ipv6_comes_back(number: int, port: int, flowinfo: int, scope: int) -> None:
    text = str(ipaddress.IPv6Address(number))
    raw = Inet6().encode((text, port, flowinfo, scope), CONTEXT6)
    host, *rest = Inet6().decode(raw, CONTEXT6)
    assert rest == [port, flowinfo, scope]
    assert host == stdlib.inet_ntop(stdlib.AF_INET6, number.to_bytes(16, "big"))
    assert Inet6().encode((host, *rest), CONTEXT6) == raw


@given(st.binary(min_size=2, max_size=64))
def test_any_bytes_decode(raw: bytes) -> None:
    host, port = Inet4().decode(raw, CONTEXT4)
    assert ipaddress.IPv4Address(host)
    assert 0 <= port <= 65535
    host, *numbers = Inet6().decode(raw, CONTEXT6)
    assert ipaddress.IPv6Address(host)
    assert all(isinstance(number, int) for number in numbers)


HEADER4, HEADER6 = (sockaddr_header(codec.number, codec.size) for codec in (Inet4, Inet6))


@given(st.one_of(st.binary(max_size=40), st.binary(min_size=6, max_size=6).map(lambda rest: HEADER4 + rest + bytes(8))))
def test_the_way_back_of_ipv4_is_what_encoding_gives(raw: bytes) -> None:
    codec = Inet4()
    address = codec.decode(raw, CONTEXT4)
    assert codec.encoded == ({address: raw} if Inet4().encode(address, CONTEXT4) == raw else {})


@given(
    st.one_of(
        st.binary(max_size=40),
        st.binary(min_size=26, max_size=26).map(lambda rest: HEADER6 + rest),
        st.tuples(PORTS, st.integers(0, 2**20 - 1), st.integers(0, 2**128 - 1), st.binary(min_size=4, max_size=4)).map(
            lambda parts: (
                HEADER6
                + b"".join(number.to_bytes(size, "big") for number, size in zip(parts[:3], (2, 4, 16)))
                + parts[3]
            )
        ),
    )
)
def test_the_way_back_of_ipv6_is_what_encoding_gives(raw: bytes) -> None:
    codec = Inet6()
    address = codec.decode(raw, CONTEXT6)
    if address[2] > 0xFFFFF:
        assert codec.encoded == {}  # no such address can be passed
    else:
        assert codec.encoded == ({address: raw} if Inet6().encode(address, CONTEXT6) == raw else {})


def bound(family: int, address: Any) -> tuple[Any, Any]:
    """Bind a standard socket and return its name by both libraries."""
    with stdlib.socket(family, stdlib.SOCK_DGRAM) as theirs:
        theirs.bind(address)
        with sockcore.socket(fileno=theirs.detach()) as ours:
            raw = ours.getsockname()
            with stdlib.socket(fileno=ours.detach()) as again:
                return raw, again.getsockname()


# Linux routes all of 127/8 to the loopback interface, other systems its first address only.
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2**24 - 2) if sys.platform == "linux" else st.just(1))
def test_getsockname_of_ipv4_is_the_standard_librarys(number: int) -> None:
    ours, theirs = bound(stdlib.AF_INET, (str(ipaddress.IPv4Address((127 << 24) + number)), 0))
    assert ours == theirs


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("address", [("::1", 0), ("::", 0), ("", 0, 0), ("::1", 0, 0, 0)])
def test_getsockname_of_ipv6_is_the_standard_librarys(address: Any) -> None:
    ours, theirs = bound(stdlib.AF_INET6, address)
    assert ours == theirs


HOSTS4 = st.sampled_from(
    ["127.0.0.1", "", "<broadcast>", "127.1", "::1", "1.2.3.4.5", "a\0", b"127.0.0.1", bytearray(b"127.0.0.1"), None, 7]
)
HOSTS6 = st.sampled_from(["::1", "", "::ffff:127.0.0.1", "<broadcast>", "127.0.0.1", "1::2::3", "a\0", b"::1", None, 7])
NUMBERS = st.one_of(PORTS, st.integers(-5, 70000), st.integers(), st.sampled_from([None, "80", 1.5, True]))


def connected(module: Any, family: int, address: Any) -> tuple[str, Any]:
    # A datagram socket's connect sends nothing: it only takes note of the address.
    with module.socket(family, module.SOCK_DGRAM) as sock:
        try:
            sock.connect(address)
            return "connected", sock.getpeername()
        except Exception as error:
            exact = sys.version_info >= (3, 10) or isinstance(error, (OSError, OverflowError))
            return type(error).__name__, str(error) if exact else None


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy words and types these errors otherwise")
@settings(max_examples=150, deadline=None)
@given(st.one_of(st.tuples(HOSTS4, NUMBERS), st.tuples(HOSTS4), st.tuples(HOSTS4, NUMBERS, NUMBERS), NUMBERS))
def test_any_ipv4_address_fares_as_in_the_standard_library(address: Any) -> None:
    assert connected(sockcore, stdlib.AF_INET, address) == connected(stdlib, stdlib.AF_INET, address)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy words and types these errors otherwise")
@pytest.mark.filterwarnings("ignore:integer value out of range:DeprecationWarning")
@pytest.mark.usefixtures("ipv6")
@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.tuples(HOSTS6, NUMBERS),
        st.tuples(HOSTS6, NUMBERS, NUMBERS),
        st.tuples(HOSTS6, NUMBERS, NUMBERS, NUMBERS),
        st.tuples(HOSTS6),
    )
)
def test_any_ipv6_address_fares_as_in_the_standard_library(address: Any) -> None:
    assert connected(sockcore, stdlib.AF_INET6, address) == connected(stdlib, stdlib.AF_INET6, address)
