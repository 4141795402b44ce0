"""Rows about servers: echo over TCP, with the selectors of the standard library.

All clients send, the server replies to each in the measured time, and all clients receive. The clients are plain
sockets of the same process, and not measured.
"""

from __future__ import annotations

import os
import selectors
import socket as plain
import sys
from contextlib import ExitStack
from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.measuring import clock
from benchmarks.rows import kit
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work


def echo(net: Net, connections: int) -> Iterator[Work]:
    if sys.platform == "win32":
        raise Skip("select() of Windows waits for 512 sockets at most, and os.read() does not read from a socket")
    descriptors = 2 * connections + 100
    kit.descriptors(descriptors, descriptors)
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        server = stack.enter_context(kit.listener(net))
        clients = []
        for _ in repeat(None, connections):
            client = plain.create_connection(server.getsockname())
            connection, _ = server.accept()
            stack.enter_context(connection)
            stack.enter_context(client)  # closed before the connection
            kit.reset(client)
            connection.setblocking(False)
            connection.setsockopt(net.IPPROTO_TCP, net.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            clients.append(client.fileno())

        def work(count: int) -> float:
            spent = 0.0
            for _ in repeat(None, count // connections):
                for fd in clients:
                    os.write(fd, kit.DATA)
                began = clock()
                serve(selector, connections)
                spent += clock() - began
                for fd in clients:
                    os.read(fd, 64)
            return spent

        yield work


def serve(selector: selectors.BaseSelector, requests: int) -> None:
    """Reply to a number of requests."""
    while requests:
        for key, _ in selector.select():
            sock = key.fileobj
            sock.send(sock.recv(64))  # type: ignore[union-attr]
            requests -= 1
