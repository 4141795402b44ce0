"""Batches: many messages by one system call, an addition to the manual.

1. A batch is sent and received as far as it goes at once. Only its first message is waited for, as long as the
   timeout says; then what is there, or was taken, is returned.
2. Nothing is lost by an error that a later message meets: what went before is returned, and the next batch raises
   the error.
3. On systems that have no sendmmsg(2) and recvmmsg(2), each message is a call of its own. So is each after one that
   sendmmsg(2) stopped at, since it forgets why (its manual page, BUGS).
"""

from __future__ import annotations

import sys

from sockcore import _errors, _timeout, ancillary
from sockcore._backend.chosen import backend
from sockcore._object.buffers import as_bytes, readable
from sockcore._object.messages import Messages, read_write
from sockcore._platform import constants
from sockcore._types import Any, Iterable, Sequence, SupportsIndex

Outgoing = tuple[Sequence[memoryview], bytes, bytes]
Targets = Sequence[Sequence[memoryview]]

READ, WRITE = _timeout.READ, _timeout.WRITE
#: The calls, where the system has them.
_sendmmsg: Any = getattr(backend, "sendmmsg", None)
_recvmmsg: Any = getattr(backend, "recvmmsg", None)
#: How many messages one call takes: UIO_MAXIOV of Linux, beyond which it cuts without a word.
LIMIT = 1024
_DONTWAIT: int = constants().get("MSG_DONTWAIT", 0)


