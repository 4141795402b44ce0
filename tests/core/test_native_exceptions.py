"""Exceptions during conversions.

They propagate to the program, and descriptors are closed.

A codec, a buffer or a key that raises once stands for a signal handler, which may run at any of these moments. It
raises only the first time, which detects code that ignores the exception and tries again.
"""

from __future__ import annotations

import array
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from systems import AF_INET, LIMIT, LOCAL, WINDOWS, loopback, name_of

import sockcore
from sockcore.plugin import Ancillary, Family, RawAddress, sockaddr_header

if WINDOWS:
    pytest.skip("Windows cannot pass descriptors over sockets", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

SOL_SOCKET, SCM_RIGHTS, DGRAM = sockcore.SOL_SOCKET, 1, sockcore.SOCK_DGRAM
pytestmark = pytest.mark.usefixtures("no_leak")


class Alarm(BaseException):
    """An exception of a signal handler."""


class Once:
    """An object that raises at its first call only."""

    def __init__(self) -> None:
        self.calls = 0
        self.active = False

    def __call__(self) -> None:
        self.calls += self.active
        if self.active and self.calls == 1:
            raise Alarm


class Signal(Once):
    """An object that sends a signal, whose handler raises."""

    def __call__(self) -> None:
        self.calls += self.active
        if self.active and self.calls == 1:
            # Not os.kill(): the system may then interrupt another thread of the process, and later.
            signal.raise_signal(signal.SIGUSR2)
            for _ in range(100_000):  # the handler runs between two instructions
                pass


@pytest.fixture(params=[Once, Signal])
def once(request: pytest.FixtureRequest) -> Iterator[Once]:
    """Return an object that raises Alarm once, itself or in a signal handler."""

    def handler(number: int, frame: object) -> None:
        raise Alarm

    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGUSR2, handler)
    yield request.param()
    signal.signal(signal.SIGUSR2, before)


class Raising(Family):
    """A codec of AF_UNIX that runs code at each conversion."""

    number, name, size = LOCAL, "AF_UNIX", 110

    def __init__(self, once: Once) -> None:
        self.once = once

    def encode(self, address: Any, context: Any) -> bytes:
        self.once()
        raise TypeError("raw addresses only")

    def decode(self, raw: bytes, context: Any) -> object:
        self.once()
        return RawAddress(raw)


def named(text: bytes) -> RawAddress:
    return RawAddress(sockaddr_header(LOCAL, 2 + len(text)) + text)


