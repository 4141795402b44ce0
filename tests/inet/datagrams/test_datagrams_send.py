"""Sent datagrams: runs, partial success, failures and invalid arguments."""

from __future__ import annotations

import errno
import ipaddress
import os
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore_inet import datagrams_native, datagrams_pure
from sockcore_inet.datagrams import Datagrams, Send

LINUX = sys.platform == "linux"

pytestmark = pytest.mark.real_kernel


def receive_data(receiver, count):
    received = []
    while len(received) < count:
        received += [bytes(datagram.data) for datagram in receiver.receive()]
    return received


@pytest.mark.parametrize("gso", [True, False])
def test_send_keeps_order_of_mixed_sizes(udp, gso):
    server = udp()
    receiver, sender = Datagrams(server), Datagrams(udp(), gso=gso)
    sizes = [5, 5, 3, 5, 0, 0, 7, 7, 7, 7, 2, 9, 1, 1, 1]
    data = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert sender.send(Send(item, server.getsockname()) for item in data) == (len(data), [], [])
    assert receive_data(receiver, len(data)) == data


def test_send_accepts_all_bytes_like_objects(pair):
    receiver, sender, address = pair
    items = [b"abc", bytearray(b"def"), memoryview(b"xghix")[1:4]]
    assert sender.send([Send(item, address) for item in items]).accepted == 3
    assert receive_data(receiver, 3) == [b"abc", b"def", b"ghi"]


def test_send_releases_buffers(pair):
    receiver, sender, address = pair
    one, two = bytearray(b"one"), bytearray(b"two")
    assert sender.send([Send(one, address), Send(two, address), Send(one, address, ttl=9)]).accepted == 3
    assert sender.send_block(two, 1, address) == 3
    refused = sender.send([Send(one, address), Send(bytearray(65536), address)])
    assert len(refused.failures) == 1
    for data in (one, two, refused.failures[0].send.data):
        data.append(1)  # BufferError if a view of it exists
    assert len(receive_data(receiver, 7)) == 7


def test_send_of_nothing_returns_zero(pair):
    assert pair[1].send([]) == (0, [], [])


