"""MSG_WAITALL with a timeout: all bytes, or those received by the deadline."""

from __future__ import annotations

import array
import os
import signal
import struct
import sys
import threading
import time
import types

import pytest
import systems
from systems import AF_INET, DONTWAIT, LIMIT, WINDOWS

import sockcore
from sockcore import _timeouts

WAITALL, PEEK = sockcore.MSG_WAITALL, sockcore.MSG_PEEK


def into(receive):
    def call(sock, size, flags):
        buffer = bytearray(size)
        return bytes(buffer[: receive(sock, buffer, flags)])

    return call


def messages_into(sock, size, flags):
    buffers = [bytearray(size // 3), bytearray(0), bytearray(size - size // 3)]
    count = sock.recvmsg_into(buffers, 0, flags)[0]
    return b"".join(buffers)[:count]


RECEIVE = {
    "recv": lambda sock, size, flags: sock.recv(size, flags),
    "recv_into": into(lambda sock, buffer, flags: sock.recv_into(buffer, 0, flags)),
    "recvfrom": lambda sock, size, flags: sock.recvfrom(size, flags)[0],
    "recvfrom_into": into(lambda sock, buffer, flags: sock.recvfrom_into(buffer, 0, flags)[0]),
    "recvmsg": lambda sock, size, flags: sock.recvmsg(size, 0, flags)[0],
    "recvmsg_into": messages_into,
}
all_methods = pytest.mark.parametrize("call", RECEIVE)


@pytest.fixture
def while_it_waits(monkeypatch, background):
    """Return a function that accepts functions, and calls one at each wait.

    It returns the list of those that remain.
    """
    steps = []
    if sockcore.backends.current() == "native":
        if not systems.can_see_waits():
            pytest.skip("needs /proc to detect a wait in C")

        def call_all():
            while steps:
                systems.wait_until_it_polls(threading.main_thread())
                steps.pop(0)()

        def start(*functions):
            steps.extend(functions)
            background(call_all)
            return steps

        return start

    def before_waiting(real):
        def wait(fd, event, deadline):
            if steps:
                steps.pop(0)()
            return real(fd, event, deadline)

        # An exception that passes a function outside of the package counts as that of a signal handler.
        return types.FunctionType(wait.__code__, {"__name__": "sockcore.tests"}, closure=wait.__closure__)

    def take(*functions):
        steps.extend(functions)
        return steps

    monkeypatch.setattr(_timeouts, "wait_until_ready", before_waiting(_timeouts.wait_until_ready))
    return take


def interrupt_the_main_thread():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)


@all_methods
@pytest.mark.parametrize("size", [12, 100_000])
def test_waitall_waits_for_all_bytes(pair, while_it_waits, call, size):
    one, two = pair(timeout=LIMIT)
    pieces = [b"abcd", bytes(size - 8), b"wxyz"]
    left = while_it_waits(*(lambda piece=piece: two.sendall(piece) for piece in pieces))
    assert RECEIVE[call](one, size, WAITALL) == b"".join(pieces)
    assert not left


@all_methods
def test_waitall_returns_at_most_the_requested_bytes(pair, while_it_waits, call):
    one, two = pair(timeout=LIMIT)
    two.sendall(b"ab")
    while_it_waits(lambda: two.sendall(b"cdef"))
    assert RECEIVE[call](one, 3, WAITALL) == b"abc"
    assert one.recv(9) == b"def"


@all_methods
def test_waitall_at_deadline_returns_arrived_data(pair, call):
    one, two = pair(timeout=0.1)
    two.sendall(b"abcd")
    before = time.monotonic()
    assert RECEIVE[call](one, 12, WAITALL) == b"abcd"
    assert time.monotonic() - before >= 0.1 - 1e-3


@all_methods
def test_waitall_without_data_times_out(pair, call):
    one, _two = pair(timeout=0.05)
    with pytest.raises(sockcore.timeout, match=r"^timed out$"):
        RECEIVE[call](one, 12, WAITALL)


@all_methods
def test_waitall_at_end_of_stream_returns_arrived_data(pair, while_it_waits, call):
    one, two = pair(timeout=LIMIT)
    two.sendall(b"abcd")
    while_it_waits(two.close)
    assert RECEIVE[call](one, 12, WAITALL) == b"abcd"
    assert RECEIVE[call](one, 12, WAITALL) == b""


@pytest.fixture
def tcp(listener, closing):
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.connect(address)
    connection = closing.enter_context(server.accept()[0])
    connection.settimeout(LIMIT)
    return client, connection


@pytest.mark.skipif(WINDOWS, reason="select() does not distinguish an error from data")
@all_methods
def test_waitall_before_error_returns_data_and_next_call_raises(tcp, while_it_waits, call):
    client, connection = tcp

    def reset():
        client.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    client.sendall(b"abcd")
    while_it_waits(reset)
    assert RECEIVE[call](connection, 12, WAITALL) == b"abcd"
    with pytest.raises(ConnectionResetError):
        RECEIVE[call](connection, 12, WAITALL)


@all_methods
def test_waitall_on_socket_closed_meanwhile_returns_arrived_data(pair, while_it_waits, call):
    one, two = pair(timeout=2)  # in C, the deadline ends the wait and not the close
    two.sendall(b"abcd")
    while_it_waits(one.close)
    assert RECEIVE[call](one, 12, WAITALL) == b"abcd"


@all_methods
def test_waitall_with_peek_returns_arrived_data(pair, call):
    one, two = pair(timeout=LIMIT)
    two.sendall(b"abcd")
    if WINDOWS:
        pytest.skip("Winsock rejects both flags together")
    before = time.process_time()
    assert RECEIVE[call](one, 12, WAITALL | PEEK) == b"abcd"
    assert time.process_time() - before < 10
    assert one.recv(9) == b"abcd"


@pytest.mark.skipif(not DONTWAIT, reason="no MSG_DONTWAIT")
@all_methods
def test_waitall_with_dontwait_returns_arrived_data(pair, call):
    one, two = pair(timeout=LIMIT)
    two.sendall(b"abcd")
    assert RECEIVE[call](one, 12, WAITALL | DONTWAIT) == b"abcd"


@pytest.mark.skipif(WINDOWS, reason="Winsock rejects the flag in non-blocking mode")
@all_methods
def test_waitall_in_non_blocking_mode_does_not_wait(pair, call):
    one, two = pair(timeout=0)
    with pytest.raises(BlockingIOError):
        RECEIVE[call](one, 12, WAITALL)
    two.sendall(b"abcd")
    assert RECEIVE[call](one, 12, WAITALL) == b"abcd"


@pytest.mark.skipif(WINDOWS, reason="Winsock rejects the flag for datagrams")
@pytest.mark.parametrize("sock_type", ["SOCK_DGRAM", "SOCK_SEQPACKET"])
@all_methods
def test_waitall_receives_one_datagram(pair, call, sock_type):
    if sock_type == "SOCK_SEQPACKET" and sys.platform == "darwin":
        pytest.skip("macOS has no SOCK_SEQPACKET")
    one, two = pair(getattr(sockcore, sock_type), timeout=LIMIT)
    for data in (b"abcd", b"efgh"):
        two.send(data)
    assert RECEIVE[call](one, 12, WAITALL) == b"abcd"
    assert RECEIVE[call](one, 12, WAITALL) == b"efgh"


@pytest.mark.skipif(sys.platform == "win32", reason="the receive of Wine returns early with this flag")
@all_methods
def test_waitall_in_blocking_mode_waits_for_all_bytes(pair, background, call):
    one, two = pair()
    two.sendall(b"abcd")

    def rest():
        time.sleep(0.05)
        two.sendall(b"efgh")

    background(rest)
    assert RECEIVE[call](one, 8, WAITALL) == b"abcdefgh"


class Alarm(Exception):
    """An exception that signal handlers of programs raise to end a call."""


@pytest.mark.skipif(WINDOWS, reason="no SIGUSR1")
@pytest.mark.parametrize("exc_type", [Alarm, sockcore.timeout, OSError, KeyboardInterrupt])
@all_methods
def test_waitall_with_signal_handler_that_raises_propagates(pair, while_it_waits, call, exc_type):
    def handler(*_):
        raise exc_type("from the handler")

    one, two = pair(timeout=LIMIT)
    two.sendall(b"abcd")
    while_it_waits(interrupt_the_main_thread)
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises(exc_type, match="from the handler"):
            RECEIVE[call](one, 12, WAITALL)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(sys.platform != "linux", reason="MSG_TRUNC has no effect on TCP there")
@pytest.mark.parametrize("call", ["recv", "recvfrom", "recvmsg"])
def test_waitall_with_trunc_counts_all_bytes(tcp, while_it_waits, call):
    client, connection = tcp
    client.sendall(b"abcd")
    while_it_waits(lambda: client.sendall(b"efgh"))
    assert RECEIVE[call](connection, 8, WAITALL | sockcore.MSG_TRUNC) == bytes(8)


# ---------------------------------------------------------------------- control messages

SCM_RIGHTS = 1
of_rights = pytest.mark.skipif(WINDOWS, reason="Windows cannot pass descriptors over sockets")


def passing(sock, fd, data):
    rights = array.array("i", [fd])
    return lambda: sock.sendmsg([data], [(sockcore.SOL_SOCKET, SCM_RIGHTS, rights)])


def descriptors(messages):
    return [fd for _, _, data in messages for fd in array.array("i", data)]


@of_rights
@pytest.mark.usefixtures("no_leak")
@pytest.mark.parametrize("size", [12, 9])
def test_waitall_returns_control_messages_of_all_pieces(pair, while_it_waits, closing, size):
    one, two = pair(timeout=LIMIT)
    with open(os.devnull, "rb") as file:
        left = while_it_waits(*(passing(two, file.fileno(), data) for data in (b"abcd", b"efgh", b"ijkl")))
        data, messages, flags, address = one.recvmsg(size, 100, WAITALL)
    assert (data, address) == (b"abcdefghijkl"[:size], None)
    assert not flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)
    assert not left
    fds = descriptors(messages)
    assert len(fds) == 3
    for fd in fds:
        os.close(fd)


