"""Buffers to receive into: types, slices, sizes, and invalid ones."""

from __future__ import annotations

import array
import ctypes
import os
import platform
import subprocess
import sys
import threading

import pytest
import systems

import sockcore

PEEK = sockcore.MSG_PEEK


class Matrix(ctypes.Structure):
    _fields_ = (("first", ctypes.c_int32), ("rest", ctypes.c_uint8 * 4))


# Each creates a writable buffer of eight bytes.
WRITABLE = {
    "bytearray": lambda: bytearray(8),
    "memoryview": lambda: memoryview(bytearray(8)),
    "slice": lambda: memoryview(bytearray(20))[6:14],
    "array of ints": lambda: array.array("i", [0, 0]),
    "array of floats": lambda: array.array("d", [0]),
    "ctypes array": lambda: (ctypes.c_char * 8)(),
    "ctypes ints": lambda: (ctypes.c_int32 * 2)(),
    "ctypes structure": Matrix,
    "two dimensions": lambda: memoryview(bytearray(8)).cast("B", (2, 4)),
    "signed": lambda: memoryview(bytearray(8)).cast("b"),
}


def content(buffer):
    return memoryview(buffer).tobytes()


INTO = {
    "recv_into": lambda sock, buffer, *more: sock.recv_into(buffer, *more),
    "recvfrom_into": lambda sock, buffer, *more: sock.recvfrom_into(buffer, *more)[0],
}


@pytest.mark.parametrize("flags", [0, sockcore.MSG_WAITALL])
@pytest.mark.parametrize("method", INTO)
@pytest.mark.parametrize("buffer_type", WRITABLE)
def test_recv_into_fills_any_writable_buffer(pair, method, buffer_type, flags):
    one, two = pair()
    two.send(b"12345678+")
    buffer = WRITABLE[buffer_type]()
    assert INTO[method](one, buffer, 0, flags) == 8
    assert content(buffer) == b"12345678"
    assert INTO[method](one, buffer) == 1
    assert content(buffer) == b"+2345678"


@pytest.mark.parametrize("method", INTO)
def test_recv_into_with_nbytes_fills_a_part(pair, method):
    one, two = pair()
    two.send(b"abcdef")
    buffer = bytearray(b"........")
    assert INTO[method](one, buffer, 3) == 3
    assert buffer == b"abc....."
    assert INTO[method](one, memoryview(buffer)[4:], 2) == 2
    assert buffer == b"abc.de.."
    assert INTO[method](one, buffer, 8) == 1
    assert buffer == b"fbc.de.."


@pytest.mark.parametrize("method", INTO)
def test_recv_into_accepts_keywords(pair, method):
    one, two = pair()
    two.send(b"abcdef")
    buffer = bytearray(8)
    received = getattr(one, method)(buffer=buffer, nbytes=2, flags=PEEK)
    assert received == 2 or received[0] == 2
    assert (buffer[:2], one.recv(9)) == (b"ab", b"abcdef")


@pytest.mark.parametrize("method", INTO)
@pytest.mark.parametrize("wrong", [b"12345678", memoryview(b"12345678"), "text", None, 5, [bytearray(8)]])
def test_recv_into_read_only_object_raises_type_error(pair, method, wrong):
    one, two = pair()
    two.send(b"kept")
    with pytest.raises(TypeError) as refusal:
        INTO[method](one, wrong)
    assert str(refusal.value).startswith(f"{method}() argument 1 must be read-write bytes-like object, not ")
    assert one.recv(9) == b"kept"


@pytest.mark.parametrize("method", INTO)
def test_recv_into_non_contiguous_buffer_raises(pair, method):
    one, two = pair()
    two.send(b"kept")
    for view in (memoryview(bytearray(8))[::2], memoryview(bytearray(8))[::-1]):
        with pytest.raises((TypeError, BufferError)):
            INTO[method](one, view)
    assert one.recv(9) == b"kept"


