"""Addresses in numbers are converted once; names, and all that a system may answer differently, every time."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import sockcore
from sockcore._families import family
from sockcore.plugin import gaierror, keep, sockaddr_header
from sockcore.testing import FakeContext
from sockcore_inet import hosts
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6

RAW4 = sockaddr_header(AF_INET, 16) + bytes([0, 80, 192, 0, 2, 1]) + bytes(8)
NAMED = {("name", AF_INET): RAW4, ("name", AF_INET6): sockaddr_header(AF_INET6, 28) + bytes(26)}


@pytest.mark.parametrize(
    ("codec", "address"),
    [(Inet4(), ("192.0.2.1", 80)), (Inet6(), ("2001:db8::1", 80, 5, 0)), (Inet6(), ("::1", 80)),
     (Inet6(), ("fe80::1", 80, 0, 3))],
)  # fmt: skip
def test_numbers_are_kept(codec, address):
    context = FakeContext(codec.number)
    raw = codec.encode(address, context)
    assert codec.encoded == {address: raw}
    assert codec.encode(address, context) == raw
    decoded = codec.decode(raw, context)
    assert codec.decoded == {raw: decoded}
    assert codec.encoded == {address: raw, decoded: raw}
    assert codec.decode(raw, context) == decoded


@pytest.mark.parametrize(
    "raw",
    [
        RAW4[:-1],
        RAW4[:8],
        RAW4[:8] + bytes(7) + b"x",
        sockaddr_header(77, 16) + RAW4[2:],
        RAW4 + b"\0",
        b"",
    ],
)
def test_a_sockaddr_that_encoding_does_not_give_has_no_way_back(raw):
    codec = Inet4()
    address = codec.decode(raw, FakeContext(AF_INET))
    assert codec.encoded == {}
    assert codec.encode(address, FakeContext(AF_INET)) != raw


RAW6 = sockaddr_header(AF_INET6, 28) + bytes([0, 80, 0, 0x0F, 0xFF, 0xFF]) + bytes(15) + b"\1" + bytes(4)


@pytest.mark.parametrize(
    "raw",
    [RAW6[:-1], RAW6 + b"\0", sockaddr_header(77, 28) + RAW6[2:], RAW6[:4] + b"\0\x10\0\0" + RAW6[8:], b""],
)
def test_a_sockaddr_of_ipv6_that_encoding_does_not_give_has_no_way_back(raw):
    codec = Inet6()
    codec.decode(raw, FakeContext(AF_INET6))
    assert codec.encoded == {}
    codec.decode(RAW6, FakeContext(AF_INET6))
    assert codec.encoded == {("::1", 80, 0xFFFFF, 0): RAW6}


@pytest.mark.parametrize("codec", [Inet4(), Inet6()])
def test_what_has_to_be_asked_is_not_kept(codec):
    context = FakeContext(codec.number, hosts=NAMED)
    for address in (("name", 80), ("", 80), (b"name", 80)):
        if isinstance(address[0], bytes):
            with pytest.raises(gaierror):
                codec.encode((b"other", 80), context)
        else:
            codec.encode(address, context)
    assert codec.encoded == {}


def test_an_equal_address_of_other_types_is_none():
    codec = Inet4()
    codec.encode(("192.0.2.1", 1), FakeContext(AF_INET))
    with pytest.raises(TypeError):
        codec.encode(("192.0.2.1", 1.0), FakeContext(AF_INET))
    assert codec.encode(("192.0.2.1", True), FakeContext(AF_INET)) == codec.encode(
        ("192.0.2.1", 1), FakeContext(AF_INET)
    )


def test_there_is_a_bound(monkeypatch):
    monkeypatch.setattr(family, "MOST_KEPT", 3)
    kept: dict[int, int] = {}
    for number in range(10):
        assert keep(kept, number, -number) == -number
        assert 1 <= len(kept) <= 3
        assert kept[number] == -number


def test_a_cut_sockaddr_is_kept_as_what_it_is():
    codec, context = Inet4(), FakeContext(AF_INET)
    assert codec.decode(RAW4[:4], context) == ("0.0.0.0", 80)
    assert codec.decode(RAW4, context) == ("192.0.2.1", 80)
    assert codec.decode(RAW4[:4], context) == ("0.0.0.0", 80)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the system's resolver was asked, beginning with nothing known."""
    questions: list[tuple[Any, ...]] = []
    lookup = hosts.lookup

    def note(*question: Any) -> Any:
        questions.append(question)
        return lookup(*question)

    hosts._query_cached.cache_clear()
    monkeypatch.setattr(hosts, "lookup", note)
    return questions


