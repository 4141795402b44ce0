"""sendmsg and recvmsg on Windows, which the standard module lacks."""

from __future__ import annotations

import array
import errno
import struct
import sys
import time

import pytest
from systems import AF_INET, LIMIT, LONGEST_DATAGRAM, loopback, name_of

import sockcore

if sys.platform != "win32":
    pytest.skip("Winsock exists only on Windows", allow_module_level=True)

from sockcore._system import winsock_messages
from sockcore._system.winsock_messages import _whole_messages

DGRAM = sockcore.SOCK_DGRAM
TRUNC, CTRUNC, PEEK = sockcore.MSG_TRUNC, sockcore.MSG_CTRUNC, sockcore.MSG_PEEK
IPPROTO_IP, IP_PKTINFO = 0, 19
PKTINFO = struct.Struct("4sI")  # IN_PKTINFO: address and interface
ROOM = sockcore.CMSG_SPACE(PKTINFO.size)


@pytest.fixture
def pktinfo_pair(pair):
    """Return a connected UDP pair, the second socket with IP_PKTINFO."""
    one, two = pair(DGRAM, timeout=LIMIT)
    two.setsockopt(IPPROTO_IP, IP_PKTINFO, 1)
    return one, two


@pytest.mark.parametrize("sock_type", [sockcore.SOCK_STREAM, DGRAM])
def test_sendmsg_and_recvmsg_into_use_several_buffers(pair, sock_type):
    one, two = pair(sock_type, timeout=LIMIT)
    parts = [b"ab", bytearray(b"c"), memoryview(b"xxdefxx")[2:5], array.array("B", b"gh"), b"", memoryview(b"ij")]
    assert one.sendmsg(parts) == 10
    buffers = [bytearray(3), array.array("H", [0, 0]), bytearray(0), memoryview(bytearray(9))[2:7]]
    count, messages, flags, address = two.recvmsg_into(buffers)
    assert (count, messages, flags) == (10, [], 0)
    assert address == (None if sock_type == sockcore.SOCK_STREAM else one.getsockname())
    assert b"".join(map(bytes, (buffers[0], buffers[1].tobytes(), buffers[3])))[:10] == b"abcdefghij"


def test_sendmsg_of_many_buffers_sends_all(pair):
    one, two = pair(DGRAM, timeout=LIMIT)
    many = 1024  # Windows accepts more, Wine as many as Linux
    assert one.sendmsg([b"%c" % (n % 256) for n in range(many)]) == many
    buffers = [bytearray(1) for _ in range(many)]
    assert two.recvmsg_into(buffers)[0] == many
    assert b"".join(buffers) == bytes(n % 256 for n in range(many))


def test_sendmsg_beyond_the_limit_of_winsock_sends_a_part(pair, monkeypatch):
    """The limit is lowered here, to avoid filling two gigabytes."""
    monkeypatch.setattr(winsock_messages, "_LONGEST", 5)
    one, two = pair(timeout=LIMIT)
    assert one.sendmsg([b"123", b"456", b"7"]) == 5
    assert one.sendmsg([b"67"]) == 2
    while len(two.recv(7, PEEK)) < 7:
        time.sleep(0.001)
    buffers = [bytearray(4), bytearray(4), bytearray(4)]
    assert two.recvmsg_into(buffers)[0] == 5
    assert buffers == [b"1234", b"5\0\0\0", bytes(4)]
    assert two.recvmsg_into(buffers)[0] == 2


@pytest.mark.parametrize("flags", [0, PEEK])
@pytest.mark.parametrize("room", [0, 1, 7])
def test_recvmsg_of_longer_datagram_sets_msg_trunc(pktinfo_pair, room, flags):
    """recv reports an error on Windows. recvmsg sets MSG_TRUNC, as on other systems."""
    one, two = pktinfo_pair
    one.send(b"12345678")
    data, messages, result, address = two.recvmsg(room, ROOM, flags)
    assert (data, result, address) == (b"12345678"[:room], TRUNC, one.getsockname())
    assert [cmsg_type for _, cmsg_type, _ in messages] == [IP_PKTINFO]
    if not flags:
        one.send(b"next")
    assert two.recvmsg(9, ROOM)[0] == (b"12345678" if flags else b"next")


def test_recvmsg_into_of_longer_datagram_fills_all_buffers(pair):
    one, two = pair(DGRAM, timeout=LIMIT)
    one.send(b"12345678")
    buffers = [bytearray(3), bytearray(2)]
    assert two.recvmsg_into(buffers)[::2] == (5, TRUNC)
    assert buffers == [b"123", b"45"]
    one.send(b"12345678")
    with pytest.raises(OSError) as refusal:
        two.recv(5)
    assert refusal.value.errno == errno.EMSGSIZE


def test_recvmsg_of_exact_size_sets_no_flag(pair):
    one, two = pair(DGRAM, timeout=LIMIT)
    for data in (b"12345678", b""):
        one.send(data)
        assert two.recvmsg(len(data))[:3] == (data, [], 0)


