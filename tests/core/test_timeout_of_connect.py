"""connect and connect_ex: completed, refused, in progress, timed out."""

from __future__ import annotations

import errno
import time

import pytest
from systems import AF_INET, IN_PROGRESS, LIMIT, ROUNDING, system_error

import sockcore

SHORT = 0.5  # longer than the handshake of a listener with room


def timed(call, *arguments):
    start = time.monotonic()
    with pytest.raises(sockcore.timeout, match=r"^timed out$"):
        call(*arguments)
    return time.monotonic() - start


def is_late_enough(elapsed):
    return elapsed + ROUNDING >= SHORT


def test_connect_to_full_listener_times_out(listener, closing):
    _server, address = listener(0)
    outcome = IN_PROGRESS
    for _ in range(8):
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        sock.settimeout(SHORT)
        start = time.monotonic()
        outcome = sock.connect_ex(address)
        if outcome:
            break
    assert outcome == errno.EWOULDBLOCK
    assert is_late_enough(time.monotonic() - start)
    last = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    last.settimeout(SHORT)
    assert is_late_enough(timed(last.connect, address))
    with closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM)) as other:
        other.setblocking(False)
        with pytest.raises(BlockingIOError) as refusal:
            other.connect(address)
        assert refusal.value.errno == IN_PROGRESS


@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_connect_refused_raises_unless_non_blocking(closing, loopback, name_of, timeout):
    bound = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    bound.bind(loopback())  # no other socket gets the port, and this one does not listen
    address = name_of(bound)
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    sock.settimeout(timeout)
    if timeout != 0:
        with pytest.raises(ConnectionRefusedError) as refusal:
            sock.connect(address)
        assert str(refusal.value) == str(system_error(errno.ECONNREFUSED))
        other_sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        other_sock.settimeout(timeout)
        assert other_sock.connect_ex(address) == errno.ECONNREFUSED
    else:
        assert sock.connect_ex(address) in (IN_PROGRESS, errno.ECONNREFUSED)


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_connect_with_timeout_waits_for_the_result(listener, closing, timeout):
    _, address = listener()
    for call, outcome in ((lambda s: s.connect(address), None), (lambda s: s.connect_ex(address), 0)):
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        sock.settimeout(timeout)
        assert call(sock) == outcome
        assert sock.getpeername()
        assert sock.connect_ex(address) in (0, errno.EISCONN)
        assert sock.connect_ex(address) == errno.EISCONN
