"""Waiting on Windows, by select(): connections, long waits, SO_RCVTIMEO."""

from __future__ import annotations

import errno
import select
import sys
import time

import pytest
from systems import AF_INET, LIMIT, ROUNDING, accepts_all_data, name_of

import sockcore
from sockcore import _timeouts

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="Winsock exists only on Windows")
STREAM = sockcore.SOCK_STREAM
SHORT = 0.2


# ---------------------------------------------------------------------- connections


@pytest.fixture
def closed_port(loopback):
    """Return the address of a port without a listener."""
    with sockcore.socket(AF_INET, STREAM) as sock:
        sock.bind(loopback())
        yield name_of(sock)


@pytest.fixture
def full(closing, listener):
    """Return the address of a listener with a full queue."""
    _, address = listener(0)
    for _ in range(300):
        sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
        sock.settimeout(1)  # longer than the handshake of a listener with room
        if sock.connect_ex(address):
            return address
    raise AssertionError("there was room for all")


@on_windows
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_connect_refused_raises_before_the_timeout(closing, closed_port, timeout):
    sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    sock.settimeout(timeout)
    with pytest.raises(ConnectionRefusedError) as refusal:
        sock.connect(closed_port)
    assert refusal.value.winerror == errno.ECONNREFUSED == 10061
    other_sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    other_sock.settimeout(timeout)
    assert other_sock.connect_ex(closed_port) == 10061


@on_windows
def test_connect_refused_in_non_blocking_mode_is_reported_by_select(closing, closed_port):
    sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    sock.setblocking(False)
    with pytest.raises(BlockingIOError) as refusal:
        sock.connect(closed_port)
    assert refusal.value.winerror == 10035
    _, _, failed = select.select([], [], [sock], LIMIT)
    assert failed == [sock]
    assert sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 10061


@on_windows
def test_connect_without_answer_times_out(closing, full):
    for call, outcome in (("connect_ex", errno.EWOULDBLOCK), ("connect", None)):
        sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
        sock.settimeout(SHORT)
        start = time.monotonic()
        if outcome:
            assert getattr(sock, call)(full) == outcome == 10035
        else:
            with pytest.raises(sockcore.timeout, match=r"^timed out$"):
                sock.connect(full)
        assert time.monotonic() - start + ROUNDING >= SHORT


@on_windows
def test_connect_in_progress_completes(closing, listener):
    server, address = listener()
    sock = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    sock.setblocking(False)
    assert sock.connect_ex(address) in (0, 10035)
    assert select.select([], [sock], [], LIMIT)[1] == [sock]
    assert sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 0
    closing.enter_context(server.accept()[0]).sendall(b"hello")
    sock.settimeout(LIMIT)
    assert sock.recv(9) == b"hello"
    with pytest.raises(OSError) as refusal:
        sock.connect(address)
    assert refusal.value.winerror == 10056


# ---------------------------------------------------------------------- long waits


class Clock:
    """A select() and a monotonic clock that only waiting advances.

    *ready* is the time of readiness.
    """

    def __init__(self, monkeypatch, ready=float("inf")):
        self.now, self.ready, self.waits = 1000.0, ready, []
        monkeypatch.setattr(_timeouts, "_select", self.select)
        monkeypatch.setattr(_timeouts, "monotonic", lambda: self.now)

    def select(self, reading, writing, failing, seconds):
        self.waits.append(seconds)
        self.now += seconds
        return (reading, writing, failing) if self.now >= self.ready else ([], [], [])


LONGEST = _timeouts._LONGEST_SELECT


def test_wait_by_select_uses_the_remaining_time(monkeypatch):
    clock = Clock(monkeypatch)
    assert _timeouts._wait_by_select(5, _timeouts.READ, clock.now + 2.5) is False
    assert clock.waits == [2.5, 0.0]


@pytest.mark.parametrize("more", [0.25, LONGEST, 3 * LONGEST + 7])
def test_wait_by_select_of_long_time_makes_several_calls(monkeypatch, more):
    clock = Clock(monkeypatch)
    end = clock.now + LONGEST + more
    assert _timeouts._wait_by_select(5, _timeouts.READ, end) is False
    assert clock.now == end
    assert all(0 <= wait <= LONGEST for wait in clock.waits)
    assert len(clock.waits) >= 2 + more // LONGEST


def test_wait_by_select_without_deadline_makes_several_calls(monkeypatch):
    clock = Clock(monkeypatch, ready=1000 + 5 * LONGEST)
    assert _timeouts._wait_by_select(5, _timeouts.WRITE, None) is True
    assert clock.waits == [LONGEST] * 5


def test_wait_by_select_after_the_deadline_reports_readiness(monkeypatch):
    clock = Clock(monkeypatch, ready=0)
    assert _timeouts._wait_by_select(5, _timeouts.READ, clock.now - 7) is True
    assert clock.waits == [0.0]


@on_windows
def test_wait_by_select_passes_the_event(monkeypatch):
    requested = []

    def answer(*arguments):
        requested.append(arguments[:3])
        return [1], [], []

    monkeypatch.setattr(_timeouts, "_select", answer)
    events = {_timeouts.READ: ([5], [], []), _timeouts.WRITE: ([], [5], []), _timeouts.CONNECT: ([], [5], [5])}
    for event, lists in events.items():
        assert _timeouts._wait_by_select(5, event, None) is True
        assert requested.pop() == lists


@on_windows
@pytest.mark.parametrize("timeout", [LONGEST * 3, 9e9])
def test_recv_with_long_timeout_returns_when_data_arrive(pair, background, timeout):
    one, two = pair(timeout=timeout)
    background(lambda: (time.sleep(0.1), two.send(b"data")))
    assert one.recv(10) == b"data"


# ---------------------------------------------------------------------- modes


@on_windows
def test_recv_in_blocking_mode_with_so_rcvtimeo_raises(pair):
    """Matches CPython: the error is ETIMEDOUT there instead of EAGAIN.

    SO_RCVTIMEO is in milliseconds there.
    """
    one, _ = pair()
    one.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVTIMEO, 100)
    for call in (lambda: one.recv(1), lambda: one.recv_into(bytearray(1)), lambda: one.recvfrom(1),
                 lambda: one.recvmsg(1)):  # fmt: skip
        start = time.monotonic()
        with pytest.raises(TimeoutError) as refusal:
            call()
        assert refusal.value.winerror == errno.ETIMEDOUT == 10060
        assert time.monotonic() - start >= 0.05


@on_windows
def test_send_to_full_socket_in_non_blocking_mode_raises_blocking_io_error(pair, background):
    one, two = pair(timeout=0)
    data = bytes(range(256)) * (1 << 16)
    sent = one.send(data)
    assert sent == len(data) if accepts_all_data() else 0 < sent < len(data)
    with pytest.raises(BlockingIOError) as refusal:  # noqa: PT012 - TCP makes room for a while
        while True:
            sent += one.send(memoryview(data)[sent % len(data) :])
    assert refusal.value.winerror == 10035
    two.settimeout(LIMIT)
    got = bytearray()
    while len(got) < sent:
        got += two.recv(1 << 16)
    assert got == (data * 2)[:sent]


@on_windows
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_sendall_to_slow_reader_sends_all_data(pair, background, timeout):
    one, two = pair(timeout=timeout)
    two.settimeout(None)
    data = bytes(range(256)) * (1 << 14)
    parts = []

    def read():
        while part := two.recv(100_000):
            parts.append(part)
            time.sleep(0.001)

    reader = background(read)
    one.sendall(data)
    one.close()
    reader.join(LIMIT)
    assert b"".join(parts) == data
