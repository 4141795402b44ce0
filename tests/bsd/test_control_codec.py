"""AF_SYSTEM with SYSPROTO_CONTROL, with literals: on any machine, without a kernel of macOS."""

from __future__ import annotations

import errno
import struct
import sys

import pytest
from bsd_systems import families, raw, table

from sockcore.testing import FakeContext, FamilyTests

CONTROL = families("darwin")["AF_SYSTEM"]
CTLIOCGINFO = table("darwin")["CTLIOCGINFO"]
UTUN = "com.apple.net.utun_control"
PAIR = "PF_SYSTEM address must be a str or a pair (id, unit)"
SHOWN = "cannot find kernel control with provided name"


def ctl(identifier: int, unit: int) -> bytes:
    """struct sockaddr_ctl: AF_SYS_CONTROL, id, unit, and five reserved words."""
    return raw(32, struct.pack("=HII20x", 2, identifier, unit))


class Info(FakeContext):
    """A kernel that knows one control: it reads the struct ctl_info and writes into it."""

    def __init__(self, operation: str) -> None:
        super().__init__(32, 2, 2, operation)

    def ioctl(self, request: int, argument: bytearray) -> int:
        self.asked.append(("ioctl", request))
        assert len(argument) == 100
        _, name = struct.unpack("=I96s", argument)
        if request != CTLIOCGINFO or name.rstrip(b"\0") not in (UTUN.encode(), b"n" * 96, "dänisch".encode()):
            raise OSError(errno.ENOENT, "No such file or directory")
        struct.pack_into("=I", argument, 0, 9)
        return 0


class TestControl(FamilyTests):
    family = CONTROL
    pairs = (((1, 0), ctl(1, 0)), ((0xFFFFFFFF, 0xFFFFFFFE), ctl(0xFFFFFFFF, 0xFFFFFFFE)), ((0, 5), ctl(0, 5)))
    encoded = ((UTUN, ctl(9, 0)), ("n" * 96, ctl(9, 0)), ("dänisch", ctl(9, 0)), ((True, 0), ctl(1, 0)))
    wrong = (
        ((1,), TypeError, f"connect(): {PAIR}"),
        ((), TypeError, PAIR),
        ((1, 2, 3), TypeError, PAIR),
        ([1, 2], TypeError, PAIR),
        (b"com.apple", TypeError, PAIR),
        (None, TypeError, PAIR),
        (7, TypeError, PAIR),
        ((1.0, 2), TypeError, PAIR),
        (("1", 2), TypeError, PAIR),
        # The standard library cuts these to 32 bits.
        ((1 << 32, 0), OverflowError, "connect(): id must be 0-4294967295."),
        ((0, -1), OverflowError, "connect(): unit must be 0-4294967295."),
        ("a\0b", ValueError, "embedded null byte"),
        ("n" * 97, ValueError, "provided string is too long"),
        ("\xe4" * 49, ValueError, "provided string is too long"),
    )

    def context(self, operation: str = "bind") -> Info:
        return Info(operation)


def test_a_name_is_asked_of_the_socket_itself() -> None:
    context = Info("connect")
    CONTROL.encode(UTUN, context)
    assert context.asked == [("ioctl", CTLIOCGINFO)]
    assert CONTROL.needs_descriptor


def test_numbers_ask_nothing() -> None:
    context = Info("connect")
    CONTROL.encode((1, 2), context)
    assert context.asked == []


def test_a_name_that_the_kernel_does_not_know() -> None:
    with pytest.raises(OSError, match=f"^{SHOWN}$") as raised:
        CONTROL.encode("no such control", Info("connect"))
    assert raised.value.errno is None
    assert type(raised.value) is OSError
    assert isinstance(raised.value.__cause__, FileNotFoundError)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows encodes what is no Unicode, and decodes nothing else")
def test_a_name_that_the_file_system_cannot_encode() -> None:
    with pytest.raises(UnicodeEncodeError):
        CONTROL.encode("\ud800", Info("connect"))


def test_the_protocol_decides() -> None:
    assert (CONTROL.number, CONTROL.proto, CONTROL.size) == (32, 2, 32)
    assert CONTROL.probe == (2, 2)
