"""What fails, over and over."""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING, Any

from operations import fails, operation

import sockcore as s
from sockcore._plugins.discovery import registry
from sockcore._plugins.registry import notify_change
from sockcore.plugin import Family, RawAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations import Round, Scene

    from sockcore.plugin import Context


@operation(part=0.2)
def batches_that_end_early(scene: Scene) -> Round:
    sock, address = scene.udp(0.0)
    unreachable = scene.watch(("127.0.0.1", 0))

    def once() -> None:
        assert sock.sendmmsg([(b"one", address), (b"two", unreachable)]) == 1
        fails(OSError, sock.sendmmsg, [(b"three", address)])
        fails(TypeError, sock.sendmmsg, [(b"four", address), (5, address)])
        assert len(sock.recvmmsg(9, 10)) == 1
        fails(BlockingIOError, sock.recvmmsg, 9, 10)

    return once


@operation()
def not_ready(scene: Scene) -> Round:
    one, _ = scene.pair(0.0)
    buffer = scene.watch(bytearray(10))

    def once() -> None:
        fails(BlockingIOError, one.recv, 10)
        fails(BlockingIOError, one.recv_into, buffer)
        fails(BlockingIOError, one.recvfrom, 10)
        fails(BlockingIOError, one.recvmsg, 10, 100)
        fails(BlockingIOError, one.recvmsg_into, [buffer])

    return once


@operation(part=0.02)  # poll(2) counts milliseconds
def timed_out(scene: Scene) -> Round:
    one, _ = scene.pair(0.00005)
    buffer = scene.watch(bytearray(10))

    def once() -> None:
        fails(s.timeout, one.recv, 10)
        fails(s.timeout, one.recv_into, buffer)
        fails(s.timeout, one.recvfrom, 10)
        fails(s.timeout, one.recvmsg, 10)

    return once


@operation()
def at_the_end(scene: Scene) -> Round:
    one, other = scene.pair()
    other.close()

    def once() -> None:
        fails(BrokenPipeError, one.send, b"x")
        fails(BrokenPipeError, one.sendall, b"x")
        fails(BrokenPipeError, one.sendmsg, [b"x"])
        assert one.recv(10) == b""

    return once


@operation(part=0.5)
def refused(scene: Scene) -> Round:
    listener = scene.listener()
    name = scene.watch(listener.getsockname())
    listener.close()

    def once() -> None:
        with s.socket(s.AF_UNIX, s.SOCK_STREAM) as sock:
            fails(ConnectionRefusedError, sock.connect, name)
            assert sock.connect_ex(name)

    return once


@operation()
def closed(scene: Scene) -> Round:
    sock, address = scene.udp()
    sock.close()

    def once() -> None:
        for call, *arguments in (
            (sock.recv, 1), (sock.send, b"x"), (sock.accept,), (sock.sendto, b"x", address), (sock.getsockname,),
            (sock.sendmsg, [b"x"]), (sock.recvmsg, 1, 9), (sock.getsockopt, 1, 1), (sock.connect, address),
        ):  # fmt: skip
            fails(OSError, call, *arguments)

    return once


class Cannot(Family):
    """A codec that decodes no address."""

    number, name, proto = int(s.AF_INET), "AF_INET", 77

    def encode(self, address: Any, context: Context) -> bytes:
        raise NotImplementedError

    def decode(self, raw: bytes, context: Context) -> Any:
        raise KeyError


@operation(part=0.5)
def addresses_that_cannot_be_decoded(scene: Scene) -> Round:
    """The warning is an error in these tests."""
    brought = registry().families
    brought[Cannot.number, Cannot.proto] = Cannot()
    notify_change()
    scene.open.callback(notify_change)
    scene.open.callback(brought.pop, (Cannot.number, Cannot.proto))
    usual, (_, port) = scene.udp()
    sock = s.socket(s.AF_INET, s.SOCK_DGRAM, Cannot.proto, os.dup(usual.fileno()))
    scene.watch(scene.open.enter_context(sock))
    host = bytes([127, 0, 0, 1])
    own = scene.watch(RawAddress(struct.pack("=H2s4s8x", s.AF_INET, port.to_bytes(2, "big"), host)))

    def once() -> None:
        for receive, *arguments in ((sock.recvfrom, 9), (sock.recvmsg, 9), (sock.recvmmsg, 2, 9), (sock.getsockname,)):
            if arguments:
                sock.sendto(b"", own)
            fails(RuntimeWarning, receive, *arguments)

    return once


class Refuses:
    """An audit hook, which cannot be taken away again."""

    event = ""

    def __call__(self, event: str, arguments: object) -> None:
        if event == self.event:
            raise KeyError(event)


hook: list[Refuses] = []


@operation(part=0.5)
def refused_by_an_audit_hook(scene: Scene) -> Round:
    sock, address = scene.udp()
    if not hook:
        hook.append(Refuses())
        sys.addaudithook(hook[0])

    def once() -> None:
        for event, call, *arguments in (
            ("socket.sendto", sock.sendto, b"x", address), ("socket.connect", sock.connect, address),
            ("socket.bind", sock.bind, address), ("socket.sendmsg", sock.sendmsg, [b"x"], [], 0, address),
            ("socket.sendmsg", sock.sendmmsg, [(b"x", address)]), ("socket.__new__", s.socket),
            ("socket.getaddrinfo", s.getaddrinfo, "127.0.0.1", 1),
        ):  # fmt: skip
            hook[0].event = event
            fails(KeyError, call, *arguments)
        hook[0].event = ""

    return once


@operation(part=0.5)
def wrong_arguments(scene: Scene) -> Round:
    sock, _ = scene.udp()
    unlike = scene.watch(object())
    read_only = scene.watch(b"read only")

    def interrupted() -> Iterator[bytes]:
        yield b"x"
        raise KeyError

    def once() -> None:
        for kind, call, *arguments in (
            (TypeError, sock.send, unlike), (TypeError, sock.sendall, "text"), (OverflowError, sock.send, b"x", 2**40),
            (TypeError, sock.recv, unlike), (ValueError, sock.recv, -1), (TypeError, sock.recv, *range(9)),
            (TypeError, sock.recv_into, read_only), (ValueError, sock.recv_into, bytearray(1), 2),
            (TypeError, sock.sendto, b"x", unlike), (TypeError, sock.sendto, b"x", ("127.0.0.1", unlike)),
            (TypeError, sock.sendto, b"x", 0, ("::1",)), (OverflowError, sock.sendto, b"x", ("127.0.0.1", 70000)),
            (KeyError, sock.sendmsg, interrupted()), (TypeError, sock.sendmsg, [b"x", unlike]),
            (TypeError, sock.sendmsg, [b"x"], [(1, 1, unlike)]), (TypeError, sock.sendmsg, [b"x"], [(1, 1)]),
            (TypeError, sock.recvmsg_into, [bytearray(1), read_only]), (ValueError, sock.recvmsg, 1, -1),
            (OverflowError, sock.setsockopt, 2**40, 1, 1), (TypeError, sock.setsockopt, 1, 1, unlike),
            (TypeError, sock.connect, unlike), (TypeError, sock.bind, unlike), (TypeError, s.socket, unlike),
            (ValueError, sock.settimeout, -1), (TypeError, sock.settimeout, unlike),
        ):  # fmt: skip
            fails(kind, call, *arguments)

    return once