def test_send_many_datagrams_to_several_receivers(udp):
    servers = [udp() for _ in range(3)]
    for server in servers:
        server.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUF, 1 << 20)
    sender = Datagrams(udp())
    items = [Send(b"%04d" % number, servers[number // 4 % 3].getsockname()) for number in range(360)]
    assert sender.send(items).accepted == 360
    for at, server in enumerate(servers):
        expected = [item.data for item in items if item.to == servers[at].getsockname()]
        assert receive_data(Datagrams(server), len(expected)) == expected


@pytest.mark.parametrize(
    ("gso", "count"),
    [
        pytest.param(False, 100, id="more messages"),
        pytest.param(True, 1500, id="more datagrams", marks=pytest.mark.skipif(not LINUX, reason="needs UDP_SEGMENT")),
    ],
)
def test_send_of_one_run_that_needs_several_calls(udp, gso, count):
    server, client = udp(), udp()
    receiver, sender = Datagrams(server), Datagrams(client, gso=gso)
    data = [b"%04d" % number for number in range(count)]
    assert sender.send([Send(item, server.getsockname()) for item in data]) == (count, [], [])
    server.settimeout(0)
    received = []
    while True:
        try:
            received += [bytes(datagram.data) for datagram in receiver.receive()]
        except BlockingIOError:
            break
    assert len(received) >= 70  # the queue of the receiver may be too small for all
    assert received == data[: len(received)]


def test_send_on_connected_socket_needs_no_address(udp):
    server, client = udp(), udp()
    client.connect(server.getsockname())
    sender = Datagrams(client)
    assert sender.send([Send(b"one"), Send(b"two")]).accepted == 2
    assert sender.send_block(b"1234", 2) == 2
    assert receive_data(Datagrams(server), 4) == [b"one", b"two", b"12", b"34"]


def test_send_without_address_reports_each_failure(udp):
    sent = Datagrams(udp()).send([Send(b"one"), Send(b"two")])
    assert (sent.accepted, sent.unsent) == (0, [])
    assert [failure.send for failure in sent.failures] == [Send(b"one"), Send(b"two")]
    windows = {10057, errno.EINVAL}  # the second under Wine
    assert {failure.error.errno for failure in sent.failures} <= {errno.EDESTADDRREQ, errno.ENOTCONN, *windows}


def test_send_reports_refused_datagram_and_sends_the_others(udp):
    server = udp()
    receiver, sender = Datagrams(server), Datagrams(udp())
    address = server.getsockname()
    large = Send(bytes(65536), address)
    items = [Send(b"aa", address), Send(b"bb", address), large, Send(b"cc", address), large, Send(b"dd", address)]
    sent = sender.send(items)
    assert (sent.accepted, sent.unsent) == (4, [])
    assert [failure.send for failure in sent.failures] == [large, large]
    assert {failure.error.errno for failure in sent.failures} <= {errno.EMSGSIZE, 10040}
    assert receive_data(receiver, 4) == [b"aa", b"bb", b"cc", b"dd"]


@pytest.mark.skipif(not LINUX, reason="the broadcast address is refused on Linux")
def test_send_reports_every_datagram_of_refused_run(udp):
    server = udp()
    receiver, sender = Datagrams(server), Datagrams(udp())
    refused = Send(b"xx", ("255.255.255.255", 9))  # needs SO_BROADCAST
    accepted = Send(b"yy", server.getsockname())
    sent = sender.send([accepted, refused, refused, refused, accepted])
    assert (sent.accepted, sent.unsent) == (2, [])
    assert [failure.send for failure in sent.failures] == [refused] * 3
    assert all(failure.error.errno in {errno.EACCES, errno.ENETUNREACH} for failure in sent.failures)
    assert receive_data(receiver, 2) == [b"yy", b"yy"]


def test_send_block_sends_datagrams_of_the_stride(pair):
    receiver, sender, address = pair
    data = bytes(range(250))
    assert sender.send_block(data, 100, address) == 3
    assert receive_data(receiver, 3) == [data[:100], data[100:200], data[200:]]
    assert sender.send_block(memoryview(data), 1000, address) == 1
    assert receive_data(receiver, 1) == [data]


def test_send_block_of_many_datagrams(udp):
    server = udp()
    server.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUF, 1 << 20)
    receiver, sender = Datagrams(server), Datagrams(udp())
    data = b"".join(b"%05d" % number for number in range(200))
    sent = 0
    while sent < 200:
        sent += sender.send_block(data[sent * 5 :], 5, server.getsockname())
    assert b"".join(receive_data(receiver, 200)) == data


def test_send_block_raises_error_of_first_datagram(udp):
    server = udp()
    with pytest.raises(OSError) as caught:
        Datagrams(udp()).send_block(bytes(70_000), 66_000, server.getsockname())
    assert caught.value.errno in {errno.EMSGSIZE, 10040}


@pytest.mark.skipif(not LINUX, reason="needs the message for the source address")
def test_send_from_selected_source_address(udp):
    server = udp()
    receiver = Datagrams(server)
    sock = udp("0.0.0.0")
    sender = Datagrams(sock)
    sources = ["127.0.0.2", "127.0.0.3", ipaddress.IPv4Address("127.0.0.4")]
    assert sender.send([Send(b"x", server.getsockname(), source) for source in sources]).accepted == 3
    received = [datagram.source for _ in range(3) for datagram in receiver.receive(1)]
    assert received == [(str(source), sock.getsockname()[1]) for source in sources]


@pytest.mark.skipif(not LINUX, reason="needs the message for the ECN bits")
def test_send_with_ecn_keeps_dscp_of_the_socket(udp):
    server, client = udp(), udp()
    client.setsockopt(sockcore.IPPROTO_IP, sockcore.IP_TOS, 0xB8)
    server.setsockopt(sockcore.IPPROTO_IP, sockcore.IP_RECVTOS, 1)
    Datagrams(client).send([Send(b"x", server.getsockname(), ecn=1)])
    _, messages, _, _ = server.recvmsg(10, 100)
    assert (sockcore.IPPROTO_IP, sockcore.IP_TOS, b"\xb9") in messages


ADDRESS = ("127.0.0.1", 9)
INVALID = [
    (5, TypeError, "item 1 must be a Send, not int"),
    ((b"x", ADDRESS), TypeError, "item 1 must be a Send, not tuple"),
    (Send("text", ADDRESS), TypeError, "data of item 1 must be a bytes-like object, not str"),
    (Send(memoryview(b"abcd")[::2], ADDRESS), BufferError, "contiguous"),
    (Send(b"x", "host"), TypeError, "tuple"),
    (Send(b"x", ["127.0.0.1", 9]), TypeError, "tuple"),
    (Send(b"x", ("127.0.0.1", 65536)), OverflowError, "port must be 0-65535"),
    (Send(b"x", ADDRESS, source=5), TypeError, "source must be an IPv4 address in text, not int"),
    (Send(b"x", ADDRESS, source="::1"), ValueError, "source must be an IPv4 address in text, not '::1'"),
    (Send(b"x", ADDRESS, ecn=4), OverflowError, "ecn must be 0-3, not 4"),
    (Send(b"x", ADDRESS, ecn=-1), OverflowError, "ecn must be 0-3, not -1"),
    (Send(b"x", ADDRESS, ecn="1"), TypeError, "ecn must be an integer, not str"),
    (Send(b"x", ADDRESS, ecn=[1]), TypeError, "ecn must be an integer, not list"),
    (Send(b"x", ADDRESS, ttl=0), OverflowError, "ttl must be 1-255, not 0"),
    (Send(b"x", ADDRESS, ttl=1 << 70), OverflowError, "ttl must be 1-255, not"),
]


@pytest.mark.parametrize(("item", "exception", "message"), INVALID, ids=[str(number) for number in range(len(INVALID))])
def test_send_with_invalid_item_raises_before_anything_is_sent(udp, item, exception, message):
    server = udp(timeout=0)
    with pytest.raises(exception, match=message):
        Datagrams(udp()).send([Send(b"valid", server.getsockname()), item])
    with pytest.raises(BlockingIOError):
        server.recv(10)


@pytest.mark.parametrize(
    ("valid", "equal"),
    [
        (Send(b"x", ADDRESS, ecn=1), Send(b"x", ADDRESS, ecn=1.0)),
        (Send(b"x", ADDRESS, ttl=1), Send(b"x", ADDRESS, ttl=1.0)),
        (Send(b"x", ADDRESS), Send(b"x", (ADDRESS[0], float(ADDRESS[1])))),
    ],
)
def test_send_of_value_that_is_equal_to_a_valid_one_raises(udp, valid, equal):
    if not LINUX and valid.to is equal.to:
        pytest.skip("this system may not have the control message")
    sender = Datagrams(udp())
    with pytest.raises(TypeError):
        sender.send([valid, equal])  # in one run
    assert sender.send([valid]).accepted == 1
    with pytest.raises(TypeError):
        sender.send([equal])  # after the valid one is in the cache


@pytest.mark.skipif(not LINUX, reason="the broadcast address is refused on Linux")
def test_send_of_many_refused_datagrams_takes_linear_time(udp):
    sender = Datagrams(udp())
    items = [Send(b"x", ("255.255.255.255", port)) for port in range(1, 501)]  # needs SO_BROADCAST
    began = time.process_time()
    assert len(sender.send(items).failures) == len(items)
    few = time.process_time() - began
    began = time.process_time()
    assert len(sender.send(items * 4).failures) == 4 * len(items)
    assert time.process_time() - began < 10 * few  # 16 times if each failure scanned all runs


@pytest.mark.parametrize(
    ("data", "stride", "exception", "message"),
    [
        (b"", 1, ValueError, "data must not be empty"),
        (b"x", 0, ValueError, "stride must be at least 1, not 0"),
        (b"x", -5, ValueError, "stride must be at least 1, not -5"),
        (b"x", 1 << 70, OverflowError, "too large"),
        (b"x", "1", TypeError, "integer"),
        ("text", 1, TypeError, "data must be a bytes-like object, not str"),
        (memoryview(b"abcd")[::2], 1, BufferError, "contiguous"),
    ],
)
def test_send_block_with_invalid_argument_raises(udp, data, stride, exception, message):
    with pytest.raises(exception, match=message):
        Datagrams(udp()).send_block(data, stride, ADDRESS)


def test_constructor_with_invalid_socket_raises(udp):
    with pytest.raises(TypeError, match="argument must be a socket, not int"):
        Datagrams(5)
    with sockcore.socket() as stream, pytest.raises(ValueError, match="SOCK_DGRAM"):
        Datagrams(stream)
    closed = udp()
    closed.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        Datagrams(closed)


def test_repr_lists_features(udp):
    text = repr(Datagrams(udp(), gso=False))
    assert text.startswith("<Datagrams of <sockcore.socket")
    assert "gso" not in text


def test_data_that_changes_its_size_while_sending_is_not_sent(udp, functions):
    server = udp(timeout=0)

    class Address(tuple):
        """An address that changes the data while it is encoded."""

        __slots__ = ()

        def __hash__(self) -> int:
            data.append(1)
            return super().__hash__()

    data = bytearray(b"four")
    sender = Datagrams(udp())
    address = Address(server.getsockname())
    if functions is datagrams_pure:
        assert sender.send([Send(data, address)]).accepted == 1  # one datagram, of its present size
        return
    with pytest.raises(BufferError, match="size of the data changed"):
        sender.send([Send(data, address)])
    data.append(1)  # the buffer has been released
    with pytest.raises(BlockingIOError):
        server.recv(10)


@pytest.mark.skipif(sys.version_info < (3, 12) or not LINUX, reason="needs __buffer__(), and dup2() of sockets")
def test_socket_that_is_closed_while_sending_does_not_send_on_reused_descriptor(udp):
    sock, other, receiver = udp(), udp(), udp(timeout=0)
    fd = sock.fileno()

    class Data:
        """An object whose buffer is requested to measure it, and to send it."""

        requests = 0

        def __buffer__(self, flags: int) -> memoryview:
            self.requests += 1
            if self.requests == 2:
                sock.close()
                os.dup2(other.fileno(), fd)
            return memoryview(b"data")

    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            Datagrams(sock).send([Send(Data(), receiver.getsockname())])
    finally:
        os.close(fd)
    with pytest.raises(BlockingIOError):
        receiver.recv(10)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs __buffer__()")
def test_owner_of_a_buffer_cannot_remove_datagrams_that_are_sent(pair):
    receiver, sender, address = pair
    cleared = []

    class Data:
        """An object that clears the lists of its callers, when its buffer is requested."""

        def __buffer__(self, flags: int) -> memoryview:
            frame = sys._getframe()
            while frame := frame.f_back:
                if frame.f_globals["__name__"].startswith("sockcore_inet."):
                    lists = [value for value in frame.f_locals.values() if isinstance(value, list)]
                    cleared.extend(value.clear() for value in lists if any(isinstance(item, Send) for item in value))
            return memoryview(b"data")

    assert sender.send(Send(Data(), address) for _ in range(3)) == (3, [], [])
    assert receive_data(receiver, 3) == [b"data"] * 3
    assert not cleared


@given(st.lists(st.tuples(st.sampled_from([b"", b"a", b"bb", b"ccc"]), st.integers(0, 1), st.sampled_from([None, 1]))))
def test_group_returns_the_same_in_both_implementations(choices):
    items = tuple([Send(data, ("h", to), None, ecn) for data, to, ecn in choices])
    runs = datagrams_pure.group(items)
    assert [at for start, end, _ in runs for at in range(start, end)] == list(range(len(items)))
    for start, end, stride in runs:
        assert [len(item.data) for item in items[start : end - 1]] == [stride] * (end - start - 1)
        assert len(items[end - 1].data) <= stride
        assert len({item[1:] for item in items[start:end]}) == 1
    if datagrams_native.is_available():
        assert datagrams_native.group(items) == runs