def test_recvmsg_of_longest_datagram_returns_it(pair):
    one, two = pair(DGRAM, timeout=LIMIT)
    data = bytes(range(256)) * 256
    assert one.sendmsg([data[:30_000], data[30_000:LONGEST_DATAGRAM]]) == LONGEST_DATAGRAM
    assert two.recvmsg(1 << 16)[:3] == (data[:LONGEST_DATAGRAM], [], 0)
    with pytest.raises(OSError) as refusal:
        one.sendmsg([data, b"too long"])
    assert refusal.value.errno == errno.EMSGSIZE


def test_recvmsg_with_pktinfo_returns_the_destination(pktinfo_pair):
    one, two = pktinfo_pair
    one.send(b"data")
    data, ((level, cmsg_type, info),), flags, address = two.recvmsg(10, ROOM)
    assert (data, level, cmsg_type, flags, address) == (b"data", IPPROTO_IP, IP_PKTINFO, 0, one.getsockname())
    where, interface = PKTINFO.unpack(info)
    assert where == b"\x7f\0\0\1"
    assert interface > 0


@pytest.mark.parametrize("room", [0, 1, sockcore.CMSG_LEN(0), ROOM - 1])
@pytest.mark.parametrize("size", [4, 100])
def test_recvmsg_without_room_for_control_sets_ctrunc_and_keeps_data(pktinfo_pair, room, size):
    one, two = pktinfo_pair
    one.send(b"data")
    assert two.recvmsg(size, room) == (b"data", [], CTRUNC, one.getsockname())
    one.send(b"data")
    buffer = bytearray(size)
    assert two.recvmsg_into([buffer], room) == (4, [], CTRUNC, one.getsockname())
    assert bytes(buffer) == b"data".ljust(size, b"\0")


def test_recvmsg_without_room_for_data_and_control_sets_both_flags(pktinfo_pair):
    one, two = pktinfo_pair
    one.send(b"data")
    assert two.recvmsg(3, 1) == (b"dat", [], TRUNC | CTRUNC, one.getsockname())


def test_recvmmsg_returns_control_messages(pktinfo_pair):
    one, two = pktinfo_pair
    assert one.sendmmsg([b"a", b"too long", b"c"]) == 3
    first, second, third = two.recvmmsg(5, 3, ROOM)
    assert (first[0], second[0], third[0]) == (b"a", b"too", b"c")
    assert (first[2], second[2], third[2]) == (0, TRUNC, 0)
    assert all(cmsg_type == IP_PKTINFO for _, ((_, cmsg_type, _),), _, _ in (first, second, third))


def test_sendmsg_sends_control_messages(closing):
    """The control message selects the source address. Wine ignores it."""
    one, two = (closing.enter_context(sockcore.socket(AF_INET, DGRAM)) for _ in range(2))
    for sock in (one, two):
        sock.bind(loopback())
        sock.settimeout(LIMIT)
    control = [(IPPROTO_IP, IP_PKTINFO, PKTINFO.pack(b"\x7f\0\0\1", 0))]
    assert one.sendmsg([b"da", b"ta"], control, 0, name_of(two)) == 4
    assert two.recvmsg(10)[::3] == (b"data", one.getsockname())


@pytest.mark.parametrize("size", range(80))
def test_whole_messages_returns_complete_control_messages(size):
    messages = [(0, 19, b"12345678"), (41, 7, b"x"), (1, 2, b"")]
    raws = [sockcore.ancillary.pack([message]) for message in messages]
    kept, left, count = b"", size, 0
    for (_, _, data), raw in zip(messages, raws):
        if sockcore.CMSG_LEN(len(data)) > left:
            break
        kept, left, count = kept + raw, left - len(raw), count + 1
    result = _whole_messages(b"".join(raws), size)
    assert result == kept[:size]
    assert sockcore.ancillary.unpack(result) == messages[:count]


def test_whole_messages_with_zero_length_ends_there():
    assert _whole_messages(bytes(100), 50) == b""


@pytest.mark.parametrize("timeout", [None, 0, 5])
@pytest.mark.parametrize("sock_type", [sockcore.SOCK_STREAM, DGRAM])
def test_recvmsg_works_in_all_timeout_modes(pair, sock_type, timeout):
    one, two = pair(sock_type, timeout=timeout)
    one.sendmsg([b"data"])
    assert two.recvmsg(10, 100)[0] == b"data"
    if timeout == 0:
        for call in (lambda: two.recvmsg(1), lambda: two.recvmsg_into([bytearray(1)])):
            with pytest.raises(BlockingIOError):
                call()


def test_recvmsg_at_end_of_stream_returns_empty(pair):
    one, two = pair(timeout=LIMIT)
    one.shutdown(sockcore.SHUT_WR)
    assert two.recvmsg(5) == (b"", [], 0, None)
    assert two.recvmsg_into([bytearray(5)]) == (0, [], 0, None)
