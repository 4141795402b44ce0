"""Received datagrams: their fields, blocks, limits, and the memory of their views."""

from __future__ import annotations

import gc
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore_inet import datagrams_native, datagrams_options, datagrams_pure
from sockcore_inet.datagrams import Block, Datagram, Datagrams, Send

LINUX = sys.platform == "linux"

pytestmark = pytest.mark.real_kernel


def receive_all(receiver, count):
    received = []
    while len(received) < count:
        received += receiver.receive()
    return received


def test_receive_returns_data_and_source(pair):
    receiver, sender, address = pair
    assert sender.send([Send(b"first", address), Send(b"second", address)]) == (2, [], [])
    received = receive_all(receiver, 2)
    assert [bytes(datagram.data) for datagram in received] == [b"first", b"second"]
    assert {datagram.source for datagram in received} == {sender.sock.getsockname()}
    assert all(type(datagram) is Datagram and datagram.data.readonly for datagram in received)


@pytest.mark.skipif(not LINUX, reason="only Linux has all features")
def test_receive_returns_all_fields_on_linux(pair):
    receiver, sender, address = pair
    assert all(receiver.features)
    before = time.time_ns()
    sender.send([Send(b"data", address, ecn=2, ttl=7)])
    [datagram] = receiver.receive()
    loopback = sockcore.if_nametoindex("lo")
    assert datagram[2:6] == (address[0], loopback, 2, 7)
    assert before - 1_000_000_000 < datagram.time_ns < time.time_ns() + 1_000_000_000


def test_receive_without_features_returns_none_in_fields(udp):
    sock = udp()
    names = Datagrams(sock).features._fields
    bare = udp()
    receiver = Datagrams(bare, **dict.fromkeys(names, False))
    assert not any(receiver.features)
    sock.sendto(b"data", bare.getsockname())
    [datagram] = receiver.receive()
    assert datagram == (b"data", sock.getsockname(), None, None, None, None, None)


def test_receive_on_dual_stack_socket_returns_mapped_addresses(udp):
    server = udp("::")
    receiver = Datagrams(server)
    client = udp("127.0.0.1")
    sender = Datagrams(client)
    ecn = 1 if sender.features.ecn and LINUX else None
    sender.send([Send(b"request", ("127.0.0.1", server.getsockname()[1]), ecn=ecn)])
    [datagram] = receiver.receive()
    assert datagram.source[:2] == ("::ffff:127.0.0.1", client.getsockname()[1])
    if LINUX:
        assert (datagram.destination, datagram.ecn) == ("::ffff:127.0.0.1", 1)
        answer = Send(b"answer", datagram.source, source=datagram.destination, ecn=2, ttl=3)
        assert receiver.send([answer]) == (1, [], [])
        [datagram] = sender.receive()
        assert (bytes(datagram.data), datagram.ecn, datagram.ttl) == (b"answer", 2, 3)


def test_receive_returns_empty_datagrams(pair):
    receiver, sender, address = pair
    assert sender.send([Send(b"", address)] * 3).accepted == 3
    assert [bytes(datagram.data) for datagram in receive_all(receiver, 3)] == [b""] * 3


def test_receive_returns_largest_datagram(udp):
    one, two = udp(), udp()
    data = bytes(range(256)) * 30  # more than the MTU of most networks, and less than macOS's limit
    Datagrams(two).send([Send(data, one.getsockname())])
    [datagram] = Datagrams(one).receive()
    assert datagram.data == data


def test_receive_returns_at_most_limit_and_keeps_the_rest(pair):
    receiver, sender, address = pair
    sender.send([Send(b"%03d" % number, address) for number in range(20)])
    received = []
    for limit in (1, 2, 3, 14):
        part = receiver.receive(limit)
        assert 1 <= len(part) <= limit
        received += part
    while len(received) < 20:
        received += receiver.receive(1)
    assert [bytes(datagram.data) for datagram in received] == [b"%03d" % number for number in range(20)]


@pytest.mark.parametrize("limit", [sys.maxsize, sys.maxsize + 1, 1 << 70])
def test_receive_with_huge_limit_returns_all_datagrams(pair, limit):
    receiver, sender, address = pair
    for method in (receiver.receive, receiver.receive_blocks):
        sender.send([Send(b"one", address)])
        [received] = method(limit)
        assert received.data == b"one"


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only CPython can simulate a lack of memory")
def test_receive_without_memory_keeps_pending_datagrams(pair):
    testcapi = pytest.importorskip("_testcapi")
    receiver, sender, address = pair
    data = [b"%02d" % number for number in range(40)]
    sender.send([Send(item, address) for item in data])
    received = [bytes(datagram.data) for datagram in receiver.receive(1)]
    for allocation in range(40):
        if not receiver._pending:  # the next call asks the kernel, and without memory it would lose datagrams
            break
        try:
            testcapi.set_nomemory(allocation, allocation + 1)
            part = receiver.receive(1)
        except MemoryError:
            continue
        finally:
            testcapi.remove_mem_hooks()
        received += [bytes(datagram.data) for datagram in part]
    while len(received) < len(data):
        received += [bytes(datagram.data) for datagram in receiver.receive()]
    assert received == data