NUMERIC = ("127.0.0.1", 80, 0, sockcore.SOCK_STREAM)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "255.255.255.255", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("port", [0, 80, 65535])
@pytest.mark.parametrize("flags", ["", "AI_NUMERICHOST", "AI_PASSIVE", "AI_NUMERICSERV"])
def test_getaddrinfo_of_numbers_asks_once_and_answers_the_same(same, asked, host, port, flags):
    bits = getattr(sockcore, flags, 0)
    if sys.platform == "darwin":
        bits |= sockcore.AI_NUMERICHOST
    for kind in (0, sockcore.SOCK_STREAM):
        first = same("getaddrinfo", host, port, 0, kind, 0, bits)
        assert same("getaddrinfo", host, port, 0, kind, 0, bits) == first
    assert len(asked) == 2


def test_what_getaddrinfo_returned_is_the_callers(asked):
    flags = sockcore.AI_NUMERICHOST
    first = sockcore.getaddrinfo(*NUMERIC, flags=flags)
    first.clear()
    ((family, kind, proto, name, address),) = sockcore.getaddrinfo(*NUMERIC, flags=flags)
    assert (family, kind, name, address) == (sockcore.AF_INET, sockcore.SOCK_STREAM, "", ("127.0.0.1", 80))
    assert family is sockcore.AF_INET
    assert type(proto) is int
    assert len(asked) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f000001", "fe80::1%1", "", None, b"127.0.0.1", "\u0661.2.3.4"]
)
def test_getaddrinfo_of_what_is_no_number_asks_every_time(same, asked, host):
    for _ in range(2):
        same("getaddrinfo", host, 80, 0, sockcore.SOCK_STREAM)
    assert len(asked) == 2


@pytest.mark.parametrize("port", ["80", "http", b"80", None, True])
def test_getaddrinfo_of_a_port_that_is_no_int_asks_every_time(same, asked, port):
    sockcore.getaddrinfo("127.0.0.1", 1, 0, sockcore.SOCK_STREAM)
    for _ in range(2):
        assert sockcore.getaddrinfo("127.0.0.1", port, 0, sockcore.SOCK_STREAM)
    assert len(asked) == 3


@pytest.mark.parametrize("flags", ["AI_ADDRCONFIG", "AI_CANONNAME", "AI_V4MAPPED", "AI_ALL"])
def test_flags_that_a_system_may_see_otherwise_ask_every_time(same, asked, flags):
    for _ in range(2):
        same("getaddrinfo", *NUMERIC, flags=getattr(sockcore, flags, 1 << 30))
    assert len(asked) == 2


def test_a_str_of_another_class_asks_every_time(asked):
    class Host(str):
        __slots__ = ()

    for _ in range(2):
        assert sockcore.getaddrinfo(Host("127.0.0.1"), 80)
    assert len(asked) == 2


def test_errors_of_getaddrinfo_are_not_kept(same, asked):
    for _ in range(2):
        same("getaddrinfo", "127.0.0.1", 80, AF_INET6)
        same("getaddrinfo", "127.0.0.1", 80, 99)
    assert len(asked) == 4


def test_each_getaddrinfo_is_audited(audited, asked):
    flags = sockcore.AI_NUMERICHOST
    for _ in range(2):
        sockcore.getaddrinfo(*NUMERIC, flags=flags)
    assert audited == [("socket.getaddrinfo", (*NUMERIC, 0))] * 2
    assert len(asked) == 1


def test_who_was_heard_is_answered_without_encoding(monkeypatch):
    def encode(*_: Any) -> bytes:
        raise AssertionError("it is known")

    with (
        sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as server,
        sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        client.sendto(b"question", server.getsockname())
        data, address = server.recvfrom(100)
        monkeypatch.setattr(Inet4, "encode", encode)
        server.sendto(b"answer", address)
        assert (data, client.recv(100)) == (b"question", b"answer")


def test_parse_ipv4_and_ipv6_do_not_cache_longer_text():
    from sockcore_inet import numeric_addresses

    numeric_addresses.clear_caches()
    longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
    assert len(longest) == numeric_addresses.MAX_LENGTH
    assert numeric_addresses.parse_ipv6(longest) == b"\xff" * 16
    for parse in (numeric_addresses.parse_ipv4, numeric_addresses.parse_ipv6):
        assert parse("h" * 46) is None
        assert parse("host") is None
    assert list(numeric_addresses._ipv4) == ["host"]
    assert list(numeric_addresses._ipv6) == [longest, "host"]


def test_parse_ipv4_cache_has_a_limit(monkeypatch):
    from sockcore._families import family
    from sockcore_inet import numeric_addresses

    monkeypatch.setattr(family, "MOST_KEPT", 8)
    numeric_addresses.clear_caches()
    for number in range(20):
        assert numeric_addresses.parse_ipv4(f"10.0.0.{number}") == bytes([10, 0, 0, number])
        assert len(numeric_addresses._ipv4) <= 8
