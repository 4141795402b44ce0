"""Operations that fail."""

from __future__ import annotations

import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any

from operations import fails, operation

import sockcore as s
from sockcore._plugins.discovery import registry
from sockcore._plugins.registry import notify_change
from sockcore._system import native
from sockcore.plugin import Family, RawAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations import Round, Scene

    from sockcore.plugin import Context


@operation(part=0.2)
def batches_that_end_early(scene: Scene) -> Round:
    sock, address = scene.udp(0.0)
    unreachable = scene.watch(("127.0.0.1", 0))

    def run_round() -> None:
        assert sock.sendmmsg([(b"one", address), (b"two", unreachable)]) == 1
        fails(OSError, sock.sendmmsg, [(b"three", address)])
        fails(TypeError, sock.sendmmsg, [(b"four", address), (5, address)])
        assert len(sock.recvmmsg(9, 10)) == 1
        fails(BlockingIOError, sock.recvmmsg, 9, 10)

    return run_round


@operation()
def not_ready(scene: Scene) -> Round:
    one, _ = scene.pair(0.0)
    buffer = scene.watch(bytearray(10))

    def run_round() -> None:
        fails(BlockingIOError, one.recv, 10)
        fails(BlockingIOError, one.recv_into, buffer)
        fails(BlockingIOError, one.recvfrom, 10)
        fails(BlockingIOError, one.recvmsg, 10, 100)
        fails(BlockingIOError, one.recvmsg_into, [buffer])
        fails(BlockingIOError, one.recvmmsg, 1, 10)
        fails(BlockingIOError, one.recvmmsg, 2, 1 << 20)  # replaces the block that the first batch left

    return run_round


@operation(part=0.02)  # poll(2) waits for at least a millisecond
def timed_out(scene: Scene) -> Round:
    one, _ = scene.pair(0.00005)
    buffer = scene.watch(bytearray(10))

    def run_round() -> None:
        fails(s.timeout, one.recv, 10)
        fails(s.timeout, one.recv_into, buffer)
        fails(s.timeout, one.recvfrom, 10)
        fails(s.timeout, one.recvmsg, 10)

    return run_round


@operation()
def at_the_end(scene: Scene) -> Round:
    one, other = scene.pair()
    other.close()

    def run_round() -> None:
        fails(BrokenPipeError, one.send, b"x")
        fails(BrokenPipeError, one.sendall, b"x")
        fails(BrokenPipeError, one.sendmsg, [b"x"])
        assert one.recv(10) == b""

    return run_round


@operation(part=0.5)
def refused(scene: Scene) -> Round:
    listener = scene.listener()
    name = scene.watch(listener.getsockname())
    listener.close()

    def run_round() -> None:
        with s.socket(s.AF_UNIX, s.SOCK_STREAM) as sock:
            fails(ConnectionRefusedError, sock.connect, name)
            assert sock.connect_ex(name)

    return run_round


@operation()
def closed(scene: Scene) -> Round:
    sock, address = scene.udp()
    sock.close()

    def run_round() -> None:
        for call, *arguments in (
            (sock.recv, 1), (sock.send, b"x"), (sock.accept,), (sock.sendto, b"x", address), (sock.getsockname,),
            (sock.sendmsg, [b"x"]), (sock.recvmsg, 1, 9), (sock.getsockopt, 1, 1), (sock.connect, address),
        ):  # fmt: skip
            fails(OSError, call, *arguments)

    return run_round


class FailingSocket(s.socket):
    """A class whose constructor fails in every second call."""

    calls = 0
    #: The C code does not use it.
    result_of_close: Any = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        FailingSocket.calls += 1
        if FailingSocket.calls % 2 == 0:
            raise KeyError

    def close(self) -> Any:
        super().close()
        return self.result_of_close


@operation(part=0.2)
def sockets_that_cannot_be_opened(scene: Scene) -> Round:
    open_pair = native.open_pair if native else None
    FailingSocket.result_of_close = scene.watch(object())
    with scene.udp()[0] as udp:  # any descriptor: the socket has the template of those that cannot be opened
        sock = scene.open.enter_context(s.socket(s.AF_INET, 77, 0, udp.detach()))
        scene.watch_template(sock)

    def run_round() -> None:
        fails(OSError, s.socket, s.AF_INET, 77)
        fails(OSError, s.socket, s.AF_UNIX, s.SOCK_STREAM, 77)
        if open_pair is not None:
            fails(OSError, open_pair, s.socket, s.AF_INET, s.SOCK_STREAM, 0)
            FailingSocket.calls = 0
            fails(KeyError, open_pair, FailingSocket, s.AF_UNIX, s.SOCK_STREAM, 0)
            FailingSocket.calls = 1
            fails(KeyError, open_pair, FailingSocket, s.AF_UNIX, s.SOCK_STREAM, 0)
            fails(TypeError, open_pair, s.socket, "1", s.SOCK_STREAM, 0)
            fails(TypeError, open_pair, s.socket, s.AF_UNIX, s.SOCK_STREAM, "0")
            fails(TypeError, open_pair, int, s.AF_UNIX, s.SOCK_STREAM)

    return run_round


