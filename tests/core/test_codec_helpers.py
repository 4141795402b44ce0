"""Helpers of sockcore.plugin for the codecs of plugins: types, bytes and IP hosts."""

from __future__ import annotations

from typing import Any

import pytest

import sockcore
from sockcore.plugin import SOCKADDR_IN, SOCKADDR_IN6, ipv4_bytes, ipv6_bytes, to_bytes, wrong_address_type
from sockcore.testing import FakeContext

#: Numbers of these families in the C library. inet_pton(3) fails for any other.
AF_INET = 2
AF_INET6 = getattr(sockcore, "AF_INET6", None)


def test_wrong_address_type_names_operation_family_and_type():
    error = wrong_address_type("bind()", "AF_X", [1])
    assert type(error) is TypeError
    assert str(error) == "bind(): AF_X address must be tuple, not list"


@pytest.mark.parametrize("value", [b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"abcdef").cast("H")])
def test_to_bytes_copies_bytes_like_objects(value):
    result = to_bytes(value)
    assert type(result) is bytes
    assert result == bytes(value)


def test_to_bytes_of_a_subclass_is_plain_bytes():
    class Mine(bytes):
        pass

    assert type(to_bytes(Mine(b"abc"))) is bytes


@pytest.mark.parametrize("value", ["abc", 3, None, [1]])
def test_to_bytes_of_another_type_raises_type_error(value):
    type_name = type(value).__name__
    with pytest.raises(TypeError) as caught:
        to_bytes(value)
    assert str(caught.value) == f"a bytes-like object is required, not {type_name!r}"
    with pytest.raises(TypeError) as caught:
        to_bytes(value, "the key")
    assert str(caught.value) == f"the key must be a bytes-like object, not {type_name!r}"


def test_to_bytes_of_non_contiguous_buffer_raises_unless_allowed():
    gaps = memoryview(b"a-b-c")[::2]
    with pytest.raises(BufferError):
        to_bytes(gaps)
    assert to_bytes(gaps, contiguous=False) == b"abc"


@pytest.mark.parametrize(
    ("host", "packed"),
    [("", bytes(4)), (b"", bytes(4)), ("127.0.0.1", b"\x7f\0\0\1"), (b"127.0.0.1", b"\x7f\0\0\1"),
     ("<broadcast>", b"\xff" * 4), ("255.255.255.255", b"\xff" * 4)],
)  # fmt: skip
def test_ipv4_bytes_of_numeric_host_needs_no_resolver(host, packed):
    context: Any = FakeContext()
    assert ipv4_bytes(host, context, AF_INET) == packed
    assert context.asked == []


def test_ipv4_bytes_of_bytes_issues_no_bytes_warning(python):
    code = r"""
        from sockcore.plugin import SOCKADDR_IN, ipv4_bytes
        from sockcore.testing import FakeContext
        context = FakeContext(hosts={(b"\xff", 2): SOCKADDR_IN.pack(2, 0, b"1234")})
        print(ipv4_bytes(b"\xff", context, 2).decode())
    """
    assert python(code, options=("-bb",)) == "1234\n"


@pytest.mark.parametrize("host", ["localhost", "127.1", "127.0.0.01", "1.2.3.4.5", b"\xff"])
def test_ipv4_bytes_of_host_name_calls_the_resolver(host):
    context = FakeContext(hosts={(host, AF_INET): SOCKADDR_IN.pack(AF_INET, 0, b"\1\2\3\4")})
    assert ipv4_bytes(host, context, AF_INET) == b"\1\2\3\4"
    assert context.asked == [("resolve", host)]
    with pytest.raises(sockcore.gaierror):
        ipv4_bytes(host, FakeContext(), AF_INET)


@pytest.mark.skipif(AF_INET6 is None, reason="the number of AF_INET6 needs sockcore-inet")
def test_ipv6_bytes_of_host_name_returns_its_scope():
    family = int(AF_INET6)
    packed = bytes(15) + b"\1"
    context = FakeContext(hosts={("fe80::1%x", family): SOCKADDR_IN6.pack(family, 0, 0, packed, 7)})
    assert ipv6_bytes("", context, family) == (bytes(16), 0)
    assert ipv6_bytes("::1", context, family) == (packed, 0)
    assert context.asked == []
    assert ipv6_bytes("fe80::1%x", context, family) == (packed, 7)
