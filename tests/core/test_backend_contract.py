"""The POSIX backend against its contract: the functions, one system call each, errors with errno, no waiting."""

from __future__ import annotations

import errno
import inspect
import os
from termios import FIONREAD

import pytest

import sockcore
from sockcore._backend import posix
from sockcore._backend.protocol import Backend

AF_UNIX, AF_INET = 1, 2
SOL, SO_TYPE, SO_DEBUG = int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE), int(sockcore.SO_DEBUG)
STREAM, DGRAM = int(sockcore.SOCK_STREAM), int(sockcore.SOCK_DGRAM)
FUNCTIONS = sorted(name for name in vars(Backend) if not name.startswith("_") and callable(getattr(Backend, name)))


def test_the_contract_has_functions():
    assert len(FUNCTIONS) >= 25
    assert posix.NAME == "posix"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature(name):
    promised = [*inspect.signature(getattr(Backend, name)).parameters][1:]
    assert [*inspect.signature(getattr(posix, name)).parameters] == promised
    assert getattr(Backend, name).__doc__
    assert getattr(posix, name).__doc__


@pytest.fixture
def fds():
    one, two = posix.socketpair(AF_UNIX, STREAM, 0)
    for fd in (one, two):
        posix.set_blocking(fd, False)
    yield one, two
    os.close(one)
    os.close(two)


VIEW = memoryview(bytearray(10))
ON_A_DESCRIPTOR = {
    "accept": lambda fd: posix.accept(fd, 128),
    "bind": lambda fd: posix.bind(fd, b"\1\0"),
    "close": posix.close,
    "dup": posix.dup,
    "get_inheritable": posix.get_inheritable,
    "getpeername": lambda fd: posix.getpeername(fd, 128),
    "getsockname": lambda fd: posix.getsockname(fd, 128),
    "getsockopt": lambda fd: posix.getsockopt(fd, SOL, SO_TYPE, 4),
    "getsockopt_int": lambda fd: posix.getsockopt_int(fd, SOL, SO_TYPE),
    "ioctl": lambda fd: posix.ioctl(fd, FIONREAD, bytearray(4)),
    "listen": lambda fd: posix.listen(fd, 1),
    "recv": lambda fd: posix.recv(fd, 1, 0),
    "recv_into": lambda fd: posix.recv_into(fd, VIEW, 0),
    "recvfrom": lambda fd: posix.recvfrom(fd, 1, 0, 128),
    "recvfrom_into": lambda fd: posix.recvfrom_into(fd, VIEW, 0, 128),
    "recvmsg": lambda fd: posix.recvmsg(fd, [VIEW], 0, 0, 128),
    "send": lambda fd: posix.send(fd, b"x", 0),
    "sendmsg": lambda fd: posix.sendmsg(fd, [memoryview(b"x")], b"", 0, b""),
    "sendto": lambda fd: posix.sendto(fd, b"x", 0, b"\1\0"),
    "set_blocking": lambda fd: posix.set_blocking(fd, True),
    "set_inheritable": lambda fd: posix.set_inheritable(fd, True),
    "setsockopt": lambda fd: posix.setsockopt(fd, SOL, SO_DEBUG, b"0000", 4),
    "shutdown": lambda fd: posix.shutdown(fd, 2),
}


@pytest.mark.parametrize("name", ON_A_DESCRIPTOR)
@pytest.mark.parametrize("fd", [-1, 1_000_000])
def test_errors_have_errno(name, fd):
    with pytest.raises(OSError) as refusal:
        ON_A_DESCRIPTOR[name](fd)
    assert (refusal.value.errno, refusal.value.strerror) == (errno.EBADF, os.strerror(errno.EBADF))


def test_connect_returns_its_errno():
    assert posix.connect(-1, b"\1\0") == errno.EBADF


def test_every_function_was_called():
    others = {"connect", "socket", "socketpair", "if_nametoindex", "if_indextoname", "if_nameindex"}
    assert {*FUNCTIONS} == {*ON_A_DESCRIPTOR} | others


@pytest.mark.parametrize("flags", [0, int(sockcore.MSG_NOSIGNAL)])
def test_nothing_waits(fds, flags):
    one, _ = fds
    for call in (lambda: posix.recv(one, 1, flags), lambda: posix.recv_into(one, VIEW, flags),
                 lambda: posix.recvfrom(one, 1, flags, 128), lambda: posix.recvfrom_into(one, VIEW, flags, 128),
                 lambda: posix.recvmsg(one, [VIEW], 50, flags, 128)):  # fmt: skip
        with pytest.raises(BlockingIOError) as refusal:
            call()
        assert refusal.value.errno == errno.EAGAIN
    posix.send(one, bytes(1 << 24), flags)  # what there is room for
    for call in (lambda: posix.send(one, bytes(100_000), flags),
                 lambda: posix.sendmsg(one, [memoryview(bytes(100_000))], b"", flags, b"")):  # fmt: skip
        with pytest.raises(BlockingIOError):
            call()


@pytest.mark.parametrize("data", [b"data", bytearray(b"data"), memoryview(b"data"), memoryview(bytearray(b"data"))])
@pytest.mark.parametrize("flags", [0, int(sockcore.MSG_NOSIGNAL)])
def test_data_go_both_ways(fds, data, flags):
    one, two = fds
    assert posix.send(one, data, flags) == 4
    assert posix.recv(two, 10, flags) == b"data"
    assert posix.sendmsg(one, [memoryview(data), memoryview(data)], b"", flags, b"") == 8
    view = memoryview(bytearray(6))
    assert posix.recv_into(two, view, flags) == 6
    assert bytes(view) == b"datada"
    assert posix.recvfrom(two, 1, flags, 128) == (b"t", b"")
    count, control, _, address = posix.recvmsg(two, [view[:0], view[:3]], 100, flags, 128)
    assert (count, control, address, bytes(view[:1])) == (1, b"", b"", b"a")


def test_descriptors_are_born_without_inheritance(fds):
    fd = posix.socket(AF_INET, DGRAM, 0)
    other = posix.dup(fd)
    for each in (*fds, fd, other):
        assert posix.get_inheritable(each) is False
    posix.set_inheritable(fd, True)
    assert posix.get_inheritable(fd) is True
    posix.close(fd)
    posix.close(other)


def test_addresses_are_whole_and_no_longer_than_asked():
    fd = posix.socket(AF_INET, DGRAM, 0)
    try:
        name = posix.getsockname(fd, 128)
        assert len(name) == 16
        for size in (2, 8, 16, 30):
            assert posix.getsockname(fd, size) == name[:size]
        with pytest.raises(OSError, match="not connected"):
            posix.getpeername(fd, 128)
    finally:
        posix.close(fd)


def test_interfaces():
    found = posix.if_nameindex()
    assert found
    for index, name in found:
        assert posix.if_nametoindex(name) == index
        assert posix.if_indextoname(index) == name
    with pytest.raises(OSError, match="no interface with this name"):
        posix.if_nametoindex(b"no-such-interface")
    with pytest.raises(OSError) as refusal:
        posix.if_indextoname(0x7FFFFFFF)
    assert refusal.value.errno == errno.ENXIO


def test_interfaces_for_plugins():
    from sockcore.plugin import interface_index, interface_list, interface_name

    assert [(index, os.fsencode(name)) for index, name in interface_list()] == posix.if_nameindex()
    index, name = interface_list()[0]
    assert (interface_index(name), interface_name(index)) == (index, name)
    for wrong in (0, -1, 1 << 40):
        with pytest.raises(OSError):
            interface_name(wrong)
    with pytest.raises(ValueError, match="embedded null byte"):
        interface_index("a\0b")
