"""Handles of sockets on Windows: numbers, shared bytes, inheritance, many."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
import time

import pytest
import systems
from systems import AF_INET, LIMIT, loopback, name_of

import sockcore
from sockcore._system import system as backend

if sys.platform != "win32":
    pytest.skip("Winsock exists only on Windows", allow_module_level=True)

STREAM, DGRAM = int(sockcore.SOCK_STREAM), int(sockcore.SOCK_DGRAM)
kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
kernel32.CreateEventW.restype = kernel32.GetCurrentProcess.restype = ctypes.c_void_p
kernel32.CloseHandle.argtypes = [ctypes.c_void_p]


# ---------------------------------------------------------------------- opening by number


@pytest.mark.parametrize("sock_type", [STREAM, DGRAM])
def test_socket_fileno_of_bound_handle_reads_its_numbers(closing, sock_type):
    new_sock = closing.enter_context(sockcore.socket(AF_INET, sock_type))
    new_sock.bind(loopback())
    taken = sockcore.socket(fileno=new_sock.fileno())
    assert (taken.family, taken.type, taken.proto, taken.fileno()) == (AF_INET, sock_type, 0, new_sock.fileno())
    taken.detach()


@pytest.mark.parametrize("sock_type", [STREAM, DGRAM])
def test_socket_fileno_of_unbound_handle_needs_the_family(closing, sock_type):
    """Matches CPython: Winsock has no address for such a socket, and so no family."""
    import socket

    new_sock = closing.enter_context(sockcore.socket(AF_INET, sock_type))
    errors = []
    for module in (socket, sockcore):
        with pytest.raises(OSError) as refusal:
            module.socket(fileno=new_sock.fileno())
        errors.append(refusal.value.args)
        taken = module.socket(AF_INET, fileno=new_sock.fileno())
        assert (taken.family, taken.type) == (AF_INET, sock_type)
        taken.detach()
    assert errors[0] == errors[1]
    assert errors[0][3] == 10022
    assert systems.is_open(new_sock.fileno())


@pytest.mark.parametrize("numbers", [(), (AF_INET,), (AF_INET, STREAM, 0)])
def test_socket_fileno_of_other_handle_raises(numbers):
    handle = kernel32.CreateEventW(None, False, False, None)
    try:
        with pytest.raises(OSError) as refusal:
            sockcore.socket(*numbers, fileno=handle)
        assert refusal.value.winerror == 10038
        for call in (sockcore.dup, lambda fd: sockcore.fromfd(fd, AF_INET, STREAM), sockcore.close):
            with pytest.raises(OSError) as refusal:
                call(handle)
            assert refusal.value.winerror == 10038
        assert kernel32.SetEvent(ctypes.c_void_p(handle))  # it is still open
    finally:
        kernel32.CloseHandle(handle)


METHODS = {
    "accept": lambda s: s.accept(),
    "bind": lambda s: s.bind(loopback()),
    "connect": lambda s: s.connect(loopback(9)),
    "getpeername": lambda s: s.getpeername(),
    "getsockname": lambda s: s.getsockname(),
    "getsockopt": lambda s: s.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE),
    "listen": lambda s: s.listen(),
    "recv": lambda s: s.recv(1),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "recvfrom": lambda s: s.recvfrom(1),
    "recvmsg": lambda s: s.recvmsg(1),
    "recvmmsg": lambda s: s.recvmmsg(1, 1),
    "send": lambda s: s.send(b"x"),
    "sendall": lambda s: s.sendall(b"x"),
    "sendmsg": lambda s: s.sendmsg([b"x"]),
    "sendmsg to": lambda s: s.sendmsg([b"x"], [], 0, loopback(9)),
    "sendmsg with control data": lambda s: s.sendmsg([b"x"], [(0, 19, bytes(8))], 0, loopback(9)),
    "sendto": lambda s: s.sendto(b"x", loopback(9)),
    "setblocking": lambda s: s.setblocking(False),
    "shutdown": lambda s: s.shutdown(sockcore.SHUT_RDWR),
}


@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("method", METHODS)
def test_method_of_socket_with_event_handle_raises_enotsock(method, timeout):
    handle = kernel32.CreateEventW(None, False, False, None)
    sock = sockcore.socket(AF_INET, STREAM)
    sock.settimeout(timeout)
    sockcore.close(sock.detach())
    sock._BaseSocket__fd = handle
    try:
        with pytest.raises(OSError) as refusal:
            METHODS[method](sock)
        assert (refusal.value.errno, refusal.value.winerror) == (errno.ENOTSOCK, 10038)
    finally:
        sock.detach()
        kernel32.CloseHandle(handle)


# ---------------------------------------------------------------------- numbers

WIDE = [1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, -2, -(1 << 63)]
TOO_WIDE = [1 << 63, 1 << 64, 1 << 100, -(1 << 63) - 1]
#: Before 3.10, the standard module accepts a float with a DeprecationWarning.
NO_NUMBERS = ["1", object(), *([1.0] if sys.version_info >= (3, 10) else [])]
TAKE_A_NUMBER = {
    "socket": lambda m, number: m.socket(AF_INET, STREAM, 0, number),
    "close": lambda m, number: m.close(number),
    "dup": lambda m, number: m.dup(number),
    "fromfd": lambda m, number: m.fromfd(number, AF_INET, STREAM),
}


@pytest.mark.skipif(sys.maxsize < 1 << 32, reason="handles have 32 bits here")
@pytest.mark.parametrize("call", TAKE_A_NUMBER)
@pytest.mark.parametrize("number", [-1, *WIDE, *TOO_WIDE, *NO_NUMBERS])
def test_handle_number_of_any_width_raises_like_the_interpreter(call, number):
    import socket

    refusals = []
    for module in (socket, sockcore):
        with pytest.raises((OSError, OverflowError, TypeError, ValueError)) as refusal:
            TAKE_A_NUMBER[call](module, number)
        refusals.append((type(refusal.value), refusal.value.args))
    assert refusals[0] == refusals[1]
    assert (refusals[0][0] is OverflowError) is (number in TOO_WIDE)


# ---------------------------------------------------------------------- opening by bytes


def test_socket_of_shared_bytes_opens_the_socket(pair):
    one, two = pair()
    for cls in (sockcore.socket, sockcore.socket.__base__):
        info = backend.duplicate_to_process(one.fileno(), os.getpid())
        other_sock = cls(fileno=info)
        # Winsock selects the protocol.
        assert (other_sock.family, other_sock.type, other_sock.proto) == (AF_INET, STREAM, 6)
        assert other_sock.fileno() != one.fileno()
        assert not os.get_handle_inheritable(other_sock.fileno())
        other_sock.send(b"shared")
        assert two.recv(10) == b"shared"
        other_sock.close()
    one.send(b"still open")
    assert two.recv(20) == b"still open"


def test_socket_of_shared_bytes_ignores_other_arguments(pair):
    one, _ = pair()
    info = backend.duplicate_to_process(one.fileno(), os.getpid())
    with sockcore.socket(77, 78, 79, info) as other_sock:
        assert (other_sock.family, other_sock.type, other_sock.proto) == (AF_INET, STREAM, 6)


@pytest.mark.parametrize("size", [0, 1, 627, 629])
def test_socket_of_shared_bytes_with_wrong_size_raises_value_error(size):
    import socket

    for module in (socket, sockcore):
        with pytest.raises(ValueError, match=r"^socket descriptor string has wrong size, should be 628 bytes\.$"):
            module.socket(fileno=bytes(size))


@pytest.mark.usefixtures("no_leak")
def test_socket_of_invalid_shared_bytes_raises_os_error():
    import socket

    errors = []
    for module in (socket, sockcore):
        with pytest.raises(OSError) as refusal:
            module.socket(fileno=bytes(628))
        errors.append(refusal.value.args)
    assert errors[0] == errors[1]


# ---------------------------------------------------------------------- inheritance

CHILD = """
import sys
from sockcore._system import system as backend
try:
    print(backend.getsockname(int(sys.argv[1]), 128).hex())
