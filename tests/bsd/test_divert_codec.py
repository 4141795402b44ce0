"""The codec of AF_DIVERT on FreeBSD, tested with literals. The tests neither open sockets nor resolve names."""

from __future__ import annotations

import struct

import pytest
from bsd_systems import families, to_sockaddr

from sockcore._invalid_hosts import InvalidHostInAddress
from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry
from sockcore.plugin import RawAddress, gaierror
from sockcore.testing import FakeContext, FamilyTests

AF_INET = 2
DIVERT = families("freebsd")["AF_DIVERT"]
FORMAT = "AF_INET address must be a pair (host, port)"


def sin(host: bytes, port: int, interface: bytes = b"") -> bytes:
    """Return a struct sockaddr_in."""
    return to_sockaddr(AF_INET, struct.pack("!H4s8s", port, host, interface))


class TestDivert(FamilyTests):
    family = DIVERT
    pairs = (
        (("0.0.0.0", 8668), sin(bytes(4), 8668)),
        (("10.0.0.1", 100, "em0"), sin(b"\n\0\0\1", 100, b"em0")),
        (("255.255.255.255", 65535, "bridge0"), sin(b"\xff\xff\xff\xff", 65535, b"bridge0")),
    )
    encoded = (
        (("", 0), sin(bytes(4), 0)),
        (("<broadcast>", 1), sin(b"\xff\xff\xff\xff", 1)),
        ((b"1.2.3.4", 1), sin(b"\1\2\3\4", 1)),
        ((bytearray(b"1.2.3.4"), 1, ""), sin(b"\1\2\3\4", 1)),
        (("1.2.3.4", True), sin(b"\1\2\3\4", 1)),
        (("host.example", 1), sin(b"\1\2\3\5", 1)),
        (("127.1", 1), sin(b"\x7f\0\0\1", 1)),
        (("münchen.example", 1), sin(b"\1\2\3\6", 1)),
    )
    decoded = (
        (sin(b"\n\0\0\1", 258)[:8], ("10.0.0.1", 258)),
        (sin(b"\n\0\0\1", 258)[:4], ("0.0.0.0", 258)),
        (sin(bytes(4), 1, b"12345678"), ("0.0.0.0", 1, "12345678")),
        (to_sockaddr(0, bytes(14)), RawAddress(to_sockaddr(0, bytes(14)))),
    )
    wrong = (
        ("10.0.0.1", TypeError, "connect(): AF_INET address must be tuple, not str"),
        (["10.0.0.1", 1], TypeError, "AF_INET address must be tuple, not list"),
        (("10.0.0.1",), TypeError, FORMAT),
        (("10.0.0.1", 1, "em0", 0), TypeError, FORMAT),
        ((1, 1), TypeError, "str, bytes or bytearray expected, not int"),
        (("a\0", 1), TypeError, "host name must not contain null character"),
        (("\udcff.example", 1), InvalidHostInAddress, "encoding of hostname failed"),
        (("10.0.0.1", "1"), TypeError, ""),
        (("10.0.0.1", 1.0), TypeError, ""),
        (("10.0.0.1", 65536), OverflowError, "connect(): port must be 0-65535."),
        (("10.0.0.1", -1), OverflowError, "connect(): port must be 0-65535."),
        (("10.0.0.1", 1 << 40), OverflowError, "port must be 0-65535."),
        (("10.0.0.1", 1, "n" * 8), OSError, "AF_DIVERT interface name too long"),
        (("10.0.0.1", 1, "e\0"), ValueError, "embedded null byte"),
        (("10.0.0.1", 1, 5), TypeError, ""),
        (("nowhere.example", 65536), gaierror, "no address"),
    )

    def context(self, operation: str = "bind") -> FakeContext:
        numbers = {"host.example": b"\1\2\3\5", "127.1": b"\x7f\0\0\1", "xn--mnchen-3ya.example": b"\1\2\3\6"}
        hosts = {(name, AF_INET): sin(host, 0) for name, host in numbers.items()}
        return FakeContext(self.family.number, 3, operation=operation, hosts=hosts)

    def test_family_field(self) -> None:
        """The kernel requires AF_INET in the family field: divert(4)."""
        for address, _ in self.pairs:
            assert RawAddress(DIVERT.encode(address, self.context())).family == AF_INET

    def test_raw_address_passes(self) -> None:
        """The family of the socket selects the codec, for any protocol."""
        register, registry = Register("tested"), Registry()
        register.family(DIVERT)
        registry.add(register)
        assert registry.family(44, 0) is DIVERT
        assert registry.family(44, 77) is DIVERT  # in older versions, the port of the rule was the protocol


@pytest.mark.parametrize(
    "text", ["1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "1..3.4", "\u0661.2.3.4"]
)
def test_encode_host_that_is_not_dotted_quad_uses_resolver(text: str) -> None:
    context = FakeContext(44)
    with pytest.raises((gaierror, TypeError)):
        DIVERT.encode((text, 1), context)
    assert [lookup for lookup, _ in context.asked] in (["resolve"], [])


def test_received_address_round_trips() -> None:
    """The kernel needs the name of the interface to reinject an incoming packet."""
    sockaddr = sin(b"\n\0\0\1", 100, b"tun0")
    assert DIVERT.encode(DIVERT.decode(sockaddr, FakeContext()), FakeContext()) == sockaddr
