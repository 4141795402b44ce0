"""Rows about sendmsg and recvmsg."""

from __future__ import annotations

import os
import struct
from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work


def plain_message(net: Net) -> Iterator[Work]:
    with kit.pair(net) as (left, right):
        sendmsg, recvmsg = left.sendmsg, right.recvmsg
        buffers = [kit.DATA[:32], kit.DATA[32:]]

        def work(count: int) -> None:
            for _ in repeat(None, count):
                sendmsg(buffers)
                recvmsg(64)

        yield work


def descriptor(net: Net) -> Iterator[Work]:
    with kit.pair(net) as (left, right):
        sendmsg, recvmsg = left.sendmsg, right.recvmsg
        control = [(net.SOL_SOCKET, net.SCM_RIGHTS, struct.pack("i", left.fileno()))]
        room = net.CMSG_SPACE(4)

        def work(count: int) -> None:
            for _ in repeat(None, count):
                sendmsg([kit.DATA], control)
                _, received, _, _ = recvmsg(64, room)
                os.close(*struct.unpack("i", received[0][2]))

        yield work
