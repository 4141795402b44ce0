"""Signals while connect waits: TCP continues, AF_UNIX repeats the call."""

from __future__ import annotations

import errno
import signal
import threading
import time

import pytest
import systems
from systems import AF_INET, LIMIT, LOCAL, WINDOWS

import sockcore
from sockcore.plugin import sockaddr_header

if WINDOWS:
    pytest.skip("no signal interrupts a system call on Windows", allow_module_level=True)


class Signals:
    """Signals for the main thread, each sent after the handler of the one before has returned."""

    def __init__(self):
        self.action = lambda: None
        self.connecting = threading.Event()  # set by a test right before it connects
        self.handled = 0

    def __call__(self, *_):
        self.handled += 1
        self.action()

    def send(self, times=4):
        assert self.connecting.wait(LIMIT)
        for _ in range(times):
            time.sleep(0.05)  # the main thread enters the system call
            before = self.handled
            systems.send_signal(signal.SIGUSR1, lambda before=before: self.handled > before)
        time.sleep(0.05)


@pytest.fixture
def signals(closing):
    handler = Signals()
    for number, function in ((signal.SIGUSR1, handler), (signal.SIGALRM, lambda *_: None)):
        before = signal.signal(number, function)
        closing.callback(signal.signal, number, before)  # after the sending threads have ended
    closing.callback(handler.connecting.set)
    return handler


@pytest.fixture
def full_unix(closing, tmp_path, monkeypatch):
    """Return a full AF_UNIX listener and its address."""
    monkeypatch.chdir(tmp_path)
    address = sockcore.RawAddress(sockaddr_header(LOCAL, 8) + b"name\0\0")
    server = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    server.bind(address)
    server.listen(0)
    while True:
        client = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
        client.setblocking(False)
        if client.connect_ex(address) == errno.EAGAIN:
            return server, address


@pytest.fixture
def full_tcp(closing, listener):
    """Return a full TCP listener and its address."""
    server, address = listener(0)
    while True:
        client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        client.settimeout(0.5)  # longer than the handshake of a listener with room
        if client.connect_ex(address) == errno.EWOULDBLOCK:
            client.close()
            return server, address


def serve(server, connections, wanted):
    server.settimeout(LIMIT)
    while len(connections) < wanted:
        connections.append(server.accept()[0])


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_connect_af_unix_after_signal_in_blocking_mode_completes(full_unix, closing, background, signals, method):
    server, address = full_unix
    sock = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    connections: list = []
    closing.callback(lambda: [item.close() for item in connections])
    background(lambda: (signals.send(4), serve(server, connections, 2)))
    signals.connecting.set()
    assert not getattr(sock, method)(address)
    assert signals.handled == 4
    sock.sendall(b"connected")  # ENOTCONN without a connection


def test_connect_af_unix_to_full_listener_with_timeout_raises_eagain(full_unix, closing):
    # The kernel returns EAGAIN, which is not a connection in progress: there is nothing to wait for.
    _, address = full_unix
    sock = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    sock.settimeout(5)
    with pytest.raises(BlockingIOError):
        sock.connect(address)
    assert sock.connect_ex(address) == errno.EAGAIN


def test_connect_af_unix_to_listener_closed_meanwhile_raises(full_unix, closing, background, signals):
    server, address = full_unix
    sock = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    background(lambda: (signals.send(2), server.close()))
    signals.connecting.set()
    with pytest.raises(ConnectionRefusedError):
        sock.connect(address)
    assert signals.handled == 2


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_connect_tcp_after_signal_completes(full_tcp, closing, background, signals, timeout):
    server, address = full_tcp
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    sock.settimeout(timeout)
    connections: list = []
    closing.callback(lambda: [item.close() for item in connections])

    def make_room():
        signals.send(4)
        server.settimeout(2)
        try:
            while True:
                connections.append(server.accept()[0])
        except sockcore.timeout:
            pass

    background(make_room)
    signals.connecting.set()
    sock.connect(address)
    assert signals.handled == 4
    sock.sendall(b"connected")
    assert sock.getpeername()


def test_connect_tcp_after_signals_times_out_at_the_deadline(full_tcp, closing, background, signals):
    _, address = full_tcp
    background(signals.send, 10)
    signals.connecting.set()
    while not signals.handled:  # a machine with other work sends the first one late
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        sock.settimeout(0.4)
        start = time.monotonic()
        with pytest.raises(sockcore.timeout):
            sock.connect(address)
        assert time.monotonic() - start >= 0.4


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_connect_with_signal_handler_that_raises_propagates(full_tcp, closing, background, signals, timeout):
    _, address = full_tcp
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    sock.settimeout(timeout)

    class Interrupted(Exception):
        pass

    def stop():
        raise Interrupted

    def connect():
        signals.connecting.set()
        sock.connect(address)

    signals.action = stop
    background(signals.send, 1)
    with pytest.raises(Interrupted):
        connect()
