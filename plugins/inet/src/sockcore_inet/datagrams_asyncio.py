"""Datagrams on an asyncio event loop.

1. A call is tried first, and waits for the event loop only if it would block. The received data are returned in the
   same step of the task, so that a cancellation cannot lose them.
2. Several tasks may wait for one socket. All of them wake up, and those that find nothing wait again. They also wake up
   if a task receives fewer datagrams than the kernel returned: the event loop does not see the others.

asyncio itself is imported by the first call that waits.
"""

from __future__ import annotations

from errno import EBADF
from os import strerror

from sockcore.plugin import Any, Iterable
from sockcore_inet.datagrams import MOST_RECEIVED, Datagrams
from sockcore_inet.datagrams_values import Block, Datagram, Failure, Features, Send, Sent

_TO_RECEIVE, _TO_SEND = ("add_reader", "remove_reader"), ("add_writer", "remove_writer")


class AsyncDatagrams:
    """:class:`Datagrams` whose methods are coroutines, for asyncio.

    *sock* is in non-blocking mode. The other arguments are those of :class:`Datagrams`. The event loop must support
    ``add_reader()``, which the ProactorEventLoop of Windows does not.

    Raises ValueError if the socket is not in non-blocking mode, and the exceptions of :class:`Datagrams`.
    """

    __module__ = "sockcore_inet.datagrams"
    __slots__ = ("_datagrams", "_waiting", "sock", "unsent")

    #: The socket.
    sock: Any
    #: The datagrams that calls of :meth:`send` did not send because they were cancelled or failed while they waited,
    #: and those that the system refused in these calls. The program may send them again, and clears the list.
    unsent: list[Send]

    def __init__(self, sock: Any, **features: bool) -> None:
        if hasattr(sock, "gettimeout") and sock.gettimeout() != 0:
            raise ValueError("AsyncDatagrams() needs a socket in non-blocking mode")
        self._datagrams = Datagrams(sock, **features)
        # The futures of waiting tasks, in their order: a set would wake them in any order.
        self._waiting: dict[tuple[str, str], dict[Any, None]] = {_TO_RECEIVE: {}, _TO_SEND: {}}
        self.sock = sock
        self.unsent = []

    def __repr__(self) -> str:
        return repr(self._datagrams).replace("Datagrams", "AsyncDatagrams", 1)

    @property
    def features(self) -> Features:
        """The enabled features."""
        return self._datagrams.features

    async def receive(self, limit: int = MOST_RECEIVED) -> list[Datagram]:
        """Wait for datagrams, and return 1 to *limit* of them. Raises the exceptions of :meth:`Datagrams.receive`."""
        while True:
            try:
                datagrams = self._datagrams.receive(limit)
            except BlockingIOError:
                await self._wait(_TO_RECEIVE)
            else:
                self._wake_for_pending()
                return datagrams

    async def receive_blocks(self, limit: int = MOST_RECEIVED) -> list[Block]:
        """Wait for datagrams, and return them in 1 to *limit* blocks."""
        while True:
            try:
                blocks = self._datagrams.receive_blocks(limit)
            except BlockingIOError:
                await self._wait(_TO_RECEIVE)
            else:
                self._wake_for_pending()
                return blocks

    async def send(self, datagrams: Iterable[Send]) -> Sent:
        """Send all datagrams, and return how many were sent, and those that the system refused.

        If the task is cancelled, or the socket closed while it waits, the rest is in :attr:`unsent`. Raises the
        exceptions of :meth:`Datagrams.send` for invalid arguments and for a closed socket.
        """
        left = list(datagrams)
        count = 0
        failures: list[Failure] = []
        has_waited = False  # the first call raises the exceptions for invalid arguments
        try:
            while True:
                try:
                    sent = self._datagrams.send(left)
                except BlockingIOError:
                    pass
                else:
                    count += sent.accepted
                    failures += sent.failures
                    left = sent.unsent
                if not left:
                    return Sent(count, [], failures)
                has_waited = True
                await self._wait(_TO_SEND)
        except BaseException:
            if has_waited:
                self.unsent += [failure.send for failure in failures] + left
            raise

    async def send_block(
        self, data: Any, stride: int, to: Any = None, source: Any = None, ecn: int | None = None, ttl: int | None = None
    ) -> int:
        """Wait until the socket can send, and return the number of datagrams that were sent, at least 1.

        *stride* and the other arguments are those of :meth:`Datagrams.send_block`, and so are the exceptions.
        """
        while True:
            try:
                return self._datagrams.send_block(data, stride, to, source, ecn, ttl)
            except BlockingIOError:
                await self._wait(_TO_SEND)

    def _wake_for_pending(self) -> None:
        """Let the waiting tasks receive the datagrams that the kernel does not have any more."""
        if self._datagrams.has_pending:
            _wake(self._waiting[_TO_RECEIVE])

    async def _wait(self, direction: tuple[str, str]) -> None:
        """Wait until the socket is ready, or has an error."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        waiting = self._waiting[direction]
        fd = self.sock.fileno()
        if fd < 0:
            raise OSError(EBADF, strerror(EBADF))
        add, remove = (getattr(loop, name) for name in direction)
        if not waiting:
            add(fd, _wake, waiting)
        future = loop.create_future()
        waiting[future] = None
        try:
            await future
        finally:
            del waiting[future]
            if not waiting:
                remove(fd)


def _wake(waiting: dict[Any, None]) -> None:
    """Let all tasks try again."""
    for future in waiting:
        if not future.done():
            future.set_result(None)
