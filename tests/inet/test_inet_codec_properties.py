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
def test_ipv4_codec_round_trip(number: int, port: int) -> None:
    address = (str(ipaddress.IPv4Address(number)), port)
    raw = Inet4().encode(address, CONTEXT4)
    assert raw[4:8] == number.to_bytes(4, "big")
    assert Inet4().decode(raw, CONTEXT4) == address


@given(st.integers(0, 2**128 - 1), PORTS, st.integers(0, 2**20 - 1), UINT32)
def test_ipv6_codec_round_trip(number: int, port: int, flowinfo: int, scope: int) -> None:
    text = str(ipaddress.IPv6Address(number))
    raw = Inet6().encode((text, port, flowinfo, scope), CONTEXT6)
    host, *rest = Inet6().decode(raw, CONTEXT6)
    assert rest == [port, flowinfo, scope]
    assert host == stdlib.inet_ntop(stdlib.AF_INET6, number.to_bytes(16, "big"))
    assert Inet6().encode((host, *rest), CONTEXT6) == raw


@given(st.binary(min_size=2, max_size=64))
def test_decode_any_bytes_returns_address(raw: bytes) -> None:
    host, port = Inet4().decode(raw, CONTEXT4)
    assert ipaddress.IPv4Address(host)
    assert 0 <= port <= 65535
    host, *numbers = Inet6().decode(raw, CONTEXT6)
    assert ipaddress.IPv6Address(host)
    assert all(isinstance(number, int) for number in numbers)


HEADER4, HEADER6 = (sockaddr_header(codec.number, codec.size) for codec in (Inet4, Inet6))


@given(st.one_of(st.binary(max_size=40), st.binary(min_size=6, max_size=6).map(lambda rest: HEADER4 + rest + bytes(8))))
def test_decode_ipv4_caches_only_canonical_encoding(raw: bytes) -> None:
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
def test_decode_ipv6_caches_only_canonical_encoding(raw: bytes) -> None:
    codec = Inet6()
    address = codec.decode(raw, CONTEXT6)
    if address[2] > 0xFFFFF:
        assert codec.encoded == {}  # encode() does not accept such a flowinfo
    else:
        assert codec.encoded == ({address: raw} if Inet6().encode(address, CONTEXT6) == raw else {})


def bind_and_read_names(family: int, address: Any) -> tuple[Any, Any]:
    """Bind a standard socket; return getsockname() of sockcore and standard library."""
    with stdlib.socket(family, stdlib.SOCK_DGRAM) as bound:
        bound.bind(address)
        with sockcore.socket(fileno=bound.detach()) as sock:
            name = sock.getsockname()
            with stdlib.socket(fileno=sock.detach()) as standard:
                return name, standard.getsockname()


# Linux routes all of 127/8 to the loopback interface. Other systems route only its first address.
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2**24 - 2) if sys.platform == "linux" else st.just(1))
def test_getsockname_of_ipv4_matches_stdlib(number: int) -> None:
    name, expected = bind_and_read_names(stdlib.AF_INET, (str(ipaddress.IPv4Address((127 << 24) + number)), 0))
    assert name == expected


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("address", [("::1", 0), ("::", 0), ("", 0, 0), ("::1", 0, 0, 0)])
def test_getsockname_of_ipv6_matches_stdlib(address: Any) -> None:
    name, expected = bind_and_read_names(stdlib.AF_INET6, address)
    assert name == expected


HOSTS4 = st.sampled_from(
    ["127.0.0.1", "", "<broadcast>", "127.1", "::1", "1.2.3.4.5", "a\0", b"127.0.0.1", bytearray(b"127.0.0.1"), None, 7]
)
HOSTS6 = st.sampled_from(["::1", "", "::ffff:127.0.0.1", "<broadcast>", "127.0.0.1", "1::2::3", "a\0", b"::1", None, 7])
NUMBERS = st.one_of(PORTS, st.integers(-5, 70000), st.integers(), st.sampled_from([None, "80", 1.5, True]))


def connect_outcome(module: Any, family: int, address: Any) -> tuple[str, Any]:
    # connect() on a datagram socket sends nothing. It only stores the address.
    with module.socket(family, module.SOCK_DGRAM) as sock:
        try:
            sock.connect(address)
            return "connected", sock.getpeername()
        except Exception as exc:
            exact = sys.version_info >= (3, 10) or isinstance(exc, (OSError, OverflowError))
            return type(exc).__name__, str(exc) if exact else None


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has other exception types and messages")
@settings(max_examples=150, deadline=None)
@given(st.one_of(st.tuples(HOSTS4, NUMBERS), st.tuples(HOSTS4), st.tuples(HOSTS4, NUMBERS, NUMBERS), NUMBERS))
def test_connect_any_ipv4_address_matches_stdlib(address: Any) -> None:
    assert connect_outcome(sockcore, stdlib.AF_INET, address) == connect_outcome(stdlib, stdlib.AF_INET, address)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has other exception types and messages")
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
def test_connect_any_ipv6_address_matches_stdlib(address: Any) -> None:
    assert connect_outcome(sockcore, stdlib.AF_INET6, address) == connect_outcome(stdlib, stdlib.AF_INET6, address)