@of_rights
@pytest.mark.usefixtures("no_leak")
def test_waitall_of_one_message_leaves_the_descriptors_of_the_next(pair):
    one, two = pair(timeout=LIMIT)
    with open(os.devnull, "rb") as file:
        for data in (b"abcd", b"efgh"):
            passing(two, file.fileno(), data)()
        for expected in (b"abcd", b"efgh"):
            data, messages, _, _ = one.recvmsg(4, 100, WAITALL)
            fds = descriptors(messages)
            for fd in fds:
                os.close(fd)
            assert (data, len(fds)) == (expected, 1)


@of_rights
@pytest.mark.usefixtures("no_leak")
def test_waitall_with_signal_handler_that_raises_closes_descriptors(pair, while_it_waits, add_registration):
    def close_all(data):
        for fd in array.array("i", data):
            os.close(fd)

    add_registration("ancillaries", (sockcore.SOL_SOCKET, SCM_RIGHTS), sockcore.plugin.Ancillary(
        "SCM_RIGHTS", int(sockcore.SOL_SOCKET), SCM_RIGHTS, bytes, discard=close_all
    ))  # fmt: skip

    def handler(*_):
        raise Alarm("from the handler")

    one, two = pair(timeout=LIMIT)
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with open(os.devnull, "rb") as file:
            passes = (passing(two, file.fileno(), data) for data in (b"abcd", b"efgh"))
            while_it_waits(*passes, interrupt_the_main_thread)
            with pytest.raises(Alarm):
                one.recvmsg(12, 100, WAITALL)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(sockcore, "MSG_ERRQUEUE"), reason="no error queue")
