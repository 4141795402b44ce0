"""Sent buffers: types, slices, datagrams of all sizes, flags, errors."""

from __future__ import annotations

import array
import ctypes
import errno
import os
import sys

import pytest
from systems import DONTWAIT, LOCAL, LONGEST_DATAGRAM, SEND_FLAG, WINDOWS

import sockcore

PEEK = sockcore.MSG_PEEK
#: A socket type with message boundaries. Windows lacks SOCK_SEQPACKET.
MESSAGES = sockcore.SOCK_DGRAM if WINDOWS else sockcore.SOCK_SEQPACKET


# Each creates a buffer of eight bytes.
READABLE = {
    "bytearray": lambda: bytearray(8),
    "memoryview": lambda: memoryview(bytearray(8)),
    "slice": lambda: memoryview(bytearray(20))[6:14],
    "array of floats": lambda: array.array("d", [0]),
    "ctypes array": lambda: (ctypes.c_char * 8)(),
    "ctypes ints": lambda: (ctypes.c_int32 * 2)(),
    "two dimensions": lambda: memoryview(bytearray(8)).cast("B", (2, 4)),
    "signed": lambda: memoryview(bytearray(8)).cast("b"),
    "bytes": lambda: bytes(8),
    "read-only view": lambda: memoryview(bytes(8)),
    "read-only slice": lambda: memoryview(bytes(20))[6:14],
}


CALLS = {
    "recv": lambda sock, flags: sock.recv(4, flags),
    "recv_into": lambda sock, flags: sock.recv_into(bytearray(4), 0, flags),
    "recvfrom": lambda sock, flags: sock.recvfrom(4, flags),
    "recvfrom_into": lambda sock, flags: sock.recvfrom_into(bytearray(4), 0, flags),
    "recvmsg": lambda sock, flags: sock.recvmsg(4, 0, flags),
    "recvmsg_into": lambda sock, flags: sock.recvmsg_into([bytearray(4)], 0, flags),
    "send": lambda sock, flags: sock.send(b"x", flags),
    "sendall": lambda sock, flags: sock.sendall(b"x", flags),
    "sendto": lambda sock, flags: sock.sendto(
        b"x", flags, sockcore.RawAddress(sockcore.plugin.sockaddr_header(LOCAL, 2))
    ),
    "sendmsg": lambda sock, flags: sock.sendmsg([b"x"], [], flags),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("flags", "exc_type"),
    [(None, TypeError), ("", TypeError), ("4", TypeError), (0.0, TypeError), (4.0, TypeError), ([], TypeError),
     (1 << 31, OverflowError), (-(1 << 31) - 1, OverflowError), (1 << 80, OverflowError)],
)  # fmt: skip
def test_send_and_recv_with_invalid_flags_raise(pair, call, flags, exc_type):
    one, two = pair()
    two.send(b"kept")
    with pytest.raises(exc_type):
        CALLS[call](one, flags)
    assert one.recv(9) == b"kept"
    two.setblocking(False)
    with pytest.raises(BlockingIOError):
        two.recv(1)


@pytest.mark.parametrize("flags", [False, True, DONTWAIT, PEEK | DONTWAIT])
def test_recv_accepts_any_integer_as_flags(pair, flags):
    one, two = pair()
    two.send(b"data")
    flags = flags if flags is not True else type("Index", (), {"__index__": lambda self: int(PEEK)})()
    assert one.recv(2, flags) == b"da"


SENDS = {
    "send": lambda sock, data: sock.send(data),
    "send with flags": lambda sock, data: sock.send(data, SEND_FLAG),
    "sendall": lambda sock, data: sock.sendall(data) or 8,
    "sendall with flags": lambda sock, data: sock.sendall(data, SEND_FLAG) or 8,
    "sendmsg": lambda sock, data: sock.sendmsg([data]),
}


@pytest.mark.parametrize("method", SENDS)
@pytest.mark.parametrize("buffer_type", READABLE)
def test_send_accepts_any_buffer(pair, method, buffer_type):
    one, two = pair()
    buffer = READABLE[buffer_type]()
    expected = bytes(8)
    if not memoryview(buffer).readonly:
        memoryview(buffer).cast("B")[:] = expected = os.urandom(8)
    assert SENDS[method](one, buffer) == 8
    assert two.recv(20) == expected