@pytest.mark.skipif(not LINUX, reason="other systems do not shut down datagram sockets")
def test_receive_after_shutdown_returns_empty_datagram(udp):
    server, client = udp(timeout=None), udp()
    server.connect(client.getsockname())
    receiver, results = Datagrams(server), []
    waiting = threading.Thread(target=lambda: results.extend((receiver.receive(), receiver.receive_blocks())))
    waiting.start()
    time.sleep(0.05)
    server.shutdown(sockcore.SHUT_RD)
    waiting.join(60)
    server.close()  # ends the thread if it did not return
    waiting.join()
    assert results == [[Datagram(b"", None)], [Block(b"", 0, None)]]


def test_receive_blocks_returns_what_receive_left(pair):
    receiver, sender, address = pair
    sender.send([Send(b"%03d" % number, address) for number in range(10)])
    received = [bytes(datagram.data) for datagram in receiver.receive(1)]
    while len(received) < 10:
        for block in receiver.receive_blocks(1):
            received += [bytes(data) for data in block.split()]
    assert received == [b"%03d" % number for number in range(10)]


def test_receive_blocks_joins_datagrams_of_one_size(pair):
    receiver, sender, address = pair
    data = bytes(range(100)) * 3 + b"end"
    assert sender.send_block(data, 100, address) == 4
    received = []
    while sum(block.segments for block in received) < 4:
        received += receiver.receive_blocks()
    assert b"".join(bytes(block.data) for block in received) == data
    assert [bytes(part) for block in received for part in block.split()] == [data[:100]] * 3 + [b"end"]
    if LINUX:
        assert [(block.stride, block.segments) for block in received] == [(100, 4)]


@pytest.mark.parametrize("features", [{"gro": False}, {}], ids=["batch", "offload"])
def test_receive_blocks_does_not_join_other_sources_or_sizes(udp, features):
    server = udp()
    receiver = Datagrams(server, **features)
    one, two = Datagrams(udp()), Datagrams(udp())
    order = [(one, b"aaaa"), (one, b"aaaa"), (two, b"aaaa"), (one, b"bb"), (one, b"cccc"), (one, b""), (one, b"d")]
    for sender, data in order:
        sender.send([Send(data, server.getsockname())])
    received = []
    while sum(block.segments for block in received) < len(order):
        received += receiver.receive_blocks()
    parts = [(block.source, bytes(data)) for block in received for data in block.split()]
    assert parts == [(sender.sock.getsockname(), data) for sender, data in order]
    assert len(received) >= 5


@pytest.mark.skipif(not LINUX, reason="only Linux has all features")
def test_receive_blocks_does_not_join_other_fields(udp):
    server = udp("0.0.0.0")
    receiver, sender = Datagrams(server, gro=False), Datagrams(udp())
    port = server.getsockname()[1]
    order = [
        Send(b"data", ("127.0.0.1", port), ttl=3),
        Send(b"data", ("127.0.0.1", port), ttl=4),
        Send(b"data", ("127.0.0.1", port), ttl=4, ecn=1),
        Send(b"data", ("127.0.0.2", port), ttl=4, ecn=1),
        Send(b"data", ("127.0.0.2", port), ttl=4, ecn=1),
    ]
    assert sender.send(order).accepted == 5
    received = []
    while sum(block.segments for block in received) < 5:
        received += receiver.receive_blocks()
    assert [(block.destination, block.ttl, block.ecn, block.segments) for block in received] == [
        ("127.0.0.1", 3, 0, 1),
        ("127.0.0.1", 4, 0, 1),
        ("127.0.0.1", 4, 1, 1),
        ("127.0.0.2", 4, 1, 2),
    ]


def test_held_view_does_not_change(pair):
    receiver, sender, address = pair
    held = []
    for number in range(200):
        data = b"%05d" % number * 7
        sender.send([Send(data, address)] * 3)
        first, *others = receive_all(receiver, 3)
        held.append((first.data[5:], data[5:]))
        del first, others
    assert all(view == data for view, data in held)
    for block_number in range(50):
        sender.send_block(bytes([block_number]) * 1000, 100, address)
        receiver.receive_blocks()
    assert all(view == data for view, data in held)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="tracemalloc is in CPython only")
def test_receive_and_send_do_not_leak(pair):
    import tracemalloc

    receiver, sender, address = pair

    def use(rounds):
        for _ in range(rounds):
            sender.send([Send(b"x" * 50, address, ecn=1)] * 5 + [Send(b"y", address)])
            receive_all(receiver, 6)
            sender.send_block(b"z" * 50, 10, address)
            count = 0
            while count < 5:
                count += sum(block.segments for block in receiver.receive_blocks())
            for wrong in (5, Send("text", address), Send(b"", address, ecn=9)):
                with pytest.raises((TypeError, OverflowError)):
                    sender.send([Send(b"x", address), wrong])

    use(20)
    gc.collect()
    tracemalloc.start()
    use(10)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    use(100)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 20_000


