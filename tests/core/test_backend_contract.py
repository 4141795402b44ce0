"""The interface of backends: one system call each, errors with errno, no wait.

The functions of the selected backend, which may be in C, have the same interface.
"""

from __future__ import annotations

import errno
import inspect
import os
import sys

import pytest
import systems
from systems import (
    AF_INET,
    CLOSED,
    FIONREAD,
    LOCAL,
    NEVER_OPEN,
    SEND_FLAG,
    WINDOWS,
    is_inheritable,
    loopback,
    system_error,
)

import sockcore
from sockcore import _system
from sockcore._system import system as backend
from sockcore._system.protocol import Backend

SOL, SO_TYPE, SO_KEEPALIVE = int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE), int(sockcore.SO_KEEPALIVE)
STREAM, DGRAM = int(sockcore.SOCK_STREAM), int(sockcore.SOCK_DGRAM)
#: Flags to send and receive with: none, and one without effect. Windows has no such flag.
FLAGS = [0] if WINDOWS else [0, SEND_FLAG]
#: Optional functions of a backend.
OPTIONAL = {
    name for name in ("recvmsg_bytes", "recvmmsg", "sendmmsg", "socketpair") if getattr(backend, name, None) is None
}
FUNCTIONS = sorted(
    name
    for name in vars(Backend)
    if not name.startswith("_") and callable(getattr(Backend, name)) and name not in OPTIONAL
)


def test_backend_protocol_has_functions():
    assert len(FUNCTIONS) >= 25
    assert ("winsock" if WINDOWS else "posix") == backend.NAME
    assert {"recvmsg_bytes", "recvmmsg", "sendmmsg"} | ({"socketpair"} if WINDOWS else set()) >= OPTIONAL


@pytest.mark.parametrize("name", FUNCTIONS)
def test_backend_signature_matches_the_protocol(name):
    promised = [*inspect.signature(getattr(Backend, name)).parameters][1:]
    assert [*inspect.signature(getattr(backend, name)).parameters] == promised
    assert getattr(Backend, name).__doc__
    assert getattr(backend, name).__doc__


#: Functions that code other than BaseSocket calls. The native backend has no others.
MODULE_LEVEL = ("close", "dup", "if_indextoname", "if_nameindex", "if_nametoindex", "ioctl", "socketpair")


@pytest.mark.parametrize("name", sorted({*MODULE_LEVEL} - OPTIONAL))
def test_selected_backend_signature_matches_the_protocol(name):
    function = getattr(_system.backend, name)
    assert [*inspect.signature(function).parameters] == [*inspect.signature(getattr(backend, name)).parameters]
    assert function.__doc__


def test_selected_backend_has_no_other_system_calls():
    if _system.native is None:
        assert _system.backend is backend
        return
    own = {
        "load_rules",
        "clear_templates",
        "socket_from_fd",
        "close_received",
        "inet_pton",
        "inet_ntop",
        "set_class_attribute",
        "delete_class_attribute",
        "getdefaulttimeout",
        "open_pair",
        "public_attributes",
        "set_public_class",
        "setdefaulttimeout",
        "CMSG_LEN",
        "CMSG_SPACE",
    }
    functions = {name for name, value in vars(_system.native).items() if inspect.isbuiltin(value)}
    assert functions == {*MODULE_LEVEL} | own


@pytest.fixture
def fds():
    pair = [sock.detach() for sock in systems.socketpair()]
    for fd in pair:
        backend.set_blocking(fd, False)
    yield pair
    for fd in pair:
        backend.close(fd)


in_both = pytest.mark.parametrize("module", [backend, _system.backend], ids=["ctypes", "in use"])


@in_both
def test_socketpair_returns_connected_descriptors(module):
    if WINDOWS:
        assert module.socketpair is None
        return
    one, two = module.socketpair(LOCAL, STREAM, 0)
    assert not is_inheritable(one)
    assert not is_inheritable(two)
    assert backend.send(one, b"over", 0) == 4
    assert backend.recv(two, 9, 0) == b"over"
    module.close(one)
    module.close(two)
    if sys.platform == "linux":
        for arguments in ((AF_INET, STREAM, 0), (LOCAL, 77, 0)):
            with pytest.raises(OSError) as refusal:
                module.socketpair(*arguments)
            assert refusal.value.errno in (errno.EOPNOTSUPP, errno.EINVAL)


