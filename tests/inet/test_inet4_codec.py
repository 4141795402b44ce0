from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import pytest

from sockcore._invalid_hosts import InvalidHostInAddress
from sockcore.plugin import HAS_SA_LEN, gaierror
from sockcore.testing import FakeContext, FamilyTests
from sockcore_inet import Inet4

if TYPE_CHECKING:
    from sockcore.plugin import Context

AF_INET = Inet4.number


def not_integer_message(type_name: str) -> str:
    if sys.version_info >= (3, 10):
        return f"'{type_name}' object cannot be interpreted as an integer"
    return (
        "integer argument expected, got float"
        if type_name == "float"
        else f"an integer is required (got type {type_name})"
    )


def sockaddr(port: int, address: bytes) -> bytes:
    header = bytes((16, AF_INET)) if HAS_SA_LEN else struct.pack("=H", AF_INET)
    return header + struct.pack("!H", port) + address + bytes(8)


class TestInet4(FamilyTests):
    family = Inet4()
    pairs = [
        (("127.0.0.1", 80), sockaddr(80, b"\x7f\0\0\1")),
        (("1.2.3.4", 0), sockaddr(0, b"\1\2\3\4")),
        (("255.255.255.255", 65535), sockaddr(65535, b"\xff\xff\xff\xff")),
        (("0.0.0.0", 256), sockaddr(256, bytes(4))),
    ]
    encoded = [
        (("", 7), sockaddr(7, bytes(4))),
        ((b"", 7), sockaddr(7, bytes(4))),
        ((bytearray(), 7), sockaddr(7, bytes(4))),
        (("<broadcast>", 7), sockaddr(7, b"\xff" * 4)),
        ((b"<broadcast>", 7), sockaddr(7, b"\xff" * 4)),
        ((b"10.1.2.3", True), sockaddr(1, b"\x0a\1\2\3")),
        ((bytearray(b"10.1.2.3"), 1), sockaddr(1, b"\x0a\1\2\3")),
        (("host.example", 9), sockaddr(9, b"\x0a\0\0\1")),
        ((b"host.example", 9), sockaddr(9, b"\x0a\0\0\1")),
        (("bücher.example", 9), sockaddr(9, b"\x0a\0\0\2")),
        ((b"\xff.example", 9), sockaddr(9, b"\x0a\0\0\3")),
    ]
    decoded = [(struct.pack("=H", AF_INET), ("0.0.0.0", 0))] if not HAS_SA_LEN else []
    wrong = [
        (3, TypeError, "connect(): AF_INET address must be tuple, not int"),
        (None, TypeError, "connect(): AF_INET address must be tuple, not NoneType"),
        ("127.0.0.1", TypeError, "connect(): AF_INET address must be tuple, not str"),
        (["127.0.0.1", 80], TypeError, "connect(): AF_INET address must be tuple, not list"),
        ((), TypeError, "AF_INET address must be a pair (host, port)"),
        (("127.0.0.1",), TypeError, "AF_INET address must be a pair (host, port)"),
        (("127.0.0.1", 1, 2), TypeError, "AF_INET address must be a pair (host, port)"),
        ((None, 1), TypeError, "str, bytes or bytearray expected, not NoneType"),
        ((1, 1), TypeError, "str, bytes or bytearray expected, not int"),
        ((memoryview(b"127.0.0.1"), 1), TypeError, "str, bytes or bytearray expected, not memoryview"),
        (("a\0b", 1), TypeError, "host name must not contain null character"),
        (("127.0.0.1\0", 1), TypeError, "host name must not contain null character"),
        ((b"a\0b", 1), TypeError, "host name must not contain null character"),
        ((b"\xff\0", 1), TypeError, "host name must not contain null character"),
        (("\ud800", 1), InvalidHostInAddress, "encoding of hostname failed"),
        (("é" * 80, 1), InvalidHostInAddress, "encoding of hostname failed"),
        (("127.0.0.1", "80"), TypeError, not_integer_message("str")),
        (("127.0.0.1", 80.0), TypeError, not_integer_message("float")),
        (("127.0.0.1", None), TypeError, not_integer_message("NoneType")),
        (("127.0.0.1", -1), OverflowError, "connect(): port must be 0-65535."),
        (("127.0.0.1", 65536), OverflowError, "connect(): port must be 0-65535."),
        (("127.0.0.1", 1 << 40), OverflowError, "connect(): port must be 0-65535."),
        (("127.0.0.1", 1 << 80), OverflowError, "connect(): port must be 0-65535."),
        (("", 70000), OverflowError, "connect(): port must be 0-65535."),
        (("nowhere.example", 1), gaierror, "nowhere.example"),
    ]

    def context(self, operation: str = "bind") -> Context:
        return FakeContext(
            AF_INET,
            operation=operation,
            hosts={
                ("host.example", AF_INET): sockaddr(0, b"\x0a\0\0\1"),
                ("xn--bcher-kva.example", AF_INET): sockaddr(0, b"\x0a\0\0\2"),
                (b"\xff.example", AF_INET): sockaddr(0, b"\x0a\0\0\3"),
            },
        )


@pytest.mark.parametrize("host", ["127.0.0.1", b"127.0.0.1", "", "<broadcast>", "255.255.255.255", "0.0.0.0"])
def test_encode_numeric_host_does_not_resolve(host: str | bytes) -> None:
    context = FakeContext(AF_INET)
    Inet4().encode((host, 80), context)
    assert context.asked == []


@pytest.mark.parametrize(
    "host", ["127.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", "256.1.1.1", "::1", "0x7f.0.0.1", "1.2.3.x"]
)
def test_encode_other_host_resolves(host: str) -> None:
    context = FakeContext(AF_INET)
    with pytest.raises(gaierror):
        Inet4().encode((host, 80), context)
    assert [method for method, _ in context.asked] == ["resolve"]


def test_encode_resolves_host_before_checking_port() -> None:
    context = FakeContext(AF_INET, operation="sendto")
    with pytest.raises(gaierror):
        Inet4().encode(("nowhere.example", 65536), context)
    context.hosts["nowhere.example", AF_INET] = sockaddr(0, b"\1\1\1\1")
    with pytest.raises(OverflowError, match=r"^sendto\(\): port must be 0-65535\.$"):
        Inet4().encode(("nowhere.example", 65536), context)


def test_encode_accepts_tuple_subclasses_and_index_objects() -> None:
    class Pair(tuple):  # type: ignore[type-arg]
        pass

    class Port:
        def __index__(self) -> int:
            return 80

    assert Inet4().encode(Pair(("127.0.0.1", Port())), FakeContext()) == sockaddr(80, b"\x7f\0\0\1")


def test_encode_propagates_exception_of_index() -> None:
    class Port:
        def __index__(self) -> int:
            raise KeyError("port")

    with pytest.raises(KeyError):
        Inet4().encode(("127.0.0.1", Port()), FakeContext())
