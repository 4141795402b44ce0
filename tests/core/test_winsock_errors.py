"""Failing calls on Windows: the exceptions match those of the standard library."""

from __future__ import annotations

import errno
import select
import sys
from contextlib import ExitStack

import pytest
import systems

import sockcore

if sys.platform != "win32":
    pytest.skip("Winsock exists only on Windows", allow_module_level=True)

AF_INET, STREAM, DGRAM = 2, 1, 2
SOL_SOCKET, SO_LINGER, SO_RCVBUF, SO_SNDBUF, SO_TYPE = 0xFFFF, 0x0080, 0x1002, 0x1001, 0x1008
MSG_OOB, MSG_PEEK = 1, 2


class Ours:
    """The module sockcore, and addresses of 127.0.0.1 for its core."""

    module = sockcore
    at = staticmethod(systems.loopback)
    name = staticmethod(systems.name_of)

    @staticmethod
    def foreign():
        return sockcore.RawAddress(bytes(systems.loopback())[:4] + b"\xc0\0\2\1" + bytes(8))


class Theirs:
    """The standard module, and its addresses."""

    import socket as module

    @staticmethod
    def at(port=0):
        return "127.0.0.1", port

    @staticmethod
    def name(sock):
        return sock.getsockname()

    @staticmethod
    def foreign():
        return "192.0.2.1", 0


class Bench:
    """The sockets for a failing call of either module. All are closed at the end."""

    def __init__(self, side, stack):
        self.side, self.module, self.stack = side, side.module, stack

    def new(self, sock_type=STREAM, timeout=None):
        sock = self.stack.enter_context(self.module.socket(AF_INET, sock_type))
        sock.settimeout(timeout)
        return sock

    def bound(self, sock_type=STREAM, timeout=None):
        sock = self.new(sock_type, timeout)
        sock.bind(self.side.at())
        return sock

    def listening(self, timeout=None):
        sock = self.bound(STREAM, timeout)
        sock.listen(1)
        return sock

    def pair(self, timeout=None):
        listener, client = self.listening(), self.new()
        client.connect(self.side.name(listener))
        server = self.stack.enter_context(listener.accept()[0])
        for sock in (client, server):
            sock.settimeout(timeout)
        return client, server

    def datagrams(self, timeout=None):
        both = self.bound(DGRAM, timeout), self.bound(DGRAM, timeout)
        for one, other in (both, both[::-1]):
            one.connect(self.side.name(other))
        return both

    def closed_port(self):
        """Return the address of a port without a listener."""
        with self.module.socket(AF_INET, STREAM) as sock:
            sock.bind(self.side.at())
            return self.side.name(sock)

    def gone(self):
        """Return a socket whose handle another call has closed."""
        sock = self.new()
        self.module.close(sock.fileno())
        self.stack.callback(sock.detach)
        return sock


def reset(bench):
    """Return a socket whose connection the peer has reset."""
    client, server = bench.pair()
    client.send(b"unread")
    server.setsockopt(SOL_SOCKET, SO_LINGER, bytes([1, 0, 0, 0]))
    server.close()
    assert select.select([client], [], [], systems.LIMIT)[0]  # the reset has arrived
    return client


def shut(bench, how):
    client, _ = bench.pair(0)
    client.shutdown(how)
    return client


def twice_bound(bench):
    sock = bench.bound()
    sock.bind(bench.side.at())


def taken(bench):
    bench.new().bind(bench.side.name(bench.listening()))


def connected_twice(bench):
    client, _ = bench.pair()
    client.connect(bench.side.name(bench.listening()))


def cut(bench, *flags):
    one, two = bench.datagrams()
    one.send(b"too long")
    return two.recv(3, *flags)


