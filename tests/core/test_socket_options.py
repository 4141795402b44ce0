"""Socket options as numbers, bytes, None with a length, and values of codecs."""

from __future__ import annotations

import array
import errno
import os
import struct
import sys
from types import SimpleNamespace

import pytest
from systems import AF_INET, LIMIT, LOCAL, WINDOWS

import sockcore
from sockcore import options
from sockcore._sockets import base
from sockcore.plugin import I32, U16, Family, Option, Struct, struct_value

SOL = sockcore.SOL_SOCKET
PART = U16 if WINDOWS else I32  # its fields are shorts there
LINGER = Struct("struct linger", "<sys/socket.h>", ("l_onoff", PART), ("l_linger", PART))


#: SO_INCOMING_CPU of Linux, the same on the machines that run these tests.
INCOMING_CPU = 49


def passed(monkeypatch, sock, number):
    """Return the value and length that the pure BaseSocket passes to setsockopt(2)."""
    calls = []
    same = base.BaseSocket(sock.family, sock.type, sock.proto, sock.fileno())
    with monkeypatch.context() as patches:
        patches.setattr(base, "system", SimpleNamespace(setsockopt=lambda *all: calls.append(all)))
        same.setsockopt(SOL, sockcore.SO_RCVBUF, number)
    same.detach()
    [call] = calls
    assert call[:3] == (sock.fileno(), SOL, sockcore.SO_RCVBUF)
    return call[3:]


@pytest.fixture
def sock(closing):
    return closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))


def test_getsockopt_of_int_returns_the_set_value(sock):
    assert sock.getsockopt(SOL, sockcore.SO_TYPE) == sockcore.SOCK_STREAM
    assert sock.getsockopt(SOL, sockcore.SO_KEEPALIVE) == 0
    sock.setsockopt(SOL, sockcore.SO_KEEPALIVE, 1)
    assert sock.getsockopt(SOL, sockcore.SO_KEEPALIVE) != 0
    sock.setsockopt(SOL, sockcore.SO_KEEPALIVE, False)
    assert sock.getsockopt(SOL, sockcore.SO_KEEPALIVE) == 0


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda raw: array.array("i", raw)])
def test_getsockopt_of_bytes_returns_the_set_value(sock, form):
    linger = LINGER.pack(1, 7)
    sock.setsockopt(SOL, sockcore.SO_LINGER, form(linger))
    assert sock.getsockopt(SOL, sockcore.SO_LINGER, len(linger)) == linger
    assert sock.getsockopt(SOL, sockcore.SO_LINGER, 1024) == linger
    if WINDOWS:
        with pytest.raises(OSError) as refusal:
            sock.getsockopt(SOL, sockcore.SO_LINGER, 2)
        assert refusal.value.errno == errno.EFAULT
    else:
        assert sock.getsockopt(SOL, sockcore.SO_LINGER, 4) == struct.pack("i", 1)


@pytest.mark.parametrize("size", [-1, -(1 << 31)])
def test_getsockopt_with_invalid_buflen_raises(sock, size):
    with pytest.raises(OSError, match=r"^getsockopt buflen out of range$"):
        sock.getsockopt(SOL, sockcore.SO_LINGER, size)


#: The last one takes half of the address space of a 32-bit process.
LONG = [1025, 4096, 1 << 17, *([0x7FFFFFFF] if sys.maxsize > 1 << 32 else [])]


@pytest.mark.parametrize("size", LONG)
def test_getsockopt_with_large_buflen_returns_only_the_written_bytes(sock, size):
    linger = LINGER.pack(1, 7)
    sock.setsockopt(SOL, sockcore.SO_LINGER, linger)
    assert sock.getsockopt(SOL, sockcore.SO_LINGER, size) == linger


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="setgroups(2) and SO_PEERGROUPS need Linux and root"
)
def test_getsockopt_returns_a_value_of_more_than_1024_bytes(python):
    number = 59  # SO_PEERGROUPS on the machines that run this test
    printed = python(
        """
        import array, os, sys, sockcore
        os.setgroups(range(1000, 1400))
        one, two = sockcore.socketpair(1)
        with one, two:
            groups = array.array("i", one.getsockopt(sockcore.SOL_SOCKET, int(sys.argv[1]), 4096))
            print(groups.tolist() == [*range(1000, 1400)])
        """,
        str(number),
    )
    assert printed == "True\n"


