"""Receiving with MSG_TRUNC.

Bytes that the kernel counts but does not write are zeros, never old content of memory.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import systems
from systems import LIMIT, loopback, name_of, socketpair

import sockcore

if sys.platform != "linux":
    pytest.skip("only Linux accepts MSG_TRUNC as a flag for receiving", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

TRUNC, PEEK = sockcore.MSG_TRUNC, sockcore.MSG_PEEK
DATA = b"abcdefgh" * 25
#: Method -> a call that returns the data. The last ones use the functions for unusual arguments.
RECEIVES: dict[str, Callable[..., bytes]] = {
    "recv": lambda sock, size, flags: sock.recv(size, flags),
    "recvfrom": lambda sock, size, flags: sock.recvfrom(size, flags)[0],
    "recvmsg": lambda sock, size, flags: sock.recvmsg(size, 0, flags)[0],
    "recvmmsg": lambda sock, size, flags: sock.recvmmsg(1, size, 0, flags)[0][0],
    "recv with an index": lambda sock, size, flags: sock.recv(Index(size), flags),
    "recvfrom with an index": lambda sock, size, flags: sock.recvfrom(Index(size), flags)[0],
    "recvmsg with an index": lambda sock, size, flags: sock.recvmsg(Index(size), Index(9), flags)[0],
    "recvmmsg with an index": lambda sock, size, flags: sock.recvmmsg(Index(1), Index(size), 0, flags)[0][0],
}
#: Matches CPython: these return as many bytes as the kernel counts, the others at most the requested number.
WHOLE = {"recv", "recvfrom", "recv with an index", "recvfrom with an index"}


class Index:
    """An integer of another type."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.fixture
def tcp(closing: ExitStack) -> tuple[Any, Any]:
    """Return two connected TCP sockets."""
    listener = closing.enter_context(sockcore.socket(2, sockcore.SOCK_STREAM))
    listener.bind(loopback())
    listener.listen()
    client = closing.enter_context(sockcore.socket(2, sockcore.SOCK_STREAM))
    client.connect(name_of(listener))
    server = closing.enter_context(listener.accept()[0])
    for sock in (client, server):
        sock.settimeout(LIMIT)
    return client, server


def fill_memory(size: int) -> None:
    """Fill freed blocks of about this size with data."""
    for extra in range(0, 200, 8):
        bytearray(b"\xaa" * (size + extra))


@pytest.mark.parametrize("flags", [TRUNC, TRUNC | PEEK])
@pytest.mark.parametrize("size", [1, 10, 300, 5000, 100_000, 3_000_000])
@pytest.mark.parametrize("method", RECEIVES)
def test_trunc_on_tcp_returns_zeros_for_discarded_bytes(
    tcp: tuple[Any, Any], method: str, size: int, flags: int
) -> None:
    client, server = tcp
    server.sendall(DATA)
    client.recv(len(DATA), PEEK | sockcore.MSG_WAITALL)
    for _ in range(3):
        fill_memory(size)
        data = RECEIVES[method](client, size, flags)
        assert data == bytes(min(size, len(DATA)))
        if not flags & PEEK:
            server.sendall(DATA[: len(data)])
            client.recv(len(DATA), PEEK | sockcore.MSG_WAITALL)


@pytest.mark.parametrize("flags", [TRUNC, TRUNC | PEEK])
@pytest.mark.parametrize("size", [1, 10, 300, 100_000])
@pytest.mark.parametrize("method", RECEIVES)
def test_trunc_on_local_stream_returns_data(method: str, size: int, flags: int) -> None:
    one, two = socketpair()
    with one, two:
        one.sendall(DATA)
        fill_memory(size)
        assert RECEIVES[method](two, size, flags) == DATA[:size]


@pytest.mark.parametrize("flags", [TRUNC, TRUNC | PEEK])
@pytest.mark.parametrize("size", [1, 10, 300, 20_000, 100_000])
@pytest.mark.parametrize("sock_type", [sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET])
@pytest.mark.parametrize("method", RECEIVES)
def test_trunc_on_datagrams_returns_data_then_zeros(method: str, sock_type: int, size: int, flags: int) -> None:
    one, two = sockcore.socketpair(1, sock_type)
    with one, two:
        sent = DATA * 250  # 50,000 bytes
        one.send(sent)
        fill_memory(size)
        data = RECEIVES[method](two, size, flags)
        assert data[:size] == sent[:size]
        assert data[size:] == bytes(max(len(sent) - size, 0) if method in WHOLE else 0)


@pytest.mark.parametrize("method", ["recvfrom", "recvmsg", "recvmmsg"])
def test_trunc_without_room_returns_zeros(method: str) -> None:
    one, two = sockcore.socketpair(1, sockcore.SOCK_DGRAM)
    with one, two:
        one.send(DATA)
        fill_memory(len(DATA))
        assert RECEIVES[method](two, 0, TRUNC) == bytes(len(DATA) if method in WHOLE else 0)


def test_trunc_on_tcp_leaves_buffer_of_program_unchanged(tcp: tuple[Any, Any]) -> None:
    client, server = tcp
    calls: list[Callable[[bytearray], Any]] = [
        lambda buffer: client.recv_into(buffer, 0, TRUNC),
        lambda buffer: client.recvfrom_into(buffer, 0, TRUNC)[0],
        lambda buffer: client.recvmsg_into([buffer], 0, TRUNC)[0],
        lambda buffer: client.recvmmsg_into([buffer], 0, TRUNC)[0][0],
    ]
    for call in calls:
        server.sendall(b"secret")
        client.recv(6, PEEK | sockcore.MSG_WAITALL)
        buffer = bytearray(b"mine" * 5)
        assert call(buffer) == 6
        assert buffer == b"mine" * 5


@pytest.mark.skipif(systems.is_sanitized(), reason="the sanitizer replaces the allocator")
@pytest.mark.parametrize("method", RECEIVES)
def test_trunc_of_large_size_touches_little_memory(tcp: tuple[Any, Any], method: str) -> None:
    import resource

    client, server = tcp
    server.sendall(DATA)
    client.recv(len(DATA), PEEK | sockcore.MSG_WAITALL)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        RECEIVES[method](client, 1 << 26, TRUNC | PEEK)
    pages = (1 << 26) // resource.getpagesize()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < pages // 4
