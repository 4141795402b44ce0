"""Caches of address conversions: numeric addresses are cached, results that depend on the system are not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import sockcore
from sockcore import _families, backends
from sockcore._plugins.discovery import registry
from sockcore.plugin import gaierror, keep, sockaddr_header
from sockcore.testing import FakeContext
from sockcore_inet import hosts
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6

RAW4 = sockaddr_header(AF_INET, 16) + bytes([0, 80, 192, 0, 2, 1]) + bytes(8)
HOSTS = {("name", AF_INET): RAW4, ("name", AF_INET6): sockaddr_header(AF_INET6, 28) + bytes(26)}


@pytest.mark.parametrize(
    ("codec", "address"),
    [(Inet4(), ("192.0.2.1", 80)), (Inet6(), ("2001:db8::1", 80, 5, 0)), (Inet6(), ("::1", 80)),
     (Inet6(), ("fe80::1", 80, 0, 3))],
)  # fmt: skip
def test_codec_caches_numeric_addresses(codec, address):
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
def test_decode_ipv4_noncanonical_sockaddr_does_not_cache_encoding(raw):
    codec = Inet4()
    address = codec.decode(raw, FakeContext(AF_INET))
    assert codec.encoded == {}
    assert codec.encode(address, FakeContext(AF_INET)) != raw


RAW6 = sockaddr_header(AF_INET6, 28) + bytes([0, 80, 0, 0x0F, 0xFF, 0xFF]) + bytes(15) + b"\1" + bytes(4)


@pytest.mark.parametrize(
    "raw",
    [RAW6[:-1], RAW6 + b"\0", sockaddr_header(77, 28) + RAW6[2:], RAW6[:4] + b"\0\x10\0\0" + RAW6[8:], b""],
)
def test_decode_ipv6_noncanonical_sockaddr_does_not_cache_encoding(raw):
    codec = Inet6()
    codec.decode(raw, FakeContext(AF_INET6))
    assert codec.encoded == {}
    codec.decode(RAW6, FakeContext(AF_INET6))
    assert codec.encoded == {("::1", 80, 0xFFFFF, 0): RAW6}


@pytest.mark.parametrize("codec", [Inet4(), Inet6()])
def test_encode_host_name_is_not_cached(codec):
    context = FakeContext(codec.number, hosts=HOSTS)
    for address in (("name", 80), ("", 80), (b"name", 80)):
        if isinstance(address[0], bytes):
            with pytest.raises(gaierror):
                codec.encode((b"other", 80), context)
        else:
            codec.encode(address, context)
    assert codec.encoded == {}


def test_encode_does_not_use_cache_for_float_port():
    codec = Inet4()
    codec.encode(("192.0.2.1", 1), FakeContext(AF_INET))
    with pytest.raises(TypeError):
        codec.encode(("192.0.2.1", 1.0), FakeContext(AF_INET))
    assert codec.encode(("192.0.2.1", True), FakeContext(AF_INET)) == codec.encode(
        ("192.0.2.1", 1), FakeContext(AF_INET)
    )


def test_keep_bounds_cache(monkeypatch):
    monkeypatch.setattr(_families, "MOST_KEPT", 3)
    kept: dict[int, int] = {}
    for number in range(10):
        assert keep(kept, number, -number) == -number
        assert 1 <= len(kept) <= 3
        assert kept[number] == -number


def test_decode_truncated_sockaddr_is_cached_separately():
    codec, context = Inet4(), FakeContext(AF_INET)
    assert codec.decode(RAW4[:4], context) == ("0.0.0.0", 80)
    assert codec.decode(RAW4, context) == ("192.0.2.1", 80)
    assert codec.decode(RAW4[:4], context) == ("0.0.0.0", 80)


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Clear the cache, and return a list that records the system resolver's calls."""
    recorded: list[tuple[Any, ...]] = []
    lookup = hosts.lookup

    def record(*arguments: Any) -> Any:
        recorded.append(arguments)
        return lookup(*arguments)

    hosts.clear_caches()
    monkeypatch.setattr(hosts, "lookup", record)
    # The function in C needs no cache: test_quick_conversions.py.
    monkeypatch.setattr(hosts, "_answers_of_numeric_host", lambda *arguments: None)
    return recorded