@pytest.mark.parametrize("form", [int, lambda number: type("Index", (), {"__index__": lambda self: number})()])
@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF, -1, -(1 << 31)])
def test_setsockopt_takes_signed_and_unsigned_numbers(sock, monkeypatch, number, form):
    assert passed(monkeypatch, sock, form(number)) == (number.to_bytes(4, sys.byteorder, signed=number < 0), 4)


@pytest.mark.skipif(sys.platform != "linux", reason="SO_INCOMING_CPU exists only on Linux")
@pytest.mark.parametrize("form", [int, lambda number: type("Index", (), {"__index__": lambda self: number})()])
@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF, -1, -(1 << 31)])
def test_setsockopt_sets_an_incoming_cpu_of_32_bits(sock, number, form):
    sock.setsockopt(SOL, INCOMING_CPU, form(number))  # the kernel keeps any number
    assert sock.getsockopt(SOL, INCOMING_CPU, 4) == number.to_bytes(4, sys.byteorder, signed=number < 0)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="SO_MARK needs Linux and root")
@pytest.mark.parametrize("number", [0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_setsockopt_sets_a_mark_of_32_bits(sock, number):
    mark = 36  # SO_MARK on the machines that run this test
    try:
        sock.setsockopt(SOL, mark, number)
    except PermissionError:
        pytest.skip("SO_MARK needs CAP_NET_ADMIN")
    assert sock.getsockopt(SOL, mark, 4) == number.to_bytes(4, sys.byteorder)


@pytest.mark.parametrize(
    "arguments",
    [(), (SOL,), (SOL, 1, 1.0), (SOL, 1, "4"), ("1", 1), (SOL, 1.0), (SOL, 1, 4, 4)],
)
def test_getsockopt_with_wrong_arguments_raises_type_error(sock, arguments):
    with pytest.raises(TypeError):
        sock.getsockopt(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [(), (SOL,), (SOL, 1), (SOL, 1, 1.0), (SOL, 1, "text"), (SOL, 1, None), (SOL, 1, [1]), (SOL, 1, 1, 4),
     (SOL, 1, b"1234", 4),
     (SOL, 1, None, "4"), (SOL, 1, None, 4, 5), ("1", 1, 1), (SOL, 1, 1 << 32),
     (SOL, 1, -(1 << 31) - 1), (SOL, 1, 1 << 80)],
)  # fmt: skip
def test_setsockopt_with_wrong_arguments_raises(sock, arguments):
    with pytest.raises((TypeError, OverflowError)):
        sock.setsockopt(*arguments)


def test_setsockopt_of_none_with_optlen_passes_null_pointer(sock):
    # A null pointer: Linux returns EFAULT if it reads the value, and EINVAL for less than an int. Windows always
    # returns EFAULT.
    for size, number in ((4, errno.EFAULT), (0, errno.EFAULT if WINDOWS else errno.EINVAL)):
        with pytest.raises(OSError) as refusal:
            sock.setsockopt(SOL, sockcore.SO_KEEPALIVE, None, size)
        assert refusal.value.errno == number


@pytest.mark.parametrize("size", [-1, -(1 << 31), (1 << 31), (1 << 32) - 1])
def test_setsockopt_of_none_with_negative_optlen_calls_the_system(sock, size):
    """Matches CPython: the length has 32 bits, with or without a sign."""
    with pytest.raises(OSError) as refusal:
        sock.setsockopt(SOL, sockcore.SO_KEEPALIVE, None, size)
    assert refusal.value.errno in (errno.EINVAL, errno.EFAULT)  # the first one on Linux


@pytest.mark.parametrize("size", [1 << 32, -(1 << 31) - 1, 1 << 63, 1 << 5000])
def test_setsockopt_of_none_with_optlen_of_more_than_32_bits_raises(sock, size):
    with pytest.raises(OverflowError, match=r"^setsockopt optlen must "):
        sock.setsockopt(SOL, sockcore.SO_KEEPALIVE, None, size)


class NoNumber:
    def __index__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((2**40, "level", 5, 4), OverflowError),
        (("level", 2**40, 5, 4), TypeError),
        ((1, -(2**40), 5, 4), OverflowError),
        ((1, 1, 5, NoNumber()), ZeroDivisionError),
        ((1, 1, NoNumber(), 2**40), TypeError),
    ],
)
def test_setsockopt_reports_first_invalid_argument(sock, arguments, error):
    """Matches CPython 3.15.

    Older versions report too many arguments if one of four is invalid.
    """
    with pytest.raises(error):
        sock.setsockopt(*arguments)


