"""Tests of sockets that listen, connect and accept."""

from __future__ import annotations

import errno
import selectors
import time

import sockcore
from sockcore._types import Any
from sockcore.testing._description import needs
from sockcore.testing._sockets import SocketTests
from sockcore.testing._support import (
    BUFFER_SIZE,
    LIMIT,
    SHORT,
    accept,
    check,
    check_equal,
    expected_exception,
    run_async,
    running_in_thread,
)


class ConnectedTests(SocketTests):
    """The tests of a family whose sockets listen, connect and accept.

    A subclass sets ``family``, ``type``, ``proto``, and ``local_address`` or :meth:`free_address`.
    """

    # ------------------------------------------------------------------ methods that a subclass may override

    def open_server(self) -> Any:
        """Return a listening socket."""
        sock = self.open_bound()
        sock.listen()
        return sock

    def server_address(self, server: Any) -> Any:
        """Return the address to connect to."""
        return server.getsockname()

    def accepted_address(self, client: Any) -> Any:
        """Return the address of *client* that accept and getpeername of the connection return."""
        return client.getsockname()

    def peer_address(self, server: Any) -> Any:
        """Return the address that getpeername of a client returns."""
        return self.server_address(server)

    def expected_sender(self, sender: Any) -> Any:
        """Return None: recvfrom on a connection returns no sender."""
        return None

    def open_unconnected(self) -> Any:
        """Return an unconnected socket, for tests of bind and connect."""
        return self.open_client()

    def connect_to(self, server: Any, address: Any = None) -> tuple[Any, Any, Any]:
        """Connect a new client to *server*. Return both ends and the address of accept."""
        client = self.open_client()
        destination = self.server_address(server) if address is None else address
        try:
            with running_in_thread(client.connect, destination) as raised:
                connection, accepted = accept(server, raised)
                self.close_at_end(connection)
        except (TypeError, ValueError, OverflowError) as exc:
            raise AssertionError(
                f"encode does not accept {destination!r}, the address of the server: {exc!r}. By default, it is the "
                "result of decode for getsockname"
            ) from exc
        return client, connection, accepted

    def open_pair(self) -> tuple[Any, Any]:
        """Return a client and its accepted connection."""
        client, connection, _ = self.connect_to(self.open_server())
        return client, connection

    def open_pairs(self, count: int) -> list[tuple[Any, Any]]:
        """Return *count* pairs with the same server."""
        server = self.open_server()
        return [self.connect_to(server)[:2] for _ in range(count)]

    def send(self, a: Any, b: Any, data: bytes) -> None:
        """Send from *a* to *b*."""
        a.sendall(data, self.number("send_flags"))

    # ------------------------------------------------------------------ connecting

    def test_connection_addresses_match_both_ends(self) -> None:
        """Check the addresses that accept, getsockname and getpeername return."""
        server = self.open_server()
        client, connection, accepted = self.connect_to(server)
        numbers = connection.family, connection.type, connection.proto
        check_equal(numbers, (server.family, server.type, server.proto), "numbers of the accepted socket")
        if self.has("accepted address"):
            check_equal(accepted, self.accepted_address(client), "address that accept returned")
        if self.has("getpeername"):
            check_equal(client.getpeername(), self.peer_address(server), "getpeername of the client")
            check_equal(connection.getpeername(), self.accepted_address(client), "getpeername of the connection")
            expected = f"raddr={client.getpeername()}"
            check(expected in repr(client), f"{client!r} does not contain {expected}")

    def test_connect_raw_address_reaches_server(self) -> None:
        """Check that connect accepts the address as RawAddress."""
        server = self.open_server()
        client, connection, _ = self.connect_to(server, self.raw_address(server, self.server_address(server)))
        self.send_and_check(client, connection, self.payload(0))

    def test_connect_ex_to_server_returns_zero(self) -> None:
        """Check that connect_ex returns 0 for a connection."""
        server, client = self.open_server(), self.open_client()
        codes: list[int] = []
        with running_in_thread(lambda: codes.append(client.connect_ex(self.server_address(server)))) as raised:
            self.close_at_end(accept(server, raised)[0])
        check_equal(codes, [0], "results of connect_ex")

    @needs("nonblocking connect")
    def test_connect_nonblocking_becomes_writable(self) -> None:
        """Check that a non-blocking socket connects, and is then writable."""
        server, client = self.open_server(), self.open_client()
        client.setblocking(False)
        code = client.connect_ex(self.server_address(server))
        in_progress = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)
        check(code in in_progress, f"connect_ex of a non-blocking socket: {code}, expected one of {in_progress}")
        connection = self.close_at_end(server.accept()[0])
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_WRITE)
            check(selector.select(LIMIT), "the connected socket is not writable")
        check_equal(client.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR), 0, "SO_ERROR of the connected socket")
        client.settimeout(LIMIT)
        self.send_and_check(client, connection, self.payload(0))

    def test_accept_without_client_raises(self) -> None:
        """Check the exceptions of accept without a client."""
        server = self.open_server()
        server.setblocking(False)
        with expected_exception(BlockingIOError, "accept without a client, in non-blocking mode"):
            server.accept()
        server.settimeout(SHORT)
        began = time.monotonic()
        with expected_exception(TimeoutError, f"accept without a client, after {SHORT} seconds"):
            server.accept()
        took = time.monotonic() - began
        check(SHORT - 0.02 <= took < LIMIT / 2, f"accept returned after {took} seconds, not {SHORT}")

    def test_accept_blocked_returns_later_client(self) -> None:
        """Check that accept waits for a client."""
        server, client = self.open_server(), self.open_client()

        def later() -> None:
            time.sleep(SHORT)
            client.connect(self.server_address(server))

        with running_in_thread(later):
            self.close_at_end(server.accept()[0])

    def test_selector_with_client_reports_server_readable(self) -> None:
        """Check that a selector reports a server with a client."""
        server, client = self.open_server(), self.open_client()
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            check_equal(selector.select(0), [], "readable sockets before a client connects")
            with running_in_thread(client.connect, self.server_address(server)) as raised:
                check(selector.select(LIMIT), "the server with a client is not readable")
                self.close_at_end(accept(server, raised)[0])

    # ------------------------------------------------------------------ sending

    def test_send_methods_deliver_any_buffer(self) -> None:
        """Check each method that sends, with bytes, bytearray and memoryview."""
        a, b = self.open_pair()
        data, flags = self.payload(0), self.number("send_flags")
        for form in (bytes, bytearray, memoryview):
            calls: dict[str, tuple[Any, Any]] = {
                "send": (a.send, (form(data), flags)),
                "sendall": (a.sendall, (form(data), flags)),
                "sendmsg": (a.sendmsg, ([form(data[:2]), form(data[2:])], [], flags)),
            }
            for method, (call, arguments) in calls.items():
                subject = f"{method} of a {form.__name__}"
                check_equal(call(*arguments), None if method == "sendall" else len(data), f"{subject}: result")
                check_equal(self.receive(b, len(data)), data, f"{subject}: received data")

    def test_makefile_transfers_line(self) -> None:
        """Check that files of both sockets transfer a line."""
        a, b = self.open_pair()
        with a.makefile("wb") as writing, b.makefile("rb") as reading:
            writing.write(self.payload(0) + b"\n")
            writing.flush()
            check_equal(reading.readline(), self.payload(0) + b"\n", "line of makefile")

    # ------------------------------------------------------------------ the end

    @needs("end of file")
    def test_recv_after_peer_close_reports_end(self) -> None:
        """Check that recv returns the data, and then b"", after the peer was closed."""
        a, b = self.open_pair()
        self.send(a, b, self.payload(0))
        a.close()
        check_equal(self.receive(b, len(self.payload(0))), self.payload(0), "data sent before close")
        check_equal(b.recv(BUFFER_SIZE), b"", "recv after the peer was closed")

    @needs("half close")
    def test_shutdown_wr_keeps_other_direction(self) -> None:
        """Check that shutdown(SHUT_WR) ends one direction only."""
        a, b = self.open_pair()
        a.shutdown(sockcore.SHUT_WR)
        check_equal(b.recv(BUFFER_SIZE), b"", "recv after shutdown(SHUT_WR) of the peer")
        # Windows has the error ESHUTDOWN, which has no class of its own.
        with expected_exception((BrokenPipeError, OSError), "send after shutdown(SHUT_WR)") as caught:
            a.send(self.payload(0))
        number = getattr(caught[0], "errno", None)
        check(number in (errno.EPIPE, errno.ESHUTDOWN), f"send after shutdown(SHUT_WR): {caught[0]!r}, expected EPIPE")
        self.send_and_check(b, a, self.payload(1))

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_connect_and_accept_transfer_data(self) -> None:
        """Check connect, accept and data in both directions with asyncio."""
        import asyncio

        server, client = self.open_server(), self.open_client()
        server.setblocking(False)
        by_asyncio = self.has("nonblocking connect") and self.has("asyncio connect")

        async def transfer(loop: Any) -> tuple[bytes, bytes]:
            accepting = asyncio.ensure_future(loop.sock_accept(server))
            if by_asyncio:
                client.setblocking(False)
                await asyncio.wait_for(loop.sock_connect(client, self.server_address(server)), LIMIT)
            else:
                await loop.run_in_executor(None, client.connect, self.server_address(server))
                client.setblocking(False)
            connection, _ = await asyncio.wait_for(accepting, LIMIT)
            self._stack.callback(connection.close)
            check_equal(connection.gettimeout(), 0, "timeout of the connection of loop.sock_accept")
            await loop.sock_sendall(client, self.payload(0))
            request = await asyncio.wait_for(loop.sock_recv(connection, BUFFER_SIZE), LIMIT)
            await loop.sock_sendall(connection, self.payload(1))
            return request, await asyncio.wait_for(loop.sock_recv(client, BUFFER_SIZE), LIMIT)

        check_equal(run_async(transfer), (self.payload(0), self.payload(1)), "data with asyncio")
