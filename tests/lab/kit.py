"""The tests that every family of sockets passes on a real kernel; a family is described, not tested anew.

1. `ConnectedTests` is for what listens and accepts, `DatagramTests` for what does not. A subclass opens sockets and
   says what its addresses are; pytest collects it, not the bases. About 30 lines make a family's description.
2. What a family cannot do is in `lacks`, by the words of `FEATURES`, with the reason; such a test is skipped.
3. Sockets that come from `open` are closed when the test ends, and no descriptor is open then that was not before.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import selectors
import socket as stdlib
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Union

import pytest

import sockcore
from sockcore._plugins.discovery import registry
from sockcore.plugin import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Sock = sockcore.socket
    Address = Any
    Wrong = Sequence[tuple[Address, Union[type[BaseException], tuple[type[BaseException], ...]]]]

LIMIT = 10.0  # seconds: what takes longer hangs
SHORT = 0.05  # a timeout that is meant to pass
ROOM = 65536  # bytes: more than any message of these tests

FEATURES = {
    "addresses": "a message can be sent to an address",
    "connect": "a datagram socket can be connected, and then needs no address to send",
    "end of file": "who reads from a peer that was closed gets the end of the file",
    "half close": "shutdown(SHUT_WR) ends one direction, and the other goes on",
    "getpeername": "a connected socket knows its peer's address",
    "accepted address": "accept gives the address of the client",
    "nonblocking connect": "a non-blocking socket can connect",
    "asyncio connect": "asyncio can connect it",
    "peek": "MSG_PEEK reads and leaves what it read",
    "both ways": "the second socket of a pair can answer the first",
    "standard library": "the standard module of a Python that names the family has the same addresses",
    "detection": "the kernel tells family, type and protocol of a descriptor",
}

RECEIVERS: dict[str, Callable[[Sock], tuple[bytes, Address]]] = {}
BY_ADDRESS = ("recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")  # those that tell who sent


def receiver(function: Callable[[Sock], tuple[bytes, Address]]) -> Callable[[Sock], tuple[bytes, Address]]:
    RECEIVERS[function.__name__] = function
    return function


@receiver
def recv(sock: Sock) -> tuple[bytes, Address]:
    return sock.recv(ROOM), None


@receiver
def recv_into(sock: Sock) -> tuple[bytes, Address]:
    buffer = bytearray(ROOM)
    return bytes(buffer[: sock.recv_into(buffer)]), None


@receiver
def recvfrom(sock: Sock) -> tuple[bytes, Address]:
    return sock.recvfrom(ROOM)


@receiver
def recvfrom_into(sock: Sock) -> tuple[bytes, Address]:
    buffer = bytearray(ROOM)
    count, address = sock.recvfrom_into(buffer)
    return bytes(buffer[:count]), address


@receiver
def recvmsg(sock: Sock) -> tuple[bytes, Address]:
    data, messages, flags, address = sock.recvmsg(ROOM)
    assert (messages, flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)) == ([], 0)
    return data, address


@receiver
def recvmsg_into(sock: Sock) -> tuple[bytes, Address]:
    parts = [bytearray(1), bytearray(2), bytearray(ROOM)]
    count, messages, _, address = sock.recvmsg_into(parts)
    assert messages == []
    return b"".join(parts)[:count], address


_events: list[str] | None = None


def _hook(event: str, arguments: object) -> None:
    if _events is not None and event.startswith("socket."):
        _events.append(event)


sys.addaudithook(_hook)  # for good: a hook cannot be taken away


@contextmanager
def audited() -> Iterator[list[str]]:
    """The audit events of sockets; one comes right before the system call."""
    global _events
    _events = []
    try:
        yield _events
    finally:
        _events = None


def descriptors() -> list[str]:
    gc.collect()
    return sorted(os.listdir("/proc/self/fd"), key=int)


def outcome(call: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """What a call did, in a form that compares."""
    try:
        return "returned", call(*arguments)
    except OSError as error:
        return type(error).__name__, error.errno


@contextmanager
def meanwhile(work: Callable[..., object], *arguments: Any) -> Iterator[None]:
    """Something in a thread, while the block runs; what it raises fails the test."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work(*arguments)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join(LIMIT)
    assert not thread.is_alive(), "the other side does not end"
    assert not problems, problems


