"""The address codecs of AF_CAN, tested with literals. The tests do not open sockets and do not need CAN."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest

import sockcore_can
from sockcore.plugin import HAS_SA_LEN, RawAddress
from sockcore.testing import FakeContext, FamilyTests
from sockcore_can.constants import AF_CAN, NAME_SIZE, TABLE

LONGEST = "x" * (NAME_SIZE - 1)
INTERFACES = {"vcan0": 3, "can1": 2**31 - 1, "é": 4, "\udcff": 5, LONGEST: 6}
EFF = TABLE["CAN_EFF_FLAG"]
LINUX = pytest.mark.skipif("CAN_ISOTP" not in TABLE, reason="only Linux supports the protocol")


def can_sockaddr(index: int, rest: bytes = b"") -> bytes:
    size = sockcore_can.Can.size
    head = bytes((size, AF_CAN)) if HAS_SA_LEN else struct.pack("=H", AF_CAN)
    return (head + b"\0\0" + struct.pack("=i", index) + rest).ljust(size, b"\0")


# Invalid interface names. They are invalid regardless of the parts that follow.
WRONG_NAMES = (
    (5, TypeError, "expected str, bytes or os.PathLike object, not int"),
    (None, TypeError, "expected str, bytes or os.PathLike object, not NoneType"),
    (bytearray(b"vcan0"), TypeError, "expected str, bytes or os.PathLike object, not bytearray"),
    (("vcan0",), TypeError, "expected str, bytes or os.PathLike object, not tuple"),
    ("vcan0\0", ValueError, "embedded null byte"),
    ("\0", ValueError, "embedded null byte"),
    (b"vcan0\0x", ValueError, "embedded null byte"),
    ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
    ("nosuch0", OSError, os.strerror(errno.ENODEV)),
    (" vcan0", OSError, os.strerror(errno.ENODEV)),
    (LONGEST + "x", OSError, "AF_CAN interface name too long"),
    (LONGEST.encode() + b"x", OSError, "AF_CAN interface name too long"),
    ("é" * (NAME_SIZE // 2), OSError, "AF_CAN interface name too long"),
    ("vcan0" + " " * 1000, OSError, "AF_CAN interface name too long"),
)
WRONG_TYPES = tuple(
    (address, TypeError, f"connect(): AF_CAN address must be tuple, not {type_name}")
    for address, type_name in (
        (None, "NoneType"),
        (5, "int"),
        ("vcan0", "str"),
        (b"vcan0", "bytes"),
        (["vcan0", 1, 2, 3], "list"),
        ({"vcan0": 1}, "dict"),
    )
)


class Codec(FamilyTests):
    def context(self, operation: str = "bind") -> FakeContext:
        proto = 1 if self.family.proto is None else self.family.proto
        return FakeContext(AF_CAN, 2, proto, operation, interfaces=INTERFACES)


class TestInterfaces(Codec):
    family = sockcore_can.Can()
    pairs = (
        (("",), can_sockaddr(0)),
        (("vcan0",), can_sockaddr(3)),
        (("can1",), can_sockaddr(2**31 - 1)),
        (("é",), can_sockaddr(4)),
        (("\udcff",), can_sockaddr(5)),
        ((LONGEST,), can_sockaddr(6)),
    )
    encoded = (
        ((b"",), can_sockaddr(0)),
        ((b"vcan0",), can_sockaddr(3)),
        ((Path("vcan0"),), can_sockaddr(3)),
        ((b"\xff",), can_sockaddr(5)),
    )
    decoded = (
        (can_sockaddr(99), ("",)),  # the interface no longer exists
        (can_sockaddr(3)[:8], ("vcan0",)),  # the length that the kernel writes
        (can_sockaddr(0)[:2], ("",)),
    )
    wrong = (
        *WRONG_TYPES,
        *(((name,), expected, message) for name, expected, message in WRONG_NAMES),
        ((), TypeError, "AF_CAN address must be a tuple (interface, )"),
        (("vcan0", 1), TypeError, "AF_CAN address must be a tuple (interface, )"),
        (("vcan0", 0x123, 0x456), TypeError, "AF_CAN address must be a tuple (interface, )"),
        (("nosuch0", 1), TypeError, "AF_CAN address must be a tuple (interface, )"),
    )


def isotp(index: int, rx: int, tx: int) -> bytes:
    return can_sockaddr(index, struct.pack("=II", rx, tx))


@LINUX
class TestIsotp(Codec):
    family = sockcore_can.Isotp()
    pairs = (
        (("vcan0", 0x123, 0x456), isotp(3, 0x123, 0x456)),
        (("vcan0", 0, 0x7FF), isotp(3, 0, 0x7FF)),
        (("can1", EFF | 0x18DA10F1, EFF | 0x18DAF110), isotp(2**31 - 1, 0x98DA10F1, 0x98DAF110)),
        (("", 0, 2**32 - 1), isotp(0, 0, 2**32 - 1)),
        ((LONGEST, 1, 2), isotp(6, 1, 2)),
    )
    encoded = (
        ((b"vcan0", 1, 2), isotp(3, 1, 2)),
        ((Path("vcan0"), True, False), isotp(3, 1, 0)),
        # 12 bits without CAN_EFF_FLAG: the kernel refuses it, not the codec.
        (("vcan0", 0x800, 0x801), isotp(3, 0x800, 0x801)),
    )
    decoded = ((isotp(99, 1, 2), ("", 1, 2)), (isotp(3, 1, 2)[:16], ("vcan0", 1, 2)), (can_sockaddr(0)[:2], ("", 0, 0)))
    wrong = (
        *WRONG_TYPES,
        *(((name, 1, 2), expected, message) for name, expected, message in WRONG_NAMES),
        ((), TypeError, "function takes exactly 3 arguments (0 given)"),
        (("vcan0",), TypeError, "function takes exactly 3 arguments (1 given)"),
        (("vcan0", 1), TypeError, "function takes exactly 3 arguments (2 given)"),
        (("vcan0", 1, 2, 3), TypeError, "function takes exactly 3 arguments (4 given)"),
        (("vcan0", "1", 2), TypeError, "argument 2 must be int, not str"),
        (("vcan0", 1, None), TypeError, "argument 3 must be int, not None"),
        (("vcan0", 1.0, 2), TypeError, "argument 2 must be int, not float"),
        (("vcan0", 1, b"2"), TypeError, "argument 3 must be int, not bytes"),
        (("nosuch0", "1", "2"), TypeError, "argument 2 must be int, not str"),
        (("vcan0", -1, 2), OverflowError, "connect(): rx_addr must be 0-4294967295."),
        (("vcan0", 1, -(2**31)), OverflowError, "connect(): tx_addr must be 0-4294967295."),
        (("vcan0", 2**32, 2), OverflowError, "connect(): rx_addr must be 0-4294967295."),
        (("vcan0", 1, 2**32), OverflowError, "connect(): tx_addr must be 0-4294967295."),
        (("nosuch0", 1, 2**64 + 1), OverflowError, "connect(): tx_addr must be 0-4294967295."),
        (("vcan0", 10**40, 1), OverflowError, "connect(): rx_addr must be 0-4294967295."),
    )


def j1939(index: int, name: int, pgn: int, addr: int) -> bytes:
    return can_sockaddr(index, struct.pack("=QIB", name, pgn, addr))


@LINUX
class TestJ1939(Codec):
    family = sockcore_can.J1939()
    pairs = (
        (("vcan0", 0, 0x40000, 0x20), j1939(3, 0, 0x40000, 0x20)),
        (("vcan0", 0xA00C81045A20021B, 0xEE00, 0xFF), j1939(3, 0xA00C81045A20021B, 0xEE00, 0xFF)),
        (("can1", 2**64 - 1, 2**32 - 1, 255), j1939(2**31 - 1, 2**64 - 1, 2**32 - 1, 255)),
        (("", 0, 0, 0), j1939(0, 0, 0, 0)),
        ((LONGEST, 1, 2, 3), j1939(6, 1, 2, 3)),
    )
    encoded = (((b"vcan0", 1, 2, 3), j1939(3, 1, 2, 3)), ((Path("vcan0"), True, False, True), j1939(3, 1, 0, 1)))
    decoded = (
        (j1939(99, 1, 2, 3), ("", 1, 2, 3)),
        (j1939(3, 1, 2, 3)[:21], ("vcan0", 1, 2, 3)),
        (can_sockaddr(0)[:2], ("", 0, 0, 0)),
    )
    wrong = (
        *WRONG_TYPES,
        *(((name, 1, 2, 3), expected, message) for name, expected, message in WRONG_NAMES),
        (("vcan0",), TypeError, "function takes exactly 4 arguments (1 given)"),
        (("vcan0", 1, 2), TypeError, "function takes exactly 4 arguments (3 given)"),
        (("vcan0", 1, 2, 3, 4), TypeError, "function takes exactly 4 arguments (5 given)"),
        (("vcan0", "1", 2, 3), TypeError, "argument 2 must be int, not str"),
        (("vcan0", None, 2, 3), TypeError, "argument 2 must be int, not None"),
        (("vcan0", 1.5, 2, 3), TypeError, "argument 2 must be int, not float"),
        (("vcan0", 1, "2", 3), TypeError, "integer"),  # the message changed in Python 3.10
        (("vcan0", 1, 1.5, 3), TypeError, "integer"),
        (("vcan0", 1, 2, None), TypeError, "integer"),
        (("vcan0", 1, 2, b"3"), TypeError, "integer"),
        (("nosuch0", 1, 2, "3"), TypeError, "integer"),
        (("vcan0", -1, 2, 3), OverflowError, f"connect(): name must be 0-{2**64 - 1}."),
        (("vcan0", 2**64, 2, 3), OverflowError, f"connect(): name must be 0-{2**64 - 1}."),
        (("vcan0", 1, -1, 3), OverflowError, "connect(): pgn must be 0-4294967295."),
        (("vcan0", 1, 2**32, 3), OverflowError, "connect(): pgn must be 0-4294967295."),
        (("vcan0", 1, 10**40, 3), OverflowError, "connect(): pgn must be 0-4294967295."),
        (("vcan0", 1, 2, -1), OverflowError, "connect(): addr must be 0-255."),
        (("vcan0", 1, 2, 256), OverflowError, "connect(): addr must be 0-255."),
        (("nosuch0", 1, 2, 2**64), OverflowError, "connect(): addr must be 0-255."),
    )


FAMILIES = [
    pytest.param(sockcore_can.Can(), (), id="RAW"),
    pytest.param(sockcore_can.Isotp(), (1, 2), id="ISOTP", marks=LINUX),
    pytest.param(sockcore_can.J1939(), (1, 2, 3), id="J1939", marks=LINUX),
]


@pytest.mark.parametrize(("family", "rest"), FAMILIES)
def test_encode_unknown_interface_raises_enodev(family, rest):
    with pytest.raises(OSError) as exc_info:
        family.encode(("nosuch0", *rest), FakeContext(AF_CAN, interfaces=INTERFACES))
    assert exc_info.value.args == (errno.ENODEV, os.strerror(errno.ENODEV))


@pytest.mark.parametrize(("family", "rest"), FAMILIES)
def test_encode_too_long_name_raises_without_errno_or_lookup(family, rest):
    context = FakeContext(AF_CAN, interfaces={"x" * NAME_SIZE: 9, "x" * (NAME_SIZE - 1): 8})
    with pytest.raises(OSError) as exc_info:
        family.encode(("x" * NAME_SIZE, *rest), context)
    assert exc_info.value.args == ("AF_CAN interface name too long",)
    assert context.asked == []


@pytest.mark.parametrize(("family", "rest"), FAMILIES)
def test_empty_name_is_coded_without_lookup(family, rest):
    context = FakeContext(AF_CAN, interfaces={"": 9})
    assert family.encode(("", *rest), context) == family.encode((b"", *rest), context)
    assert family.decode(can_sockaddr(0), context)[0] == ""
    assert context.asked == []


@pytest.mark.parametrize(("family", "rest"), FAMILIES)
def test_encode_and_decode_look_up_interface_once(family, rest):
    context = FakeContext(AF_CAN, interfaces=INTERFACES)
    encoded = family.encode(("vcan0", *rest), context)
    assert context.asked == [("interface_index", "vcan0")]
    assert family.decode(RawAddress(encoded), context) == ("vcan0", *rest)
    assert context.asked[1:] == [("interface_name", 3)]


def test_encode_context_error_without_errno_is_propagated():
    class FailingContext(FakeContext):
        def interface_index(self, name):
            raise OSError("the message of the context")

    with pytest.raises(OSError, match=r"^the message of the context$"):
        sockcore_can.Can().encode(("vcan0",), FailingContext(AF_CAN))


@LINUX
def test_encode_accepts_objects_with_index_method():
    class Identifier:
        def __index__(self):
            return 0x123

    context = FakeContext(AF_CAN, interfaces=INTERFACES)
    assert sockcore_can.Isotp().encode(("vcan0", Identifier(), 1), context) == isotp(3, 0x123, 1)
    assert sockcore_can.J1939().encode(("vcan0", Identifier(), Identifier(), 1), context) == j1939(3, 0x123, 0x123, 1)