VIEW = memoryview(bytearray(10))
ON_A_DESCRIPTOR = {
    "accept": lambda fd: backend.accept(fd, 128),
    "bind": lambda fd: backend.bind(fd, bytes(loopback())),
    "close": backend.close,
    "dup": backend.dup,
    "get_inheritable": backend.get_inheritable,
    "getpeername": lambda fd: backend.getpeername(fd, 128),
    "getsockname": lambda fd: backend.getsockname(fd, 128),
    "getsockopt": lambda fd: backend.getsockopt(fd, SOL, SO_TYPE, 4),
    "getsockopt_int": lambda fd: backend.getsockopt_int(fd, SOL, SO_TYPE),
    "ioctl": lambda fd: backend.ioctl(fd, FIONREAD, bytearray(4)),
    "listen": lambda fd: backend.listen(fd, 1),
    "recv": lambda fd: backend.recv(fd, 1, 0),
    "recv_into": lambda fd: backend.recv_into(fd, VIEW, 0),
    "recvfrom": lambda fd: backend.recvfrom(fd, 1, 0, 128),
    "recvfrom_into": lambda fd: backend.recvfrom_into(fd, VIEW, 0, 128),
    "recvmsg": lambda fd: backend.recvmsg(fd, [VIEW], 0, 0, 128),
    "recvmmsg": lambda fd: backend.recvmmsg(fd, [[VIEW]], 0, 0, 128),
    "recvmsg_bytes": lambda fd: backend.recvmsg_bytes(fd, 1, 0, 0, 128),
    "send": lambda fd: backend.send(fd, b"x", 0),
    "sendmmsg": lambda fd: backend.sendmmsg(fd, [([memoryview(b"x")], b"", b"")], 0),
    "sendmsg": lambda fd: backend.sendmsg(fd, [memoryview(b"x")], b"", 0, b""),
    "sendto": lambda fd: backend.sendto(fd, b"x", 0, bytes(loopback(9))),
    "set_blocking": lambda fd: backend.set_blocking(fd, True),
    "set_inheritable": lambda fd: backend.set_inheritable(fd, True),
    "setsockopt": lambda fd: backend.setsockopt(fd, SOL, SO_KEEPALIVE, b"0000", 4),
    "shutdown": lambda fd: backend.shutdown(fd, 2),
}
ON_A_DESCRIPTOR = {name: call for name, call in ON_A_DESCRIPTOR.items() if name not in OPTIONAL}


@pytest.mark.parametrize("name", ON_A_DESCRIPTOR)
@pytest.mark.parametrize("fd", [-1, NEVER_OPEN])
def test_backend_errors_have_errno(name, fd):
    expected = system_error(CLOSED)
    if WINDOWS and name.endswith("inheritable"):
        if fd == -1:
            pytest.skip("the handle -1 is the process itself")
        expected = system_error(6)  # not a call of Winsock
    with pytest.raises(OSError) as refusal:
        ON_A_DESCRIPTOR[name](fd)
    assert (refusal.value.errno, refusal.value.strerror) == (expected.errno, expected.strerror)


@pytest.mark.parametrize("name", ["close", "dup", "ioctl"])
@pytest.mark.parametrize("fd", [-1, NEVER_OPEN])
def test_selected_backend_errors_have_errno(name, fd):
    calls = {"ioctl": lambda fd: _system.backend.ioctl(fd, FIONREAD, bytearray(4))}
    with pytest.raises(OSError) as refusal:
        calls.get(name, getattr(_system.backend, name))(fd)
    expected = system_error(CLOSED)
    assert (refusal.value.errno, refusal.value.strerror) == (expected.errno, expected.strerror)


@in_both
def test_ioctl_writes_the_result_into_its_argument(fds, module):
    one, two = fds
    backend.send(one, b"12345", 0)
    argument = bytearray(4)
    assert module.ioctl(two, FIONREAD, argument) == 0
    assert int.from_bytes(argument, sys.byteorder) == 5


@in_both
def test_dup_returns_non_inheritable_descriptor(fds, module):
    fd = module.dup(fds[0])
    assert fd not in fds
    assert not is_inheritable(fd)
    module.close(fd)


