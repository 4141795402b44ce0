"""The address codec of AF_PACKET, tested with literals. The tests need neither sockets nor interfaces."""

from __future__ import annotations

import errno
import os
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore.testing import FakeContext, FamilyTests
from sockcore_linux_misc import packet
from sockcore_linux_misc.constants import TABLE

AF_PACKET, HOST, BROADCAST = TABLE["AF_PACKET"], TABLE["PACKET_HOST"], TABLE["PACKET_BROADCAST"]
ALL, IP = TABLE["ETH_P_ALL"], TABLE["ETH_P_IP"]
FAMILY = packet.Packet()
FORMAT = "AF_PACKET address must be a tuple of two to five elements"
INTERFACES = {"lo": 1, "eth0": 2, "wwan0": 0x7FFFFFFF, "fifteen-letters": 9, "\udcff": 11}
MAC = b"\x02\0\0\0\0\x2a"
ENODEV_MESSAGE = os.strerror(errno.ENODEV)


def to_sockaddr(
    proto: int, index: int, pkttype: int = 0, hatype: int = 0, addr: bytes = b"", length: int | None = None
) -> bytes:
    """Return a struct sockaddr_ll.

    The protocol is in network byte order, the other fields in native byte order.
    """
    header = struct.pack("=H", AF_PACKET) + struct.pack("!H", proto) + struct.pack("=i", index)
    return header + struct.pack("=HBB", hatype, pkttype, len(addr) if length is None else length) + addr.ljust(8, b"\0")


def context(operation: str = "bind") -> FakeContext:
    return FakeContext(AF_PACKET, 3, operation=operation, interfaces=INTERFACES)


class TestPacketFamily(FamilyTests):
    family = FAMILY
    pairs = (
        (("lo", 0, 0, 0, b""), to_sockaddr(0, 1)),
        (("", IP, 0, 0, b""), to_sockaddr(IP, 0)),  # all interfaces
        (("", 0, 0, 0, b""), to_sockaddr(0, 0)),  # not bound
        (("eth0", IP, HOST, TABLE["ARPHRD_ETHER"], MAC), to_sockaddr(0x0800, 2, 0, 1, MAC)),
        (("eth0", ALL, BROADCAST, 1, b"\xff" * 6), to_sockaddr(3, 2, 1, 1, b"\xff" * 6)),
        (("wwan0", 0x88B5, 255, 65535, b"12345678"), to_sockaddr(0x88B5, 0x7FFFFFFF, 255, 65535, b"12345678")),
        (("fifteen-letters", 0xFFFF, 4, 65534, b"\0"), to_sockaddr(0xFFFF, 9, 4, 65534, b"\0")),
        (("\udcff", 1, 0, 0, b""), to_sockaddr(1, 11)),
    )
    encoded = (
        (("lo", IP), to_sockaddr(IP, 1)),
        (("lo", IP, 3), to_sockaddr(IP, 1, 3)),
        (("lo", IP, 3, 772), to_sockaddr(IP, 1, 3, 772)),
        (("lo", IP, 0, 0, bytearray(MAC)), to_sockaddr(IP, 1, 0, 0, MAC)),
        (("lo", IP, 0, 0, memoryview(MAC)), to_sockaddr(IP, 1, 0, 0, MAC)),
        (("lo", True), to_sockaddr(1, 1)),
    )
    decoded = (
        (to_sockaddr(IP, 77), ("", IP, 0, 0, b"")),  # the interface no longer exists
        (
            to_sockaddr(IP, 2, 0, 32, b"", 20)[:12] + bytes(range(20)),
            ("eth0", IP, 0, 32, bytes(range(20))),
        ),  # InfiniBand
        (to_sockaddr(IP, 2, 0, 1, MAC, 6)[:15], ("eth0", IP, 0, 1, MAC[:3])),  # truncated
        (struct.pack("=H", AF_PACKET), ("", 0, 0, 0, b"")),
    )
    wrong = (
        (("lo",), TypeError, FORMAT),
        ((), TypeError, FORMAT),
        (("lo", 1, 0, 0, b"", 0), TypeError, FORMAT),
        ((b"lo", 1), TypeError, FORMAT),
        ((bytearray(b"lo"), 1), TypeError, FORMAT),
        ((1, 1), TypeError, FORMAT),
        ((None, 1), TypeError, FORMAT),
        ("lo", TypeError, "connect(): AF_PACKET address must be tuple, not str"),
        (["lo", 1], TypeError, "connect(): AF_PACKET address must be tuple, not list"),
        (None, TypeError, "connect(): AF_PACKET address must be tuple, not NoneType"),
        (("lo", "x"), TypeError, "integer"),
        (("lo", 1.5), TypeError, "integer"),
        (("lo", None), TypeError, "integer"),
        (("lo", 1, "x"), TypeError, "integer"),
        (("lo", 1, 0, "x"), TypeError, "integer"),
        (("lo", 1, 0, 0, "x"), TypeError, "a bytes-like object is required, not 'str'"),
        (("lo", 1, 0, 0, None), TypeError, "a bytes-like object is required, not 'NoneType'"),
        (("lo", 1, 0, 0, 6), TypeError, "a bytes-like object is required, not 'int'"),
        (("lo", 1, 0, 0, memoryview(b"abcd")[::2]), BufferError, "contiguous"),
        (("lo", 1, 0, 0, b"123456789"), ValueError, "Hardware address must be 8 bytes or less"),
        (("lo", 1, 0, 0, bytes(20)), ValueError, "Hardware address must be 8 bytes or less"),
        (("lo", 65536), OverflowError, "connect(): proto must be 0-65535."),
        (("lo", -1), OverflowError, "connect(): proto must be 0-65535."),
        (("lo", 1, 256), OverflowError, "connect(): pkttype must be 0-255."),
        (("lo", 1, -1), OverflowError, "connect(): pkttype must be 0-255."),
        (("lo", 1, 0, 65536), OverflowError, "connect(): hatype must be 0-65535."),
        (("lo", 1, 0, -1), OverflowError, "connect(): hatype must be 0-65535."),
        (("lo", 2**31), OverflowError, "connect(): address argument out of range"),
        (("lo", 1, 2**31), OverflowError, "connect(): address argument out of range"),
        (("lo", 1, 0, 2**70), OverflowError, "connect(): address argument out of range"),
        (("l\0o", 1), ValueError, "embedded null character"),
        (("lo\0", 1), ValueError, "embedded null character"),
        (("nosuch0", IP), OSError, f"[Errno {errno.ENODEV}] {ENODEV_MESSAGE}: 'nosuch0'"),
        (("é", IP), OSError, f"[Errno {errno.ENODEV}] {ENODEV_MESSAGE}: 'é'"),
        # The name is not truncated.
        (
            ("fifteen-letters-and-more", IP),
            OSError,
            f"[Errno {errno.ENODEV}] {ENODEV_MESSAGE}: 'fifteen-letters-and-more'",
        ),
    )

    def context(self, operation: str = "bind") -> FakeContext:
        return context(operation)


