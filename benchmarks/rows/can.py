"""Rows about CAN: frames and messages of each protocol between two sockets on a virtual interface.

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
    from collections.abc import Callable, Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

ADDRESS = ("vcan0",)
FRAME, FD_FRAME = struct.Struct("=IB3x8s"), struct.Struct("=IBB2x64s")
FILTER = struct.Struct("=II")
BCM_HEAD = "@3I4l2I0q"  # struct bcm_msg_head of <linux/can/bcm.h>
ISOTP_SIZE = 7  # bytes of a message in a single frame
J1939_PGN = 0xEF00  # "Proprietary A" of SAE J1939-21, for a single receiver
J1939_ADDRESSES = 252  # 254 and 255 are no addresses of control units
# All measuring processes share the interface. Each pair has different identifiers of 29 bits, or addresses of J1939, so
# that only its receiver gets the frame.
_identifiers = numbers(os.getpid() << 5 & 0x1FFFFFE0)
_control_units = numbers(2 * os.getpid())


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


def getsockname(net: Net) -> Iterator[Work]:
    with pair(net) as (sender, _, _):
        getsockname = sender.getsockname

        def work(count: int) -> None:
            for _ in repeat(None, count):
                getsockname()

        yield work


def broadcast_manager(net: Net) -> Iterator[Work]:
    with pair(net) as (_, receiver, frame), net.socket(net.AF_CAN, net.SOCK_DGRAM, net.CAN_BCM) as sender:
        sender.settimeout(kit.TIMEOUT)
        sender.connect(ADDRESS)
        message = struct.pack(BCM_HEAD, net.CAN_BCM_TX_SEND, 0, 0, 0, 0, 0, 0, 0, 1) + frame
        send, recv, size = sender.send, receiver.recv, len(frame)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                send(message)
                recv(size)

        yield work


@contextmanager
def isotp_pair(net: Net) -> Iterator[tuple[Any, Any]]:
    """Yield a sender and a receiver of CAN_ISOTP."""
    one, other = (next(_identifiers) | net.CAN_EFF_FLAG for _ in range(2))
    isotp = net.AF_CAN, net.SOCK_DGRAM, net.CAN_ISOTP
    with net.socket(*isotp) as sender, net.socket(*isotp) as receiver:
        for sock in (sender, receiver):
            sock.settimeout(kit.TIMEOUT)
        sender.bind((*ADDRESS, one, other))
        receiver.bind((*ADDRESS, other, one))
        yield sender, receiver


def exchange(send: Callable[[bytes], object], receive: Callable[[int], object], size: int) -> Work:
    """Return the work of a row that sends and receives messages of *size* bytes."""
    data = kit.DATA[:size]

    def work(count: int) -> None:
        for _ in repeat(None, count):
            send(data)
            receive(size)

    return work


def isotp_send_and_recv(net: Net) -> Iterator[Work]:
    with isotp_pair(net) as (sender, receiver):
        yield exchange(sender.send, receiver.recv, ISOTP_SIZE)


def isotp_recvfrom(net: Net) -> Iterator[Work]:
    with isotp_pair(net) as (sender, receiver):
        yield exchange(sender.send, receiver.recvfrom, ISOTP_SIZE)


@contextmanager
def j1939_pair(net: Net) -> Iterator[tuple[Any, Any, Any]]:
    """Yield a sender and a receiver of CAN_J1939, and the destination for the sender."""
    own = 2 * next(_control_units) % J1939_ADDRESSES
    j1939 = net.AF_CAN, net.SOCK_DGRAM, net.CAN_J1939
    with net.socket(*j1939) as sender, net.socket(*j1939) as receiver:
        for sock in (sender, receiver):
            sock.settimeout(kit.TIMEOUT)
        sender.bind((*ADDRESS, net.J1939_NO_NAME, net.J1939_NO_PGN, own))
        receiver.bind((*ADDRESS, net.J1939_NO_NAME, net.J1939_NO_PGN, own + 1))
        yield sender, receiver, (*ADDRESS, net.J1939_NO_NAME, J1939_PGN, own + 1)


def j1939_send_and_recv(net: Net) -> Iterator[Work]:
    with j1939_pair(net) as (sender, receiver, address):
        sender.connect(address)
        yield exchange(sender.send, receiver.recv, 8)


def j1939_addresses(net: Net) -> Iterator[Work]:
    with j1939_pair(net) as (sender, receiver, address):
        sendto, recvfrom, data = sender.sendto, receiver.recvfrom, kit.DATA[:8]

        def work(count: int) -> None:
            for _ in repeat(None, count):
                sendto(data, address)
                recvfrom(8)

        yield work
