"""Tests of sockets without a second end: the kernel, a device or a server answers each request."""

from __future__ import annotations

from sockcore._types import Any
from sockcore.testing._description import needs
from sockcore.testing._sockets import SocketTests
from sockcore.testing._support import BUFFER_SIZE, LIMIT, check_equal, run_async


class RequestTests(SocketTests):
    """The tests of a family whose sockets send requests and receive responses, such as AF_ALG and AF_KEY.

    A subclass sets ``family``, ``type``, ``proto``, and overrides :meth:`request` and :meth:`response`. It sets
    ``local_address`` if the socket must be bound, or overrides :meth:`open_requester`.
    """

    type: int | str = "SOCK_RAW"

    _requests: dict[bytes, bytes]

    # ------------------------------------------------------------------ methods that a subclass may override

    def request(self, number: int) -> bytes:
        """Return a request. It is different for each number."""
        raise NotImplementedError(f"{type(self).__name__} must override request()")

    def response(self, number: int) -> bytes:
        """Return the response to :meth:`request` of the same number. It is different for each number."""
        raise NotImplementedError(f"{type(self).__name__} must override response()")

    def open_requester(self) -> Any:
        """Return a socket that can send requests."""
        return self.open_unbound() if self.local_address is None else self.open_bound()

    def payload(self, number: int) -> bytes:
        """Return the response of a number. :meth:`send` then finds its request."""
        response = self.response(number)
        if not hasattr(self, "_requests"):
            self._requests = {}
        self._requests[response] = self.request(number)
        return response

    def open_pair(self) -> tuple[Any, Any]:
        """Return the same socket twice: it sends requests, and receives the responses."""
        sock = self.open_requester()
        return sock, sock

    def open_unconnected(self) -> Any:
        """Return an unbound socket, for tests of bind and connect."""
        return self.open_unbound()

    def send(self, a: Any, b: Any, data: bytes) -> None:
        """Send the request to which *data* is the response."""
        request = self._requests[data]
        check_equal(a.send(request, self.number("send_flags")), len(request), "result of send")

    def expected_sender(self, sender: Any) -> Any:
        """Return None: recvfrom returns no sender."""
        return None

    # ------------------------------------------------------------------ requests

    def test_send_methods_with_request_are_answered(self) -> None:
        """Check each method that sends, with bytes, bytearray and memoryview."""
        sock, _ = self.open_pair()
        flags, number = self.number("send_flags"), 0
        for form in (bytes, bytearray, memoryview):
            for method in ("send", "sendall", "sendmsg"):
                request, subject = self.request(number), f"{method} of a {form.__name__}"
                first: Any = [form(request[:2]), form(request[2:])] if method == "sendmsg" else form(request)
                result = getattr(sock, method)(first, *([[]] if method == "sendmsg" else []), flags)
                check_equal(result, None if method == "sendall" else len(request), f"{subject}: result")
                response = self.response(number)
                check_equal(self.receive(sock, len(response)), response, f"{subject}: response")
                number += 1

    @needs("several requests")
    def test_several_requests_are_answered_in_order(self) -> None:
        """Check that requests that are sent at once have a response each, in the same order."""
        sock, _ = self.open_pair()
        expected = [self.payload(number) for number in range(5)]
        for response in expected:
            self.send(sock, sock, response)
        check_equal([self.receive(sock, len(response)) for response in expected], expected, "responses")

    # ------------------------------------------------------------------ asyncio

    def test_asyncio_sock_sendall_is_answered(self) -> None:
        """Check a request and its response with asyncio."""
        import asyncio

        sock, _ = self.open_pair()
        sock.setblocking(False)
        # loop.sock_sendall has no flags.
        request = None if self.number("send_flags") else self.request(0)
        response = self.payload(0)

        async def transfer(loop: Any) -> bytes:
            if request is None:
                self.send(sock, sock, response)
            else:
                await loop.sock_sendall(sock, request)
            data: bytes = await asyncio.wait_for(loop.sock_recv(sock, BUFFER_SIZE), LIMIT)
            return data

        check_equal(run_async(transfer), response, "response with asyncio")