def test_getsockopt_of_unknown_option_raises_enoprotoopt(sock):
    for call in (lambda: sock.getsockopt(SOL, 9999), lambda: sock.getsockopt(SOL, 9999, 4),
                 lambda: sock.setsockopt(SOL, 9999, 1), lambda: sock.setsockopt(SOL, 9999, b"1234")):  # fmt: skip
        with pytest.raises(OSError) as refusal:
            call()
        assert refusal.value.errno == errno.ENOPROTOOPT


@pytest.mark.skipif(sys.platform != "linux", reason="the number of IP_OPTIONS is specific to Linux")
@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator treats it as an int")
def test_getsockopt_of_empty_value_returns_zero_or_empty(sock):
    for _ in range(3):
        assert sock.getsockopt(SOL, sockcore.SO_RCVBUF) > 0  # its bytes must not be returned by the next call
        assert sock.getsockopt(0, 4) == 0
        assert sock.getsockopt(0, 4, 100) == b""
    assert sock.getsockopt(SOL, sockcore.SO_TYPE) == sockcore.SOCK_STREAM


@pytest.mark.parametrize("number", [0, 1, 0x0FFFFFFF, 0x10000000, 0x7FFFFFFF, -1, -0x80000000, True])
def test_setsockopt_of_32_bit_numbers_is_accepted(sock, monkeypatch, number):
    assert passed(monkeypatch, sock, number) == (struct.pack("i", number), 4)


@pytest.mark.skipif(sys.platform != "linux", reason="SO_INCOMING_CPU exists only on Linux")
@pytest.mark.parametrize("number", [0, 1, 0x0FFFFFFF, 0x10000000, 0x7FFFFFFF, -1, -0x80000000, True])
def test_getsockopt_returns_the_set_32_bit_number(sock, number):
    sock.setsockopt(SOL, INCOMING_CPU, number)
    assert sock.getsockopt(SOL, INCOMING_CPU) == number


@pytest.mark.parametrize("numbers", [(1 << 31, 1), (1, 1 << 31), (1 << 80, 1), (1, -(1 << 31) - 1)])
def test_setsockopt_with_level_or_optname_out_of_range_raises_overflow_error(sock, numbers):
    for call in (sock.getsockopt, lambda *numbers: sock.setsockopt(*numbers, 1)):
        with pytest.raises(OverflowError):
            call(*numbers)
    with pytest.raises(OverflowError):
        sock.setsockopt(*numbers[::-1], b"1234")


def test_getsockopt_and_setsockopt_of_negative_level_raise_os_error(sock):
    for call in (lambda: sock.getsockopt(-1, -1), lambda: sock.setsockopt(-1, -1, 1)):
        with pytest.raises(OSError):
            call()


def test_getsockopt_in_many_threads_returns_own_values(closing, background):
    # Two calls must not use the same buffer for a number.
    sys.setswitchinterval(1e-5)
    try:
        sock_types = (sockcore.SOCK_STREAM, sockcore.SOCK_DGRAM)
        socks = [closing.enter_context(sockcore.socket(AF_INET, sock_type)) for sock_type in sock_types * 3]

        def check(sock):
            assert all(sock.getsockopt(SOL, sockcore.SO_TYPE) == sock.type for _ in range(3000))

        for thread in [background(lambda sock=sock: check(sock)) for sock in socks]:
            thread.join(LIMIT)
    finally:
        sys.setswitchinterval(0.005)