def test_connect_returns_errno():
    assert backend.connect(-1, bytes(loopback())) == CLOSED


def test_backend_functions_are_all_tested():
    others = {"connect", "socket", "socketpair", "if_nametoindex", "if_indextoname", "if_nameindex"}
    assert {*FUNCTIONS} == {*ON_A_DESCRIPTOR} | others - OPTIONAL


@pytest.mark.parametrize("flags", FLAGS)
def test_backend_calls_on_non_blocking_socket_do_not_wait(fds, flags):
    one, _ = fds
    for call in (lambda: backend.recv(one, 1, flags), lambda: backend.recv_into(one, VIEW, flags),
                 lambda: backend.recvfrom(one, 1, flags, 128), lambda: backend.recvfrom_into(one, VIEW, flags, 128),
                 lambda: backend.recvmsg(one, [VIEW], 50, flags, 128)):  # fmt: skip
        with pytest.raises(BlockingIOError) as refusal:
            call()
        assert refusal.value.errno == errno.EWOULDBLOCK
    backend.send(one, bytes(1 << 24), flags)  # the part that fits the buffer
    for call in (lambda: backend.send(one, bytes(100_000), flags),
                 lambda: backend.sendmsg(one, [memoryview(bytes(100_000))], b"", flags, b"")):  # fmt: skip
        with pytest.raises(BlockingIOError):  # noqa: PT012 - TCP makes room for a while
            while True:
                call()


@pytest.mark.parametrize("data", [b"data", bytearray(b"data"), memoryview(b"data"), memoryview(bytearray(b"data"))])
@pytest.mark.parametrize("flags", FLAGS)
def test_backend_send_and_receive_functions_transfer_data(fds, data, flags):
    one, two = fds
    assert backend.send(one, data, flags) == 4
    assert backend.recv(two, 10, flags) == b"data"
    assert backend.sendmsg(one, [memoryview(data), memoryview(data)], b"", flags, b"") == 8
    view = memoryview(bytearray(6))
    assert backend.recv_into(two, view, flags) == 6
    assert bytes(view) == b"datada"
    assert backend.recvfrom(two, 1, flags, 128) == (b"t", b"")
    count, control, _, address = backend.recvmsg(two, [view[:0], view[:3]], 100, flags, 128)
    assert (count, control, address, bytes(view[:1])) == (1, b"", b"", b"a")


def test_new_descriptors_are_not_inheritable(fds):
    fd = backend.socket(AF_INET, DGRAM, 0)
    other = backend.dup(fd)
    for item in (*fds, fd, other):
        assert backend.get_inheritable(item) is False
    backend.set_inheritable(fd, True)
    assert backend.get_inheritable(fd) is True
    backend.close(fd)
    backend.close(other)


def test_getsockname_returns_at_most_the_requested_size():
    fd = backend.socket(AF_INET, DGRAM, 0)
    try:
        backend.bind(fd, bytes(loopback()))
        name = backend.getsockname(fd, 128)
        assert len(name) == 16
        for size in (2, 8, 16, 30):
            assert backend.getsockname(fd, size) == name[:size]
        with pytest.raises(OSError) as refusal:
            backend.getpeername(fd, 128)
        assert refusal.value.errno == errno.ENOTCONN
    finally:
        backend.close(fd)


@in_both
def test_interface_functions_return_consistent_names_and_indexes(module):
    result = module.if_nameindex()
    assert result
    for index, name in result:
        assert module.if_nametoindex(name) == index
        assert module.if_indextoname(index) == name
    with pytest.raises(OSError, match="no interface with this name"):
        module.if_nametoindex(b"no-such-interface")
    with pytest.raises(OSError) as refusal:
        module.if_indextoname(0x7FFFFFFF)
    assert refusal.value.errno == errno.ENXIO


def test_plugin_interface_functions_return_consistent_names_and_indexes():
    from sockcore.plugin import interface_index, interface_list, interface_name

    assert [(index, os.fsencode(name)) for index, name in interface_list()] == backend.if_nameindex()
    index, name = interface_list()[0]
    assert (interface_index(name), interface_name(index)) == (index, name)
    for wrong in (0, -1, 1 << 40):
        with pytest.raises(OSError):
            interface_name(wrong)
    with pytest.raises(ValueError, match="embedded null byte"):
        interface_index("a\0b")
