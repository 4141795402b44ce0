"""Tests that every family of sockets passes on a real kernel.

1. `ConnectedTests` is for sockets that listen and accept, `DatagramTests` for the others. A subclass opens the sockets
   of a family and returns their addresses. pytest collects the subclasses, not these classes.
2. `unsupported` maps features that a family lacks, from `FEATURES`, to the reason. Their tests are skipped.
3. Sockets from `open` are closed when the test ends. A test that leaks a file descriptor fails.
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
    InvalidAddresses = Sequence[tuple[Address, Union[type[BaseException], tuple[type[BaseException], ...]]]]

LIMIT = 10.0  # seconds after which an operation is considered to hang
SHORT = 0.05  # seconds, for a timeout that is expected to expire
BUFFER_SIZE = 65536  # bytes, more than any message of these tests

FEATURES = {
    "addresses": "a message can be sent to an address",
    "connect": "a datagram socket can be connected, and can then send without an address",
    "end of file": "recv returns b'' after the peer was closed",
    "half close": "shutdown(SHUT_WR) ends one direction only",
    "getpeername": "getpeername returns the address of the peer of a connected socket",
    "accepted address": "accept returns the address of the client",
    "nonblocking connect": "a non-blocking socket can connect",
    "asyncio connect": "asyncio can connect a socket",
    "peek": "MSG_PEEK returns data and leaves it in the queue",
    "both ways": "the second socket of a pair can send to the first",
    "standard library": "the socket module of a Python that supports the family returns the same addresses",
    "detection": "the kernel reports family, type and protocol of a file descriptor",
}

RECEIVERS: dict[str, Callable[[Sock], tuple[bytes, Address]]] = {}
RETURN_ADDRESS = ("recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")


def receiver(function: Callable[[Sock], tuple[bytes, Address]]) -> Callable[[Sock], tuple[bytes, Address]]:
    RECEIVERS[function.__name__] = function
    return function


@receiver
def recv(sock: Sock) -> tuple[bytes, Address]:
    return sock.recv(BUFFER_SIZE), None


@receiver
def recv_into(sock: Sock) -> tuple[bytes, Address]:
    buffer = bytearray(BUFFER_SIZE)
    return bytes(buffer[: sock.recv_into(buffer)]), None


@receiver
def recvfrom(sock: Sock) -> tuple[bytes, Address]:
    return sock.recvfrom(BUFFER_SIZE)


@receiver
def recvfrom_into(sock: Sock) -> tuple[bytes, Address]:
    buffer = bytearray(BUFFER_SIZE)
    count, address = sock.recvfrom_into(buffer)
    return bytes(buffer[:count]), address


@receiver
def recvmsg(sock: Sock) -> tuple[bytes, Address]:
    data, messages, flags, address = sock.recvmsg(BUFFER_SIZE)
    assert (messages, flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)) == ([], 0)
    return data, address


@receiver
def recvmsg_into(sock: Sock) -> tuple[bytes, Address]:
    parts = [bytearray(1), bytearray(2), bytearray(BUFFER_SIZE)]
    count, messages, _, address = sock.recvmsg_into(parts)
    assert messages == []
    return b"".join(parts)[:count], address


_events: list[str] | None = None


def _record_event(event: str, arguments: object) -> None:
    if _events is not None and event.startswith("socket."):
        _events.append(event)


sys.addaudithook(_record_event)  # audit hooks cannot be removed


@contextmanager
def recorded_audit_events() -> Iterator[list[str]]:
    """Record the audit events of sockets, raised right before the system call."""
    global _events
    _events = []
    try:
        yield _events
    finally:
        _events = None


def open_fds() -> list[str]:
    gc.collect()
    return sorted(os.listdir("/proc/self/fd"), key=int)


def outcome(call: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """Return the result of a call, or its exception, as values that can be compared."""
    try:
        return "returned", call(*arguments)
    except OSError as exc:
        return type(exc).__name__, exc.errno


@contextmanager
def running_in_thread(work: Callable[..., object], *arguments: Any) -> Iterator[None]:
    """Run *work* in a thread during the block. Its exceptions fail the test."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work(*arguments)
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join(LIMIT)
    assert not thread.is_alive(), "the thread did not end"
    assert not raised, raised