FAILING = {
    "a family that there is not": lambda b: b.module.socket(250, STREAM),
    "no family": lambda b: b.module.socket(0, STREAM),
    "a type that there is not": lambda b: b.module.socket(AF_INET, 77),
    "a protocol that there is not": lambda b: b.module.socket(AF_INET, STREAM, 77),
    "a protocol of another type": lambda b: b.module.socket(AF_INET, STREAM, 17),
    "recv, not connected": lambda b: b.new().recv(1),
    "recv_into, not connected": lambda b: b.new().recv_into(bytearray(1)),
    "recv, not bound": lambda b: b.new(DGRAM, 0).recv(1),
    "recvfrom, not bound": lambda b: b.new(DGRAM, 0).recvfrom(1),
    "recv, nothing there": lambda b: b.pair(0)[0].recv(1),
    "recvfrom, nothing there": lambda b: b.bound(DGRAM, 0).recvfrom(1),
    "recvfrom_into, nothing there": lambda b: b.bound(DGRAM, 0).recvfrom_into(bytearray(9)),
    "recv, reset": lambda b: reset(b).recv(1),
    "recv, shut down": lambda b: shut(b, 0).recv(1),
    "recv, out of band": lambda b: b.pair(0)[0].recv(1, MSG_OOB),
    "recv, cut": cut,
    "recv, peeked at and cut": lambda b: cut(b, MSG_PEEK),
    "recv of a listener": lambda b: b.listening(0).recv(1),
    "send, not connected": lambda b: b.new().send(b"x"),
    "send, nowhere": lambda b: b.bound(DGRAM).send(b"x"),
    "send, shut down": lambda b: shut(b, 1).send(b"x"),
    "send, too long": lambda b: b.datagrams()[0].send(bytes(70_000)),
    "sendall, reset": lambda b: [s := reset(b), s.sendall(bytes(1 << 20)), s.sendall(b"x")],
    "sendto, port 0": lambda b: b.bound(DGRAM).sendto(b"x", b.side.at(0)),
    "sendto, too long": lambda b: b.bound(DGRAM).sendto(bytes(70_000), b.side.at(9)),
    "accept, not listening": lambda b: b.bound(STREAM, 0).accept(),
    "accept, nobody there": lambda b: b.listening(0).accept(),
    "accept of datagrams": lambda b: b.bound(DGRAM).accept(),
    "listen, not bound": lambda b: b.new().listen(),
    "listen, datagrams": lambda b: b.bound(DGRAM).listen(),
    "listen, connected": lambda b: b.pair()[0].listen(),
    "bind, again": twice_bound,
    "bind, taken": taken,
    "bind, another machine's": lambda b: b.new().bind(b.side.foreign()),
    "connect, nobody there": lambda b: b.new().connect(b.closed_port()),
    "connect, nobody there, with a timeout": lambda b: b.new(STREAM, 10).connect(b.closed_port()),
    "connect, in progress": lambda b: b.new(STREAM, 0).connect(b.closed_port()),
    "connect, port 0": lambda b: b.new().connect(b.side.at(0)),
    "connect, again": connected_twice,
    "connect of a listener": lambda b: b.listening().connect(b.closed_port()),
    "getpeername, not connected": lambda b: b.new().getpeername(),
    "getpeername, bound": lambda b: b.bound().getpeername(),
    "getsockname, not bound": lambda b: b.new().getsockname(),
    "getsockopt, unknown": lambda b: b.new().getsockopt(SOL_SOCKET, 0x7777),
    "getsockopt, unknown level": lambda b: b.new().getsockopt(77, 1),
    "getsockopt, no room": lambda b: b.new().getsockopt(SOL_SOCKET, SO_LINGER, 2),
    "setsockopt, unknown": lambda b: b.new().setsockopt(SOL_SOCKET, 0x7777, 1),
    "setsockopt, too few bytes": lambda b: b.new().setsockopt(SOL_SOCKET, SO_RCVBUF, b"1"),
    "setsockopt, nothing": lambda b: b.new().setsockopt(SOL_SOCKET, SO_SNDBUF, None, 4),
    "shutdown, not connected": lambda b: b.new().shutdown(2),
    "shutdown, no such way": lambda b: b.pair()[0].shutdown(77),
    "fileno, no socket": lambda b: b.module.socket(fileno=systems.NEVER_OPEN),
    "fileno, no socket, numbers given": lambda b: b.module.socket(AF_INET, STREAM, 0, systems.NEVER_OPEN),
    "fileno, not bound": lambda b: b.module.socket(fileno=b.new().fileno()),
    "fromfd, no socket": lambda b: b.module.fromfd(systems.NEVER_OPEN, AF_INET, STREAM),
    "dup, no socket": lambda b: b.module.dup(systems.NEVER_OPEN),
    "close, no socket": lambda b: b.module.close(systems.NEVER_OPEN),
    **{
        f"{name}, closed by another": lambda b, call=call: call(b.gone(), b.side)
        for name, call in {
            "accept": lambda s, side: s.accept(),
            "bind": lambda s, side: s.bind(side.at()),
            "connect": lambda s, side: s.connect(side.at(9)),
            "dup": lambda s, side: s.dup(),
            "getpeername": lambda s, side: s.getpeername(),
            "getsockname": lambda s, side: s.getsockname(),
            "getsockopt": lambda s, side: s.getsockopt(SOL_SOCKET, SO_TYPE),
            "get_inheritable": lambda s, side: s.get_inheritable(),
            "listen": lambda s, side: s.listen(),
            "recv": lambda s, side: s.recv(1),
            "recvfrom": lambda s, side: s.recvfrom(1),
            "send": lambda s, side: s.send(b"x"),
            "sendto": lambda s, side: s.sendto(b"x", side.at(9)),
            "setblocking": lambda s, side: s.setblocking(False),
            "set_inheritable": lambda s, side: s.set_inheritable(True),
            "setsockopt": lambda s, side: s.setsockopt(SOL_SOCKET, SO_RCVBUF, 5000),
            "shutdown": lambda s, side: s.shutdown(2),
        }.items()
    },
}  # fmt: skip
#: Calls that return the error.
NUMBERS = {
    "nobody there": lambda b: b.new().connect_ex(b.closed_port()),
    "nobody there, with a timeout": lambda b: b.new(STREAM, 10).connect_ex(b.closed_port()),
    "in progress": lambda b: b.new(STREAM, 0).connect_ex(b.closed_port()),
    "done": lambda b: b.new().connect_ex(b.side.name(b.listening())),
    "again": lambda b: [s := b.pair()[0], s.connect_ex(s.getpeername())][1],
    "port 0": lambda b: b.new().connect_ex(b.side.at(0)),
    "closed": lambda b: [s := b.new(), s.close(), s.connect_ex(b.side.at(9))][2],
    "closed by another": lambda b: b.gone().connect_ex(b.side.at(9)),
}


