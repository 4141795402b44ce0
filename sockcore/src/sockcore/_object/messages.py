"""Messages: recvmsg, recvmsg_into and sendmsg, data in several buffers with control messages beside them."""

from __future__ import annotations

import os
import sys

from sockcore import _errors, _timeout, ancillary
from sockcore._backend.chosen import backend
from sockcore._backend.memory import zeroed
from sockcore._object.buffers import as_bytes, readable
from sockcore._object.data import _STREAM, _WAITALL, NO_FLAGS, USUAL, Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, SupportsIndex

    Received = tuple[int, list[tuple[int, int, bytes]], int, Any]

#: What the control messages are most of the time: known by identity, they need no packing.
NO_MESSAGES: Iterable[Any] = ()

#: The number of buffers of one call (IOV_MAX); 0 where there is no limit (Windows).
_MOST_BUFFERS = 0
if sys.platform != "win32":
    _MOST_BUFFERS = max(os.sysconf("SC_IOV_MAX"), 0)


class Messages(Data):
    """The operations of a socket that move whole messages."""

    __slots__ = ()

    def recvmsg(
        self, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]:
        """Receive at most *bufsize* bytes and *ancbufsize* bytes of control messages; see recvmsg(2).

        Returns data, control messages as (level, type, data), msg_flags, and the sender's address.
        """
        size, room, bits = bufsize, ancbufsize, 0
        if not (type(size) is type(room) is int and 0 <= size | room < USUAL and flags is NO_FLAGS):
            size, room, bits = _errors.ssize(bufsize), _errors.ssize(ancbufsize), _errors.c_int(flags)
            if size < 0:
                raise ValueError("negative buffer size in recvmsg()")
        received: tuple[bytes, list[tuple[int, int, bytes]], int, Any] = self._recvmsg(_receive, size, room, bits)
        return received

    def recvmsg_into(
        self, buffers: Iterable[Any], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> Received:
        """Receive into writable *buffers*, one after the other; return how many bytes, and then as recvmsg."""
        room, bits = _errors.ssize(ancbufsize), _errors.c_int(flags)
        views = [read_write("recvmsg_into", buffer) for buffer in _errors.items("recvmsg_into", 1, buffers)]
        if len(views) > _MOST_BUFFERS:
            views = self._first_buffers(views)
        received: Received = self._recvmsg(backend.recvmsg, views, room, bits)
        return received

    def _recvmsg(self, call: Callable[..., Any], target: object, room: int, bits: int) -> Any:
        if not 0 <= room <= ancillary.LIMIT:
            if type(target) is int:
                bytearray(target)  # the memory of the data is asked for first
            raise ValueError("invalid ancillary data buffer length")
        if bits & _WAITALL and self._gathers(bits):
            return self._gather_messages(target, room, bits)
        arguments = target, room, bits, self._codec.size
        try:
            received = call(self._fd, *arguments)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return self._received(*received)
        return self._received(*_timeout.resume(self, not_ready, _timeout.READ, call, *arguments))

    def _gather_messages(self, target: Any, room: int, bits: int) -> Any:
        """Receive with MSG_WAITALL in timeout mode: all control messages, msg_flags or'ed, the first address."""
        buffer = memoryview(zeroed(target)) if type(target) is int else None
        views = target if buffer is None else [buffer]
        deadline = _timeout.deadline_of(self._timeout)
        arguments = room, bits & ~_WAITALL, self._codec.size
        got, control, msg_flags, raw = _timeout.finish(
            self, deadline, False, _timeout.READ, backend.recvmsg, views, *arguments
        )
        controls, last, left = [control], got, views
        messages: list[Any] = []
        try:
            while last and (left := _behind(left, last)):
                more = self._gather_more(deadline, backend.recvmsg, left, *arguments)
                last = more[0] if more else 0
                if more and (last or more[1]):
                    got += last
                    controls.append(more[1])
                    msg_flags |= more[2]
            while controls:
                messages += ancillary.unpack(controls.pop(0))
            address = self._decode("recvmsg", raw)
        except BaseException:
            ancillary.discard(messages + [each for control in controls for each in ancillary.split(control)[0]])
            raise
        return got if buffer is None else buffer[:got].tobytes(), messages, msg_flags, address

    def _first_buffers(self, views: list[Any]) -> list[Any]:
        """Return the buffers that one call takes. Only a stream may be cut: a datagram is sent whole or refused."""
        if not _MOST_BUFFERS or self._type != _STREAM:
            return views
        return [view for view in views if len(view)][:_MOST_BUFFERS]

    def _received(self, data: Any, control: bytes, msg_flags: int, raw: bytes) -> Any:
        """Return what was received, *data* as they are; what the control messages hold is let go of if that fails."""
        messages = ancillary.unpack(control) if control else []
        try:
            return data, messages, msg_flags, self._decode("recvmsg", raw)
        except BaseException:
            ancillary.discard(messages)
            raise

    def sendmsg(
        self,
        buffers: Iterable[Any],
        ancdata: Iterable[tuple[int, int, Any]] = NO_MESSAGES,
        flags: SupportsIndex = 0,
        address: Any = None,
        /,
    ) -> int:
        """Send the bytes of *buffers* as one message, with control messages (level, type, data); see sendmsg(2).

        Returns how many bytes of data the system took.
        """
        arguments = self._message("sendmsg", buffers, ancdata, flags, address)
        try:
            return backend.sendmsg(self._fd, *arguments)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, _timeout.WRITE, backend.sendmsg, *arguments)

    def _message(
        self, event: str, buffers: Iterable[Any], ancdata: Iterable[Any], flags: SupportsIndex, address: Any
    ) -> tuple[list[Any], bytes, int, bytes]:
        """Return the arguments of sendmsg(2); the audit event is raised if it is named."""
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        raw = b"" if address is None else self._encode("sendmsg", address)
        if event:
            sys.audit("socket.sendmsg", self, address)
        # A copy: an object may change the list that it is in when it is asked for its bytes.
        items = [*buffers] if type(buffers) is list else _errors.items("sendmsg", 1, buffers)
        views = [item if type(item) is bytes else memoryview(readable(item)) for item in items]
        if len(views) > _MOST_BUFFERS:
            views = self._first_buffers(views)
        return views, b"" if ancdata is NO_MESSAGES else ancillary.pack(ancdata), bits, raw

    def _sendmsg_later(
        self, buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: SupportsIndex = 0, address: Any = None
    ) -> int:
        """Go on with a :meth:`sendmsg` that was not ready."""
        arguments = self._message("", buffers, ancdata, flags, address)
        return _timeout.resume(self, True, _timeout.WRITE, backend.sendmsg, *arguments)


