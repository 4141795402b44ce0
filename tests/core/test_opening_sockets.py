"""The constructor: numbers, flags, and existing file descriptors."""

from __future__ import annotations

import errno
import gc
import os
import platform
import sys

import pytest
import systems
from systems import AF_INET, CLOSED, LOCAL, NEVER_OPEN, WINDOWS, is_inheritable, system_error

import sockcore
from sockcore import _platform, backends
from sockcore._sockets import base
from sockcore.plugin import Family, RawAddress

IPPROTO_UDP = 17
DGRAM, STREAM = sockcore.SOCK_DGRAM, sockcore.SOCK_STREAM


def test_socket_has_family_type_and_proto():
    with sockcore.socket(AF_INET, DGRAM, IPPROTO_UDP) as sock:
        assert (sock.family, sock.type, sock.proto) == (AF_INET, DGRAM, IPPROTO_UDP)
        assert isinstance(sock.type, sockcore.SocketKind)
        assert isinstance(sock.family, int)
    with sockcore.socket(family=LOCAL, type=DGRAM, proto=0, fileno=None) as sock:
        assert (sock.family, sock.type, sock.proto) == (LOCAL, DGRAM, 0)
    with sockcore.socket(LOCAL) as sock:
        assert (sock.type, sock.proto) == (STREAM, 0)
    with sockcore.socket(LOCAL, -1, -1) as sock:
        assert (sock.type, sock.proto) == (STREAM, 0)


@pytest.mark.parametrize("name", ["family", "type", "proto", "timeout"])
def test_socket_attributes_are_read_only(pair, name):
    one, _ = pair()
    with pytest.raises(AttributeError):
        setattr(one, name, 1)


