"""The codec of AF_SYSTEM with SYSPROTO_CONTROL, tested with literals on any system."""

from __future__ import annotations

import errno
import struct
import sys

import pytest
from bsd_systems import families, table, to_sockaddr

from sockcore.testing import FakeContext, FamilyTests

CONTROL = families("darwin")["AF_SYSTEM"]
CTLIOCGINFO = table("darwin")["CTLIOCGINFO"]
UTUN = "com.apple.net.utun_control"
FORMAT = "PF_SYSTEM address must be a str or a pair (id, unit)"
NOT_FOUND = "cannot find kernel control with provided name"


def ctl(identifier: int, unit: int) -> bytes:
    """Return a struct sockaddr_ctl: AF_SYS_CONTROL, id, unit, five reserved words."""
    return to_sockaddr(32, struct.pack("=HII20x", 2, identifier, unit))


class KernelControlContext(FakeContext):
    """A context whose ioctl() fills in a struct ctl_info for some names.

    The kernel does this too.
    """

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
        ((1,), TypeError, f"connect(): {FORMAT}"),
        ((), TypeError, FORMAT),
        ((1, 2, 3), TypeError, FORMAT),
        ([1, 2], TypeError, FORMAT),
        (b"com.apple", TypeError, FORMAT),
        (None, TypeError, FORMAT),
        (7, TypeError, FORMAT),
        ((1.0, 2), TypeError, FORMAT),
        (("1", 2), TypeError, FORMAT),
        # The standard library truncates these to 32 bits.
        ((1 << 32, 0), OverflowError, "connect(): id must be 0-4294967295."),
        ((0, -1), OverflowError, "connect(): unit must be 0-4294967295."),
        ("a\0b", ValueError, "embedded null byte"),
        ("n" * 97, ValueError, "provided string is too long"),
        ("\xe4" * 49, ValueError, "provided string is too long"),
    )

    def context(self, operation: str = "bind") -> KernelControlContext:
        return KernelControlContext(operation)


def test_encode_name_calls_ioctl_on_socket() -> None:
    context = KernelControlContext("connect")
    CONTROL.encode(UTUN, context)
    assert context.asked == [("ioctl", CTLIOCGINFO)]
    assert CONTROL.needs_descriptor


def test_encode_numbers_does_not_call_ioctl() -> None:
    context = KernelControlContext("connect")
    CONTROL.encode((1, 2), context)
    assert context.asked == []


def test_encode_unknown_name_raises_without_errno() -> None:
    with pytest.raises(OSError, match=f"^{NOT_FOUND}$") as exc_info:
        CONTROL.encode("no such control", KernelControlContext("connect"))
    assert exc_info.value.errno is None
    assert type(exc_info.value) is OSError
    assert isinstance(exc_info.value.__cause__, FileNotFoundError)


@pytest.mark.skipif(sys.platform == "win32", reason="the file system encoding of Windows encodes surrogates")
def test_encode_lone_surrogate_raises_unicode_encode_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        CONTROL.encode("\ud800", KernelControlContext("connect"))


def test_family_has_protocol_and_size() -> None:
    assert (CONTROL.number, CONTROL.proto, CONTROL.size) == (32, 2, 32)
    assert CONTROL.probe == (2, 2)
