"""Rows about batches of datagrams: a loop with the standard module, and one call with sockcore.

Both send 64 datagrams to one peer, and receive them there with the address of the sender.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.rows import kit
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

BATCH = 64


def both(net: Net, into: bool = False, timeout: float | None = kit.TIMEOUT) -> Iterator[Work]:
    """Call sendto and recvfrom in a loop, or sendmmsg and recvmmsg once.

    With *into*, call recvfrom_into and recvmmsg_into instead of recvfrom and recvmmsg.
    """
    with kit.datagrams(net, net.AF_INET, "127.0.0.1") as server, kit.datagrams(net, net.AF_INET, "127.0.0.1") as client:
        server.settimeout(timeout)
        client.settimeout(timeout)
        address = server.getsockname()
        buffers = [bytearray(64) for _ in range(BATCH)]

        def by_batch(count: int) -> None:
            for _ in repeat(None, count // BATCH):
                client.sendmmsg([(kit.DATA, address)] * BATCH)
                received = server.recvmmsg_into(buffers) if into else server.recvmmsg(BATCH, 64)
                assert len(received) == BATCH

        def by_loop(count: int) -> None:
            sendto, recvfrom, recvfrom_into = client.sendto, server.recvfrom, server.recvfrom_into
            for _ in repeat(None, count // BATCH):
                for _ in repeat(None, BATCH):
                    sendto(kit.DATA, address)
                for buffer in buffers:
                    if into:
                        recvfrom_into(buffer)
                    else:
                        recvfrom(64)

        yield by_batch if hasattr(client, "sendmmsg") else by_loop


def offload(net: Net) -> Iterator[Work]:
    """Send one message with UDP_SEGMENT, and split it in the receiver with UDP_GRO."""
    if not hasattr(net.socket, "sendmmsg"):
        yield from both(net)
        return
    if not hasattr(net, "UDP_GRO"):
        raise Skip("this system has no UDP_GRO")
    with kit.datagrams(net, net.AF_INET, "127.0.0.1") as server, kit.datagrams(net, net.AF_INET, "127.0.0.1") as client:
        server.setsockopt(net.SOL_UDP, net.UDP_GRO, 1)
        address = server.getsockname()
        segment = [net.ancillary.encode("UDP_SEGMENT", len(kit.DATA))]
        room = net.CMSG_SPACE(4)

        def taken_apart() -> list[bytes]:
            data, messages, _, _ = server.recvmsg(65536, room)
            size: Any = dict(net.ancillary.decode(messages)).get("UDP_GRO", len(data))
            return [data[at : at + size] for at in range(0, len(data), size)]

        def by_segments(count: int) -> None:
            for _ in repeat(None, count // BATCH):
                client.sendmsg([kit.DATA] * BATCH, segment, 0, address)
                got = taken_apart()
                while len(got) < BATCH:
                    got += taken_apart()

        yield by_segments