class _Tests:
    """Tests for both connections and datagrams."""

    #: Feature that the family lacks -> reason. The keys are those of FEATURES.
    unsupported: Mapping[str, str] = {}
    #: Addresses that are rejected before any system call, with the type of the exception.
    invalid_addresses: InvalidAddresses = ()
    #: An option of the family that can be set and read back: (level, number, value).
    option: tuple[int, int, int | bytes] = (int(sockcore.SOL_SOCKET), int(sockcore.SO_KEEPALIVE), 1)
    #: Number of pairs of sockets that transfer data at the same time.
    pair_count = 50

    def payload(self, number: int) -> bytes:
        """Return a different message for each number, of a length the family allows."""
        return b"message %d" % number

    # ------------------------------------------------------------------ to be overridden

    def open_pair(self) -> tuple[Sock, Sock]:
        """Return two sockets that can send to each other."""
        raise NotImplementedError

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        """Send from *a* to *b*."""
        raise NotImplementedError

    def open_unconnected(self) -> Sock:
        """Return an unconnected socket, for tests of bind and connect."""
        raise NotImplementedError

    def expected_sender(self, sender: Sock) -> Address:
        """Return the address that recvfrom returns for messages of *sender*."""
        raise NotImplementedError

        # ------------------------------------------------------------------ helpers

    @pytest.fixture(autouse=True)
    def _check_all_closed(self) -> Iterator[None]:
        assert set(self.unsupported) <= set(FEATURES), "unknown feature"
        before = open_fds()
        with ExitStack() as self.stack:
            yield
        assert open_fds() == before

    def open(self, family: int, type: int, proto: int = 0) -> Sock:
        """Open a socket with a timeout, and close it at the end of the test."""
        return self.close_at_end(sockcore.socket(family, type, proto))

    def close_at_end(self, sock: Sock) -> Sock:
        """Close *sock* at the end of the test, and set its timeout."""
        self.stack.callback(sock.close)
        sock.settimeout(LIMIT)
        return sock

    def skip_unless_supported(self, *features: str) -> None:
        for feature in features:
            if feature in self.unsupported:
                pytest.skip(f"{feature}: {self.unsupported[feature]}")

    def send_and_check(self, a: Sock, b: Sock, data: bytes) -> None:
        self.send(a, b, data)
        assert self.receive(b, len(data)) == data

    def receive(self, sock: Sock, count: int) -> bytes:
        """Receive a message, or *count* bytes of a stream."""
        data = sock.recv(BUFFER_SIZE)
        while sock.type == sockcore.SOCK_STREAM and data and len(data) < count:
            data += sock.recv(BUFFER_SIZE)
        return data

    def raw_address(self, sock: Sock, address: Address, operation: str = "connect") -> sockcore.RawAddress:
        """Return the sockaddr of *address*, as the plugin of the family encodes it."""
        codec = registry().family(int(sock.family), sock.proto)
        call = context(int(sock.family), int(sock.type), sock.proto, operation, sock.fileno())
        return sockcore.RawAddress(codec.encode(address, call))

    # ------------------------------------------------------------------ data

    def test_send_both_directions_delivers_data(self) -> None:
        a, b = self.open_pair()
        for number in range(3):
            self.send_and_check(a, b, self.payload(number))
        if "both ways" not in self.unsupported:
            for number in range(3, 6):
                self.send_and_check(b, a, self.payload(number))
                self.send_and_check(a, b, self.payload(number))

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_receive_methods_return_data_and_sender(self, method: str) -> None:
        a, b = self.open_pair()
        for number in range(2):
            self.send(a, b, self.payload(number))
            expected = self.expected_sender(a) if method in RETURN_ADDRESS else None
            assert RECEIVERS[method](b) == (self.payload(number), expected)

    def test_recv_msg_peek_keeps_data(self) -> None:
        self.skip_unless_supported("peek")
        a, b = self.open_pair()
        self.send(a, b, self.payload(0))
        assert b.recv(BUFFER_SIZE, sockcore.MSG_PEEK) == self.payload(0)
        assert b.recv(BUFFER_SIZE) == self.payload(0)

    # ------------------------------------------------------------------ timeouts

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_receive_methods_after_timeout_raise_timeout_error(self, method: str) -> None:
        a, b = self.open_pair()
        b.settimeout(SHORT)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            RECEIVERS[method](b)
        assert SHORT <= time.monotonic() - began < LIMIT / 2
        self.send_and_check(a, b, self.payload(0))  # the timeout had no lasting effect

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_receive_methods_nonblocking_raise_blocking_io_error(self, method: str) -> None:
        a, b = self.open_pair()
        b.setblocking(False)
        with pytest.raises(BlockingIOError):
            RECEIVERS[method](b)
        b.settimeout(LIMIT)
        self.send_and_check(a, b, self.payload(0))

    @pytest.mark.parametrize("timeout", [LIMIT, None])
    def test_recv_blocked_returns_data_sent_later(self, timeout: float | None) -> None:
        a, b = self.open_pair()
        b.settimeout(timeout)

        def later() -> None:
            time.sleep(SHORT)
            self.send(a, b, self.payload(0))

        with running_in_thread(later):
            assert self.receive(b, len(self.payload(0))) == self.payload(0)

    # ------------------------------------------------------------------ selectors and asyncio

    def test_selector_with_data_reports_readable(self) -> None:
        a, b = self.open_pair()
        with selectors.DefaultSelector() as selector:
            selector.register(b, selectors.EVENT_READ)
            assert selector.select(0) == []
            self.send(a, b, self.payload(0))
            ((key, events),) = selector.select(LIMIT)
            assert (key.fileobj, events) == (b, selectors.EVENT_READ)
            assert self.receive(b, len(self.payload(0))) == self.payload(0)
            assert selector.select(0) == []

    def test_selector_many_sockets_receive_their_data(self) -> None:
        pairs = self.open_pairs(self.pair_count)
        with selectors.DefaultSelector() as selector:
            for number, (_, b) in enumerate(pairs):
                selector.register(b, selectors.EVENT_READ, number)
            for number, (a, b) in enumerate(pairs):
                self.send(a, b, self.payload(number))
            waiting = set(range(len(pairs)))
            while waiting:
                ready = selector.select(LIMIT)
                assert ready, f"no message for {sorted(waiting)}"
                for key, _ in ready:
                    expected = self.payload(key.data)
                    assert self.receive(key.fileobj, len(expected)) == expected  # type: ignore[arg-type]
                    selector.unregister(key.fileobj)
                    waiting.remove(key.data)

    def open_pairs(self, count: int) -> list[tuple[Sock, Sock]]:
        """Return *count* pairs that are open at the same time."""
        return [self.open_pair() for _ in range(count)]

    def test_asyncio_sock_recv_waits_for_data(self) -> None:
        a, b = self.open_pair()
        b.setblocking(False)

        async def transfer() -> bytes:
            loop = asyncio.get_running_loop()
            receiving = asyncio.ensure_future(loop.sock_recv(b, BUFFER_SIZE))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            assert not receiving.done()
            self.send(a, b, self.payload(0))
            return await asyncio.wait_for(receiving, LIMIT)

        assert asyncio.run(transfer()) == self.payload(0)

    # ------------------------------------------------------------------ the socket object

    def test_closed_socket_methods_raise_ebadf(self) -> None:
        _, b = self.open_pair()
        b.close()
        b.close()
        assert b.fileno() == -1
        assert "[closed]" in repr(b)
        for call in (lambda: b.recv(1), lambda: b.send(b"x"), b.getsockname, lambda: b.recvmsg(1), b.listen):
            with pytest.raises(OSError) as caught:
                call()
            assert caught.value.errno == errno.EBADF

    def test_repr_contains_fd_protocol_and_address(self) -> None:
        _, b = self.open_pair()
        text = repr(b)
        assert f"fd={b.fileno()}" in text
        assert f"proto={b.proto}" in text
        assert f"laddr={b.getsockname()}" in text or b.getsockname() in ("", None)

    def test_socket_from_fd_detects_family_type_and_protocol(self) -> None:
        self.skip_unless_supported("detection")
        a, b = self.open_pair()
        detected = self.close_at_end(sockcore.socket(fileno=os.dup(b.fileno())))
        assert (detected.family, detected.type, detected.proto) == (b.family, b.type, b.proto)
        assert detected.getsockname() == b.getsockname()
        self.send(a, b, self.payload(0))
        assert self.receive(detected, len(self.payload(0))) == self.payload(0)

    def test_setsockopt_value_is_read_back(self) -> None:
        level, number, value = self.option
        sock = self.open_unconnected()
        sock.setsockopt(level, number, value)
        size = (len(value),) if isinstance(value, bytes) else ()
        assert sock.getsockopt(level, number, *size) == value

    def test_invalid_address_raises_before_system_call(self) -> None:
        sock = self.open_unconnected()
        for address, exception in self.invalid_addresses:
            for call in (sock.bind, sock.connect, sock.connect_ex, lambda address: sock.sendto(b"x", address)):
                with recorded_audit_events() as events, pytest.raises(exception) as caught:
                    call(address)
                assert str(caught.value)
                assert not {"socket.bind", "socket.connect", "socket.sendto"} & set(events), address

    # ------------------------------------------------------------------ the standard library

    def test_addresses_match_standard_library(self) -> None:
        self.skip_unless_supported("standard library")
        a, b = self.open_pair()
        name = getattr(b.family, "name", str(b.family))
        if not hasattr(stdlib, name):
            pytest.skip(f"the socket module of this Python does not define {name}")
        with stdlib.socket(fileno=os.dup(b.fileno())) as stdlib_sock:
            stdlib_sock.settimeout(LIMIT)
            assert (stdlib_sock.family, stdlib_sock.type, stdlib_sock.proto) == (b.family, b.type, b.proto)
            for method in ("getsockname", "getpeername"):
                assert outcome(getattr(b, method)) == outcome(getattr(stdlib_sock, method))
            for receive in (recvfrom, recvmsg):
                self.send(a, b, self.payload(0))
                expected = receive(b)
                self.send(a, b, self.payload(0))
                assert expected == receive(stdlib_sock)  # type: ignore[arg-type]