@operation(part=0.2)
def connections_that_cannot_be_accepted(scene: Scene) -> Round:
    """Accept a connection for which the constructor of the class fails."""
    if native is None:
        return lambda: None
    listener = scene.listener()
    name = scene.watch(listener.getsockname())

    def run_round() -> None:
        with s.socket(s.AF_UNIX, s.SOCK_STREAM) as client:
            client.connect(name)
            FailingSocket.calls = 1
            fails(KeyError, listener._accept_socket, FailingSocket, s.AF_UNIX, s.SOCK_STREAM, 0)
        fails(TypeError, listener._accept_socket, FailingSocket)

    return run_round


class FailingCodec(Family):
    """A codec that cannot decode addresses."""

    number, name, proto = int(s.AF_INET), "AF_INET", 77

    def encode(self, address: Any, context: Context) -> bytes:
        raise NotImplementedError

    def decode(self, raw: bytes, context: Context) -> Any:
        raise KeyError


@operation(part=0.5)
def addresses_that_cannot_be_decoded(scene: Scene) -> Round:
    """In these tests, warnings are errors."""
    families = registry().families
    families[FailingCodec.number, FailingCodec.proto] = FailingCodec()
    notify_change()
    scene.open.callback(notify_change)
    scene.open.callback(families.pop, (FailingCodec.number, FailingCodec.proto))
    udp, (_, port) = scene.udp()
    sock = s.socket(s.AF_INET, s.SOCK_DGRAM, FailingCodec.proto, os.dup(udp.fileno()))
    scene.watch(scene.open.enter_context(sock))
    host = bytes([127, 0, 0, 1])
    address = scene.watch(RawAddress(struct.pack("=H2s4s8x", s.AF_INET, port.to_bytes(2, "big"), host)))

    def run_round() -> None:
        for receive, *arguments in ((sock.recvfrom, 9), (sock.recvmsg, 9), (sock.recvmmsg, 2, 9), (sock.getsockname,)):
            if arguments:
                sock.sendto(b"", address)
            fails(RuntimeWarning, receive, *arguments)

    return run_round


class RaisingHook:
    """An audit hook that raises KeyError for one event. Hooks cannot be removed."""

    event = ""

    def __call__(self, event: str, arguments: object) -> None:
        if event == self.event:
            raise KeyError(event)


hook: list[RaisingHook] = []


@operation(part=0.5)
def refused_by_an_audit_hook(scene: Scene) -> Round:
    sock, address = scene.udp()
    if not hook:
        hook.append(RaisingHook())
        sys.addaudithook(hook[0])

    def run_round() -> None:
        for event, call, *arguments in (
            ("socket.sendto", sock.sendto, b"x", address), ("socket.connect", sock.connect, address),
            ("socket.bind", sock.bind, address), ("socket.sendmsg", sock.sendmsg, [b"x"], [], 0, address),
            ("socket.sendmsg", sock.sendmmsg, [(b"x", address)]), ("socket.__new__", s.socket),
            ("socket.getaddrinfo", s.getaddrinfo, "127.0.0.1", 1),
        ):  # fmt: skip
            hook[0].event = event
            fails(KeyError, call, *arguments)
        hook[0].event = ""

    return run_round


@operation(part=0.1)
def lookups_refused_by_an_audit_hook(scene: Scene) -> Round:
    if not hook:
        hook.append(RaisingHook())
        sys.addaudithook(hook[0])
    host, service = scene.watch("127.0.0.1"), scene.watch("http")

    def run_round() -> None:
        for event, call, *arguments in (
            ("socket.getaddrinfo", s.getaddrinfo, host, 1), ("socket.getaddrinfo", s.getaddrinfo, "localhost", service),
            ("socket.gethostbyname", s.gethostbyname, host), ("socket.gethostbyname", s.gethostbyname_ex, host),
            ("socket.gethostbyaddr", s.gethostbyaddr, host), ("socket.getnameinfo", s.getnameinfo, (host, 80), 3),
            ("socket.getservbyname", s.getservbyname, service), ("socket.getservbyport", s.getservbyport, 80),
            ("socket.gethostname", s.gethostname), ("socket.sethostname", s.sethostname, "a.host.name.of.this.test"),
        ):  # fmt: skip
            hook[0].event = event
            fails(KeyError, call, *arguments)
        hook[0].event = ""

    return run_round


