"""Operations of sockcore_inet.datagrams, that succeed and that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import fails, operation

import sockcore as s
from sockcore_inet.datagrams import Datagrams, Send

if TYPE_CHECKING:
    from operations import Round, Scene

FAMILIES = (s.AF_INET, s.AF_INET6)


@operation(part=0.2, family=FAMILIES)
def datagrams_in_batches(scene: Scene, family: int) -> Round:
    sock, address = scene.udp(5.0, family)
    datagrams = Datagrams(sock)
    sizes = (9, 9, 3, 9, 0, 7, 7)
    # fields that are equal, but not the same object
    items = scene.watch([Send(scene.watch(bytes(size)), (*address,)) for size in sizes])
    items.append(Send(scene.watch(bytearray(9)), address, None, 1, 9))

    def run_round() -> None:
        assert datagrams.send(items).accepted == 8
        count = 0
        while count < 8:
            count += len(datagrams.receive(3))

    return run_round


@operation(part=0.2)
def datagrams_in_blocks(scene: Scene) -> Round:
    sock, address = scene.udp(5.0)
    datagrams = Datagrams(sock)
    data = scene.watch(bytearray(100))

    def run_round() -> None:
        assert datagrams.send_block(data, 9, address) == 12
        count = 0
        while count < 12:
            count += sum(block.segments for block in datagrams.receive_blocks(1))
        assert datagrams.send([Send(data[:9], address), Send(data[:9], address, ttl=9)]).accepted == 2
        assert sum(block.segments for block in datagrams.receive_blocks()) == 2

    return run_round


class Unequal:
    """A receiver whose comparison fails."""

    def __eq__(self, other: object) -> bool:
        raise KeyError

    __hash__ = object.__hash__


@operation(part=0.2)
def datagrams_that_fail(scene: Scene) -> Round:
    sock, address = scene.udp(0.0)
    closed, _ = scene.udp(0.0)
    datagrams, sender, large = Datagrams(sock), Datagrams(closed), bytearray(65536)
    closed.close()
    data, invalid = scene.watch(bytearray(9)), scene.watch(object())
    one, other = scene.watch(Unequal()), scene.watch(Unequal())

    def run_round() -> None:
        fails(BlockingIOError, datagrams.receive)
        fails(OSError, sender.receive)
        fails(OSError, sender.send, [Send(data, address)])
        fails(OSError, sender.send_block, data, 3, address)
        for items in ([invalid], [Send(data, address), Send(invalid, address)], [Send("text", address)]):
            fails(TypeError, datagrams.send, items)
        fails(KeyError, datagrams.send, [Send(data, one), Send(data, other)])
        sent = datagrams.send([Send(data, address), Send(large, address), Send(b"last", address)])
        assert (sent.accepted, len(sent.failures)) == (2, 1)
        assert len(datagrams.receive()) == 2
        data.append(large.pop())  # no view of them remains
        large.append(data.pop())

    return run_round