class ConnectedTests(_Tests):
    """Tests of a family whose sockets listen, connect and accept."""

    # ------------------------------------------------------------------ to be overridden

    def open_server(self) -> Sock:
        """Return a listening socket from `open`."""
        raise NotImplementedError

    def open_client(self) -> Sock:
        """Return a socket from `open` that can be connected."""
        raise NotImplementedError

    def server_address(self, server: Sock) -> Address:
        """Return the address to connect to."""
        return server.getsockname()

    def accepted_address(self, client: Sock) -> Address:
        """Return the *client* address that accept and the connection's getpeername give."""
        return client.getsockname()

    def peer_address(self, server: Sock) -> Address:
        """Return the address that getpeername of a client returns."""
        return self.server_address(server)

    def expected_sender(self, sender: Sock) -> Address:
        """Return None: recvfrom on a stream returns no sender."""
        return None

        # ------------------------------------------------------------------ helpers

    def open_unconnected(self) -> Sock:
        return self.open_client()

    def connect_to(self, server: Sock, address: Address = None) -> tuple[Sock, Sock, Address]:
        """Connect a new client to *server*. Return both ends and accept's address."""
        client = self.open_client()
        with running_in_thread(client.connect, self.server_address(server) if address is None else address):
            connection, accepted = server.accept()
            self.close_at_end(connection)
        return client, connection, accepted

    def open_pair(self) -> tuple[Sock, Sock]:
        return self.connect_to(self.open_server())[:2]

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        a.sendall(data)

    def open_pairs(self, count: int) -> list[tuple[Sock, Sock]]:
        server = self.open_server()
        return [self.connect_to(server)[:2] for _ in range(count)]

    # ------------------------------------------------------------------ connecting

    def test_connection_addresses_match_both_ends(self) -> None:
        server = self.open_server()
        client, connection, accepted = self.connect_to(server)
        assert (connection.family, connection.type, connection.proto) == (server.family, server.type, server.proto)
        if "accepted address" not in self.unsupported:
            assert accepted == self.accepted_address(client)
        if "getpeername" not in self.unsupported:
            assert client.getpeername() == self.peer_address(server)
            assert connection.getpeername() == self.accepted_address(client)
            assert f"raddr={client.getpeername()}" in repr(client)

    def test_connect_raw_address_reaches_server(self) -> None:
        server = self.open_server()
        client, connection, _ = self.connect_to(server, self.raw_address(server, self.server_address(server)))
        self.send_and_check(client, connection, self.payload(0))

    def test_connect_ex_to_server_returns_zero(self) -> None:
        server, client = self.open_server(), self.open_client()
        codes: list[int] = []
        with running_in_thread(lambda: codes.append(client.connect_ex(self.server_address(server)))):
            self.close_at_end(server.accept()[0])
        assert codes == [0]

    def test_connect_nonblocking_becomes_writable(self) -> None:
        self.skip_unless_supported("nonblocking connect")
        server, client = self.open_server(), self.open_client()
        client.setblocking(False)
        assert client.connect_ex(self.server_address(server)) in (0, errno.EINPROGRESS)
        connection = self.close_at_end(server.accept()[0])
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_WRITE)
            assert selector.select(LIMIT)
        assert client.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 0
        self.send_and_check(client, connection, self.payload(0))

    def test_accept_without_client_raises(self) -> None:
        server = self.open_server()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        server.settimeout(SHORT)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            server.accept()
        assert SHORT <= time.monotonic() - began < LIMIT / 2

    def test_accept_blocked_returns_later_client(self) -> None:
        server, client = self.open_server(), self.open_client()

        def later() -> None:
            time.sleep(SHORT)
            client.connect(self.server_address(server))

        with running_in_thread(later):
            self.close_at_end(server.accept()[0])

    def test_selector_with_client_reports_server_readable(self) -> None:
        server, client = self.open_server(), self.open_client()
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            assert selector.select(0) == []
            with running_in_thread(client.connect, self.server_address(server)):
                assert selector.select(LIMIT)
                self.close_at_end(server.accept()[0])

    # ------------------------------------------------------------------ sending

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
    @pytest.mark.parametrize("method", ["send", "sendall", "sendmsg"])
    def test_send_methods_deliver_any_buffer(self, method: str, form: Callable[[bytes], Any]) -> None:
        a, b = self.open_pair()
        data = self.payload(0)
        if method == "send":
            assert a.send(form(data)) == len(data)
        elif method == "sendall":
            assert a.sendall(form(data)) is None
        else:
            assert a.sendmsg([form(data[:2]), form(data[2:])]) == len(data)
        assert self.receive(b, len(data)) == data

    def test_makefile_transfers_line(self) -> None:
        a, b = self.open_pair()
        with a.makefile("wb") as writing, b.makefile("rb") as reading:
            writing.write(self.payload(0) + b"\n")
            writing.flush()
            assert reading.readline() == self.payload(0) + b"\n"

    # ------------------------------------------------------------------ the end

    def test_recv_after_peer_close_reports_end(self) -> None:
        self.skip_unless_supported("end of file")
        a, b = self.open_pair()
        self.send(a, b, self.payload(0))
        a.close()
        assert self.receive(b, len(self.payload(0))) == self.payload(0)
        assert b.recv(BUFFER_SIZE) == b""

    def test_shutdown_wr_keeps_other_direction(self) -> None:
        self.skip_unless_supported("half close")
        a, b = self.open_pair()
        a.shutdown(sockcore.SHUT_WR)
        assert b.recv(BUFFER_SIZE) == b""
        with pytest.raises(BrokenPipeError):
            a.send(self.payload(0))
        self.send_and_check(b, a, self.payload(1))

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_connect_and_accept_transfer_data(self) -> None:
        server, client = self.open_server(), self.open_client()
        server.setblocking(False)

        async def transfer() -> tuple[bytes, bytes]:
            loop: Any = asyncio.get_running_loop()
            accepting = asyncio.ensure_future(loop.sock_accept(server))
            by_asyncio = not {"nonblocking connect", "asyncio connect"} & set(self.unsupported)
            if by_asyncio:
                client.setblocking(False)
                await asyncio.wait_for(loop.sock_connect(client, self.server_address(server)), LIMIT)
            else:
                await loop.run_in_executor(None, client.connect, self.server_address(server))
                client.setblocking(False)
            connection, _ = await asyncio.wait_for(accepting, LIMIT)
            self.stack.callback(connection.close)
            assert connection.gettimeout() == 0
            await loop.sock_sendall(client, self.payload(0))
            request = await asyncio.wait_for(loop.sock_recv(connection, BUFFER_SIZE), LIMIT)
            await loop.sock_sendall(connection, self.payload(1))
            return request, await asyncio.wait_for(loop.sock_recv(client, BUFFER_SIZE), LIMIT)

        assert asyncio.run(transfer()) == (self.payload(0), self.payload(1))


