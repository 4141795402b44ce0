"""recvmsg, recvmsg_into and sendmsg: buffers, addresses, flags, bad arguments."""

from __future__ import annotations

import array
import errno
import os
import sys

import pytest
import systems
from systems import AF_INET, LIMIT, LONGEST_DATAGRAM, WINDOWS, accepts_all_data

import sockcore

SCM_RIGHTS = 1
#: The largest number of buffers in a message. Windows has no limit.
IOV_MAX = 1024 if WINDOWS else os.sysconf("SC_IOV_MAX")
needs_trunc = pytest.mark.skipif(sys.platform != "linux", reason="MSG_TRUNC is an input flag only on Linux")
#: Control data to send: none, and SCM_RIGHTS without descriptors. Windows has no control message without effect.
CONTROLS = ((),) if WINDOWS else ((), [(sockcore.SOL_SOCKET, SCM_RIGHTS, b"")])


def test_sendmsg_and_recvmsg_into_use_several_buffers(pair):
    one, two = pair()
    parts = [b"ab", bytearray(b"c"), memoryview(b"xxdefxx")[2:5], array.array("B", b"gh"), b"", memoryview(b"ij")]
    assert one.sendmsg(parts) == 10
    buffers = [bytearray(3), array.array("H", [0, 0]), bytearray(0), memoryview(bytearray(9))[2:7]]
    count, messages, flags, _address = two.recvmsg_into(buffers)
    assert (count, messages) == (10, [])
    assert flags & ~getattr(sockcore, "MSG_EOR", 0) == 0
    assert b"".join(map(bytes, (buffers[0], buffers[1].tobytes(), buffers[3])))[:10] == b"abcdefghij"


def test_sendmsg_and_recvmsg_into_accept_iterators(pair):
    one, two = pair()
    assert one.sendmsg(iter([b"ab", b"cd"]), iter(())) == 4
    buffer = bytearray(8)
    assert two.recvmsg_into(iter([buffer]))[0] == 4
    assert buffer[:4] == b"abcd"