def _receive_in_buffer(fd: int, size: int, *others: int) -> tuple[bytes, bytes, int, bytes]:
    buffer = memoryview(bytearray(size))
    count, control, msg_flags, raw = backend.recvmsg(fd, (buffer,), *others)
    # MSG_TRUNC asks for the message's own length, which may be more than there was room for.
    return buffer[:count].tobytes(), control, msg_flags, raw


#: Receives a message as bytes: where a backend has no function for it, its recvmsg serves.
_receive: Callable[..., Any] = getattr(backend, "recvmsg_bytes", _receive_in_buffer)


def _behind(views: Sequence[memoryview], count: int) -> list[memoryview]:
    """Return what is left of *views* behind *count* bytes, without empty ones."""
    left = []
    for view in views:
        if count < len(view):
            left.append(view[count:])
        count = max(0, count - len(view))
    return left


def read_write(operation: str, buffer: Any) -> memoryview:
    """Return a view of the bytes of one of the *buffers* to receive into; TypeError unless it is a writable one."""
    view: memoryview | None = None
    try:
        view = memoryview(buffer)
    except TypeError:
        pass
    if view is None or view.readonly or not view.c_contiguous:
        raise TypeError(f"{operation}() argument 1 must be an iterable of single-segment read-write buffers")
    return as_bytes(view)
