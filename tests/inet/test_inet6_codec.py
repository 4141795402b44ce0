from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import pytest

from sockcore._invalid_hosts import InvalidHostInAddress
from sockcore.plugin import HAS_SA_LEN, gaierror
from sockcore.testing import FakeContext, FamilyTests
from sockcore_inet import Inet6

if TYPE_CHECKING:
    from sockcore.plugin import Context

AF_INET6 = Inet6.number
LOOPBACK = bytes(15) + b"\1"
MAPPED = bytes(10) + b"\xff\xff\x7f\0\0\1"
LINK_LOCAL = b"\xfe\x80" + bytes(13) + b"\1"


def not_integer_message(type_name: str) -> str:
    if sys.version_info >= (3, 10):
        return f"'{type_name}' object cannot be interpreted as an integer"
    return (
        "integer argument expected, got float"
        if type_name == "float"
        else f"an integer is required (got type {type_name})"
    )


def sockaddr(address: bytes, port: int, flowinfo: int = 0, scope: int = 0) -> bytes:
    header = bytes((28, AF_INET6)) if HAS_SA_LEN else struct.pack("=H", AF_INET6)
    return header + struct.pack("!HI", port, flowinfo) + address + struct.pack("=I", scope)


class TestInet6(FamilyTests):
    family = Inet6()
    pairs = [
        (("::1", 80, 0, 0), sockaddr(LOOPBACK, 80)),
        (("::", 0, 0, 0), sockaddr(bytes(16), 0)),
        (("::ffff:127.0.0.1", 65535, 0, 0), sockaddr(MAPPED, 65535)),
        (("::1", 1, 0xFFFFF, 0xFFFFFFFF), sockaddr(LOOPBACK, 1, 0xFFFFF, 0xFFFFFFFF)),
        (("fe80::1", 2, 0x12345, 3), sockaddr(LINK_LOCAL, 2, 0x12345, 3)),
        (("2001:db8::ff00:42:8329", 3, 0, 0), sockaddr(bytes.fromhex("20010db8000000000000ff0000428329"), 3)),
    ]
    encoded = [
        (("::1", 80), sockaddr(LOOPBACK, 80)),
        (("::1", 80, 5), sockaddr(LOOPBACK, 80, 5)),
        (("", 80), sockaddr(bytes(16), 80)),
        ((b"", 80, 1, 2), sockaddr(bytes(16), 80, 1, 2)),
        ((b"::1", 80), sockaddr(LOOPBACK, 80)),
        ((bytearray(b"::1"), 80), sockaddr(LOOPBACK, 80)),
        (("::1", 1, 1 << 32), sockaddr(LOOPBACK, 1)),
        (("::1", 1, 0, -1), sockaddr(LOOPBACK, 1, 0, 0xFFFFFFFF)),
        (("::1", 1, 0, (1 << 32) + 5), sockaddr(LOOPBACK, 1, 0, 5)),
        (("host.example", 9), sockaddr(LOOPBACK, 9)),
        (("bücher.example", 9, 1, 2), sockaddr(MAPPED, 9, 1, 2)),
        (("fe80::1%eth0", 9), sockaddr(LINK_LOCAL, 9, 0, 4)),
        (("fe80::1%eth0", 9, 7), sockaddr(LINK_LOCAL, 9, 7, 4)),
        (("fe80::1%eth0", 9, 7, 6), sockaddr(LINK_LOCAL, 9, 7, 6)),
        (("fe80::1%eth0", 9, 7, 0), sockaddr(LINK_LOCAL, 9, 7, 0)),
    ]
    decoded = [(sockaddr(LOOPBACK, 80)[:24], ("::1", 80, 0, 0))] if not HAS_SA_LEN else []
    wrong = [
        (3, TypeError, "connect(): AF_INET6 address must be tuple, not int"),
        (None, TypeError, "connect(): AF_INET6 address must be tuple, not NoneType"),
        (["::1", 1], TypeError, "connect(): AF_INET6 address must be tuple, not list"),
        ((), TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"),
        (("::1",), TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"),
        (("::1", 1, 2, 3, 4), TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"),
        ((None, 1), TypeError, "str, bytes or bytearray expected, not NoneType"),
        (("a\0b", 1), TypeError, "host name must not contain null character"),
        (("::1\0", 1), TypeError, "host name must not contain null character"),
        (("\ud800", 1), InvalidHostInAddress, "encoding of hostname failed"),
        (("::1", "80"), TypeError, not_integer_message("str")),
        (("::1", 1, "x"), TypeError, not_integer_message("str")),
        (("::1", 1, None), TypeError, not_integer_message("NoneType")),
        (("::1", 1, 0, None), TypeError, not_integer_message("NoneType")),
        (("::1", 1, 0, 1.0), TypeError, not_integer_message("float")),
        (("::1", -1), OverflowError, "connect(): port must be 0-65535."),
        (("::1", 65536), OverflowError, "connect(): port must be 0-65535."),
        (("::1", 1 << 80), OverflowError, "connect(): port must be 0-65535."),
        (("::1", 1, 1 << 20), OverflowError, "connect(): flowinfo must be 0-1048575."),
        (("::1", 1, -1), OverflowError, "connect(): flowinfo must be 0-1048575."),
        (("<broadcast>", 1), OSError, "address family mismatched"),
        (("255.255.255.255", 1), OSError, "address family mismatched"),
        (("nowhere.example", 1), gaierror, "nowhere.example"),
    ]

    def context(self, operation: str = "bind") -> Context:
        return FakeContext(
            AF_INET6,
            operation=operation,
            hosts={
                ("host.example", AF_INET6): sockaddr(LOOPBACK, 0),
                ("xn--bcher-kva.example", AF_INET6): sockaddr(MAPPED, 0),
                ("fe80::1%eth0", AF_INET6): sockaddr(LINK_LOCAL, 0, 0, 4),
            },
        )


@pytest.mark.parametrize("host", ["::1", b"::1", "", "::", "fe80::1", "::ffff:1.2.3.4"])
def test_encode_numeric_host_does_not_resolve(host: str | bytes) -> None:
    context = FakeContext(AF_INET6)
    Inet6().encode((host, 80), context)
    assert context.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "1::2::3", "::1%", "::1%lo", "fe80::1%1"])
def test_encode_other_host_resolves(host: str) -> None:
    context = FakeContext(AF_INET6)
    with pytest.raises(gaierror):
        Inet6().encode((host, 80), context)
    assert context.asked == [("resolve", host)]


def test_encode_checks_port_before_flowinfo() -> None:
    with pytest.raises(OverflowError, match="port must be"):
        Inet6().encode(("::1", 65536, 1 << 20), FakeContext(AF_INET6))