def test_sendmsg_and_recvmsg_into_without_buffers_transfer_no_data(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    assert one.sendmsg([]) == 0
    assert two.recvmsg(5)[0] == b""
    assert one.sendmsg([b"lost"]) == 4
    count, messages, flags, _ = two.recvmsg_into([])
    assert (count, messages) == (0, [])
    assert flags & sockcore.MSG_TRUNC


def test_sendmsg_of_iov_max_buffers_sends_all(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    assert one.sendmsg([b"%c" % (n % 256) for n in range(IOV_MAX)]) == IOV_MAX
    buffers = [bytearray(1) for _ in range(IOV_MAX)]
    assert two.recvmsg_into(buffers)[0] == IOV_MAX
    assert b"".join(buffers) == bytes(n % 256 for n in range(IOV_MAX))


def test_sendmsg_of_more_than_iov_max_buffers_on_datagram_raises(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    if WINDOWS:
        pytest.skip("Windows has no limit of buffers")
    for call in (lambda: one.sendmsg([b"x"] * (IOV_MAX + 1)), lambda: two.recvmsg_into([bytearray(1)] * (IOV_MAX + 1))):
        with pytest.raises(OSError) as refusal:
            call()
        assert refusal.value.errno == errno.EMSGSIZE


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of buffers")
@pytest.mark.parametrize("empty", [0, 5000])
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_sendmsg_of_more_than_iov_max_buffers_on_stream_sends_a_part(pair, timeout, empty):
    one, two = pair(timeout=timeout)
    parts = [b""] * empty + [b"%c" % (n % 256) for n in range(2 * IOV_MAX + 7)]
    assert one.sendmsg(parts) == IOV_MAX
    assert one.sendmsg(iter(parts), [], 0) == IOV_MAX
    assert two.recv(1 << 16) == b"".join(parts[empty : empty + IOV_MAX]) * 2


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of buffers")
@pytest.mark.parametrize("empty", [0, 5000])
@pytest.mark.parametrize("flags", [0, sockcore.MSG_WAITALL])
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_recvmsg_into_of_more_than_iov_max_buffers_fills_the_first(pair, timeout, empty, flags):
    one, two = pair(timeout=timeout)
    data = bytes(n % 256 for n in range(2 * IOV_MAX + 7))
    one.sendall(data)
    buffers = [bytearray(0) for _ in range(empty)] + [bytearray(1) for _ in data]
    assert two.recvmsg_into(buffers, 0, flags)[0] == IOV_MAX
    assert b"".join(buffers) == data[:IOV_MAX].ljust(len(data), b"\0")
    assert two.recv(1 << 16) == data[IOV_MAX:]


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of buffers")
def test_sendmsg_with_timeout_and_too_many_buffers_sends_a_part(pair, fill, background):
    one, two = pair(timeout=LIMIT)
    filled = fill(one)

    def make_room():
        left = filled
        while left:
            left -= len(two.recv(left))

    background(make_room)
    assert one.sendmsg([b"x"] * (IOV_MAX + 1)) == IOV_MAX


AROUND = [n for n in (0, 1, 0x3FE0, 0x4000, 0x4001, 0xFFE3, 0xFFF0, 0x10000, 0x10001, 150_000) if n <= LONGEST_DATAGRAM]


@pytest.mark.parametrize("form", [bytes, bytearray, lambda data: memoryview(bytes(data)), memoryview])
@pytest.mark.parametrize("size", AROUND)
def test_sendmsg_and_recvmsg_transfer_all_sizes(pair, size, form):
    one, two = pair(sockcore.SOCK_DGRAM)
    data = bytearray(os.urandom(size))
    parts = [form(data[: size // 3]), form(data[size // 3 :])]
    for control in CONTROLS:
        for room in (0, 100):
            assert one.sendmsg(parts, control) == size
            got, messages, flags, _ = two.recvmsg(size + 1, room)
            assert (got, messages, flags & sockcore.MSG_TRUNC) == (data, [], 0)
            one.sendmsg(parts, control)
            buffers = [bytearray(size // 2), bytearray(), bytearray(size)]
            assert two.recvmsg_into(buffers, room)[0] == size
            assert b"".join(buffers)[:size] == data
            assert not any(b"".join(buffers)[size:])


def test_recvmsg_into_leaves_unused_buffer_unchanged(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    one.send(b"abc")
    buffers = [bytearray(b"1"), bytearray(b"23456"), bytearray(b"7")]
    assert two.recvmsg_into(buffers)[0] == 3
    assert buffers == [b"a", b"bc456", b"7"]
    one.send(b"abc")
    assert two.recvmsg_into([bytearray(2)], 0, 0 if WINDOWS else sockcore.MSG_TRUNC)[0] in (2, 3)


def test_sendmsg_and_recvmsg_into_release_their_buffers(pair):
    one, two = pair(sockcore.SOCK_DGRAM, timeout=0)
    for size in (10, 0x5000):
        buffers = [bytearray(size), bytearray(size)]
        for control in CONTROLS:
            one.sendmsg(buffers, control)
            two.recvmsg_into(buffers, 100)
            # The second one is too long for a datagram.
            for call in (lambda: two.recvmsg_into(buffers), lambda: two.sendmsg([*buffers, bytes(1 << 24)])):  # noqa: B023
                with pytest.raises(OSError):
                    call()
        for buffer in buffers:
            buffer.append(1)  # BufferError if it were still in use


@pytest.mark.skipif(not hasattr(sockcore, "SO_ZEROCOPY"), reason="no MSG_ZEROCOPY")
def test_sendmsg_and_sendmmsg_with_zerocopy_send_unchanged_data(closing, loopback, name_of):
    one, two = (closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM)) for _ in range(2))
    for item in (one, two):
        item.bind(loopback())
    try:
        one.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_ZEROCOPY, 1)
    except OSError as refusal:
        pytest.skip(f"the kernel does not support MSG_ZEROCOPY on UDP: {refusal}")
    two.settimeout(LIMIT)
    sent = [[b"%04d" % number * 100, bytearray(b"%04d" % number * 200)] for number in range(8)]
    for parts in sent:
        assert one.sendmsg(parts, (), sockcore.MSG_ZEROCOPY, name_of(two)) == 1200
    for parts in sent:
        assert two.recv(2000) == b"".join(parts)
    # In a batch: buffers that would usually be copied must not be.
    assert one.sendmmsg([(parts, name_of(two)) for parts in sent], sockcore.MSG_ZEROCOPY) == len(sent)
    assert [data for data, *_ in two.recvmmsg(9, 2000)] == [b"".join(parts) for parts in sent]


def test_recvmsg_of_longer_datagram_sets_msg_trunc(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    one.sendmsg([b"12345678"])
    data, _, flags, _ = two.recvmsg(5)
    assert (data, flags & sockcore.MSG_TRUNC) == (b"12345", sockcore.MSG_TRUNC)
    one.sendmsg([b"12345678"])
    assert two.recvmsg(5, 0, sockcore.MSG_PEEK)[0] == b"12345"
    assert two.recvmsg(9)[0] == b"12345678"


def test_sendmsg_with_address_sends_to_it(closing, loopback, name_of):
    one, two = (closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM)) for _ in range(2))
    for item in (one, two):
        item.bind(loopback())
    assert one.sendmsg([b"hello"], [], 0, name_of(two)) == 5
    data, messages, _, address = two.recvmsg(10)
    assert (data, messages, address) == (b"hello", [], one.getsockname())
    assert two.sendmsg([b"back"], (), 0, name_of(one)) == 4
    assert one.recvmsg_into([bytearray(9)])[3] == two.getsockname()


def test_sendmsg_on_unconnected_socket_without_address_raises(closing):
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    with pytest.raises(OSError) as refusal:
        sock.sendmsg([b"x"])
    assert refusal.value.errno in (errno.EDESTADDRREQ, errno.ENOTCONN, *([errno.EINVAL] if WINDOWS else []))


def test_recvmsg_at_end_of_stream_returns_empty(pair):
    one, two = pair()
    one.close()
    assert two.recvmsg(5)[:2] == (b"", [])
    assert two.recvmsg_into([bytearray(5)])[0] == 0


@pytest.mark.parametrize("wrong", [None, 5, object()])
def test_sendmsg_and_recvmsg_into_of_non_iterable_raise_type_error(pair, wrong):
    one, _ = pair()
    with pytest.raises(TypeError, match=r"^sendmsg\(\) argument 1 must be an iterable$"):
        one.sendmsg(wrong)
    with pytest.raises(TypeError, match=r"^recvmsg_into\(\) argument 1 must be an iterable$"):
        one.recvmsg_into(wrong)


@pytest.mark.parametrize(
    "wrong",
    [b"bytes", memoryview(b"bytes"), "text", None, 5, memoryview(bytearray(8))[::2], memoryview(bytearray(8))[::-1]],
)
def test_recvmsg_into_invalid_buffer_raises_and_keeps_the_data(pair, wrong):
    one, two = pair()
    two.send(b"kept")
    with pytest.raises((TypeError, BufferError)):
        one.recvmsg_into([bytearray(2), wrong])
    assert one.recv(9) == b"kept"


@pytest.mark.parametrize("wrong", ["text", None, 5, [b"nested"], memoryview(b"12345678")[::2]])
def test_sendmsg_of_invalid_buffer_raises_and_sends_nothing(pair, wrong):
    one, two = pair(timeout=0)
    with pytest.raises((TypeError, BufferError)):
        one.sendmsg([b"first", wrong])
    with pytest.raises(BlockingIOError):
        two.recv(1)


@pytest.mark.parametrize(("size", "exc_type"), [(-1, ValueError), (1.0, TypeError), ("5", TypeError), (None, TypeError),
                                            (1 << 70, OverflowError)])  # fmt: skip
def test_recvmsg_with_invalid_size_raises(pair, size, exc_type):
    one, two = pair()
    two.send(b"kept")
    with pytest.raises(exc_type):
        one.recvmsg(size)
    with pytest.raises(exc_type):
        one.recvmsg(5, size)
    with pytest.raises(exc_type):
        one.recvmsg_into([bytearray(5)], size)
    assert one.recv(9) == b"kept"


def test_recvmsg_with_negative_size_matches_cpython_message(pair):
    one, _ = pair()
    with pytest.raises(ValueError, match=r"^negative buffer size in recvmsg\(\)$"):
        one.recvmsg(-1)
    for size in (-1, *([1 << 32] if sys.maxsize > 1 << 32 else [])):
        for call in (lambda: one.recvmsg(1, size), lambda: one.recvmsg_into([bytearray(1)], size)):  # noqa: B023
            with pytest.raises(ValueError, match=r"^invalid ancillary data buffer length$"):
                call()


def test_sendmsg_and_recvmsg_on_unready_socket_raise_or_time_out(pair):
    one, _two = pair(timeout=0)
    sent = one.sendmsg([bytes(1 << 24), bytes(5000)])
    assert sent == (1 << 24) + 5000 if accepts_all_data() else sent < 1 << 24  # the part that fits the buffer
    for call in (lambda: one.sendmsg([bytes(65_000)]), lambda: one.recvmsg(1)):
        with pytest.raises(BlockingIOError):  # noqa: PT012 - TCP makes room for a while
            while True:
                call()
    one.settimeout(0.05)
    with pytest.raises(sockcore.timeout):  # noqa: PT012
        while True:
            one.sendmsg([bytes(65_000)])
    for call in (lambda: one.recvmsg(1), lambda: one.recvmsg_into([bytearray(1)])):
        with pytest.raises(sockcore.timeout):
            call()


#: The methods that return received data.
COUNTED = {
    "recv": lambda sock, flags, size=4: sock.recv(size, flags),
    "recvfrom": lambda sock, flags, size=4: sock.recvfrom(size, flags)[0],
    "recvmsg": lambda sock, flags, size=4: sock.recvmsg(size, 0, flags)[0],
    "recvmmsg": lambda sock, flags, size=4: sock.recvmmsg(1, size, 0, flags)[0][0],
}


@pytest.fixture
def tcp(listener, closing):
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.connect(address)
    connection = closing.enter_context(server.accept()[0])
    connection.settimeout(LIMIT)
    return client, connection


@needs_trunc
@pytest.mark.parametrize("call", COUNTED)
def test_receive_methods_with_trunc_on_tcp_return_zeros(tcp, call):
    """With MSG_TRUNC, no previous content of memory is returned."""
    client, connection = tcp
    for flags, expected in ((sockcore.MSG_PEEK, b"data"), (0, b"data"), (sockcore.MSG_TRUNC, bytes(4))):
        client.sendall(b"data" if flags != 0 else b"")
        assert COUNTED[call](connection, flags) == expected


#: Above and below the size of the shared buffers.
SIZES = (100, 1 << 16, 1 << 20)


@needs_trunc
@pytest.mark.parametrize("peek", [0, sockcore.MSG_PEEK])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("call", COUNTED)
def test_receive_methods_with_trunc_and_any_size_return_zeros(tcp, call, size, peek):
    client, connection = tcp
    client.sendall(b"secret" * 10)
    assert COUNTED[call](connection, 0, size)[:6] == b"secret"
    client.sendall(b"x" * 40)
    assert COUNTED[call](connection, sockcore.MSG_TRUNC | peek, size) == bytes(40)
    if peek:
        assert COUNTED[call](connection, 0, size)[:1] == b"x"


@needs_trunc
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("call", COUNTED)
def test_recv_with_trunc_on_local_stream_returns_the_data(pair, call, size):
    one, two = pair()
    one.sendall(b"x" * 40)
    assert COUNTED[call](two, sockcore.MSG_TRUNC, size) == b"x" * 40


@pytest.mark.skipif(systems.is_sanitized(), reason="the sanitizer replaces the allocator")
@needs_trunc
@pytest.mark.parametrize("call", COUNTED)
def test_recv_with_trunc_touches_no_unused_memory(tcp, call):
    import resource

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    client, connection = tcp
    size = 1 << 26
    client.sendall(b"x" * 80)
    assert COUNTED[call](connection, sockcore.MSG_TRUNC, 40) == bytes(40)
    before = faults()
    assert COUNTED[call](connection, sockcore.MSG_TRUNC, size) == bytes(40)
    assert faults() - before < size // resource.getpagesize() // 4


@needs_trunc
@pytest.mark.skipif(sys.maxsize < 1 << 32, reason="tests a size of 62 bits")
@pytest.mark.parametrize("call", COUNTED)
def test_recv_with_trunc_of_more_than_memory_raises_and_keeps_the_data(tcp, call):
    client, connection = tcp
    client.sendall(b"kept")
    with pytest.raises((MemoryError, OverflowError)):
        COUNTED[call](connection, sockcore.MSG_TRUNC, 1 << 62)
    assert connection.recv(9) == b"kept"


@needs_trunc
@pytest.mark.skipif(sys.maxsize > 1 << 32, reason="tests half of a 32-bit address space")
@pytest.mark.parametrize("call", COUNTED)
def test_recv_with_trunc_of_half_the_address_space_returns_zeros_or_raises(tcp, call):
    client, connection = tcp
    client.sendall(b"kept")
    try:
        assert COUNTED[call](connection, sockcore.MSG_TRUNC, (1 << 31) - 1) == bytes(4)
    except (MemoryError, OverflowError):
        assert connection.recv(9) == b"kept"


@needs_trunc
def test_recvmsg_into_with_trunc_on_tcp_leaves_the_buffer(tcp):
    client, connection = tcp
    buffer = bytearray(b"mine")
    client.sendall(b"data")
    assert connection.recvmsg_into([buffer], 0, sockcore.MSG_TRUNC)[0] == 4
    assert buffer == b"mine"


class Changes:
    """A bytes-like object. Acquiring its buffer clears the list that contains it."""

    def __init__(self, items):
        self.items = items

    def __buffer__(self, flags):
        self.items.clear()
        return memoryview(b"Hello")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes in Python cannot export buffers before 3.12")
def test_sendmsg_of_list_that_changes_uses_the_original(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    for send in (lambda items: one.sendmsg(items), lambda items: one.sendmmsg([items, b"x"])):
        items = []
        items += [Changes(items), b"World"]
        send(items)
        assert two.recv(100) == b"HelloWorld"
    messages = []
    messages += [Changes(messages), b"World"]
    assert one.sendmmsg(messages) == 2
    if WINDOWS:
        return  # Windows has no SCM_RIGHTS
    ancdata = []
    ancdata += [(sockcore.SOL_SOCKET, 1, Changes(ancdata))]
    with pytest.raises(OSError, match=str(errno.EBADF)):  # b"Hello" is not a descriptor
        one.sendmsg([b"x"], ancdata)