NUMERIC = ("127.0.0.1", 80, 0, sockcore.SOCK_STREAM)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "255.255.255.255", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("port", [0, 80, 65535])
@pytest.mark.parametrize("flags", ["", "AI_NUMERICHOST", "AI_PASSIVE", "AI_NUMERICSERV"])
def test_getaddrinfo_numeric_host_is_cached_and_matches_stdlib(same, lookups, host, port, flags):
    bits = getattr(sockcore, flags, 0)
    if sys.platform == "darwin":
        bits |= sockcore.AI_NUMERICHOST
    for sock_type in (0, sockcore.SOCK_STREAM):
        first = same("getaddrinfo", host, port, 0, sock_type, 0, bits)
        assert same("getaddrinfo", host, port, 0, sock_type, 0, bits) == first
    assert len(lookups) == 2


def test_getaddrinfo_cached_result_is_independent_of_caller(lookups):
    flags = sockcore.AI_NUMERICHOST
    first = sockcore.getaddrinfo(*NUMERIC, flags=flags)
    first.clear()
    ((family, sock_type, proto, name, address),) = sockcore.getaddrinfo(*NUMERIC, flags=flags)
    assert (family, sock_type, address) == (sockcore.AF_INET, sockcore.SOCK_STREAM, ("127.0.0.1", 80))
    assert name in ("", "127.0.0.1")  # musl returns the canonical name without AI_CANONNAME too
    assert family is sockcore.AF_INET
    assert type(proto) is int
    assert len(lookups) == 1


def test_getaddrinfo_further_ipv4_host_needs_no_lookup_and_matches_stdlib(same, lookups):
    flags = sockcore.AI_NUMERICHOST
    for sock_type in (0, sockcore.SOCK_STREAM):
        first = same("getaddrinfo", "192.0.2.1", 80, 0, sock_type, 0, flags)
        assert same("getaddrinfo", "198.51.100.255", 8080, 0, sock_type, 0, flags) != first
    # musl returns a canonical name, which depends on the host.
    assert len(lookups) == (2 if first[0][3] == "" else 4)


def test_getaddrinfo_hints_of_another_family_fail_for_each_ipv4_host(same, lookups):
    for host in ("192.0.2.1", "192.0.2.2"):
        same("getaddrinfo", host, 80, sockcore.AF_INET6, 0, 0, sockcore.AI_NUMERICHOST)
    assert len(lookups) == 2


def test_getaddrinfo_kinds_of_ipv4_have_a_limit(monkeypatch, lookups):
    from sockcore import _families

    monkeypatch.setattr(_families, "MOST_KEPT", 2)
    for sock_type in (0, sockcore.SOCK_STREAM, sockcore.SOCK_DGRAM, 0):
        assert sockcore.getaddrinfo("192.0.2.1", 80, 0, sock_type, 0, sockcore.AI_NUMERICHOST)
        assert len(hosts._ipv4_kinds) <= 2


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f000001", "fe80::1%1", "", None, b"127.0.0.1", "\u0661.2.3.4"]
)
def test_getaddrinfo_host_name_is_not_cached(same, lookups, host):
    for _ in range(2):
        same("getaddrinfo", host, 80, 0, sockcore.SOCK_STREAM)
    assert len(lookups) == 2


@pytest.mark.parametrize("port", ["80", "http", b"80", None, True])
def test_getaddrinfo_port_not_int_is_not_cached(same, lookups, port):
    sockcore.getaddrinfo("127.0.0.1", 1, 0, sockcore.SOCK_STREAM)
    for _ in range(2):
        assert sockcore.getaddrinfo("127.0.0.1", port, 0, sockcore.SOCK_STREAM)
    assert len(lookups) == 3


@pytest.mark.parametrize("flags", ["AI_ADDRCONFIG", "AI_CANONNAME", "AI_V4MAPPED", "AI_ALL"])
def test_getaddrinfo_flags_that_depend_on_system_are_not_cached(same, lookups, flags):
    for _ in range(2):
        same("getaddrinfo", *NUMERIC, flags=getattr(sockcore, flags, 1 << 30))
    assert len(lookups) == 2


