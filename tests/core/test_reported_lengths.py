"""Lengths that the kernel reports.

The pure backend limits them to the buffer.
"""

from __future__ import annotations

import ctypes
import sys

import pytest

import sockcore
from sockcore._system import system as backend

if backend.NAME != "posix":
    pytest.skip("tests the pure backend", allow_module_level=True)

from sockcore._system import foreign, messages, posix

SCM_RIGHTS = 1


@pytest.fixture
def two_messages(pair):
    """Return a datagram socket with two messages to receive."""
    one, two = pair(sockcore.SOCK_DGRAM)
    for data in (b"first", b"second"):
        one.send(data)
    return two


def exaggerated(call, struct, fields, extra):
    """Return a function that calls *call* and exaggerates lengths.

    It adds *extra* to the numbered *fields* of each header.
    """

    def lie(fd, headers, *arguments):
        count = arguments[0] if len(arguments) > 1 else 1
        done = call(fd, headers, *arguments)
        memory = (ctypes.c_char * (count * struct.size)).from_address(foreign.address_of(headers))
        for number in range(count):
            values = list(struct.unpack_from(memory, number * struct.size))
            for field in fields:
                values[field] += extra
            struct.pack_into(memory, number * struct.size, *values)
        return done

    return lie


def exaggerate(length):
    """Add 1000 to a length, which is the argument for a pointer."""
    if sys.implementation.name == "pypy":
        ctypes.c_uint32.from_address(foreign.address_of(length)).value += 1000
    else:
        ctypes.cast(length, ctypes.POINTER(ctypes.c_uint32))[0] += 1000


@pytest.mark.skipif(messages.recvmmsg is None, reason="no recvmmsg(2)")
@pytest.mark.parametrize("extra", [1, 200, 1 << 20])
def test_recvmmsg_of_longer_fields_truncates_to_its_buffers(monkeypatch, pair, extra):
    one, two = pair(sockcore.SOCK_DGRAM)
    for _ in range(2):
        one.sendmsg([b"data"], [(sockcore.SOL_SOCKET, SCM_RIGHTS, b"")])
    lie = exaggerated(messages._recvmmsg, messages._mmsghdr, (1, 5, 7), extra)
    monkeypatch.setattr(messages, "_recvmmsg", lie)
    targets = [[memoryview(bytearray(b"." * 9))] for _ in range(2)]
    received = messages.recvmmsg(two.fileno(), targets, 64, 0, 16)
    assert len(received) == 2
    for _, control, _, address in received:
        assert len(control) <= 64
        assert len(address) <= 16


@pytest.mark.skipif(messages.recvmmsg is None, reason="no recvmmsg(2)")
def test_recvmmsg_of_more_messages_returns_at_most_count(monkeypatch, two_messages):
    real = messages._recvmmsg
    monkeypatch.setattr(messages, "_recvmmsg", lambda *arguments: real(*arguments) + 7)
    assert [data for data, _, _, _ in two_messages.recvmmsg(2, 9)] == [b"first", b"second"]


@pytest.mark.parametrize("size", [9, 1 << 17])
def test_recvmsg_of_longer_fields_truncates_to_its_buffers(monkeypatch, two_messages, size):
    for name, struct in (("_recvmsg", messages._msghdr),):
        monkeypatch.setattr(messages, name, exaggerated(getattr(messages, name), struct, (1, 5), 1000))
    for receive in (
        lambda: messages.recvmsg_bytes(two_messages.fileno(), size, 64, 0, 16)[1:],
        lambda: messages.recvmsg(two_messages.fileno(), [memoryview(bytearray(size))], 64, 0, 16)[1:],
    ):
        control, _, address = receive()
        assert len(control) <= 64
        assert len(address) <= 16


@pytest.mark.parametrize("size", [1, 4, 100])
def test_getsockopt_of_longer_value_truncates_to_its_buffer(monkeypatch, pair, size):
    real = posix._getsockopt

    def lie(fd, level, option, value, length):
        done = real(fd, level, option, value, length)
        exaggerate(length)
        return done

    monkeypatch.setattr(posix, "_getsockopt", lie)
    one, _ = pair()
    level, option = int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE)
    whole = int(sockcore.SOCK_STREAM).to_bytes(4, sys.byteorder)
    assert posix.getsockopt(one.fileno(), level, option, size)[:4] == whole[:size]
    assert len(posix.getsockopt(one.fileno(), level, option, size)) == size
    assert posix.getsockopt_int(one.fileno(), level, option) == sockcore.SOCK_STREAM


@pytest.mark.parametrize("size", [2, 16, 128])
def test_getsockname_of_longer_address_truncates_to_its_buffer(monkeypatch, listener, size):
    real = posix._getsockname

    def lie(fd, address, length):
        done = real(fd, address, length)
        exaggerate(length)
        return done

    server, address = listener()
    monkeypatch.setattr(posix, "_getsockname", lie)
    assert posix.getsockname(server.fileno(), size)[:16] == address[:size]
    assert len(posix.getsockname(server.fileno(), size)) == size


def test_send_of_larger_count_returns_the_size_of_the_data(monkeypatch, pair):
    one, two = pair()
    real = posix._send
    monkeypatch.setattr(posix, "_send", lambda *arguments: real(*arguments) + 1000)
    assert one.send(b"data", sockcore.MSG_DONTROUTE) == 4
    assert one.sendall(b"data", sockcore.MSG_DONTROUTE) is None
    assert two.recv(100) == b"datadata"