def close_all(data: bytes) -> None:
    for fd in array.array("i", data[: len(data) // 4 * 4]):
        os.close(fd)


@pytest.fixture
def server(
    once: Once,
    add_registration: Callable[..., None],
    closing: ExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Return a socket with three messages to receive.

    Each has file descriptors, and comes from a bound sender.
    """
    monkeypatch.chdir(tmp_path)
    add_registration("families", (LOCAL, None), Raising(once))
    add_registration("ancillaries", (SOL_SOCKET, SCM_RIGHTS), Ancillary(
        "SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, bytes, discard=close_all
    ))  # fmt: skip
    sock = closing.enter_context(sockcore.socket(LOCAL, DGRAM))
    sock.bind(named(b"server\0"))
    client = closing.enter_context(sockcore.socket(LOCAL, DGRAM))
    client.bind(named(b"client\0"))
    fds = array.array("i", [client.fileno(), sock.fileno()])
    for _ in range(3):
        client.sendmsg([b"data"], [(SOL_SOCKET, SCM_RIGHTS, fds)], 0, named(b"server\0"))
    sock.settimeout(LIMIT)
    return sock


RECEIVES: dict[str, Callable[[Any], Any]] = {
    "recvfrom": lambda sock: sock.recvfrom(9),
    "recvfrom_into": lambda sock: sock.recvfrom_into(bytearray(9)),
    "recvmsg": lambda sock: sock.recvmsg(9, 100),
    "recvmsg_into": lambda sock: sock.recvmsg_into([bytearray(9)], 100),
    "recvmmsg": lambda sock: sock.recvmmsg(5, 9, 100),
    "recvmmsg_into": lambda sock: sock.recvmmsg_into([bytearray(9) for _ in range(5)], 100),
    "recvmmsg_into of lists": lambda sock: sock.recvmmsg_into([[bytearray(9)] for _ in range(5)], 100),
    "getsockname": lambda sock: sock.getsockname(),
}


@pytest.mark.parametrize("method", RECEIVES)
def test_exception_while_decoding_propagates_and_closes_descriptors(server: Any, once: Once, method: str) -> None:
    once.active = True
    before = sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with pytest.raises(Alarm):
        RECEIVES[method](server)
    once.active = False
    assert once.calls == 1
    if before is not None:
        assert sorted(os.listdir("/proc/self/fd")) == before
    # The remaining messages are complete.
    server.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            for _, _, data in server.recvmsg(9, 100)[1]:
                close_all(data)


def test_exception_while_decoding_accepted_address_closes_connection(
    once: Once,
    add_registration: Callable[..., None],
    closing: ExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    add_registration("families", (LOCAL, None), Raising(once))
    listener = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    listener.bind(named(b"listener\0"))
    listener.listen()
    client = closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
    client.bind(named(b"client\0"))
    client.connect(named(b"listener\0"))
    once.active = True
    with pytest.raises(Alarm):
        listener.accept()
    once.active = False
    assert once.calls == 1
    assert client.recv(1) == b""


class Key(str):
    """A key that is equal to any address, and runs code when it is compared."""

    def __new__(cls, once: Once) -> Any:
        text = str.__new__(cls)
        text.once = once
        return text

    def __hash__(self) -> int:
        return hash(ADDRESS)

    def __eq__(self, other: object) -> bool:
        self.once()  # type: ignore[attr-defined]
        return False


ADDRESS = "address"


class Keeping(Raising):
    """A codec whose cache has a key that runs code."""

    def __init__(self, once: Once) -> None:
        super().__init__(once)
        self.encoded = {Key(once): b""}

    def encode(self, address: Any, context: Any) -> bytes:
        return bytes(named(b"nobody\0"))


SENDS: dict[str, Callable[[Any], Any]] = {
    "connect": lambda sock: sock.connect(ADDRESS),
    "sendto": lambda sock: sock.sendto(b"x", ADDRESS),
    "sendmsg": lambda sock: sock.sendmsg([b"x"], [], 0, ADDRESS),
    "sendmmsg": lambda sock: sock.sendmmsg([(b"x", ADDRESS)]),
}


@pytest.mark.parametrize("method", SENDS)
def test_exception_during_cache_lookup_propagates(
    once: Once, add_registration: Callable[..., None], closing: ExitStack, method: str
) -> None:
    add_registration("families", (LOCAL, None), Keeping(once))
    sock = closing.enter_context(sockcore.socket(LOCAL, DGRAM))
    once.active = True
    try:
        with pytest.raises((Alarm, OSError)) as raised:
            SENDS[method](sock)
    finally:
        once.active = False
    # A backend that does not use the cache for this type has not called it.
    assert raised.type is Alarm or not once.calls


class Exporter:
    """A buffer that runs code when it is acquired."""

    def __init__(self, once: Once, writable: bool) -> None:
        self.once = once
        self.data = bytearray(9) if writable else b"data"

    def __buffer__(self, flags: int) -> memoryview:
        self.once()
        return memoryview(self.data)


BUFFERS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "send": lambda sock, read, write: sock.send(read),
    "sendall": lambda sock, read, write: sock.sendall(read),
    "sendto": lambda sock, read, write: sock.sendto(read, named(b"nobody\0")),
    "sendmsg": lambda sock, read, write: sock.sendmsg([b"x", read]),
    "sendmsg with control data": lambda sock, read, write: sock.sendmsg([b"x"], [(SOL_SOCKET, SCM_RIGHTS, read)]),
    "sendmmsg": lambda sock, read, write: sock.sendmmsg([b"x", read]),
    "sendmmsg of lists": lambda sock, read, write: sock.sendmmsg([[b"x", read]]),
    "setsockopt": lambda sock, read, write: sock.setsockopt(SOL_SOCKET, sockcore.SO_RCVBUF, read),
    "recv_into": lambda sock, read, write: sock.recv_into(write),
    "recvfrom_into": lambda sock, read, write: sock.recvfrom_into(write),
    "recvmsg_into": lambda sock, read, write: sock.recvmsg_into([bytearray(1), write]),
    "recvmmsg_into": lambda sock, read, write: sock.recvmmsg_into([bytearray(1), write]),
}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="buffers in Python code need Python 3.12")
@pytest.mark.parametrize("method", BUFFERS)
def test_exception_while_acquiring_buffer_propagates(once: Once, pair: Callable[..., Any], method: str) -> None:
    sock, other = pair(DGRAM)
    other.send(b"data")
    once.active = True
    with pytest.raises(Alarm):
        BUFFERS[method](sock, Exporter(once, False), Exporter(once, True))
    assert once.calls == 1
    once.active = False
    assert sock.recv(9) == b"data"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="buffers in Python code need Python 3.12")
def test_exception_while_acquiring_buffer_of_sendto_sends_nothing(
    once: Once, add_registration: Callable[..., None], closing: ExitStack
) -> None:
    two = closing.enter_context(sockcore.socket(AF_INET, DGRAM))
    two.bind(loopback())
    codec: Any = Raising(once)
    codec.number, codec.name = AF_INET, "AF_INET"
    codec.encoded = {"receiver": bytes(name_of(two))}
    add_registration("families", (AF_INET, None), codec)
    one = closing.enter_context(sockcore.socket(AF_INET, DGRAM))
    once.active = True
    with pytest.raises(Alarm):
        one.sendto(Exporter(once, False), "receiver")
    once.active = False
    two.setblocking(False)
    with pytest.raises(BlockingIOError):
        two.recv(9)


class Index:
    """An integer of another type, which runs code when it is converted."""

    def __init__(self, once: Once, value: int) -> None:
        self.once = once
        self.value = value

    def __index__(self) -> int:
        self.once()
        return self.value


@pytest.mark.parametrize("method", ["recv", "recvfrom", "recvmsg"])
def test_exception_while_converting_size_propagates(once: Once, pair: Callable[..., Any], method: str) -> None:
    sock, other = pair(DGRAM)
    other.send(b"data")
    once.active = True
    with pytest.raises(Alarm):
        getattr(sock, method)(Index(once, 9))
    once.active = False
    assert once.calls == 1
    assert sock.recv(9) == b"data"


@pytest.mark.parametrize(
    "attribute", ["encoded", "decoded", "size", "needs_descriptor", "accept_gives_address", "wide_levels"]
)
def test_exception_of_codec_attribute_propagates(
    once: Once, add_registration: Callable[..., None], attribute: str
) -> None:
    def get(self: Any) -> Any:
        once()
        return getattr(Family, attribute)

    codec = type("Codec", (Raising,), {attribute: property(get)})(once)
    add_registration("families", (LOCAL, None), codec)
    once.active = True
    try:
        sockcore.socket(LOCAL, DGRAM).close()
    except Alarm:
        raised = True
    else:
        raised = False
    once.active = False
    # The pure backend reads some of them only when they are needed.
    assert raised == bool(once.calls)
