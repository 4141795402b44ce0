"""Operations of sockcore_inet.datagrams, that succeed and that fail."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from operations import fails, operation
from state_operations import load_module

import sockcore as s
from sockcore import addresses
from sockcore_inet import datagrams_native, integers
from sockcore_inet.backend import native
from sockcore_inet.datagrams import Block, Datagram, Datagrams, Send

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


@operation(part=0.2)
def datagrams_of_large_blocks(scene: Scene) -> Round:
    """Split a block at positions that are allocated numbers."""
    sock, address = scene.udp(5.0)
    datagrams = Datagrams(sock)
    data = scene.watch(bytearray(4000))

    def run_round() -> None:
        assert datagrams.send_block(data, 1000, address) == 4
        count = 0
        while count < 4:
            count += sum(block.segments for block in datagrams.receive_blocks())
        assert datagrams.send_block(data, 1000, address) == 4
        assert len([*datagrams.receive(1), *datagrams.receive(2), *datagrams.receive(1)]) == 4

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


@operation(part=0.2)
def datagrams_between_several_addresses(scene: Scene) -> Round:
    """Receive a batch in which source and destination change."""
    sock = scene.open.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM))
    sock.bind(("0.0.0.0", 0))
    sock.settimeout(5.0)
    datagrams, senders = Datagrams(sock), [Datagrams(scene.udp(5.0)[0]) for _ in range(2)]
    port = sock.getsockname()[1]

    def run_round() -> None:
        for number in range(6):
            senders[number % 2].send([Send(b"data", (f"127.0.0.{number % 3 + 1}", port))])
        count = 0
        while count < 6:
            count += len(datagrams.receive())

    return run_round


@operation(part=0.001)
def datagrams_of_new_modules(scene: Scene) -> Round:
    """Receive with modules that are loaded again, and deleted by the garbage collector.

    Python 3.13 without a GIL never deletes modules.
    """
    if not datagrams_native.is_available() or "t" in getattr(sys, "abiflags", ""):
        return lambda: None
    sock, address = scene.udp(5.0)
    scene.watch(native.__spec__), scene.watch(integers), scene.watch(integers.to_uint16)

    def run_round() -> None:
        for _ in range(8):
            module = load_module(native)
            sock.sendto(b"data", address)
            [block] = module.receive_datagrams(sock, 1, Block, 0, False)
            assert bytes(block.data) == b"data"
        del module
        gc.collect()  # in each round, because each module has megabytes of buffers

    return run_round


@operation(part=0.2)
def datagrams_with_invalid_arguments(scene: Scene) -> Round:
    """Call the functions in C as no method does. They must not trust their caller."""
    if not datagrams_native.is_available():
        return lambda: None
    sock, address = scene.udp(0.0)
    sockaddr = addresses.encode(s.AF_INET, address)
    item = scene.watch(Send(b"1234", address))
    not_a_view = scene.watch(Block(b"1234", 2, None, None, None, None, None, None))
    no_stride = scene.watch(Block(memoryview(b"1234"), "2", None, None, None, None, None, None))
    good = scene.watch((0, 1, 4, sockaddr, ()))
    invalid_runs = (
        5, (0, 1), (0, 1, -4, sockaddr, ()), (1, 1, 4, sockaddr, ()), (0, 1, 4, "text", ()), (0, 1, 4, sockaddr, []),
        (0, 1, 4, sockaddr, (5,)), (0, 1, 4, sockaddr, ((1, 2),)), (0, 1, 4, sockaddr, ((0, 1, bytes(999)),)),
    )  # fmt: skip

    def run_round() -> None:
        for arguments in ((sock, 1, object, 0, 0), (sock, 1, list, 0, 0), (sock, 1), (sock, 1, 5, 0, 0)):
            fails(TypeError, native.receive_datagrams, *arguments)
        for blocks in ([5], [(1, 2)], [not_a_view], [no_stride], 5):
            fails(TypeError, native.split_datagrams, blocks, 1, Datagram, Block)
        fails(TypeError, native.split_datagrams, [], 1, list, Block)
        for run in invalid_runs:
            fails((TypeError, ValueError), native.send_datagrams, sock, (item,), (run,), 0, 1)
            fails((TypeError, ValueError), native.send_datagrams, sock, (item,), (good, run), 0, 1)
        fails(TypeError, native.send_datagrams, sock, (item,))
        fails(TypeError, native.send_datagrams, sock, 5, (good,), 0, 1)
        fails(TypeError, native.send_datagrams, sock, (item,), [good], 0, 1)
        fails(TypeError, native.send_datagrams, sock, (Send(5, address),), (good,), 0, 1)
        fails(TypeError, native.send_datagrams, sock, (5,), (good,), 0, 1)
        fails(TypeError, native.send_datagrams, sock, (), (good,), 0, 1)
        fails(BufferError, native.send_datagrams, sock, (Send(b"12345", address),), (good,), 0, 1)
        fails(ValueError, native.send_datagrams, sock, b"1234", ((0, 9, 4, sockaddr, ()),), 0, 1)
        fails(TypeError, native.group_datagrams, 5, Send)
        fails(TypeError, native.group_datagrams, [item], Send)
        fails(TypeError, native.group_datagrams, (item,), 5)

    return run_round