class _Tests:
    """What connections and datagrams have in common."""

    #: What the family cannot do: a word of FEATURES, and the reason.
    lacks: Mapping[str, str] = {}
    #: Addresses that are refused before any system call, and the type of the exception.
    wrong: Wrong = ()
    #: An option of the family's own, (level, number, value): it is set and read back.
    option: tuple[int, int, int | bytes] = (int(sockcore.SOL_SOCKET), int(sockcore.SO_KEEPALIVE), 1)
    #: How many pairs of sockets work at the same time.
    many = 50

    def payload(self, number: int) -> bytes:
        """The message of a number: each is another one, of a length that the family takes."""
        return b"message %d" % number

    # ------------------------------------------------------------------ what both kinds say

    def two(self) -> tuple[Sock, Sock]:
        """Two sockets that reach each other."""
        raise NotImplementedError

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        """Send from *a* to *b*."""
        raise NotImplementedError

    def unconnected(self) -> Sock:
        """A socket that is good for a try at bind and connect."""
        raise NotImplementedError

    def expected_sender(self, sender: Sock) -> Address:
        """What recvfrom says of the sender."""
        raise NotImplementedError

    # ------------------------------------------------------------------ means

    @pytest.fixture(autouse=True)
    def _all_is_closed(self) -> Iterator[None]:
        assert set(self.lacks) <= set(FEATURES), "no such feature"
        before = descriptors()
        with ExitStack() as self.stack:
            yield
        assert descriptors() == before

    def open(self, family: int, type: int, proto: int = 0) -> Sock:
        """Open a socket that does not wait for ever, and is closed at the end."""
        return self.keep(sockcore.socket(family, type, proto))

    def keep(self, sock: Sock) -> Sock:
        """Close *sock* at the end, and have it not wait for ever."""
        self.stack.callback(sock.close)
        sock.settimeout(LIMIT)
        return sock

    def needs(self, *features: str) -> None:
        for feature in features:
            if feature in self.lacks:
                pytest.skip(f"{feature}: {self.lacks[feature]}")

    def deliver(self, a: Sock, b: Sock, data: bytes) -> None:
        self.send(a, b, data)
        assert self.receive(b, len(data)) == data

    def receive(self, sock: Sock, count: int) -> bytes:
        """A message, or *count* bytes of a stream."""
        data = sock.recv(ROOM)
        while sock.type == sockcore.SOCK_STREAM and data and len(data) < count:
            data += sock.recv(ROOM)
        return data

    def raw(self, sock: Sock, address: Address, operation: str = "connect") -> sockcore.RawAddress:
        """The sockaddr of *address*, as the family's plugin encodes it."""
        codec = registry().family(int(sock.family), sock.proto)
        kind = context(int(sock.family), int(sock.type), sock.proto, operation, sock.fileno())
        return sockcore.RawAddress(codec.encode(address, kind))

    # ------------------------------------------------------------------ data

    def test_data_go_both_ways(self) -> None:
        a, b = self.two()
        for number in range(3):
            self.deliver(a, b, self.payload(number))
        if "both ways" not in self.lacks:
            for number in range(3, 6):
                self.deliver(b, a, self.payload(number))
                self.deliver(a, b, self.payload(number))

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_receiving(self, method: str) -> None:
        a, b = self.two()
        for number in range(2):
            self.send(a, b, self.payload(number))
            expected = self.expected_sender(a) if method in BY_ADDRESS else None
            assert RECEIVERS[method](b) == (self.payload(number), expected)

    def test_peeking(self) -> None:
        self.needs("peek")
        a, b = self.two()
        self.send(a, b, self.payload(0))
        assert b.recv(ROOM, sockcore.MSG_PEEK) == self.payload(0)
        assert b.recv(ROOM) == self.payload(0)

    # ------------------------------------------------------------------ timeouts

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_a_timeout_passes(self, method: str) -> None:
        a, b = self.two()
        b.settimeout(SHORT)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            RECEIVERS[method](b)
        assert SHORT <= time.monotonic() - began < LIMIT / 2
        self.deliver(a, b, self.payload(0))  # it is as good as before

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_nothing_there_without_blocking(self, method: str) -> None:
        a, b = self.two()
        b.setblocking(False)
        with pytest.raises(BlockingIOError):
            RECEIVERS[method](b)
        b.settimeout(LIMIT)
        self.deliver(a, b, self.payload(0))

    @pytest.mark.parametrize("timeout", [LIMIT, None])
    def test_data_that_come_while_it_waits(self, timeout: float | None) -> None:
        a, b = self.two()
        b.settimeout(timeout)

        def later() -> None:
            time.sleep(SHORT)
            self.send(a, b, self.payload(0))

        with meanwhile(later):
            assert self.receive(b, len(self.payload(0))) == self.payload(0)

    # ------------------------------------------------------------------ selectors and asyncio

    def test_a_selector_tells_when_data_are_there(self) -> None:
        a, b = self.two()
        with selectors.DefaultSelector() as selector:
            selector.register(b, selectors.EVENT_READ)
            assert selector.select(0) == []
            self.send(a, b, self.payload(0))
            ((key, events),) = selector.select(LIMIT)
            assert (key.fileobj, events) == (b, selectors.EVENT_READ)
            assert self.receive(b, len(self.payload(0))) == self.payload(0)
            assert selector.select(0) == []

    def test_many_at_once(self) -> None:
        pairs = self.several(self.many)
        with selectors.DefaultSelector() as selector:
            for number, (_, b) in enumerate(pairs):
                selector.register(b, selectors.EVENT_READ, number)
            for number, (a, b) in enumerate(pairs):
                self.send(a, b, self.payload(number))
            waiting = set(range(len(pairs)))
            while waiting:
                ready = selector.select(LIMIT)
                assert ready, f"nothing came to {sorted(waiting)}"
                for key, _ in ready:
                    expected = self.payload(key.data)
                    assert self.receive(key.fileobj, len(expected)) == expected  # type: ignore[arg-type]
                    selector.unregister(key.fileobj)
                    waiting.remove(key.data)

    def several(self, count: int) -> list[tuple[Sock, Sock]]:
        """So many pairs, open at the same time."""
        return [self.two() for _ in range(count)]

    def test_asyncio_receives(self) -> None:
        a, b = self.two()
        b.setblocking(False)

        async def talk() -> bytes:
            loop = asyncio.get_running_loop()
            coming = asyncio.ensure_future(loop.sock_recv(b, ROOM))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            assert not coming.done()
            self.send(a, b, self.payload(0))
            return await asyncio.wait_for(coming, LIMIT)

        assert asyncio.run(talk()) == self.payload(0)

    # ------------------------------------------------------------------ the socket object

    def test_a_closed_socket(self) -> None:
        _, b = self.two()
        b.close()
        b.close()
        assert b.fileno() == -1
        assert "[closed]" in repr(b)
        for call in (lambda: b.recv(1), lambda: b.send(b"x"), b.getsockname, lambda: b.recvmsg(1), b.listen):
            with pytest.raises(OSError) as caught:
                call()
            assert caught.value.errno == errno.EBADF

    def test_what_it_looks_like(self) -> None:
        _, b = self.two()
        words = repr(b)
        assert f"fd={b.fileno()}" in words
        assert f"proto={b.proto}" in words
        assert f"laddr={b.getsockname()}" in words or b.getsockname() in ("", None)

    def test_a_descriptor_is_detected(self) -> None:
        self.needs("detection")
        a, b = self.two()
        found = self.keep(sockcore.socket(fileno=os.dup(b.fileno())))
        assert (found.family, found.type, found.proto) == (b.family, b.type, b.proto)
        assert found.getsockname() == b.getsockname()
        self.send(a, b, self.payload(0))
        assert self.receive(found, len(self.payload(0))) == self.payload(0)

    def test_an_option(self) -> None:
        level, number, value = self.option
        sock = self.unconnected()
        sock.setsockopt(level, number, value)
        got = sock.getsockopt(level, number, len(value)) if isinstance(value, bytes) else sock.getsockopt(level, number)
        assert got == value

    def test_wrong_addresses_are_refused_before_any_system_call(self) -> None:
        sock = self.unconnected()
        for address, exception in self.wrong:
            for call in (sock.bind, sock.connect, sock.connect_ex, lambda address: sock.sendto(b"x", address)):
                with audited() as events, pytest.raises(exception) as caught:
                    call(address)
                assert str(caught.value)
                assert not {"socket.bind", "socket.connect", "socket.sendto"} & set(events), address

    # ------------------------------------------------------------------ the standard library

    def test_the_standard_library_has_the_same_addresses(self) -> None:
        self.needs("standard library")
        a, b = self.two()
        name = getattr(b.family, "name", str(b.family))
        if not hasattr(stdlib, name):
            pytest.skip(f"this Python's socket module has no {name}")
        with stdlib.socket(fileno=os.dup(b.fileno())) as same:
            same.settimeout(LIMIT)
            assert (same.family, same.type, same.proto) == (b.family, b.type, b.proto)
            for method in ("getsockname", "getpeername"):
                assert outcome(getattr(b, method)) == outcome(getattr(same, method))
            for receive in (recvfrom, recvmsg):
                self.send(a, b, self.payload(0))
                ours = receive(b)
                self.send(a, b, self.payload(0))
                assert ours == receive(same)  # type: ignore[arg-type]