def test_waitall_with_entry_in_error_queue_waits_for_all_bytes(tcp, while_it_waits):
    client, connection = tcp
    # A timestamp of sent data is in the error queue. poll(2) reports POLLERR as long as it is there.
    number = 37  # SO_TIMESTAMPING, the same on the machines of these tests
    try:
        connection.setsockopt(sockcore.SOL_SOCKET, number, 1 << 1 | 1 << 4)
    except OSError:
        pytest.skip("this system has no timestamps")
    connection.sendall(b"stamped")
    assert client.recv(9) == b"stamped"
    client.sendall(b"abcd")

    def pieces():
        yield lambda: None
        yield lambda: client.sendall(b"ef")
        yield lambda: client.sendall(b"gh")

    while_it_waits(*pieces())
    assert connection.recv(8, WAITALL) == b"abcdefgh"


# ---------------------------------------------------------------------- lengths of datagrams


@pytest.mark.skipif(sys.platform != "linux", reason="MSG_TRUNC is not a flag for receiving there")
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
@pytest.mark.parametrize("sock_type", [sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET])
def test_recv_into_empty_buffer_with_peek_and_trunc_returns_datagram_length(pair, sock_type, timeout):
    one, two = pair(sock_type, timeout)
    flags = PEEK | sockcore.MSG_TRUNC
    two.send(b"12345678")
    assert one.recv_into(bytearray(), 0, flags) == 8
    assert one.recv_into(memoryview(bytearray(5))[5:], 0, flags) == 8
    assert one.recvfrom_into(bytearray(), 0, flags)[0] == 8
    assert one.recvmsg_into([bytearray()], 0, flags)[0] == 8
    assert one.recv(9) == b"12345678"


@pytest.mark.skipif(sys.platform != "linux", reason="MSG_TRUNC is not a flag for receiving there")
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
@pytest.mark.parametrize("sock_type", [sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET])
def test_recvmsg_into_no_buffers_with_peek_and_trunc_returns_datagram_length(pair, sock_type, timeout):
    one, two = pair(sock_type, timeout)
    two.send(b"12345678")
    assert one.recvmsg_into([], 0, PEEK | sockcore.MSG_TRUNC)[0] == 8


@pytest.mark.skipif(sys.platform != "linux", reason="MSG_TRUNC is not a flag for receiving there")
def test_recv_into_empty_buffer_on_stream_without_data_returns_zero(pair):
    one, _two = pair(timeout=0)
    for flags in (0, PEEK, sockcore.MSG_TRUNC):
        assert one.recv_into(bytearray(), 0, flags) == 0
    assert one.recv_into(bytearray(), 0, PEEK | sockcore.MSG_TRUNC) == 0
