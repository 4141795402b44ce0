"""Signal handlers with failing calls: the interrupted call keeps its errno."""

from __future__ import annotations

import errno
import signal
import threading
import time

import pytest
from systems import AF_INET, LIMIT, LOCAL, WINDOWS

import sockcore


def failing_calls(closed, unconnected):
    """Make calls that fail with different errnos."""
    for call, number in (
        (lambda: sockcore.socket(250, 1), errno.EAFNOSUPPORT),
        (lambda: closed.recvfrom(1), errno.EBADF),
        (lambda: closed.recvmsg(1), errno.EBADF),
        (lambda: unconnected.getpeername(), errno.ENOTCONN),
        (lambda: unconnected.getsockopt(77, 77), None),
        (lambda: sockcore.plugin.interface_index("no-such-interface"), errno.ENODEV),
    ):
        with pytest.raises(OSError) as refusal:
            call()
        assert number in (None, refusal.value.errno)


@pytest.fixture
def storm(closing):
    """Send signals continuously. The handler makes calls that fail."""
    if WINDOWS:
        pytest.skip("no signal interrupts a system call on Windows")
    closed = sockcore.socket(LOCAL, sockcore.SOCK_STREAM)
    closed.close()
    unconnected = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    seen = []

    within = []

    def handler(*_):
        if within:
            return  # if the handler takes longer than the pause between two signals, they would pile up
        within.append(1)
        try:
            failing_calls(closed, unconnected)
        finally:
            within.clear()
        seen.append(1)

    before = signal.signal(signal.SIGALRM, handler)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    yield seen
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


CALLS = {
    "recvfrom": lambda one: one.recvfrom(4)[0],
    "recvmsg": lambda one: one.recvmsg(4)[0],
    "recvmmsg": lambda one: one.recvmmsg(2, 4)[0][0],
    "recv": lambda one: one.recv(4, sockcore.MSG_WAITALL),
    "recvfrom_into": lambda one: one.recvfrom_into(bytearray(4))[0],
}


@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("call", CALLS)
def test_waiting_call_with_handler_that_fails_a_system_call_continues(pair, background, storm, call, timeout):
    one, two = pair(timeout=timeout)
    background(lambda: (time.sleep(0.15), two.send(b"data")))
    assert CALLS[call](one) in (b"data", 4)
    assert storm


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_accept_with_handler_that_fails_a_system_call_continues(listener, background, closing, storm, timeout):
    server, address = listener()
    server.settimeout(timeout)
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    background(lambda: (time.sleep(0.15), client.connect(address)))
    closing.enter_context(server.accept()[0])
    assert storm


def test_failing_call_with_handler_that_fails_keeps_its_errno(pair, storm):
    one, _ = pair(timeout=0)
    closed = sockcore.socket(LOCAL, sockcore.SOCK_STREAM)
    closed.close()
    end = time.monotonic() + 1
    while time.monotonic() < end or len(storm) <= 20:
        for call, number in (
            (lambda: one.recvfrom(1), errno.EAGAIN),
            (lambda: one.recvmsg(1), errno.EAGAIN),
            (lambda: closed.getsockname(), errno.EBADF),
            (lambda: sockcore.socket(LOCAL, sockcore.SOCK_STREAM, 77), errno.EPROTONOSUPPORT),
            (lambda: one.setsockopt(sockcore.SOL_SOCKET, 9999, 1), errno.ENOPROTOOPT),
        ):
            with pytest.raises(OSError) as refusal:
                call()
            assert refusal.value.errno == number


def test_failing_calls_in_threads_keep_their_errno(pair):
    one, _ = pair(timeout=0)
    wrong = []

    def repeat(call, number):
        for _ in range(3000):
            try:
                call()
            except OSError as exc:
                if exc.errno != number:
                    wrong.append(exc)

    calls = [(lambda: one.recvfrom(1), errno.EWOULDBLOCK), (lambda: sockcore.socket(250, 1), errno.EAFNOSUPPORT)]
    threads = [threading.Thread(target=repeat, args=item) for item in calls * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