class ConnectedTests(_Tests):
    """The tests of a family whose sockets listen, connect and accept."""

    # ------------------------------------------------------------------ what a family says

    def server(self) -> Sock:
        """A socket that listens, opened by `open`."""
        raise NotImplementedError

    def client(self) -> Sock:
        """A socket to connect, opened by `open`."""
        raise NotImplementedError

    def address(self, server: Sock) -> Address:
        """Where to connect to."""
        return server.getsockname()

    def accepted_address(self, client: Sock) -> Address:
        """What accept says of *client*, and getpeername of the connection."""
        return client.getsockname()

    def peer_address(self, server: Sock) -> Address:
        """What getpeername of a client says."""
        return self.address(server)

    def expected_sender(self, sender: Sock) -> Address:
        """Nothing: a stream has no senders."""
        return None

    # ------------------------------------------------------------------ means

    def unconnected(self) -> Sock:
        return self.client()

    def join(self, server: Sock, address: Address = None) -> tuple[Sock, Sock, Address]:
        """Connect a new client to *server*: both ends, and what accept said."""
        client = self.client()
        with meanwhile(client.connect, self.address(server) if address is None else address):
            connection, accepted = server.accept()
            self.keep(connection)
        return client, connection, accepted

    def two(self) -> tuple[Sock, Sock]:
        return self.join(self.server())[:2]

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        a.sendall(data)

    def several(self, count: int) -> list[tuple[Sock, Sock]]:
        server = self.server()
        return [self.join(server)[:2] for _ in range(count)]

    # ------------------------------------------------------------------ connecting

    def test_the_addresses_of_a_connection(self) -> None:
        server = self.server()
        client, connection, accepted = self.join(server)
        assert (connection.family, connection.type, connection.proto) == (server.family, server.type, server.proto)
        if "accepted address" not in self.lacks:
            assert accepted == self.accepted_address(client)
        if "getpeername" not in self.lacks:
            assert client.getpeername() == self.peer_address(server)
            assert connection.getpeername() == self.accepted_address(client)
            assert f"raddr={client.getpeername()}" in repr(client)

    def test_a_raw_address_reaches_the_same_server(self) -> None:
        server = self.server()
        client, connection, _ = self.join(server, self.raw(server, self.address(server)))
        self.deliver(client, connection, self.payload(0))

    def test_connect_ex(self) -> None:
        server, client = self.server(), self.client()
        codes: list[int] = []
        with meanwhile(lambda: codes.append(client.connect_ex(self.address(server)))):
            self.keep(server.accept()[0])
        assert codes == [0]

    def test_connecting_without_blocking(self) -> None:
        self.needs("nonblocking connect")
        server, client = self.server(), self.client()
        client.setblocking(False)
        assert client.connect_ex(self.address(server)) in (0, errno.EINPROGRESS)
        connection = self.keep(server.accept()[0])
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_WRITE)
            assert selector.select(LIMIT)
        assert client.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 0
        self.deliver(client, connection, self.payload(0))

    def test_nobody_to_accept(self) -> None:
        server = self.server()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        server.settimeout(SHORT)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            server.accept()
        assert SHORT <= time.monotonic() - began < LIMIT / 2

    def test_accept_waits_for_a_client(self) -> None:
        server, client = self.server(), self.client()

        def later() -> None:
            time.sleep(SHORT)
            client.connect(self.address(server))

        with meanwhile(later):
            self.keep(server.accept()[0])

    def test_a_selector_tells_of_a_client(self) -> None:
        server, client = self.server(), self.client()
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            assert selector.select(0) == []
            with meanwhile(client.connect, self.address(server)):
                assert selector.select(LIMIT)
                self.keep(server.accept()[0])

    # ------------------------------------------------------------------ sending

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
    @pytest.mark.parametrize("method", ["send", "sendall", "sendmsg"])
    def test_sending(self, method: str, form: Callable[[bytes], Any]) -> None:
        a, b = self.two()
        data = self.payload(0)
        if method == "send":
            assert a.send(form(data)) == len(data)
        elif method == "sendall":
            assert a.sendall(form(data)) is None
        else:
            assert a.sendmsg([form(data[:2]), form(data[2:])]) == len(data)
        assert self.receive(b, len(data)) == data

    def test_a_file_object(self) -> None:
        a, b = self.two()
        with a.makefile("wb") as writing, b.makefile("rb") as reading:
            writing.write(self.payload(0) + b"\n")
            writing.flush()
            assert reading.readline() == self.payload(0) + b"\n"

    # ------------------------------------------------------------------ the end

    def test_the_end_of_file(self) -> None:
        self.needs("end of file")
        a, b = self.two()
        self.send(a, b, self.payload(0))
        a.close()
        assert self.receive(b, len(self.payload(0))) == self.payload(0)
        assert b.recv(ROOM) == b""

    def test_one_direction_ends(self) -> None:
        self.needs("half close")
        a, b = self.two()
        a.shutdown(sockcore.SHUT_WR)
        assert b.recv(ROOM) == b""
        with pytest.raises(BrokenPipeError):
            a.send(self.payload(0))
        self.deliver(b, a, self.payload(1))

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_connects_and_accepts(self) -> None:
        server, client = self.server(), self.client()
        server.setblocking(False)

        async def talk() -> tuple[bytes, bytes]:
            loop: Any = asyncio.get_running_loop()
            accepting = asyncio.ensure_future(loop.sock_accept(server))
            by_asyncio = not {"nonblocking connect", "asyncio connect"} & set(self.lacks)
            if by_asyncio:
                client.setblocking(False)
                await asyncio.wait_for(loop.sock_connect(client, self.address(server)), LIMIT)
            else:
                await loop.run_in_executor(None, client.connect, self.address(server))
                client.setblocking(False)
            connection, _ = await asyncio.wait_for(accepting, LIMIT)
            self.stack.callback(connection.close)
            assert connection.gettimeout() == 0
            await loop.sock_sendall(client, self.payload(0))
            there = await asyncio.wait_for(loop.sock_recv(connection, ROOM), LIMIT)
            await loop.sock_sendall(connection, self.payload(1))
            return there, await asyncio.wait_for(loop.sock_recv(client, ROOM), LIMIT)

        assert asyncio.run(talk()) == (self.payload(0), self.payload(1))