@pytest.mark.parametrize(
    ("numbers", "number"),
    [
        ((250, 1), errno.EAFNOSUPPORT), ((LOCAL, 77), None), ((LOCAL, STREAM, 77), errno.EPROTONOSUPPORT),
        ((0, STREAM), None if WINDOWS else errno.EAFNOSUPPORT), ((-5, STREAM), errno.EAFNOSUPPORT),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_leak")
def test_socket_of_unsupported_numbers_raises_os_error(numbers, number):
    with pytest.raises(OSError) as refusal:
        sockcore.socket(*numbers)
    assert refusal.value.errno == (number or refusal.value.errno)
    assert refusal.value.args == system_error(getattr(refusal.value, "winerror", refusal.value.errno)).args


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize(
    ("wrong", "exc_type"), [(1.0, TypeError), ("1", TypeError), (b"1", TypeError), (1 << 40, OverflowError),
                        (1 << 70, OverflowError), (object(), TypeError)],
)  # fmt: skip
@pytest.mark.usefixtures("no_leak")
def test_socket_with_invalid_argument_raises(position, wrong, exc_type):
    numbers = [LOCAL, STREAM, 0, None]
    numbers[position] = wrong
    if WINDOWS and position == 3:  # a handle is wider, and another process shares a socket as bytes
        exc_type = {b"1": ValueError, 1 << 40: OSError}.get(wrong, exc_type)
    with pytest.raises(exc_type):
        sockcore.socket(*numbers)


def test_socket_descriptor_is_not_inheritable(pair, listener, closing):
    one, two = pair()
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    client.connect(address)
    accepted = closing.enter_context(server.accept()[0])
    copy = closing.enter_context(one.dup())
    other_sock = closing.enter_context(sockcore.fromfd(one.fileno(), LOCAL, STREAM))
    number = sockcore.dup(one.fileno())
    for fd in (*(s.fileno() for s in (one, two, server, client, accepted, copy, other_sock)), number):
        assert not is_inheritable(fd)
    sockcore.close(number)
    one.set_inheritable(True)
    assert one.get_inheritable() is is_inheritable(one.fileno()) is True
    one.set_inheritable(False)
    assert one.get_inheritable() is False


@pytest.mark.skipif(not hasattr(sockcore, "SOCK_NONBLOCK"), reason="macOS and Windows lack SOCK_NONBLOCK")
def test_socket_type_excludes_flags():
    with sockcore.socket(LOCAL, STREAM | sockcore.SOCK_NONBLOCK | sockcore.SOCK_CLOEXEC) as sock:
        assert sock.type == STREAM
        assert sock.gettimeout() == 0.0
        assert not sock.getblocking()
        assert not os.get_blocking(sock.fileno())
        assert not sock.get_inheritable()
    one, two = sockcore.socketpair(LOCAL, STREAM | sockcore.SOCK_NONBLOCK)
    with one, two:
        for item in (one, two):
            assert (item.type, item.gettimeout(), os.get_blocking(item.fileno())) == (STREAM, 0.0, False)


@pytest.mark.parametrize(
    ("family", "sock_type"), [(LOCAL, STREAM), (LOCAL, DGRAM), (AF_INET, STREAM), (AF_INET, DGRAM)]
)
def test_socket_fileno_reads_missing_numbers_from_the_descriptor(family, sock_type):
    with sockcore.socket(family, sock_type) as new_sock:
        if WINDOWS:
            new_sock.bind(systems.loopback())  # needed to read its family: test_winsock_descriptors.py
        taken = sockcore.socket(fileno=new_sock.fileno())
        assert (taken.family, taken.type, taken.fileno()) == (family, sock_type, new_sock.fileno())
        number = getattr(sockcore, "SO_PROTOCOL", None)
        assert taken.proto == (new_sock.getsockopt(sockcore.SOL_SOCKET, number) if number else 0)
        taken.detach()


class NoAddress:
    """System calls for BaseSocket in Python, with an unusable getsockname(2).

    It fails, as for AF_ALG, or returns no family, as for CAN_BCM.
    """

    def __init__(self, real, answer):
        self.real, self.answer = real, answer

    def __getattr__(self, name):
        return getattr(self.real, name)

    def getsockname(self, fd, size):
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


@pytest.mark.skipif("SO_DOMAIN" not in _platform.constants(), reason="no SO_DOMAIN")
@pytest.mark.parametrize("answer", [OSError(errno.EOPNOTSUPP, "no name"), b"", bytes(16)])
@pytest.mark.parametrize("family", [LOCAL, AF_INET])
def test_socket_fileno_without_family_from_getsockname_reads_so_domain(monkeypatch, family, answer):
    with sockcore.socket(family, STREAM) as new_sock:
        monkeypatch.setattr(base, "system", NoAddress(base.system, answer))
        taken = base.BaseSocket(fileno=new_sock.fileno())
        assert (taken.family, taken.type) == (family, STREAM)
        taken.detach()


@pytest.mark.parametrize("number", [errno.ENOPROTOOPT, errno.EOPNOTSUPP])
def test_socket_fileno_without_so_domain_reads_family_from_getsockname(monkeypatch, number):
    class Older(NoAddress):
        def getsockname(self, fd, size):
            return self.real.getsockname(fd, size)

        def getsockopt_int(self, fd, level, option):
            if option == base._SO_DOMAIN:
                raise OSError(number, "no such option")
            return self.real.getsockopt_int(fd, level, option)

    with sockcore.socket(AF_INET, STREAM) as new_sock:
        if WINDOWS:
            new_sock.bind(systems.loopback())
        monkeypatch.setattr(base, "system", Older(base.system, None))
        taken = base.BaseSocket(fileno=new_sock.fileno())
        assert (taken.family, taken.type) == (AF_INET, STREAM)
        taken.detach()


@pytest.mark.skipif(sys.platform != "linux", reason="AF_ALG exists only on Linux")
def test_socket_fileno_of_af_alg_reads_the_family():
    try:
        new_sock = sockcore.socket(38, sockcore.SOCK_SEQPACKET)
    except OSError:
        pytest.skip("this kernel has no AF_ALG")
    with new_sock:
        taken = sockcore.socket(fileno=new_sock.fileno())
        assert (taken.family, taken.type) == (38, sockcore.SOCK_SEQPACKET)
        taken.detach()


class FallsBack(Family):
    number, name, may_fall_back = AF_INET, "AF_INET", frozenset({99})

    def encode(self, address, context):
        raise NotImplementedError

    def decode(self, raw, context):
        return RawAddress(raw)


@pytest.mark.skipif("SO_PROTOCOL" not in _platform.constants(), reason="no SO_PROTOCOL")
def test_proto_that_may_fall_back_is_read_from_the_kernel(add_registration):
    add_registration("families", (AF_INET, None), FallsBack())
    with sockcore.socket(AF_INET, STREAM) as new_sock:
        for proto, answer in ((99, new_sock.getsockopt(sockcore.SOL_SOCKET, base._SO_PROTOCOL)), (98, 98)):
            taken = sockcore.socket(AF_INET, STREAM, proto, fileno=new_sock.fileno())
            assert taken.proto == answer
            assert repr(taken).split("proto=")[1].startswith((f"{answer},", f"{answer}>"))
            taken.detach()
            assert taken.proto == answer
        closed = sockcore.socket(AF_INET, STREAM, 99, fileno=new_sock.fileno())
        closed.detach()
        assert closed.proto == 99


@pytest.mark.skipif("SO_PROTOCOL" not in _platform.constants(), reason="no SO_PROTOCOL")
def test_proto_that_may_fall_back_is_read_once_at_first_access(add_registration, monkeypatch):
    add_registration("families", (AF_INET, None), FallsBack())
    requested = []

    class Counts(NoAddress):
        def getsockopt_int(self, fd, level, option):
            requested.append(option)
            return 6

    with sockcore.socket(AF_INET, STREAM) as new_sock:
        monkeypatch.setattr(base, "system", Counts(base.system, b""))
        taken = base.BaseSocket(AF_INET, STREAM, 99, fileno=new_sock.fileno())
        assert base._SO_PROTOCOL not in requested
        assert (taken.proto, taken.proto) == (6, 6)
        assert requested.count(base._SO_PROTOCOL) == 1
        taken.detach()


def test_socket_fileno_with_numbers_uses_them():
    with sockcore.socket(LOCAL, STREAM) as new_sock:
        taken = sockcore.socket(AF_INET, DGRAM, 5, fileno=new_sock.fileno())
        assert (taken.family, taken.type, taken.proto) == (AF_INET, DGRAM, 5)
        taken.detach()


@pytest.mark.parametrize("numbers", [(), (LOCAL,), (LOCAL, STREAM, 0)])
def test_socket_fileno_of_a_file_raises_enotsock(numbers):
    if WINDOWS:
        pytest.skip("test_winsock_descriptors.py tests handles")
    reader, writer = os.pipe()
    try:
        for fd in (reader, writer):
            with pytest.raises(OSError) as refusal:
                sockcore.socket(*numbers, fileno=fd)
            assert refusal.value.errno == errno.ENOTSOCK
        os.write(writer, b"open")
        assert os.read(reader, 9) == b"open"
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("numbers", [(), (LOCAL, STREAM, 0)])
def test_socket_fileno_of_closed_descriptor_raises_ebadf(numbers):
    with pytest.raises(OSError) as refusal:
        sockcore.socket(*numbers, fileno=NEVER_OPEN)
    assert refusal.value.errno == CLOSED


@pytest.mark.parametrize("fd", [-1, *([] if WINDOWS else [-42])])
def test_socket_fileno_if_negative_raises_value_error(fd):
    with pytest.raises(ValueError, match=r"^negative file descriptor$"):
        sockcore.socket(LOCAL, STREAM, fileno=fd)


@pytest.mark.skipif(sys.platform == "win32", reason="handles have 64 bits there")
@pytest.mark.parametrize("more", [1 << 32, -(1 << 32), 1 << 64, 1 << 80])
def test_socket_fileno_that_does_not_fit_an_int_is_not_truncated(closing, more):
    sock = closing.enter_context(sockcore.socket(LOCAL, STREAM))
    for arguments in ((), (LOCAL, STREAM, 0)):
        with pytest.raises(OverflowError):
            sockcore.socket(*arguments, fileno=sock.fileno() + more)


#: The number of ioctl(2), from <asm/unistd.h>.
IOCTL = {"x86_64": 16, "aarch64": 29}
REFUSED_MODE = """
import errno, gc, os, sys
import sockcore, systems
from system_call_filters import skip_calls

def count():
    templates = [item for item in gc.get_objects() if type(item).__name__ == "Template"]  # of the native backend
    return sorted(os.listdir("/proc/self/fd")), [sys.getrefcount(template) for template in sorted(templates, key=id)]

sockcore.preload()
one, two = systems.socketpair()
sockcore.setdefaulttimeout(5)
sockcore.socket(one.family, one.type).close()
skip_calls([int(sys.argv[1])], 1, 0x5421, errno.EPERM)  # FIONBIO
before = count()
for _ in range(9):
    for fileno in None, one.fileno():
        try:
            sockcore.socket(one.family, one.type, 0, fileno)
        except PermissionError:
            continue
        print("opened")
print(count() == before)
two.send(b"open")
print(one.recv(9))
one.close()
two.close()
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in IOCTL or sys.maxsize < 1 << 32,
    reason="the filter is for Linux on x86_64 and aarch64",
)
@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="this Python does not count references")
@pytest.mark.parametrize("backend", backends.available())
def test_socket_whose_non_blocking_mode_is_refused_closes_only_its_own_descriptor(python, backend):
    printed = python(REFUSED_MODE, str(IOCTL[platform.machine()]), SOCKCORE_BACKEND=backend)
    if printed.startswith("no filter"):
        pytest.skip(printed)
    assert printed == "True\nb'open'\n"


def test_socket_fileno_after_failure_leaves_descriptor_open(recwarn):
    with sockcore.socket(LOCAL, STREAM) as new_sock:
        with pytest.raises(TypeError):
            sockcore.socket(LOCAL, "x", fileno=new_sock.fileno())  # type: ignore[arg-type]
        gc.collect()
        assert systems.is_open(new_sock.fileno())
    assert not recwarn


no_pairs = pytest.mark.skipif(WINDOWS, reason="Windows lacks socketpair(2)")


@no_pairs
def test_socketpair_returns_connected_sockets():
    for pair in (sockcore.socketpair(LOCAL), sockcore.socketpair(family=LOCAL, type=DGRAM, proto=0)):
        one, two = pair
        with one, two:
            assert type(one) is type(two) is sockcore.socket
            one.send(b"over")
            assert two.recv(10) == b"over"


@pytest.mark.parametrize(
    "arguments", [*([] if WINDOWS else [(AF_INET,)]), (AF_INET, DGRAM), (250,), (LOCAL, 77), (LOCAL, STREAM, 99)]
)
@pytest.mark.usefixtures("no_leak")
def test_socketpair_of_unsupported_numbers_raises(arguments):
    # Windows has no socketpair(2). There sockcore raises ValueError.
    with pytest.raises(ValueError if WINDOWS else OSError):
        sockcore.socketpair(*arguments)


def test_fromfd_duplicates_the_descriptor(pair):
    one, two = pair()
    with sockcore.fromfd(one.fileno(), LOCAL, STREAM) as copy:
        assert copy.fileno() != one.fileno()
        assert (copy.family, copy.type, copy.proto) == (LOCAL, STREAM, 0)
    two.send(b"still open")
    assert one.recv(20) == b"still open"


@pytest.mark.usefixtures("no_leak")
@pytest.mark.parametrize("wrong", [NEVER_OPEN, -1, 1.0, "3", None])
def test_close_and_dup_of_invalid_descriptor_raise(wrong):
    exc_type = OSError if isinstance(wrong, int) else TypeError
    for call in (sockcore.dup, sockcore.close, lambda fd: sockcore.fromfd(fd, LOCAL, STREAM)):
        with pytest.raises(exc_type) as refusal:
            call(wrong)
        assert exc_type is TypeError or refusal.value.errno == CLOSED


@pytest.mark.usefixtures("no_leak")
def test_fromfd_after_failure_closes_its_duplicate(pair):
    one, two = pair()
    with pytest.raises(TypeError):
        sockcore.fromfd(one.fileno(), LOCAL, "stream")
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((2**40, None), OverflowError), (("family", 2**40), TypeError), ((None, 2**40, "proto"), OverflowError)],
)
def test_socketpair_reports_first_invalid_argument(arguments, error):
    with pytest.raises(error):
        sockcore.socketpair(*arguments)