@pytest.fixture
def linger(add_registration):
    options.known()  # the codecs of the core are registered first
    number = int(sockcore.SO_LINGER)
    codec = Option("SO_TEST_LINGER", SOL, number, LINGER.size, struct_value(LINGER), lambda value: LINGER.pack(*value))
    add_registration("options", (SOL, number), codec)
    so_type = int(sockcore.SO_TYPE)
    add_registration(
        "options", (SOL, so_type), Option("SO_TEST_TYPE", SOL, so_type, 4, lambda raw: struct.unpack("i", raw)[0])
    )


@pytest.mark.usefixtures("linger")
def test_options_read_and_write_convert_values(sock):
    assert {"SO_TEST_LINGER", "SO_TEST_TYPE"} <= {*options.known()}
    assert options.known() == sorted(options.known())
    options.write(sock, SOL, sockcore.SO_LINGER, (1, 9))
    assert options.read(sock, SOL, sockcore.SO_LINGER) == (1, 9)
    assert options.read(sock, SOL, sockcore.SO_TYPE) == sockcore.SOCK_STREAM


@pytest.mark.usefixtures("linger")
def test_options_read_with_level_of_two_families_uses_family(sock, add_registration):
    so_type = int(sockcore.SO_TYPE)
    add_registration(
        "options", (SOL, so_type, 77), Option("SO_OF_77", SOL, so_type, 4, lambda raw: "another's", family=77)
    )
    assert options.read(sock, SOL, so_type) == sock.type
    own = int(sock.family)
    add_registration(
        "options", (SOL, so_type, own), Option("SO_OWN", SOL, so_type, 4, lambda raw: "its own", family=own)
    )
    assert options.read(sock, SOL, so_type) == "its own"
    add_registration("options", (900, 1, 77), Option("SO_ALONE", 900, 1, 4, bytes.hex, family=77))
    with pytest.raises(LookupError, match="option 1 of level 900"):
        options.read(sock, 900, 1)


@pytest.mark.usefixtures("linger")
def test_options_write_of_invalid_value_raises(sock):
    with pytest.raises(ValueError, match=r"^the option SO_TEST_TYPE is read-only$"):
        options.write(sock, SOL, sockcore.SO_TYPE, 1)
    with pytest.raises(OverflowError, match=r"^SO_TEST_LINGER cannot hold \(1099511627776, 9\): "):
        options.write(sock, SOL, sockcore.SO_LINGER, (1 << 40, 9))
    for call in (lambda: options.read(sock, 77, 78), lambda: options.write(sock, 77, 78, 1)):
        with pytest.raises(LookupError, match="no plugin here knows the format of option 78 of level 77"):
            call()


class Wide(Family):
    """A family with options of 64 bits, at a level with known options."""

    number, name, wide_levels = LOCAL, "AF_WIDE", frozenset({int(SOL)})

    def encode(self, address: object, context: object) -> bytes:
        return b""

    def decode(self, raw: bytes, context: object) -> object:
        return raw


@pytest.fixture
def wide(closing, add_registration):
    add_registration("families", (LOCAL, None), Wide())
    return closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))


@pytest.mark.skipif(not hasattr(sockcore, "SO_COOKIE"), reason="SO_COOKIE does not exist")
def test_getsockopt_on_wide_level_returns_64_bits(wide):
    cookie = wide.getsockopt(SOL, sockcore.SO_COOKIE)
    assert cookie == int.from_bytes(wide.getsockopt(SOL, sockcore.SO_COOKIE, 8), sys.byteorder) != 0
    # An option with 32 bits on the same level can be read as bytes.
    assert wide.getsockopt(SOL, sockcore.SO_TYPE, 4) == struct.pack("i", sockcore.SOCK_STREAM)


@pytest.mark.skipif(struct.calcsize("l") < 8, reason="the value of this option is a long")
@pytest.mark.skipif(not hasattr(sockcore, "SO_MAX_PACING_RATE"), reason="no option with 64 bits can be set")
def test_setsockopt_on_wide_level_writes_64_bits(wide):
    wide.setsockopt(SOL, sockcore.SO_MAX_PACING_RATE, 1 << 40)
    assert wide.getsockopt(SOL, sockcore.SO_MAX_PACING_RATE) == 1 << 40
    for number in (-1, 1 << 64):
        with pytest.raises(OverflowError):
            wide.setsockopt(SOL, sockcore.SO_MAX_PACING_RATE, number)
