"""Tests of sockets that send messages to addresses."""

from __future__ import annotations

from sockcore._types import Any
from sockcore.testing._description import needs
from sockcore.testing._sockets import SocketTests
from sockcore.testing._support import BUFFER_SIZE, LIMIT, check, check_equal, run_async


class DatagramTests(SocketTests):
    """The tests of a family whose sockets send messages to addresses.

    A subclass sets ``family``, ``type``, ``proto``, and ``local_address`` or :meth:`free_address`.
    """

    type: int | str = "SOCK_DGRAM"

    # ------------------------------------------------------------------ methods that a subclass may override

    def open_bound_pair(self) -> tuple[Any, Any]:
        """Return two bound sockets that can send to each other, and not to other pairs."""
        return self.open_bound(), self.open_bound()

    def address_of(self, sock: Any) -> Any:
        """Return the address at which *sock* receives messages."""
        return sock.getsockname()

    def expected_sender(self, sender: Any) -> Any:
        """Return the address that recvfrom returns for messages of *sender*."""
        return self.address_of(sender) if self.has_addresses else None

    def send(self, a: Any, b: Any, data: bytes) -> None:
        """Send from *a* to *b*."""
        flags = self.number("send_flags")
        if self.has_addresses:
            check_equal(a.sendto(data, flags, self.address_of(b)), len(data), "result of sendto")
        else:
            check_equal(a.send(data, flags), len(data), "result of send")

    def open_pair(self) -> tuple[Any, Any]:
        """Return two bound sockets."""
        return self.open_bound_pair()

    def open_unconnected(self) -> Any:
        """Return an unconnected socket, for tests of bind and connect."""
        a, _ = self.open_bound_pair()
        return self.open(a.family, a.type, a.proto)

    # ------------------------------------------------------------------ sending

    @needs("addresses")
    def test_send_methods_with_address_deliver_any_buffer(self) -> None:
        """Check each method that sends to an address, with bytes, bytearray and memoryview."""
        a, b = self.open_bound_pair()
        data, flags, address = self.payload(0), self.number("send_flags"), self.address_of(b)
        for form in (bytes, bytearray, memoryview):
            parts: list[Any] = [form(data[:2]), form(data[2:])]
            calls: dict[str, tuple[Any, ...]] = {
                "sendto with flags": (a.sendto, form(data), flags, address),
                "sendmsg": (a.sendmsg, parts, [], flags, address),
            }
            if not flags:
                calls["sendto"] = (a.sendto, form(data), address)
            for method, (call, *arguments) in calls.items():
                subject = f"{method} of a {form.__name__}"
                check_equal(call(*arguments), len(data), f"{subject}: result")
                check_equal(b.recv(BUFFER_SIZE), data, f"{subject}: received data")

    @needs("addresses")
    def test_sendto_raw_address_reaches_peer(self) -> None:
        """Check that sendto accepts the address as RawAddress."""
        a, b = self.open_bound_pair()
        a.sendto(self.payload(0), self.number("send_flags"), self.raw_address(b, self.address_of(b), "sendto"))
        check_equal(b.recv(BUFFER_SIZE), self.payload(0), "message to a RawAddress")

    @needs("connect")
    def test_send_connected_needs_no_address(self) -> None:
        """Check that a connected socket sends without an address."""
        a, b = self.open_bound_pair()
        a.connect(self.address_of(b))
        flags = self.number("send_flags")
        check_equal(a.send(self.payload(0), flags), len(self.payload(0)), "result of send")
        check_equal(a.sendall(self.payload(1), flags), None, "result of sendall")
        check_equal(a.sendmsg([self.payload(2)], [], flags), len(self.payload(2)), "result of sendmsg")
        expected = [self.payload(number) for number in range(3)]
        check_equal([b.recv(BUFFER_SIZE) for _ in range(3)], expected, "messages of a connected socket")
        if self.has("getpeername"):
            check_equal(a.getpeername(), self.address_of(b), "getpeername")
            expected_part = f"raddr={a.getpeername()}"
            check(expected_part in repr(a), f"{a!r} does not contain {expected_part}")

    def test_recv_keeps_message_boundaries(self) -> None:
        """Check that each recv returns one message."""
        a, b = self.open_bound_pair()
        for number in range(5):
            self.send(a, b, self.payload(number))
        expected = [self.payload(number) for number in range(5)]
        check_equal([b.recv(BUFFER_SIZE) for _ in range(5)], expected, "messages")

    # ------------------------------------------------------------------ asyncio

    @needs("connect")
    def test_asyncio_sock_sendall_delivers_data(self) -> None:
        """Check a message of a connected socket with asyncio."""
        import asyncio

        a, b = self.open_bound_pair()
        a.connect(self.address_of(b))
        a.setblocking(False)
        b.setblocking(False)

        async def transfer(loop: Any) -> bytes:
            await loop.sock_sendall(a, self.payload(0))
            data: bytes = await asyncio.wait_for(loop.sock_recv(b, BUFFER_SIZE), LIMIT)
            return data

        check_equal(run_async(transfer), self.payload(0), "message with asyncio")