@pytest.mark.parametrize("method", SENDS)
@pytest.mark.parametrize("wrong", ["text", None, 5, [1, 2], object()])
def test_send_of_invalid_object_raises_type_error(pair, method, wrong):
    one, two = pair(timeout=0)
    with pytest.raises(TypeError, match="bytes-like object is required"):
        SENDS[method](one, wrong)
    with pytest.raises(BlockingIOError):
        two.recv(1)


@pytest.mark.parametrize("method", SENDS)
def test_send_of_non_contiguous_buffer_raises(pair, method):
    one, two = pair(timeout=0)
    with pytest.raises(BufferError, match="contiguous"):
        SENDS[method](one, memoryview(b"12345678")[::2])
    with pytest.raises(BlockingIOError):
        two.recv(1)


def test_send_of_empty_datagram_sends_it(pair):
    one, two = pair(MESSAGES)
    for send in SENDS.values():
        send(one, b"")
        assert two.recvfrom(5)[0] == b""
    two.setblocking(False)
    with pytest.raises(BlockingIOError):
        two.recv(5)


@pytest.mark.parametrize("size", [1, 65507, *([65535, 65536, 65537, 150_000] if LONGEST_DATAGRAM > 65507 else [])])
def test_send_and_recv_transfer_datagrams_of_all_sizes(pair, size):
    one, two = pair(sockcore.SOCK_DGRAM)
    one.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_SNDBUF, 1 << 19)
    data = os.urandom(size)
    two.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUF, 1 << 19)
    wait_all = 0 if WINDOWS else sockcore.MSG_WAITALL  # only for streams there
    for receive in (lambda: two.recv(size), lambda: two.recv(size + 5, wait_all),
                    lambda: two.recvfrom(size)[0], lambda: two.recvmsg(size)[0]):  # fmt: skip
        assert one.send(data) == size
        assert receive() == data
    one.send(data)
    if not WINDOWS:
        assert two.recv(size // 2) == data[: size // 2]
    elif size > 1:
        with pytest.raises(OSError) as refusal:
            two.recv(size // 2)
        assert refusal.value.errno == errno.EMSGSIZE


@pytest.mark.skipif(WINDOWS, reason="Windows reports a truncated datagram as an error, without its length")
def test_recv_with_trunc_of_longer_datagram_returns_its_length(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    for _ in range(6):
        one.send(b"12345678")
    assert two.recv(3, sockcore.MSG_TRUNC | sockcore.MSG_PEEK) == b"123" + bytes(5)
    assert two.recv(3, sockcore.MSG_TRUNC) == b"123" + bytes(5)
    assert two.recvfrom(3, sockcore.MSG_TRUNC)[0] == b"123" + bytes(5)
    assert two.recvfrom(0, sockcore.MSG_TRUNC)[0] == bytes(8)
    assert two.recv_into(bytearray(3), 0, sockcore.MSG_TRUNC) == 8
    assert two.recvmsg(3, 0, sockcore.MSG_TRUNC)[0] == b"123"
    buffer = bytearray(b"mine....")
    assert two.recv_into(buffer, 3, sockcore.MSG_TRUNC) == 8
    assert buffer == b"123e...."


def test_send_of_too_long_datagram_raises_emsgsize(pair):
    one, _ = pair(sockcore.SOCK_DGRAM)
    with pytest.raises(OSError) as refusal:
        one.send(bytes(1 << 24))
    assert refusal.value.errno in (errno.EMSGSIZE, errno.ENOBUFS)


@pytest.mark.parametrize("arguments", [(), (b"x",), (b"x", 0, sockcore.RawAddress(b"\1\0"), 1)])
def test_sendto_with_wrong_number_of_arguments_raises_type_error(pair, arguments):
    one, _ = pair()
    with pytest.raises(TypeError):
        one.sendto(*arguments)


@pytest.mark.skipif(sys.implementation.name != "pypy", reason="ctypes has no address for a part of bytes")
def test_pointer_to_part_of_bytes_does_not_copy_on_pypy():
    from sockcore._system import buffers

    assert not isinstance(buffers.pointer_to(memoryview(b"abcd")[1:3]), bytes)
