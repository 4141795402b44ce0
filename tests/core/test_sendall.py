"""sendall() to slow readers, in each mode, with one deadline for the whole call."""

from __future__ import annotations

import array
import errno
import os
import signal
import threading
import time

import pytest
import systems
from systems import AF_INET, LIMIT, ROUNDING, SEND_FLAG, WINDOWS, accepts_all_data

import sockcore

DATA = os.urandom(3 << 20)


@pytest.fixture
def _partial_sends():
    if accepts_all_data():
        pytest.skip("Windows accepts all data of one non-blocking send")


def read_slowly(sock, parts, pause=0.0):
    """Read a socket to its end, with a pause after each of the first pieces."""
    pieces = 0
    while part := sock.recv(1 << 16):
        parts.append(part)
        pieces += 1
        if pieces < 20:
            time.sleep(pause)


@pytest.mark.parametrize("timeout", [None, 60])  # PyPy takes seconds to send parts of an array
@pytest.mark.parametrize("flags", [0, SEND_FLAG], ids=["write", "send"])
@pytest.mark.parametrize("cls", [bytes, bytearray, memoryview, lambda data: array.array("i", data)])
def test_sendall_sends_all_data(pair, background, timeout, flags, cls):
    one, two = pair(timeout=timeout)
    two.settimeout(None)
    parts: list[bytes] = []
    thread = background(read_slowly, two, parts, 0.002)
    assert one.sendall(cls(DATA), flags) is None
    one.close()
    thread.join(LIMIT)
    assert b"".join(parts) == DATA


def test_sendall_over_tcp_sends_all_data(listener, closing, background):
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.settimeout(LIMIT)
    client.connect(address)
    connection = closing.enter_context(server.accept()[0])
    parts: list[bytes] = []
    thread = background(read_slowly, connection, parts)
    client.sendall(DATA)
    client.close()
    thread.join(LIMIT)
    assert b"".join(parts) == DATA


@pytest.mark.usefixtures("_partial_sends")
@pytest.mark.parametrize("flags", [0, SEND_FLAG])
def test_sendall_in_non_blocking_mode_sends_a_part_and_raises(pair, flags):
    one, two = pair(timeout=0)
    with pytest.raises(BlockingIOError) as refusal:
        one.sendall(DATA, flags)
    assert refusal.value.errno == errno.EWOULDBLOCK
    one.close()
    two.setblocking(True)
    parts: list[bytes] = []
    read_slowly(two, parts)
    sent = b"".join(parts)
    assert sent
    assert DATA.startswith(sent)
    assert sent != DATA


@pytest.mark.parametrize("flags", [0, SEND_FLAG])
def test_sendall_on_windows_accepts_all_data_once(pair, flags):
    if not accepts_all_data():
        pytest.skip("this system accepts the part that fits the buffer")
    one, two = pair(timeout=0)
    assert one.sendall(DATA, flags) is None
    with pytest.raises(BlockingIOError) as refusal:
        one.sendall(DATA, flags)
    assert count_written(refusal) == 0
    one.close()
    two.setblocking(True)
    parts: list[bytes] = []
    read_slowly(two, parts)
    assert b"".join(parts) == DATA


@pytest.mark.usefixtures("_partial_sends")
def test_sendall_applies_one_timeout_to_the_whole_call(pair, background):
    # Each wait is far shorter than the timeout, and all waits together are far longer. With a timeout for each of them,
    # the call would succeed.
    one, two = pair(timeout=0.3)
    two.settimeout(None)
    ended = threading.Event()

    def drip():
        while not ended.is_set() and two.recv(4096):
            time.sleep(0.02)

    start = time.monotonic()
    background(drip)
    try:
        with pytest.raises(sockcore.timeout, match=r"^timed out$"):
            one.sendall(DATA)
    finally:
        ended.set()
    assert time.monotonic() - start + ROUNDING >= 0.3
    one.close()


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_sendall_with_peer_that_closes_raises_connection_error(pair, background, timeout):
    if WINDOWS and timeout is None:
        pytest.skip("Wine does not wake a blocking send after a reset in one of five runs")
    one, two = pair(timeout=timeout)

    def read_and_go():
        two.recv(1 << 16)
        two.close()

    background(read_and_go)
    with pytest.raises(ConnectionError):  # noqa: PT012
        while True:  # Windows accepts all data of one send
            one.sendall(DATA)