def test_encode_unknown_interface_raises_enodev_with_filename() -> None:
    with pytest.raises(OSError) as exc_info:
        FAMILY.encode(("nosuch0", IP), context())
    exc = exc_info.value
    assert (type(exc), exc.errno, exc.strerror, exc.filename) == (OSError, errno.ENODEV, ENODEV_MESSAGE, "nosuch0")


@pytest.mark.parametrize(
    "address", [("nosuch0", -1), ("nosuch0", 1, 0, 0, bytes(9)), ("lo", 1, "x"), ("lo", 1, 256), ("l\0", 1)]
)
def test_encode_invalid_address_makes_no_lookup(address: tuple[Any, ...]) -> None:
    fake = context()
    with pytest.raises((OverflowError, ValueError, TypeError)):
        FAMILY.encode(address, fake)
    assert fake.asked == []


def test_decode_without_interface_makes_no_lookup() -> None:
    fake = context()
    assert FAMILY.decode(to_sockaddr(IP, 0), fake)[0] == ""
    assert fake.asked == []


names = st.sampled_from(list(INTERFACES))
octet, word = st.integers(0, 0xFF), st.integers(0, 0xFFFF)


@given(names, word, octet, word, st.binary(max_size=8))
def test_address_round_trips(name: str, proto: int, pkttype: int, hatype: int, addr: bytes) -> None:
    address = (name, proto, pkttype, hatype, addr)
    encoded = FAMILY.encode(address, context())
    assert encoded == to_sockaddr(proto, INTERFACES[name], pkttype, hatype, addr)
    assert FAMILY.decode(encoded, context()) == address
    for count in (2, 3, 4):
        parts = (*address[:count], *(HOST, 0, b"")[count - 2 :])
        assert FAMILY.decode(FAMILY.encode(address[:count], context()), context()) == parts


@given(st.binary(min_size=2, max_size=128))
def test_decode_accepts_any_bytes(data: bytes) -> None:
    name, proto, pkttype, hatype, addr = FAMILY.decode(data, context())
    assert name in ("", *INTERFACES)
    assert 0 <= proto <= 0xFFFF
    assert 0 <= pkttype <= 0xFF
    assert 0 <= hatype <= 0xFFFF
    assert addr == data[12:][: data[11] if len(data) > 11 else 0]


@given(word.map(lambda n: n + 0x10000) | st.integers(-(2**31), -1), st.sampled_from([1, 3]))
def test_encode_number_out_of_range_raises_overflow_error(number: int, position: int) -> None:
    address: list[Any] = ["lo", 0, 0, 0]
    address[position] = number
    with pytest.raises(OverflowError, match=r"^bind\(\): (proto|hatype) must be 0-65535\.$"):
        FAMILY.encode(tuple(address), context())


@pytest.mark.parametrize("operation", ["bind", "connect"])
@pytest.mark.parametrize(
    "address",
    [
        ("lo",), (), ("lo", 1, 0, 0, b"", 0), (b"lo", 1), (1, 1), "lo", ["lo", 1], None, ("lo", "x"), ("lo", 1.5),
        ("lo", 1, "x"), ("lo", 1, 0, "x"), ("lo", 1, 0, 0, "x"), ("lo", 1, 0, 0, None), ("lo", 1, 0, 0, 6),
        ("lo", 2**31), ("lo", 1, 2**31), ("lo", 1, 0, 2**70), ("l\0o", 1),
    ],
)  # fmt: skip
def test_encode_invalid_address_raises_error_of_standard_library(
    both_errors: Any, operation: str, address: object
) -> None:
    actual, expected = both_errors("AF_PACKET", lambda sock: getattr(sock, operation)(address))
    assert actual == expected