class DatagramTests(_Tests):
    """Tests of a family whose sockets send messages to addresses."""

    # ------------------------------------------------------------------ to be overridden

    def open_bound_pair(self) -> tuple[Sock, Sock]:
        """Return two bound sockets from `open` that can send to each other.

        They cannot send to other pairs.
        """
        raise NotImplementedError

    def address_of(self, sock: Sock) -> Address:
        """Return the address at which *sock* receives messages."""
        return sock.getsockname()

    def expected_sender(self, sender: Sock) -> Address:
        """Return the address that recvfrom returns for messages of *sender*."""
        return self.address_of(sender)

    def send(self, a: Sock, b: Sock, data: bytes) -> None:
        """Send from *a* to *b*."""
        assert a.sendto(data, self.address_of(b)) == len(data)

        # ------------------------------------------------------------------ helpers

    def open_pair(self) -> tuple[Sock, Sock]:
        return self.open_bound_pair()

    def open_unconnected(self) -> Sock:
        a, _ = self.open_bound_pair()
        return self.open(a.family, a.type, a.proto)

    # ------------------------------------------------------------------ sending

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
    @pytest.mark.parametrize("method", ["sendto", "sendto with flags", "sendmsg"])
    def test_send_methods_with_address_deliver_any_buffer(self, method: str, form: Callable[[bytes], Any]) -> None:
        self.skip_unless_supported("addresses")
        a, b = self.open_bound_pair()
        data, address = self.payload(0), self.address_of(b)
        if method == "sendto":
            assert a.sendto(form(data), address) == len(data)
        elif method == "sendmsg":
            assert a.sendmsg([form(data[:2]), form(data[2:])], [], 0, address) == len(data)
        else:
            assert a.sendto(form(data), 0, address) == len(data)
        assert b.recv(BUFFER_SIZE) == data

    def test_sendto_raw_address_reaches_peer(self) -> None:
        self.skip_unless_supported("addresses")
        a, b = self.open_bound_pair()
        a.sendto(self.payload(0), self.raw_address(b, self.address_of(b), "sendto"))
        assert b.recv(BUFFER_SIZE) == self.payload(0)

    def test_send_connected_needs_no_address(self) -> None:
        self.skip_unless_supported("connect")
        a, b = self.open_bound_pair()
        a.connect(self.address_of(b))
        assert a.send(self.payload(0)) == len(self.payload(0))
        assert a.sendall(self.payload(1)) is None
        assert a.sendmsg([self.payload(2)]) == len(self.payload(2))
        assert [b.recv(BUFFER_SIZE) for _ in range(3)] == [self.payload(number) for number in range(3)]
        if "getpeername" not in self.unsupported:
            assert a.getpeername() == self.address_of(b)
            assert f"raddr={a.getpeername()}" in repr(a)

    def test_recv_keeps_message_boundaries(self) -> None:
        a, b = self.open_bound_pair()
        for number in range(5):
            self.send(a, b, self.payload(number))
        assert [b.recv(BUFFER_SIZE) for _ in range(5)] == [self.payload(number) for number in range(5)]

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_sock_sendall_delivers_data(self) -> None:
        self.skip_unless_supported("connect")
        a, b = self.open_bound_pair()
        a.connect(self.address_of(b))
        a.setblocking(False)
        b.setblocking(False)

        async def transfer() -> bytes:
            loop: Any = asyncio.get_running_loop()
            await loop.sock_sendall(a, self.payload(0))
            return await asyncio.wait_for(loop.sock_recv(b, BUFFER_SIZE), LIMIT)

        assert asyncio.run(transfer()) == self.payload(0)
