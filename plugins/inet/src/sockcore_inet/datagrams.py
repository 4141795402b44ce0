"""Sending and receiving of many UDP datagrams, with batches and offload: :class:`Datagrams`.

1. The features of the system are enabled when the object is made, and :attr:`Datagrams.features` lists them. A program
   works without them too. The fields that they report are then missing, and datagrams take more system calls.
2. If a network driver rejects a buffer of several datagrams (EIO), they are sent one by one from then on.
3. The socket remains usable, and its timeout applies to each wait. Datagrams does not close it.
4. Several threads may use one object. Each datagram is returned once.
"""

from __future__ import annotations

import sys
from collections import deque
from errno import EBADF, EINVAL, EIO, EMSGSIZE, ENOTSOCK
from os import strerror

from sockcore.plugin import Any, Iterable, Sequence, context, import_module, named_integer, ssize, timed_out
from sockcore_inet import datagrams_pure
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_DGRAM
from sockcore_inet.datagrams_options import Controls, enable, is_mapped, traffic_class
from sockcore_inet.datagrams_pure import MOST_SEGMENTS, Run, first_unsent, size_of
from sockcore_inet.datagrams_values import Block, Datagram, Failure, Features, Send, Sent
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_inet.datagrams_asyncio import AsyncDatagrams

__all__ = ["AsyncDatagrams", "Block", "Datagram", "Datagrams", "Failure", "Features", "Send", "Sent"]

#: The most messages of one receive call, and its default.
MOST_RECEIVED = 64
#: Errors of a buffer of several datagrams that do not mean that each datagram fails: the driver cannot split it, or a
#: datagram is larger than the MTU.
_SEGMENT_ERRORS = frozenset((EIO, EINVAL, EMSGSIZE))
#: The types of the items of usual addresses.
_PLAIN_TYPES = frozenset((str, int))


def _implementation() -> Any:
    datagrams_native = import_module("sockcore_inet.datagrams_native")
    return datagrams_native if datagrams_native.is_available() else datagrams_pure