def outcome(side, call):
    with ExitStack() as stack:
        bench = Bench(side, stack)
        try:
            return "returned", call(bench)
        except OSError as exc:
            return type(exc), exc.args, exc.errno, exc.winerror, exc.strerror, str(exc)


@pytest.mark.parametrize("case", FAILING)
def test_winsock_error_of_failing_call_matches_the_interpreter(case):
    expected = outcome(Theirs, FAILING[case])
    assert outcome(Ours, FAILING[case]) == expected
    if case.startswith(("connect, nobody", "bind, ", "close, ")):
        assert expected[0] != "returned"  # most calls must fail


@pytest.mark.parametrize("case", NUMBERS)
def test_winsock_connect_ex_number_matches_the_interpreter(case):
    assert outcome(Ours, NUMBERS[case]) == outcome(Theirs, NUMBERS[case])


def test_winsock_error_calls_mostly_fail():
    failed = [case for case in FAILING if outcome(Ours, FAILING[case])[0] != "returned"]
    assert len(failed) > 60, sorted({*FAILING} - {*failed})


def test_winsock_error_subclass_follows_from_the_number():
    errors = {
        "recv, nothing there": (BlockingIOError, errno.EWOULDBLOCK),
        "sendall, reset": (ConnectionResetError, errno.ECONNRESET),
        "connect, nobody there": (ConnectionRefusedError, errno.ECONNREFUSED),
        "connect, in progress": (BlockingIOError, errno.EWOULDBLOCK),
    }
    for case, (exc_type, number) in errors.items():
        result, args, *_ = outcome(Ours, FAILING[case])
        assert (result, args[0]) == (exc_type, number), case


def test_winsock_error_message_matches_the_interpreter():
    from sockcore._exceptions import from_errno, number_of

    for number in (*range(10000, 10120), 1, 5, 6, 87, 995, 11001, 11004, 123456789):
        result, expected = from_errno(number), systems.system_error(number)
        assert (type(result), result.args, str(result)) == (type(expected), expected.args, str(expected))
        assert number_of(result) == number


def test_winsock_failing_call_preserves_get_last_error(pair):
    """A signal handler must not change GetLastError of the interrupted call."""
    import ctypes

    one, _ = pair(timeout=0)
    ctypes.set_last_error(4242)
    for call in (lambda: one.recv(1), lambda: one.recvmsg(1), lambda: sockcore.socket(250, 1), lambda: one.bind(
        systems.loopback())):  # fmt: skip
        with pytest.raises(OSError):
            call()
    assert ctypes.get_last_error() == 4242
