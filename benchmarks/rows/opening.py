"""Rows about creating sockets, connecting, and resolving names."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work


def create(net: Net) -> Iterator[Work]:
    socket, family, kind = net.socket, net.AF_INET, net.SOCK_DGRAM

    def work(count: int) -> None:
        for _ in repeat(None, count):
            socket(family, kind).close()

    yield work


def connect(net: Net) -> Iterator[Work]:
    with kit.listener(net) as server:
        kit.reset(server)
        socket, family, kind = net.socket, net.AF_INET, net.SOCK_STREAM
        address = server.getsockname()

        def work(count: int) -> None:
            for _ in repeat(None, count):
                client = socket(family, kind)
                client.connect(address)
                connection, _ = server.accept()
                connection.close()
                client.close()

        yield work


def numeric_host(net: Net) -> Iterator[Work]:
    getaddrinfo, kind = net.getaddrinfo, net.SOCK_STREAM

    def work(count: int) -> None:
        for _ in repeat(None, count):
            getaddrinfo("127.0.0.1", 80, 0, kind)

    yield work