def test_getaddrinfo_str_subclass_is_not_cached(lookups):
    class Host(str):
        __slots__ = ()

    for _ in range(2):
        assert sockcore.getaddrinfo(Host("127.0.0.1"), 80)
    assert len(lookups) == 2


def test_getaddrinfo_error_is_not_cached(same, lookups):
    for _ in range(2):
        same("getaddrinfo", "127.0.0.1", 80, AF_INET6)
        same("getaddrinfo", "127.0.0.1", 80, 99)
    assert len(lookups) == 4


def test_getaddrinfo_cached_call_raises_audit_event(audited, lookups):
    flags = sockcore.AI_NUMERICHOST
    for _ in range(2):
        sockcore.getaddrinfo(*NUMERIC, flags=flags)
    assert audited == [("socket.getaddrinfo", (*NUMERIC, 0))] * 2
    assert len(lookups) == 1


def test_sendto_sender_of_datagram_uses_cache(monkeypatch):
    def encode(*_: Any) -> bytes:
        raise AssertionError("the address is in the cache")

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
    from sockcore import _families
    from sockcore_inet import numeric_addresses

    monkeypatch.setattr(_families, "MOST_KEPT", 8)
    numeric_addresses.clear_caches()
    for number in range(20):
        assert numeric_addresses.parse_ipv4(f"10.0.0.{number}") == bytes([10, 0, 0, number])
        assert len(numeric_addresses._ipv4) <= 8


NATIVE_ONLY = pytest.mark.skipif(backends.current() != "native", reason="the cache of the implementation in C")


@pytest.fixture
def encoded():
    """Return the cache of addresses of AF_INET, which is empty during the test."""
    cache = registry().family(AF_INET, 0).encoded
    saved = dict(cache)
    cache.clear()
    yield cache
    cache.clear()
    cache.update(saved)


def loopback_addresses(count: int) -> list[tuple[str, int]]:
    """Return *count* addresses that differ."""
    return [(f"127.9.{number >> 8}.{number & 255}", 9) for number in range(count)]


@NATIVE_ONLY
def test_socket_keeps_few_of_many_addresses(encoded):
    addresses = loopback_addresses(1000)
    with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
        for address in addresses:
            sock.connect(address)
            assert sock.getpeername() == address
        assert len(encoded) == 256
        for address in addresses[:20]:
            assert sock.connect_ex(address) == 0
        assert len(encoded) == 256


@NATIVE_ONLY
def test_full_cache_is_renewed_when_its_addresses_are_not_used(encoded):
    addresses = loopback_addresses(256 + 5000)
    with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
        for address in addresses:
            sock.connect(address)
    assert 0 < len(encoded) <= 256
    assert addresses[0] not in encoded


@NATIVE_ONLY
def test_functions_in_c_are_looked_up_once():
    # In a process whose first socket of the family is the one that converts the addresses.
    program = """
import sockcore

looked_up = []

class Names(tuple):
    def __iter__(self):
        looked_up.append(self[2])
        return super().__iter__()

from sockcore_inet.inet4 import Inet4
for attribute in (Inet4.__dict__["quick_encode"], Inet4.__dict__["quick_decode"]):
    attribute._location = Names(attribute._location)
with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
    sock.bind(("127.0.0.1", 0))
    for port in range(1, 20):
        sock.connect(("127.0.0.1", port))
        assert sock.getpeername() == ("127.0.0.1", port)
print(looked_up)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "['encode_inet', 'decode_inet']\n"


def test_host_as_str_and_bytes_issues_no_bytes_warning(run_python):
    """Equal str and bytes have equal hashes, and the interpreter's option -b warns if they are compared."""
    code = """if True:
        import sockcore
        for family, host in ((sockcore.AF_INET, "127.0.0.1"), (sockcore.AF_INET6, "::1")):
            for name in (host, host.encode(), host):
                with sockcore.socket(family, sockcore.SOCK_DGRAM) as sock:
                    for _ in range(2):
                        sock.connect_ex((name, 1))
                        sockcore.getaddrinfo(name, 1, flags=sockcore.AI_NUMERICHOST)
    """
    assert run_python("-bb", "-c", code) == ""
