"""One socket in several threads: receiving, sending and closing."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress

import pytest
import systems
from systems import AF_INET, CLOSED, LIMIT, WINDOWS

import sockcore


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_recv_in_two_threads_loses_no_data(pair, background, timeout):
    one, two = pair(sockcore.SOCK_DGRAM, timeout=timeout)
    got: list[bytes] = []
    lock = threading.Lock()

    def receive():
        while message := one.recv(100):
            with lock:
                got.append(message)

    readers = [background(receive) for _ in range(2)]
    sent = [b"%d" % number for number in range(2000)]
    for number, message in enumerate(sent):
        two.send(message)
        while WINDOWS and number - len(got) > 50:
            time.sleep(0.001)  # otherwise UDP drops unread datagrams
    for _ in readers:
        two.send(b"")
    for reader in readers:
        reader.join(LIMIT)
    assert sorted(got) == sorted(sent)


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_send_in_two_threads_loses_no_data(pair, background, timeout):
    # Datagrams on Windows, which lacks SOCK_SEQPACKET: as many as fit the buffer.
    sock_type, times = (sockcore.SOCK_DGRAM, 10) if WINDOWS else (sockcore.SOCK_SEQPACKET, 300)
    one, two = pair(sock_type, timeout=timeout)
    two.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUF, 1 << 20)
    messages = [b"a" * 5000, b"b" * 5000]
    senders = [background(lambda message=message: [one.sendall(message) for _ in range(times)]) for message in messages]
    got = [two.recv(10_000) for _ in range(2 * times)]
    for sender in senders:
        sender.join(LIMIT)
    assert sorted(got) == [messages[0]] * times + [messages[1]] * times


def test_send_and_recv_in_two_threads_do_not_block_each_other(pair, background):
    one, two = pair()
    received: list[bytes] = []
    reader = background(lambda: received.append(one.recv(10)))
    time.sleep(0.05)
    one.send(b"out")
    assert two.recv(10) == b"out"
    two.send(b"in")
    reader.join(LIMIT)
    assert received == [b"in"]


@pytest.mark.parametrize("of", ["own", "peer"])
def test_shutdown_during_recv_in_another_thread_ends_it(pair, background, of):
    if WINDOWS and of == "own":
        pytest.skip("the recv does not end under Wine, and Windows was not tested")
    one, two = pair()
    received: list[bytes] = []
    reader = background(lambda: received.append(one.recv(10)))
    time.sleep(0.05)
    {"own": one, "peer": two}[of].shutdown(sockcore.SHUT_RDWR)
    reader.join(LIMIT)
    assert received == [b""]


def test_close_during_recv_with_timeout_in_another_thread_ends_it(pair, background):
    one, two = pair(timeout=LIMIT)
    exceptions: list[OSError] = []

    def receive():
        try:
            one.recv(10)
        except OSError as error:
            exceptions.append(error)

    reader = background(receive)
    systems.wait_until_it_waits(reader)
    one.close()
    with suppress(ConnectionError):  # if the thread does not wait, its next call fails
        two.send(b"x")  # wakes poll(2), which still refers to the open file
    reader.join(LIMIT)
    assert [exc.errno for exc in exceptions] == [CLOSED]


@pytest.mark.skipif(not WINDOWS, reason="close(2) does not end a call in another thread there")
@pytest.mark.parametrize("call", ["recv", "recvfrom", "recvmsg"])
def test_close_during_call_in_another_thread_ends_it(pair, background, call):
    one, _ = pair()
    exceptions: list[OSError] = []

    def receive():
        try:
            getattr(one, call)(10)
        except OSError as error:
            exceptions.append(error)

    reader = background(receive)
    time.sleep(0.1)
    one.close()
    reader.join(LIMIT)
    assert len(exceptions) == 1
    assert exceptions[0].winerror


def test_shutdown_and_close_during_accept_in_another_thread_end_it(listener, closing, background):
    server, _address = listener()
    server.settimeout(LIMIT)
    exceptions: list[OSError] = []

    def accept():
        try:
            server.accept()
        except OSError as error:
            exceptions.append(error)

    waiting = background(accept)
    time.sleep(0.1)
    if not WINDOWS:  # close() ends accept() there, and a listener cannot be shut down
        server.shutdown(sockcore.SHUT_RDWR)
    server.close()
    waiting.join(LIMIT)
    assert len(exceptions) == 1


@pytest.mark.usefixtures("no_leak")
def test_socket_opened_and_closed_by_many_threads_leaks_nothing(background):
    sys.setswitchinterval(1e-5)
    try:

        def churn():
            for _ in range(100):
                one, two = systems.socketpair()
                with one, two:
                    one.send(b"x")
                    assert two.recv(2) == b"x"
                    with one.dup():
                        pass

        threads = [threading.Thread(target=churn) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
    finally:
        sys.setswitchinterval(0.005)


def test_messages_sent_by_many_threads_do_not_mix(closing, loopback, name_of, background):
    # Two calls must not borrow the same buffers.
    sys.setswitchinterval(1e-5)
    try:

        def echo(mark):
            with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
                sock.settimeout(LIMIT)
                sock.bind(loopback())
                name = name_of(sock)
                data = bytes([mark]) * 3000
                for _ in range(300):
                    sock.sendto(data, name)
                    got, sender = sock.recvfrom(4000)
                    assert got == data
                    assert sender == sock.getsockname()
                    sock.sendmsg([data], [], 0, name)
                    assert sock.recv(4000, sockcore.MSG_WAITALL) == data

        for thread in [background(echo, mark) for mark in range(1, 6)]:
            thread.join(LIMIT)
    finally:
        sys.setswitchinterval(0.005)


def test_waiting_call_lets_other_threads_run(pair):
    one, two = pair()
    ticks: list[int] = []
    reader = threading.Thread(target=lambda: one.recvfrom(1))
    reader.start()
    end = time.monotonic() + 0.2
    while time.monotonic() < end or len(ticks) <= 1000:
        ticks.append(1)
    assert reader.is_alive()
    two.send(b"x")
    reader.join(LIMIT)
    assert not reader.is_alive()
