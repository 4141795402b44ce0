"""Addresses in numbers are converted once; names, and all that a system may answer differently, every time."""

from __future__ import annotations

import pytest

from sockcore._registry import family
from sockcore.plugin import gaierror, keep, sockaddr_header
from sockcore.testing import FakeContext
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
    assert codec.decode(raw, context) == decoded


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
