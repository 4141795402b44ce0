"""Rows about netlink: a request to the kernel, and messages between two sockets of a program."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

# <linux/rtnetlink.h>: RTM_GETLINK for interface 1, which is lo.
RTM_GETLINK, NLM_F_REQUEST = 18, 1
QUESTION = struct.pack("=IHHIIBxHiII", 32, RTM_GETLINK, NLM_F_REQUEST, 1, 0, 0, 0, 1, 0, 0)
ROOM = 8192


@contextmanager
def opened(net: Net, protocol: int) -> Iterator[Any]:
    """Yield a socket with a free port, in timeout mode."""
    with net.socket(net.AF_NETLINK, net.SOCK_RAW, protocol) as sock:
        sock.bind((0, 0))
        sock.settimeout(kit.TIMEOUT)
        yield sock


def route(net: Net) -> Iterator[Work]:
    with opened(net, net.NETLINK_ROUTE) as sock:
        send, recv = sock.send, sock.recv

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(QUESTION)
                recv(ROOM)

        yield work


def user_connected(net: Net) -> Iterator[Work]:
    with opened(net, net.NETLINK_USERSOCK) as left, opened(net, net.NETLINK_USERSOCK) as right:
        left.connect(right.getsockname())
        send, recv = left.send, right.recv

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(kit.DATA)
                recv(64)

        yield work


def user_addresses(net: Net) -> Iterator[Work]:
    with opened(net, net.NETLINK_USERSOCK) as left, opened(net, net.NETLINK_USERSOCK) as right:
        sendto, recvfrom = left.sendto, right.recvfrom
        address = right.getsockname()

        def work(count: int) -> None:
            for _ in repeat(None, count):
                sendto(kit.DATA, address)
                recvfrom(64)

        yield work
