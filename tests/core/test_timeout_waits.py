"""Waiting: timeouts end operations in time, and ready operations do not wait."""

from __future__ import annotations

import errno
import io
import time

import pytest
import systems
from systems import LIMIT, ROUNDING, SEND_FLAG

import sockcore

SHORT = 0.15


READS = {
    "recv": lambda s: s.recv(4),
    "recv with flags": lambda s: s.recv(4, sockcore.MSG_PEEK),
    "recv_into": lambda s: s.recv_into(bytearray(4)),
    "recv_into with flags": lambda s: s.recv_into(bytearray(4), 0, sockcore.MSG_PEEK),
    "recvfrom": lambda s: s.recvfrom(4),
    "recvfrom_into": lambda s: s.recvfrom_into(bytearray(4)),
    "recvmsg": lambda s: s.recvmsg(4),
    "recvmsg_into": lambda s: s.recvmsg_into([bytearray(4)]),
    "recvmmsg": lambda s: s.recvmmsg(3, 4),
    "recvmmsg_into": lambda s: s.recvmmsg_into([bytearray(4)]),
    "makefile": lambda s: s.makefile("rb").read(4),
}
WRITES = {
    "send": lambda s: s.send(b"data"),
    "send with flags": lambda s: s.send(b"data", SEND_FLAG),
    "sendall": lambda s: s.sendall(b"data"),
    "sendmsg": lambda s: s.sendmsg([b"data"]),
    "sendmmsg": lambda s: s.sendmmsg([b"data"]),
    "sendfile": lambda s: s.sendfile(io.BytesIO(b"data")),
}


def timed(call, *arguments):
    start = time.monotonic()
    with pytest.raises(sockcore.timeout) as refusal:
        call(*arguments)
    assert str(refusal.value) == "timed out"
    assert refusal.value.errno is None
    return time.monotonic() - start


def is_late_enough(elapsed, timeout=SHORT):
    return timeout <= elapsed + ROUNDING


@pytest.mark.parametrize("call", READS)
def test_recv_without_data_times_out(pair, call):
    one, _ = pair(timeout=SHORT)
    assert is_late_enough(timed(READS[call], one))


@pytest.mark.parametrize("call", WRITES)
def test_send_to_full_socket_times_out(pair, fill, call):
    one, _ = pair(timeout=SHORT)
    fill(one)
    assert is_late_enough(timed(WRITES[call], one))


def test_sendto_to_full_socket_times_out(full_datagrams):
    # For poll(2), an unconnected datagram socket is always writable, whatever the destination.
    one, _, address, _ = full_datagrams
    one.settimeout(SHORT)
    assert is_late_enough(timed(one.sendto, b"data", address))


def test_accept_without_connection_times_out(listener):
    server, _ = listener()
    server.settimeout(SHORT)
    assert is_late_enough(timed(server.accept))


@pytest.mark.parametrize("call", [*READS])
def test_recv_in_non_blocking_mode_does_not_wait(pair, call):
    one, _ = pair(timeout=0)
    if call == "makefile":
        assert READS[call](one) is None
        return
    with pytest.raises(BlockingIOError) as refusal:
        READS[call](one)
    assert refusal.value.errno == errno.EWOULDBLOCK


@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("call", READS)
def test_recv_with_timeout_waits_only_without_data(pair, background, call, timeout):
    one, two = pair(timeout=timeout)
    two.send(b"data")
    READS[call](one)
    one.setblocking(False)
    if "flags" in call:
        one.recv(4)
    one.settimeout(timeout)
    start = time.monotonic()
    background(lambda: (time.sleep(0.1), two.send(b"late")))
    assert READS[call](one)
    assert time.monotonic() - start > 0.05


def test_timeout_ignores_changes_of_the_system_clock(python):
    code = """
        import time
        def jumps(*arguments): raise AssertionError("the time of day was read")
        time.time = time.time_ns = jumps
        import sockcore, systems
        one, two = systems.socketpair()
        with one, two:
            one.settimeout(0.05)
            start = time.monotonic()
            try:
                one.recv(1)
            except sockcore.timeout:
                print(0.05 <= time.monotonic() - start + systems.ROUNDING)
            try:
                for _ in range(2):  # Windows accepts all data of the first call
                    one.sendall(bytes(1 << 23))
            except sockcore.timeout:
                print("sendall")
    """
    assert python(code) == "True\nsendall\n"


def test_timeout_of_one_nanosecond_times_out(pair):
    one, two = pair(timeout=1e-9)
    timed(one.recv, 1)
    two.send(b"x")
    assert one.recv(1) == b"x"


def test_waiting_calls_in_two_threads_are_independent(pair, background):
    # If the second call waited for the first one, that would time out, which fails the test.
    one, two = pair(timeout=LIMIT)
    reader = background(lambda: one.recv(1))
    systems.wait_until_it_waits(reader)
    one.send(b"x")
    assert two.recv(1) == b"x"
    two.send(b"y")