@pytest.mark.parametrize("method", INTO)
def test_recv_into_with_invalid_size_raises(pair, method):
    one, two = pair()
    two.send(b"kept")
    with pytest.raises(ValueError, match=rf"^negative buffersize in {method}$"):
        INTO[method](one, bytearray(8), -1)
    with pytest.raises(ValueError, match=r"buffer too small for requested bytes|nbytes is greater than the length"):
        INTO[method](one, bytearray(8), 9)
    with pytest.raises(OverflowError):
        INTO[method](one, bytearray(8), 1 << 70)
    for wrong in (1.0, "1", None):
        with pytest.raises(TypeError):
            INTO[method](one, bytearray(8), wrong)
    assert one.recv(9) == b"kept"


@pytest.mark.parametrize("method", ["recv", "recvfrom"])
def test_recv_with_invalid_size_raises_and_keeps_the_data(pair, method):
    one, two = pair()
    two.send(b"kept")
    receive = getattr(one, method)
    with pytest.raises(ValueError, match=rf"^negative buffersize in {method}$"):
        receive(-1)
    for wrong, exc_type in ((1.0, TypeError), ("1", TypeError), (None, TypeError), (1 << 70, OverflowError)):
        with pytest.raises(exc_type):
            receive(wrong)
    with pytest.raises((MemoryError, OverflowError)):
        receive((1 << 62) if sys.maxsize > 1 << 32 else (1 << 31) - 1)
    assert one.recv(9) == b"kept"


RECEIVE = {
    "recv": lambda sock, size: sock.recv(size),
    "recvfrom": lambda sock, size: sock.recvfrom(size)[0],
    "recvmsg": lambda sock, size: sock.recvmsg(size)[0],
}
if not hasattr(sockcore.socket, "recvmsg"):
    del RECEIVE["recvmsg"]


@pytest.mark.parametrize("size", [0xFFFF, 0x10000, 0x10001, 0x40000, 0x100000, 0x100001])
@pytest.mark.parametrize("method", RECEIVE)
def test_large_receive_returns_the_data_only(pair, method, size):
    one, two = pair()
    for count in (1, 1000, 0x7FFF, 0x8000, 0x8001, 1):
        data = bytes([count % 251]) * (count - 1) + b"."
        two.sendall(data)
        received = b""
        while len(received) < count:  # some systems divide it
            received += RECEIVE[method](one, size)
        assert received == data


@pytest.mark.parametrize("method", RECEIVE)
def test_large_receives_in_threads_do_not_mix(pair, method):
    def echo(sock, number):
        one, two = sock
        for length in range(1, 300):
            data = bytes([number, length % 256]) * length
            two.sendall(data)
            received = b""
            while len(received) < len(data):
                received += RECEIVE[method](one, 0x40000)
            results[number] &= received == data

    pairs, results = [pair(timeout=systems.LIMIT) for _ in range(4)], [True] * 4
    threads = [threading.Thread(target=echo, args=(sock, number)) for number, sock in enumerate(pairs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4


COUNT_FAULTS = """
import resource, sys
sys.path.insert(0, {here!r})
import systems

def count_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

one, two = systems.socketpair(systems.sockcore.SOCK_STREAM)
counts = []
for _ in range(3):
    before = count_faults()
    for _ in range(500):
        two.send(b"data")
        one.{method}(0x40000)
    counts.append(count_faults() - before)
one.close()
two.close()
print(min(counts))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries map each large block anew")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="the memory of PyPy is its own")
@pytest.mark.skipif(systems.is_sanitized(), reason="the sanitizer never uses memory again at once")
@pytest.mark.parametrize("method", RECEIVE)
def test_large_receives_of_little_data_use_the_same_memory(method):
    code = COUNT_FAULTS.format(here=os.path.dirname(__file__), method=method)
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60)
    assert int(done.stdout) < 100  # with a new page for each receive: at least 500
