"""Rows about CAN: frames of CAN_RAW between two sockets on a virtual interface.

The guest of the laboratory has such an interface. On other machines, run as root:
``ip link add vcan0 type vcan && ip link set vcan0 mtu 72 up``.
"""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager
from itertools import count as numbers
from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

ADDRESS = ("vcan0",)
FRAME, FD_FRAME = struct.Struct("=IB3x8s"), struct.Struct("=IBB2x64s")
FILTER = struct.Struct("=II")
# All measuring processes share the interface. Each pair has a different identifier of 29 bits, so that only its
# receiver gets the frame.
_identifiers = numbers(os.getpid() << 5 & 0x1FFFFFE0)


@contextmanager
def pair(net: Net, fd: bool = False) -> Iterator[tuple[Any, Any, bytes]]:
    """Yield a sender, a receiver, and a frame for both.

    If *fd* is true, the frame is a CAN FD frame.
    """
    identifier = next(_identifiers) | net.CAN_EFF_FLAG
    raw, level = (net.AF_CAN, net.SOCK_RAW, net.CAN_RAW), net.SOL_CAN_RAW
    with net.socket(*raw) as sender, net.socket(*raw) as receiver:
        sender.setsockopt(level, net.CAN_RAW_FILTER, b"")
        receiver.setsockopt(level, net.CAN_RAW_FILTER, FILTER.pack(identifier, net.CAN_EFF_FLAG | net.CAN_EFF_MASK))
        for sock in (sender, receiver):
            sock.setsockopt(level, net.CAN_RAW_FD_FRAMES, fd)
            sock.bind(ADDRESS)
            sock.settimeout(kit.TIMEOUT)
        frame = FD_FRAME.pack(identifier, 64, 0, kit.DATA) if fd else FRAME.pack(identifier, 8, kit.DATA)
        yield sender, receiver, frame


def send_and_recv(net: Net, fd: bool) -> Iterator[Work]:
    with pair(net, fd) as (sender, receiver, frame):
        send, recv, size = sender.send, receiver.recv, len(frame)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(frame)
                recv(size)

        yield work


def recv_into(net: Net) -> Iterator[Work]:
    with pair(net) as (sender, receiver, frame):
        send, recv_into = sender.send, receiver.recv_into
        space = bytearray(len(frame))

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(frame)
                recv_into(space)

        yield work


def recvfrom(net: Net) -> Iterator[Work]:
    with pair(net) as (sender, receiver, frame):
        send, recvfrom, size = sender.send, receiver.recvfrom, len(frame)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(frame)
                recvfrom(size)

        yield work


def sendto(net: Net) -> Iterator[Work]:
    with pair(net) as (sender, receiver, frame):
        sendto, recv, size = sender.sendto, receiver.recv, len(frame)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                sendto(frame, ADDRESS)
                recv(size)

        yield work
