"""Messages: recvmsg, recvmsg_into and sendmsg, data in several buffers with control messages beside them."""

from __future__ import annotations

import sys

from sockcore import _errors, _timeout, ancillary
from sockcore._backend.chosen import backend
from sockcore._object.buffers import as_bytes, readable
from sockcore._object.data import NO_FLAGS, USUAL, Data
from sockcore._types import Any, Callable, Iterable, SupportsIndex

Received = tuple[int, list[tuple[int, int, bytes]], int, Any]

#: What the control messages are most of the time: known by identity, they need no packing.
NO_MESSAGES: Iterable[Any] = ()


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
        received: Received = self._recvmsg(backend.recvmsg, views, room, bits)
        return received

    def _recvmsg(self, call: Callable[..., Any], target: object, room: int, bits: int) -> Any:
        if not 0 <= room <= ancillary.LIMIT:
            if type(target) is int:
                bytearray(target)  # the memory of the data is asked for first
            raise ValueError("invalid ancillary data buffer length")
        arguments = target, room, bits, self._codec.size
        try:
            received = call(self._fd, *arguments)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return self._received(*received)
        return self._received(*_timeout.resume(self, not_ready, _timeout.READ, call, *arguments))

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