class Datagrams:
    """A UDP socket that sends and receives many datagrams at once.

    *sock* is a socket of AF_INET or AF_INET6 and SOCK_DGRAM. Each argument with the name of a feature is True to enable
    it if the system supports it. Timestamps and all features of received datagrams apply to datagrams that arrive
    later.

    Raises TypeError if *sock* is not a socket, ValueError if it has another family or type, and OSError (EBADF) if it
    is closed.

    Availability: all systems. Offload (``gro``, ``gso``) on Linux. Source: udp(7), ip(7), ipv6(7).
    """

    __slots__ = ("_codec", "_context", "_controls", "_features", "_functions", "_pending", "_segments", "sock")

    #: The socket.
    sock: Any

    def __init__(
        self,
        sock: Any,
        *,
        packet_info: bool = True,
        ecn: bool = True,
        ttl: bool = True,
        timestamps: bool = True,
        gro: bool = True,
        gso: bool = True,
        dont_fragment: bool = True,
    ) -> None:
        if not hasattr(sock, "recvmmsg"):
            raise TypeError(f"Datagrams() argument must be a socket, not {type(sock).__name__}")
        if sock.family not in (AF_INET, AF_INET6) or sock.type != SOCK_DGRAM:
            raise ValueError(f"Datagrams() needs a socket of AF_INET or AF_INET6 and SOCK_DGRAM, not {sock!r}")
        if sock.fileno() < 0:
            raise OSError(EBADF, strerror(EBADF))
        wanted = Features(packet_info, ecn, ttl, timestamps, gro, gso, dont_fragment)
        self.sock: Any = sock
        self._functions = _implementation()
        self._codec = Inet6() if sock.family == AF_INET6 else Inet4()
        self._context = context(sock.family, sock.type, sock.proto, "send")
        self._controls = Controls(sock.family, traffic_class(sock))
        self._features = enable(sock, (name for name, is_wanted in zip(wanted._fields, wanted) if is_wanted))
        self._segments = MOST_SEGMENTS if self._features.gso else 1
        self._pending: deque[list[Block]] = deque()

    def __repr__(self) -> str:
        enabled = ", ".join(name for name, is_enabled in zip(self._features._fields, self._features) if is_enabled)
        return f"<{type(self).__name__} of {self.sock!r} with {enabled or 'no feature'}>"

    @property
    def features(self) -> Features:
        """The enabled features. ``gso`` becomes False if a driver rejects a buffer of several datagrams."""
        return self._features

    # ------------------------------------------------------------------ receiving

    @property
    def has_pending(self) -> bool:
        """True if the next call of :meth:`receive` returns datagrams that have left the kernel.

        select() does not report the socket as ready for them.
        """
        return bool(self._pending)

    def receive(self, limit: int = MOST_RECEIVED) -> list[Datagram]:
        """Wait for datagrams, and return 1 to *limit* of those that have arrived.

        Raises ValueError if *limit* is less than 1; BlockingIOError or TimeoutError if nothing arrives, by the timeout
        of the socket; OSError for other errors of the system, such as ECONNREFUSED after a datagram to a closed port.

        A call may receive more datagrams than *limit*, if the kernel has joined them. The next calls return the others:
        see :attr:`has_pending`. After shutdown(SHUT_RD) of a socket in blocking mode, the result is an empty datagram
        without a source, like that of recvfrom().
        """
        most = _checked_limit("receive", limit)
        functions = self._functions
        blocks = self._take_pending() or functions.receive(self.sock, min(most, MOST_RECEIVED), False)
        datagrams: list[Datagram]
        try:
            datagrams, rest = functions.split(blocks, most)
        except BaseException:  # MemoryError, or the exception of a signal handler: the next call returns the blocks
            self._pending.appendleft(blocks)
            raise
        if rest:
            self._pending.appendleft(rest)
        return datagrams

    def receive_blocks(self, limit: int = MOST_RECEIVED) -> list[Block]:
        """Wait for datagrams, and return them in 1 to *limit* blocks.

        A block is a buffer that the kernel joined, or that consists of consecutive datagrams that differ in their time
        only. It takes one object, however many datagrams it has. Raises the exceptions of :meth:`receive`.
        """
        most = _checked_limit("receive_blocks", limit)
        blocks: list[Block] = self._take_pending()
        if not blocks:
            blocks = self._functions.receive(self.sock, min(most, MOST_RECEIVED), True)
        if len(blocks) > most:
            self._pending.appendleft(blocks[most:])
        return blocks[:most]

    def _take_pending(self) -> list[Block]:
        """Return blocks that an earlier call received beyond its limit."""
        try:
            return self._pending.popleft()
        except IndexError:
            return []

    # ------------------------------------------------------------------ sending

    def send(self, datagrams: Iterable[Send]) -> Sent:
        """Send datagrams, and return which were sent.

        Consecutive datagrams of one size to one receiver are sent as one buffer that the kernel splits, all others in
        batches. If the system refuses a datagram, it is in ``failures`` with the error, and the next ones are still
        sent. If the socket would block, its timeout passes, or another thread closes it, the remaining datagrams are in
        ``unsent``.

        Before any system call, raises TypeError if an item is not a Send; TypeError, ValueError, OverflowError or
        gaierror for an invalid field. Raises BlockingIOError or TimeoutError if no datagram could be sent, and OSError
        (EBADF) if the socket is closed.
        """
        items = tuple(datagrams)  # no callback can change it while the C code uses its items
        runs = [self._run(start, end, stride, *items[start][1:]) for start, end, stride in self._functions.group(items)]
        if not runs:
            return Sent(0, [], [])
        failures: list[Failure] = []
        position, end, error = 0, len(items), None
        while position < end:
            position, error = self._send_part(items, runs, position)
            if error is None:
                continue
            if _is_timeout(error) or error.errno in (EBADF, ENOTSOCK):  # a closed socket: ENOTSOCK on Windows
                break
            failures.append(Failure(items[position], error))
            position += 1
            error = None
        if error is not None and position == 0:
            raise error
        return Sent(position - len(failures), [*items[position:]], failures)

    def send_block(
        self, data: Any, stride: int, to: Any = None, source: Any = None, ecn: int | None = None, ttl: int | None = None
    ) -> int:
        """Send a bytes-like object as datagrams of *stride* bytes, the last of which may be shorter.

        Return the number of datagrams that were sent. If it is smaller than the number of all, the next call, with the
        rest of the data, waits or raises the error. The other arguments are those of :class:`Send`.

        Raises TypeError or BufferError if *data* has no contiguous buffer, ValueError if *stride* is less than 1 or
        *data* is empty, and the exceptions of :meth:`send` and OSError for the first datagram.
        """
        size_of(data, "send_block(): data")
        with memoryview(data) as given, given.cast("B") as view:
            size = ssize(stride)
            if size < 1:
                raise ValueError(f"send_block(): stride must be at least 1, not {size}")
            if not view.nbytes:
                raise ValueError("send_block(): data must not be empty")
            runs = [self._run(0, -(-view.nbytes // size), size, to, source, ecn, ttl)]
            position, error = 0, None
            while position < runs[0].end and error is None:
                position, error = self._send_part(view, runs, position)
            if error is not None and position == 0:
                raise error
            return position

    def _send_part(self, source: Any, runs: Sequence[Run], position: int) -> tuple[int, OSError | None]:
        """Send datagrams from *position* on. Return the position of the first that was not sent, and its error.

        Without an error, the caller continues at the position.
        """
        segments = self._segments
        position, error = self._functions.send(self.sock, source, runs, position, segments)
        if error is None or segments == 1 or error.errno not in _SEGMENT_ERRORS:
            return position, error
        run = runs[first_unsent(runs, position)]
        if run.end - max(run.start, position) == 1:
            return position, error
        if error.errno == EIO:
            # Drivers without checksum offload, and sockets with IPsec. The datagrams themselves are not refused.
            self._segments = 1
            self._features = self._features._replace(gso=False)
        position, error = self._functions.send(self.sock, source, [run], position, 1)
        return position, error

    def _run(self, start: int, end: int, stride: int, to: Any, source: Any, ecn: Any, ttl: Any) -> Run:
        """Convert the arguments of consecutive datagrams, and raise the exceptions for them."""
        sys.audit("socket.sendmsg", self.sock, to)
        sockaddr = None if to is None else self._encode(to)
        controls: tuple[Any, ...] = ()
        if not (source is None and ecn is None and ttl is None):
            controls = self._controls.make(self._is_ipv4(sockaddr), source, ecn, ttl)
        return Run(start, end, stride, to, sockaddr, controls)

    def _encode(self, address: Any) -> bytes:
        codec = self._codec
        # 1.0 and True are equal to 1, and must not match its entry.
        is_plain = type(address) is tuple and _PLAIN_TYPES.issuperset(map(type, address))
        sockaddr = codec.encoded.get(address) if is_plain else None
        return codec.encode(address, self._context) if sockaddr is None else sockaddr

    def _is_ipv4(self, sockaddr: bytes | None) -> bool:
        """Return True for a receiver with an IPv4 address, also on a dual-stack socket."""
        if self.sock.family == AF_INET:
            return True
        if sockaddr is None:
            try:
                sockaddr = self._encode(self.sock.getpeername())
            except OSError:  # not connected: the send call raises the error
                return False
        return is_mapped(sockaddr)


def _is_timeout(error: OSError) -> bool:
    """Return True for the exceptions of a call that would have to wait longer.

    ETIMEDOUT, an error of the network, has the same class and an errno.
    """
    return isinstance(error, BlockingIOError) or (error.errno is None and isinstance(error, type(timed_out())))


def _checked_limit(method: str, limit: Any) -> int:
    number = named_integer(f"{method}(): limit", limit)
    if number < 1:
        raise ValueError(f"{method}(): limit must be at least 1, not {number}")
    return min(number, sys.maxsize)  # the functions in C take a Py_ssize_t


def __getattr__(name: str) -> Any:
    if name != "AsyncDatagrams":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("sockcore_inet.datagrams_asyncio").AsyncDatagrams