class Batches(Messages):
    """The operations of a socket that move many messages."""

    __slots__ = ()

    def sendmmsg(self, messages: Iterable[Any], flags: SupportsIndex = 0, /) -> int:
        """Send many messages in order; return how many the system took, which may be fewer than there are.

        A message is a bytes-like object, ``(data, address)`` or ``(data, address, ancdata)``. *data* is bytes-like,
        or a list of such objects, which are sent as one; an *address* of None is that of the connection; *ancdata* is
        as for :meth:`sendmsg`. An error is raised if it concerns the first message; else the count is returned, and
        the next batch raises it. See sendmmsg(2): Linux, FreeBSD, NetBSD, OpenBSD; elsewhere by sendmsg(2).
        """
        bits = _errors.c_int(flags)
        batch = [
            self._outgoing(number, message, True)
            for number, message in enumerate(_errors.items("sendmmsg", 1, messages))
        ]
        self._raise_pending()
        return self._send_batch(batch, bits, 0)

    def _sendmmsg_later(self, messages: Iterable[Any], flags: SupportsIndex = 0, sent: int = 0) -> int:
        """Go on with a :meth:`sendmmsg` that was not ready, or stopped, after *sent* messages."""
        batch = [
            self._outgoing(number, message, False)
            for number, message in enumerate(_errors.items("sendmmsg", 1, messages))
        ]
        return self._send_batch(batch, _errors.c_int(flags), sent)

    def _outgoing(self, number: int, message: Any, event: bool) -> Outgoing:
        """Return the buffers, control data and sockaddr of a message; with *event* the audit event is raised."""
        items = message if type(message) is tuple else (message,)
        if not 1 <= len(items) <= 3:
            raise TypeError(
                f"sendmmsg(): message {number} must be (data[, address[, ancdata]]), which has not {len(items)} items"
            )
        data, address, ancdata = items + (None, ())[len(items) - 1 :]
        raw = b"" if address is None else self._encode("sendmmsg", address)
        if event:
            sys.audit("socket.sendmsg", self, address)
        buffers = [*data] if isinstance(data, (list, tuple)) else [data]
        views = [as_bytes(memoryview(readable(buffer))) for buffer in buffers]
        return views, ancillary.pack(ancdata) if ancdata else b"", raw

    def _send_batch(self, batch: Sequence[Outgoing], bits: int, sent: int) -> int:
        """Send what of a batch is not *sent* yet; return how many messages of it are."""
        many = None if sent else _sendmmsg
        while sent < len(batch):
            call, size = (many, LIMIT) if many else (_send_one, 1)
            chunk = batch[sent : sent + size]
            not_ready = False
            try:
                taken = call(self._fd, chunk, bits)
            except InterruptedError:
                continue
            except BlockingIOError as error:
                if sent:
                    break
                not_ready = _timeout.must_wait(self, error)
            except OSError as error:
                if not sent:
                    raise
                self._pending = _errors.number_of(error)
                break
            if not_ready:
                taken = _timeout.resume(self, True, WRITE, call, chunk, bits)
            sent += taken
            if taken < len(chunk):
                many = None
        return sent

    def recvmmsg(
        self, count: SupportsIndex, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> list[tuple[bytes, list[tuple[int, int, bytes]], int, Any]]:
        """Receive at most *count* messages of at most *bufsize* bytes: what :meth:`recvmsg` returns, for each.

        Waits for the first only. A *count* above 1024 is 1024. What stops a batch after its first message is raised
        by the next one. See recvmmsg(2): Linux, FreeBSD, NetBSD, OpenBSD; elsewhere by recvmsg(2).
        """
        number, size = _errors.ssize(count), _errors.ssize(bufsize)
        if number < 0:
            raise ValueError(f"recvmmsg(): the number of messages must not be negative, as {number} is")
        if size < 0:
            raise _errors.negative_size("recvmmsg")
        number = min(number, LIMIT)
        space = memoryview(bytearray(number * size))
        targets = [(space[at * size : (at + 1) * size],) for at in range(number)]
        return [
            (bytes(target[:length]), messages, msg_flags, address)
            for (target,), (length, messages, msg_flags, address) in zip(
                targets, self._recv_batch(targets, ancbufsize, flags)
            )
        ]

    def recvmmsg_into(
        self, buffers: Iterable[Any], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> list[tuple[int, list[tuple[int, int, bytes]], int, Any]]:
        """Receive a message into each of *buffers*, as far as there are any; return how many bytes, then as recvmsg.

        Each of *buffers* is a writable object or a list of such objects, which are filled one after the other. At
        most 1024 are used; else as :meth:`recvmmsg`.
        """
        targets = [
            [read_write("recvmmsg_into", each) for each in (target if isinstance(target, (list, tuple)) else [target])]
            for target in buffers
        ]
        return self._recv_batch(targets[:LIMIT], ancbufsize, flags)

    def _recv_batch(self, targets: Targets, ancbufsize: SupportsIndex, flags: SupportsIndex) -> list[Any]:
        room, bits = _errors.ssize(ancbufsize), _errors.c_int(flags)
        if not 0 <= room <= ancillary.LIMIT // LIMIT:
            raise ValueError("invalid ancillary data buffer length")
        self._raise_pending()
        if not targets:
            return []
        call = _recvmmsg or self._recv_each
        arguments = targets, room, bits, self._codec.size
        try:
            received = call(self._fd, *arguments)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return self._received_batch(received)
        return self._received_batch(_timeout.resume(self, not_ready, READ, call, *arguments))

    def _recv_each(self, fd: int, targets: Targets, room: int, bits: int, size: int) -> list[Any]:
        """Receive as recvmmsg(2) does, where there is none."""
        received = [backend.recvmsg(fd, targets[0], room, bits, size)]
        while len(received) < len(targets):
            if not (_DONTWAIT or _timeout.ready(fd, READ, 0.0)):
                break  # Windows has no such flag: a blocking call would wait
            try:
                received.append(backend.recvmsg(fd, targets[len(received)], room, bits | _DONTWAIT, size))
            except BlockingIOError:
                break
            except InterruptedError:
                continue
            except OSError as error:
                self._pending = _errors.number_of(error)
                break
        return received

    def _received_batch(self, received: Sequence[Any]) -> list[Any]:
        """Return what was received, decoded; if that fails, what the control messages of all hold is let go of."""
        done: list[Any] = []
        try:
            for each in received:
                done.append(self._received(*each))
        except BaseException:
            let_go(
                [messages for _, messages, _, _ in done], [control for _, control, _, _ in received[len(done) + 1 :]]
            )
            raise
        return done

    def _raise_pending(self) -> None:
        """Raise the error that stopped the batch before, once."""
        number, self._pending = self._pending, 0
        if number:
            raise _errors.from_errno(number)


def _send_one(fd: int, batch: Sequence[Outgoing], bits: int) -> int:
    """Send one message as sendmmsg(2) does."""
    [(buffers, control, raw)] = batch
    backend.sendmsg(fd, buffers, control, bits, raw)
    return 1


def let_go(decoded: Iterable[Any], controls: Iterable[bytes]) -> None:
    """Let go of what the control messages hold that nobody will get."""
    for messages in decoded:
        ancillary.discard(messages)
    for control in controls:
        ancillary.discard(ancillary.split(control)[0])