class DatagramTests(_Tests):
    """The tests of a family whose sockets send messages to addresses."""

    # ------------------------------------------------------------------ what a family says

    def pair(self) -> tuple[Sock, Sock]:
        """Two sockets, opened by `open` and bound, that reach each other, and no other pair."""
        raise NotImplementedError

    def address_of(self, sock: Sock) -> Address:
        """Where to send to, to reach *sock*."""
        return sock.getsockname()

    def expected_sender(self, sender: Sock) -> Address:
        """What recvfrom says of the sender."""
        return self.address_of(sender)

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        """Send from *a* to *b*."""
        assert a.sendto(data, self.address_of(b)) == len(data)

    # ------------------------------------------------------------------ means

    def two(self) -> tuple[Sock, Sock]:
        return self.pair()

    def unconnected(self) -> Sock:
        a, _ = self.pair()
        return self.open(a.family, a.type, a.proto)

    # ------------------------------------------------------------------ sending

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
    @pytest.mark.parametrize("method", ["sendto", "sendto with flags", "sendmsg"])
    def test_sending_to_an_address(self, method: str, form: Callable[[bytes], Any]) -> None:
        self.needs("addresses")
        a, b = self.pair()
        data, address = self.payload(0), self.address_of(b)
        if method == "sendto":
            assert a.sendto(form(data), address) == len(data)
        elif method == "sendmsg":
            assert a.sendmsg([form(data[:2]), form(data[2:])], [], 0, address) == len(data)
        else:
            assert a.sendto(form(data), 0, address) == len(data)
        assert b.recv(ROOM) == data

    def test_a_raw_address_reaches_the_same_peer(self) -> None:
        self.needs("addresses")
        a, b = self.pair()
        a.sendto(self.payload(0), self.raw(b, self.address_of(b), "sendto"))
        assert b.recv(ROOM) == self.payload(0)

    def test_sending_without_an_address(self) -> None:
        self.needs("connect")
        a, b = self.pair()
        a.connect(self.address_of(b))
        assert a.send(self.payload(0)) == len(self.payload(0))
        assert a.sendall(self.payload(1)) is None
        assert a.sendmsg([self.payload(2)]) == len(self.payload(2))
        assert [b.recv(ROOM) for _ in range(3)] == [self.payload(number) for number in range(3)]
        if "getpeername" not in self.lacks:
            assert a.getpeername() == self.address_of(b)
            assert f"raddr={a.getpeername()}" in repr(a)

    def test_messages_keep_their_bounds(self) -> None:
        a, b = self.pair()
        for number in range(5):
            self.send(a, b, self.payload(number))
        assert [b.recv(ROOM) for _ in range(5)] == [self.payload(number) for number in range(5)]

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_sends(self) -> None:
        self.needs("connect")
        a, b = self.pair()
        a.connect(self.address_of(b))
        a.setblocking(False)
        b.setblocking(False)

        async def talk() -> bytes:
            loop: Any = asyncio.get_running_loop()
            await loop.sock_sendall(a, self.payload(0))
            return await asyncio.wait_for(loop.sock_recv(b, ROOM), LIMIT)

        assert asyncio.run(talk()) == self.payload(0)