def test_threads_receive_each_datagram_once(pair):
    receiver, sender, address = pair
    received, stop = [], threading.Event()
    receiver.sock.settimeout(0.2)

    def receive():
        while not stop.is_set():
            try:
                received.extend(int(bytes(datagram.data)) for datagram in receiver.receive(2))
            except sockcore.timeout:
                pass

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for first in range(0, 300, 10):
        sender.send([Send(b"%05d" % number, address) for number in range(first, first + 10)])
        deadline = time.monotonic() + 60
        while len(received) < first + 10 and time.monotonic() < deadline:
            time.sleep(0.001)
    stop.set()
    for thread in threads:
        thread.join()
    assert sorted(received) == [*range(300)]


def test_receive_in_non_blocking_mode_raises_blocking_io_error(udp):
    receiver = Datagrams(udp(timeout=0))
    with pytest.raises(BlockingIOError):
        receiver.receive()
    with pytest.raises(BlockingIOError):
        receiver.receive_blocks()


def test_receive_after_timeout_raises_timeout_error(udp):
    receiver = Datagrams(udp(timeout=0.05))
    began = time.monotonic()
    with pytest.raises(sockcore.timeout):
        receiver.receive()
    assert time.monotonic() - began >= 0.04


@pytest.mark.skipif(not LINUX, reason="other systems may not report it")
def test_receive_raises_error_of_connected_socket_once(udp):
    sock, closed = udp(), udp()
    sock.connect(closed.getsockname())
    closed.close()
    connected = Datagrams(sock)
    connected.send([Send(b"x")])
    with pytest.raises(ConnectionRefusedError):
        connected.receive()
    sock.settimeout(0)
    with pytest.raises(BlockingIOError):
        connected.receive()


def test_receive_on_closed_socket_raises_os_error(pair):
    receiver, sender, address = pair
    receiver.sock.close()
    sender.sock.close()
    for call in (
        receiver.receive,
        receiver.receive_blocks,
        lambda: sender.send([Send(b"x", address)]),
        lambda: sender.send_block(b"x", 1, address),
    ):
        with pytest.raises(OSError, match=r"Bad file descriptor|not a socket|10038"):
            call()


@pytest.mark.parametrize("limit", [0, -1])
def test_receive_with_limit_below_one_raises_value_error(udp, limit):
    receiver = Datagrams(udp())
    with pytest.raises(ValueError, match=f"limit must be at least 1, not {limit}"):
        receiver.receive(limit)
    with pytest.raises(ValueError, match=f"limit must be at least 1, not {limit}"):
        receiver.receive_blocks(limit)


def test_receive_with_limit_of_other_type_raises_type_error(udp):
    with pytest.raises(TypeError):
        Datagrams(udp()).receive("1")


@given(
    st.lists(st.tuples(st.binary(max_size=40), st.integers(-1, 50)), max_size=6),
    st.integers(1, 12),
)
def test_split_returns_the_same_in_both_implementations(blocks, limit):
    made = [Block(memoryview(data), stride, ("h", 1), None, 1, 2, 3, 4) for data, stride in blocks]
    datagrams, rest = datagrams_pure.split(made, limit)
    everything = b"".join(bytes(datagram.data) for datagram in datagrams) + b"".join(
        bytes(block.data) for block in rest
    )
    assert everything == b"".join(data for data, _ in blocks)
    assert len(datagrams) == min(limit, sum(block.segments for block in made))
    if datagrams_native.is_available():
        assert datagrams_native.split(made, limit) == (datagrams, rest)


@pytest.mark.parametrize("seconds", [4, 8])
@pytest.mark.parametrize("rest", [4, 8])
def test_read_controls_converts_times_of_all_widths(seconds, rest):
    if seconds == 4 and rest == 8:
        pytest.skip("no system has this layout")
    raw = (1_700_000_000).to_bytes(seconds, sys.byteorder) + (999_999).to_bytes(rest, sys.byteorder)
    level = sockcore.SOL_SOCKET
    for name, scale in (("SCM_TIMESTAMPNS", 1), ("SCM_TIMESTAMP", 1000)):
        if hasattr(sockcore, name):
            time_ns = datagrams_options.read_controls([(level, getattr(sockcore, name), raw)])[4]
            assert time_ns == 1_700_000_000_000_000_000 + 999_999 * scale
            assert datagrams_options.read_controls([(level, getattr(sockcore, name), b"short")])[4] is None


def test_forked_child_receives(udp):
    os = pytest.importorskip("os")
    if not hasattr(os, "fork") or sys.implementation.name != "cpython":
        pytest.skip("needs fork()")
    receiver, client = Datagrams(udp()), udp()
    sender = Datagrams(client)
    sender.send([Send(b"before", receiver.sock.getsockname())])
    receiver.receive()
    process = os.fork()
    if not process:
        [datagram] = receiver.receive()
        receiver.send([Send(datagram.data, datagram.source)])
        os._exit(0)
    sender.send([Send(b"to the child", receiver.sock.getsockname())])
    [answer] = sender.receive()
    assert os.waitpid(process, 0)[1] == 0
    assert answer.data == b"to the child"
