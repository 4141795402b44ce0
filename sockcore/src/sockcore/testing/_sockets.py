"""Tests of sockets on a kernel that all families share."""

from __future__ import annotations

import errno
import selectors
import time

import sockcore
from sockcore._types import Any
from sockcore.testing._description import FEATURES, Description, needs
from sockcore.testing._support import (
    BUFFER_SIZE,
    LIMIT,
    RECEIVERS,
    RETURN_ADDRESS,
    SHORT,
    check,
    check_equal,
    expected_exception,
    recorded_audit_events,
    run_async,
    running_in_thread,
)

__all__ = ["FEATURES", "SocketTests"]


class SocketTests(Description):
    """The tests that both connections and datagrams share.

    A subclass of :class:`ConnectedTests`, :class:`DatagramTests` or :class:`RequestTests` describes a family. See the
    attributes and methods of this class.
    """

    # ------------------------------------------------------------------ helpers

    def send_and_check(self, a: Any, b: Any, data: bytes) -> None:
        """Send *data* from *a* to *b*, and check that it arrives."""
        self.send(a, b, data)
        check_equal(self.receive(b, len(data)), data, "received data")

    def receive(self, sock: Any, count: int) -> bytes:
        """Receive a message, or *count* bytes of a stream."""
        data: bytes = sock.recv(BUFFER_SIZE)
        while sock.type == sockcore.SOCK_STREAM and data and len(data) < count:
            data += sock.recv(BUFFER_SIZE)
        return data

    def receive_by(self, method: str, sock: Any) -> tuple[bytes, Any]:
        """Receive by a method of the socket. Return the data, and the sender or None."""
        return RECEIVERS[method](sock)

    # ------------------------------------------------------------------ data

    def test_send_both_directions_delivers_data(self) -> None:
        """Check that both sockets of a pair receive the data of the other one."""
        a, b = self.open_pair()
        for number in range(3):
            self.send_and_check(a, b, self.payload(number))
        if self.has("both ways"):
            for number in range(3, 6):
                self.send_and_check(b, a, self.payload(number))
                self.send_and_check(a, b, self.payload(number))

    def test_receive_methods_return_data_and_sender(self) -> None:
        """Check the data and the address of the sender, with each method that receives."""
        a, b = self.open_pair()
        for method in RECEIVERS:
            for number in range(2):
                self.send(a, b, self.payload(number))
                data, sender = self.receive_by(method, b)
                check_equal(data, self.payload(number), f"{method}: data")
                expected = self.expected_sender(a) if method in RETURN_ADDRESS else None
                check_equal(sender, expected, f"{method}: address of the sender")

    @needs("peek")
    def test_recv_msg_peek_keeps_data(self) -> None:
        """Check that MSG_PEEK leaves the data in the queue."""
        a, b = self.open_pair()
        self.send(a, b, self.payload(0))
        check_equal(b.recv(BUFFER_SIZE, sockcore.MSG_PEEK), self.payload(0), "recv with MSG_PEEK")
        check_equal(b.recv(BUFFER_SIZE), self.payload(0), "recv after MSG_PEEK")

    # ------------------------------------------------------------------ timeouts

    @needs("waiting")
    def test_receive_methods_after_timeout_raise_timeout_error(self) -> None:
        """Check that each method that receives raises TimeoutError in time, and works afterwards."""
        a, b = self.open_pair()
        for method in RECEIVERS:
            b.settimeout(SHORT)
            began = time.monotonic()
            with expected_exception(TimeoutError, f"{method} without data, after {SHORT} seconds"):
                RECEIVERS[method](b)
            took = time.monotonic() - began
            check(SHORT - 0.02 <= took < LIMIT / 2, f"{method} returned after {took} seconds, not {SHORT}")
            b.settimeout(LIMIT)
            self.send_and_check(a, b, self.payload(0))

    @needs("waiting")
    def test_receive_methods_nonblocking_raise_blocking_io_error(self) -> None:
        """Check that each method that receives raises BlockingIOError in non-blocking mode."""
        a, b = self.open_pair()
        for method in RECEIVERS:
            b.setblocking(False)
            with expected_exception(BlockingIOError, f"{method} without data, in non-blocking mode"):
                RECEIVERS[method](b)
            b.settimeout(LIMIT)
            self.send_and_check(a, b, self.payload(0))

    @needs("waiting", "wakeup")
    def test_recv_blocked_returns_data_sent_later(self) -> None:
        """Check that recv waits for data, in blocking mode and with a timeout."""
        a, b = self.open_pair()

        def later() -> None:
            time.sleep(SHORT)
            self.send(a, b, self.payload(0))

        for timeout in (LIMIT, None):
            b.settimeout(timeout)
            with running_in_thread(later):
                check_equal(self.receive(b, len(self.payload(0))), self.payload(0), f"recv with timeout {timeout}")

    # ------------------------------------------------------------------ selectors and asyncio

    @needs("waiting", "wakeup")
    def test_selector_with_data_reports_readable(self) -> None:
        """Check that a selector reports a socket with data, and only then."""
        a, b = self.open_pair()
        with selectors.DefaultSelector() as selector:
            selector.register(b, selectors.EVENT_READ)
            check_equal(selector.select(0), [], "readable sockets before data was sent")
            self.send(a, b, self.payload(0))
            ready = [(key.fileobj, events) for key, events in selector.select(LIMIT)]
            check_equal(ready, [(b, selectors.EVENT_READ)], "readable sockets after data was sent")
            check_equal(self.receive(b, len(self.payload(0))), self.payload(0), "received data")
            check_equal(selector.select(0), [], "readable sockets after the data was received")

    @needs("wakeup")
    def test_selector_many_sockets_receive_their_data(self) -> None:
        """Check that many open pairs do not mix their data."""
        pairs = self.open_pairs(self.pair_count)
        with selectors.DefaultSelector() as selector:
            for number, (_, b) in enumerate(pairs):
                selector.register(b, selectors.EVENT_READ, number)
            for number, (a, b) in enumerate(pairs):
                self.send(a, b, self.payload(number))
            waiting = set(range(len(pairs)))
            while waiting:
                ready = selector.select(LIMIT)
                check(ready, f"no message for pairs {sorted(waiting)}")
                for key, _ in ready:
                    expected = self.payload(key.data)
                    check_equal(self.receive(key.fileobj, len(expected)), expected, f"data of pair {key.data}")
                    selector.unregister(key.fileobj)
                    waiting.remove(key.data)

    @needs("waiting", "wakeup")
    def test_asyncio_sock_recv_waits_for_data(self) -> None:
        """Check that loop.sock_recv waits for data."""
        import asyncio

        a, b = self.open_pair()
        b.setblocking(False)

        async def transfer(loop: Any) -> bytes:
            receiving = asyncio.ensure_future(loop.sock_recv(b, BUFFER_SIZE))
            await asyncio.sleep(0)
            check(not receiving.done(), "loop.sock_recv did not wait for data")
            self.send(a, b, self.payload(0))
            data: bytes = await asyncio.wait_for(receiving, LIMIT)
            return data

        check_equal(run_async(transfer), self.payload(0), "loop.sock_recv")

    # ------------------------------------------------------------------ the socket object

    def test_closed_socket_methods_raise_ebadf(self) -> None:
        """Check that a closed socket raises OSError (EBADF)."""
        _, b = self.open_pair()
        b.close()
        b.close()
        check_equal(b.fileno(), -1, "fileno() of a closed socket")
        check("[closed]" in repr(b), f"repr of a closed socket: {b!r}")
        calls = {
            "recv": lambda: b.recv(1),
            "send": lambda: b.send(b"x"),
            "getsockname": b.getsockname,
            "recvmsg": lambda: b.recvmsg(1),
            "listen": b.listen,
        }
        for method, call in calls.items():
            with expected_exception(OSError, f"{method} of a closed socket") as caught:
                call()
            number = getattr(caught[0], "errno", None)
            # Windows has the same error for a file that is not a socket.
            check(number in (errno.EBADF, errno.ENOTSOCK), f"{method} of a closed socket: {caught[0]!r}")

    def test_repr_contains_fd_protocol_and_address(self) -> None:
        """Check the file descriptor, the protocol and the address in the repr of a socket."""
        _, b = self.open_pair()
        text = repr(b)
        for part in (f"fd={b.fileno()}", f"proto={b.proto}"):
            check(part in text, f"{text} does not contain {part}")
        if not self.has("getsockname"):
            return
        address = b.getsockname()
        check(f"laddr={address}" in text or not address, f"{text} does not contain laddr={address}")

    @needs("detection")
    def test_socket_from_fd_detects_family_type_and_protocol(self) -> None:
        """Check that a socket from a file descriptor has the family, the type and the protocol."""
        a, b = self.open_pair()
        detected = self.close_at_end(sockcore.socket(fileno=b.dup().detach()))
        check_equal(
            (detected.family, detected.type, detected.proto), (b.family, b.type, b.proto), "numbers of the descriptor"
        )
        if self.has("getsockname"):
            check_equal(detected.getsockname(), b.getsockname(), "getsockname of a socket from a file descriptor")
        self.send(a, b, self.payload(0))
        check_equal(self.receive(detected, len(self.payload(0))), self.payload(0), "received data")

    def test_setsockopt_value_is_read_back(self) -> None:
        """Check that getsockopt returns the value that setsockopt has set."""
        level, number, value = self.constant(self.option[0]), self.constant(self.option[1]), self.option[2]
        sock = self.open_unconnected()
        sock.setsockopt(level, number, value)
        size = (len(value),) if isinstance(value, bytes) else ()
        actual = sock.getsockopt(level, number, *size)
        # BSD and macOS return the flag of a boolean option, not 1.
        check(actual == value or (value == 1 and actual), f"option {self.option[:2]}: {actual!r}, expected {value!r}")

    def test_control_message_arrives(self) -> None:
        """Check that recvmsg returns the control message of the description."""
        if self.control_message is None:
            self.skip("the description has no control_message")
        (level, number, value), (cmsg_level, cmsg_type) = self.control_message
        expected = self.constant(cmsg_level), self.constant(cmsg_type)
        a, b = self.open_pair()
        b.setsockopt(self.constant(level), self.constant(number), value)
        self.send(a, b, self.payload(0))
        data, messages, flags, _ = b.recvmsg(BUFFER_SIZE, 1024)
        check_equal(data, self.payload(0), "recvmsg: data")
        check(not flags & sockcore.MSG_CTRUNC, "recvmsg: the control messages do not fit into 1024 bytes")
        types = [(int(level), int(cmsg_type)) for level, cmsg_type, _ in messages]
        check(expected in types, f"recvmsg: no control message {expected} in {types}")
        # The level 0 is that of several families.
        check(sockcore.ancillary.decode(messages, b.family), "ancillary.decode returned nothing")

    # ------------------------------------------------------------------ addresses

    @needs("getsockname")
    def test_bind_address_is_encoded_and_decoded(self) -> None:
        """Check that the codec encodes the address of a bound socket, and decodes it to the same address."""
        if not self.family:
            self.skip("the class opens its sockets itself")
        sock = self.open_bound()
        address = sock.getsockname()
        again = self.decoded(sock, self.raw_address(sock, address, "bind"), "getsockname")
        check(
            again == address,
            f"getsockname of a bound socket returned {address!r}, which encode and decode changed to {again!r}",
        )

    def test_invalid_address_raises_before_system_call(self) -> None:
        """Check that each method rejects an invalid address before any system call."""
        sock = self.open_unconnected()
        for address, exception in self.invalid_addresses:
            calls = {
                "bind": sock.bind,
                "connect": sock.connect,
                "connect_ex": sock.connect_ex,
                "sendto": lambda address: sock.sendto(b"x", address),
            }
            for method, call in calls.items():
                with recorded_audit_events() as events:
                    with expected_exception(exception, f"{method}({address!r})") as caught:
                        call(address)
                check(str(caught[0]), f"{method}({address!r}): the exception has no message")
                made = {"socket.bind", "socket.connect", "socket.sendto"} & set(events)
                check(not made, f"{method}({address!r}): raised {caught[0]!r} only after {sorted(made)}")
