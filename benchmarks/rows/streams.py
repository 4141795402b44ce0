"""Rows about streams: small messages in each mode, and large blocks."""

from __future__ import annotations

from itertools import repeat
from threading import Thread
from typing import TYPE_CHECKING

from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

CONNECTIONS = {"unix": kit.pair, "tcp": kit.tcp}


def send_and_recv(net: Net, over: str, timeout: float | None) -> Iterator[Work]:
    with CONNECTIONS[over](net, timeout) as (left, right):
        send, recv = left.send, right.recv

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(kit.DATA)
                recv(64)

        yield work


def request_and_response(net: Net, over: str, leaves_cpu: bool) -> Iterator[Work]:
    with CONNECTIONS[over](net) as (left, right), kit.peer(right, kit.echo, leaves_cpu):
        send, recv = left.send, left.recv

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(kit.DATA)
                recv(64)

        yield work


def recv_into(net: Net) -> Iterator[Work]:
    with kit.pair(net) as (left, right):
        send, recv_into = left.send, right.recv_into
        space = bytearray(64)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(kit.DATA)
                recv_into(space)

        yield work


def sendall_blocks(net: Net, over: str, timeout: float | None) -> Iterator[Work]:
    with CONNECTIONS[over](net, timeout) as (left, right), kit.peer(right, kit.drain):
        block = bytes(kit.BLOCK)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                left.sendall(block)

        yield work


def recv_into_blocks(net: Net, over: str, timeout: float | None) -> Iterator[Work]:
    with CONNECTIONS[over](net, timeout) as (left, right), kit.peer(right, kit.feed):
        receive = receiver(left)
        yield receive


def both_in_threads(net: Net) -> Iterator[Work]:
    with kit.pair(net, None) as (left, right):
        receive = receiver(right)
        block = bytes(kit.BLOCK)

        def send(count: int) -> None:
            for _ in repeat(None, count):
                left.sendall(block)

        def work(count: int) -> None:
            thread = Thread(target=send, args=(count,))
            thread.start()
            receive(count)
            thread.join()

        yield work


def receiver(sock: Any) -> Work:
    """Return work that receives blocks into one buffer, each in several calls."""
    space = memoryview(bytearray(kit.BLOCK))

    def receive(count: int) -> None:
        left = count * kit.BLOCK
        while left:
            # Not more than one block: the sender of another sample may have started.
            got = sock.recv_into(space, min(left, kit.BLOCK))
            if not got:
                raise EOFError("the peer is gone")
            left -= got

    return receive