@operation(part=0.02)
def message_with_a_large_number_is_invalid(scene: Scene) -> Round:
    """Send a batch whose invalid message has a number that is not among the small ones."""
    sock, _ = scene.udp()
    messages = [*[b""] * 600, ()]
    return lambda: fails(TypeError, sock.sendmmsg, messages)


@operation(part=0.02)
def sendall_that_ends_early(scene: Scene) -> Round:
    """Send a part of the data, whose size is not among the small numbers."""
    one, other = scene.pair(0.0)
    data, buffer = scene.watch(bytes(1 << 20)), bytearray(1 << 20)

    def run_round() -> None:
        fails(BlockingIOError, one.sendall, data)
        while True:
            try:
                other.recv_into(buffer)
            except BlockingIOError:
                break

    return run_round


class FixedError(OSError):
    """An exception whose number of sent bytes cannot be set."""

    @property
    def characters_written(self) -> int:  # type: ignore[override]
        return 0


@operation(part=0.02)
def sendall_with_exception_that_has_a_fixed_number(scene: Scene) -> Round:
    """Raise an exception in a signal handler while sendall() waits. Setting the number of sent bytes fails."""
    one, _other = scene.pair(0.0)
    try:
        while True:
            one.send(bytes(1 << 16))
    except BlockingIOError:
        one.settimeout(5)
    scene.watch(FixedError)

    def handler(number: int, frame: object) -> None:
        raise FixedError("from the handler")

    before = signal.signal(signal.SIGALRM, handler)
    scene.open.callback(signal.signal, signal.SIGALRM, before)

    def run_round() -> None:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            one.sendall(b"data")
        except (FixedError, AttributeError):  # the signal may arrive before the call
            return
        raise AssertionError("the signal has not arrived")

    return run_round


@operation(part=0.5)
def wrong_arguments(scene: Scene) -> Round:
    sock, _ = scene.udp()
    invalid = scene.watch(object())
    read_only = scene.watch(b"read only")
    data = scene.watch(bytearray(4))

    def interrupted() -> Iterator[bytes]:
        yield b"x"
        raise KeyError

    def run_round() -> None:
        for exception, call, *arguments in (
            (TypeError, sock.send, invalid), (TypeError, sock.sendall, "text"), (OverflowError, sock.send, b"x", 2**40),
            (TypeError, sock.recv, invalid), (ValueError, sock.recv, -1), (TypeError, sock.recv, *range(9)),
            (TypeError, sock.recv_into, read_only), (ValueError, sock.recv_into, bytearray(1), 2),
            (TypeError, sock.sendto, b"x", invalid), (TypeError, sock.sendto, b"x", ("127.0.0.1", invalid)),
            (TypeError, sock.sendto, b"x", 0, ("::1",)), (OverflowError, sock.sendto, b"x", ("127.0.0.1", 70000)),
            (KeyError, sock.sendmsg, interrupted()), (TypeError, sock.sendmsg, [b"x", invalid]),
            (TypeError, sock.sendmsg, [b"x"], [(1, 1, invalid)]), (TypeError, sock.sendmsg, [b"x"], [(1, 1)]),
            (TypeError, sock.recvmsg_into, [bytearray(1), read_only]), (ValueError, sock.recvmsg, 1, -1),
            (TypeError, sock.sendmsg, [data, invalid]), (TypeError, sock.sendmmsg, [[data, data], [data, invalid]]),
            (TypeError, sock.recvmsg_into, [data, read_only]), (TypeError, sock.recvmmsg_into, [data, [read_only]]),
            (OverflowError, sock.setsockopt, 2**40, 1, 1), (TypeError, sock.setsockopt, 1, 1, invalid),
            (TypeError, sock.connect, invalid), (TypeError, sock.bind, invalid), (TypeError, s.socket, invalid),
            (ValueError, sock.settimeout, -1), (TypeError, sock.settimeout, invalid),
        ):  # fmt: skip
            fails(exception, call, *arguments)
        data.append(data.pop())  # BufferError if a view of it exists

    return run_round