except OSError as error:
    print("no socket")
"""


@pytest.mark.parametrize("inheritable", [False, True])
def test_set_inheritable_passes_the_handle_to_child_processes(pair, tmp_path, inheritable):
    one, _ = pair()
    one.set_inheritable(inheritable)
    assert one.get_inheritable() is os.get_handle_inheritable(one.fileno()) is inheritable
    (tmp_path / "child.py").write_text(CHILD)
    command = [sys.executable, str(tmp_path / "child.py"), str(one.fileno())]
    done = subprocess.run(command, close_fds=False, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    # The local address, because a child process cannot send under Wine.
    assert (done.stdout.strip() == bytes(name_of(one)).hex()) is inheritable, done.stdout


def test_new_handles_are_not_inheritable(pair):
    one, _ = pair()
    one.set_inheritable(True)
    with one.dup() as other_sock, sockcore.fromfd(one.fileno(), AF_INET, STREAM) as copy:
        assert not other_sock.get_inheritable()
        assert not copy.get_inheritable()
    assert one.get_inheritable()


# ---------------------------------------------------------------------- many


@pytest.mark.usefixtures("no_leak")
def test_recv_with_timeout_among_600_open_sockets_returns_data(closing, background):
    """select() accepts 512 sockets in one call. Each wait is for one."""
    socks = [closing.enter_context(sockcore.socket(AF_INET, DGRAM)) for _ in range(600)]
    for sock in socks:
        sock.settimeout(LIMIT)
        sock.bind(loopback())
    sender = closing.enter_context(sockcore.socket(AF_INET, DGRAM))

    def send_late(name):
        time.sleep(0.1)
        sender.sendto(b"late", name)

    for sock in (socks[0], socks[-1]):
        background(send_late, name_of(sock))
        assert sock.recv(10) == b"late"
    socks[-1].settimeout(0.01)
    with pytest.raises(sockcore.timeout):
        socks[-1].recv(1)
    closing.close()


@pytest.mark.usefixtures("no_leak")
def test_recv_with_timeout_in_many_threads_returns(closing, background):
    got = []
    pairs = [systems.socketpair() for _ in range(40)]
    for one, two in pairs:
        for sock in (one, two):
            closing.enter_context(sock).settimeout(LIMIT)
    readers = [background(lambda two=two: got.append(two.recv(10))) for _, two in pairs]
    for number, (one, _) in enumerate(pairs):
        one.send(b"%d" % number)
    for reader in readers:
        reader.join(LIMIT)
    assert sorted(got) == sorted(b"%d" % number for number in range(40))
    closing.close()


@pytest.mark.usefixtures("no_leak")
def test_dup_if_set_inheritable_fails_closes_the_new_handle(pair, monkeypatch):
    """If a new handle cannot be made non-inheritable, it is closed."""
    from sockcore._system import winsock

    one, _ = pair()
    before = systems.open_descriptors()

    def fails(fd, inheritable):
        raise PermissionError("not this one")

    monkeypatch.setattr(winsock, "set_inheritable", fails)
    with pytest.raises(PermissionError):
        one.dup()
    assert systems.open_descriptors() == before