def count_written(refusal):
    return refusal.value.characters_written


@pytest.mark.usefixtures("_partial_sends")
@pytest.mark.parametrize("timeout", [0, 0.05])
@pytest.mark.parametrize("flags", [0, SEND_FLAG])
def test_sendall_without_reader_sets_characters_written(pair, timeout, flags):
    one, two = pair(timeout=timeout)
    with pytest.raises((BlockingIOError, sockcore.timeout)) as refusal:
        one.sendall(DATA, flags)
    assert 0 < count_written(refusal) < len(DATA)
    two.settimeout(LIMIT)
    received = bytearray()
    while len(received) < count_written(refusal):
        received += two.recv(1 << 16)
    one.close()
    assert two.recv(1) == b""
    assert bytes(received) == DATA[: count_written(refusal)]


@pytest.mark.parametrize("timeout", [0, 0.05])
@pytest.mark.parametrize("flags", [0, SEND_FLAG])
def test_sendall_to_full_socket_sets_characters_written_to_0(pair, fill, timeout, flags):
    one, _ = pair(timeout=timeout)
    fill(one)
    with pytest.raises((BlockingIOError, sockcore.timeout)) as refusal:
        one.sendall(b"x", flags)
    assert count_written(refusal) == 0


@pytest.mark.parametrize("timeout", [None, 0, 20])
def test_sendall_with_error_at_first_sets_characters_written_to_0(pair, timeout):
    one, _ = pair(timeout=timeout)
    one.shutdown(sockcore.SHUT_WR)
    with pytest.raises(OSError) as refusal:
        one.sendall(b"x")
    assert count_written(refusal) == 0
    one.close()
    with pytest.raises(OSError) as refusal:
        one.sendall(b"x")
    assert count_written(refusal) == 0


@pytest.mark.skipif(WINDOWS, reason="TCP reports a closed peer only later")
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_sendall_with_peer_that_closes_sets_characters_written(pair, background, timeout):
    one, two = pair(timeout=timeout)
    two.settimeout(None)

    def read_a_part():
        two.recv(1000, sockcore.MSG_WAITALL)
        two.close()

    thread = background(read_a_part)
    with pytest.raises((BrokenPipeError, ConnectionResetError)) as refusal:
        one.sendall(DATA * 4)
    thread.join(LIMIT)
    assert 1000 <= count_written(refusal) < len(DATA) * 4


@pytest.mark.skipif(WINDOWS, reason="no signal interrupts a system call on Windows")
@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("exc_type", [OSError, sockcore.timeout, ZeroDivisionError])
def test_sendall_with_raising_signal_handler_sets_count_on_os_errors_only(pair, background, timeout, exc_type):
    def handler(*_):
        if not handled.is_set():
            handled.set()
            raise exc_type("from the handler")

    def interrupt():
        two.recv(1, sockcore.MSG_PEEK)  # the call has sent data
        time.sleep(0.1)  # it has filled the buffers
        systems.send_signal(signal.SIGALRM, handled.is_set)

    handled = threading.Event()
    one, two = pair(timeout=timeout)
    two.settimeout(LIMIT)
    before = signal.signal(signal.SIGALRM, handler)
    background(interrupt)
    try:
        with pytest.raises(exc_type, match="from the handler") as refusal:
            one.sendall(DATA)
    finally:
        signal.signal(signal.SIGALRM, before)
    if exc_type is ZeroDivisionError:
        assert not hasattr(refusal.value, "characters_written")
    else:
        assert 0 <= count_written(refusal) < len(DATA)


def test_sendall_of_empty_data_sends_an_empty_datagram(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    one.sendall(b"")
    assert two.recv(10) == b""


def test_sendall_of_datagram_sends_it_whole(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    one.sendall(DATA[:50_000])
    assert two.recv(1 << 20) == DATA[:50_000]
