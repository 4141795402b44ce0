"""Data: recv, send and their kin. Each tries first; only what EAGAIN or a signal stopped goes to the timeout model."""

from __future__ import annotations

import sys

from sockcore import _errors, _timeout
from sockcore._backend.chosen import backend
from sockcore._backend.memory import zeroed
from sockcore._object.addresses import Addressing
from sockcore._object.buffers import readable, writable
from sockcore._platform import constants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, SupportsIndex, TypeVar

    T = TypeVar("T")

READ, WRITE = _timeout.READ, _timeout.WRITE
#: What the arguments are most of the time: known by identity, they need no conversion.
NO_FLAGS = WHOLE = 0
#: Sizes below are in the range of every C type.
USUAL = 0x10000000

_C = constants()
_SEQPACKET: int = _C.get("SOCK_SEQPACKET", -1)
_STREAM: int = _C.get("SOCK_STREAM", 1)
_WAITALL: int = _C.get("MSG_WAITALL", 0)
#: With these, a call receives something else than the next bytes of the stream, or must not wait.
_NOT_GATHERED: int = sum(_C.get(name, 0) for name in ("MSG_PEEK", "MSG_OOB", "MSG_DONTWAIT", "MSG_ERRQUEUE"))
#: With both, a datagram's length is asked for.
_LENGTH_ONLY: int = _C.get("MSG_PEEK", 0) | _C.get("MSG_TRUNC", 0)


class Data(Addressing):
    """The operations of a socket that move data without control messages."""

    __slots__ = ()

    def recv(self, bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> bytes:
        """Receive at most *bufsize* bytes; b"" is the end of the stream. *flags* are MSG_*; see recv(2)."""
        size = bufsize if type(bufsize) is int and 0 < bufsize < USUAL else _errors.ssize(bufsize)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        if size < 0:
            raise _errors.negative_size("recv")
        if not size:
            return b""  # matches CPython: no system call, which would wait or drop a datagram
        if bits & _WAITALL and self._gathers(bits):
            view = memoryview(zeroed(size))
            return view[: self._gather(view, bits)].tobytes()
        try:
            return backend.recv(self._fd, size, bits)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, READ, backend.recv, size, bits)

    def recv_into(self, buffer: Any, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> int:
        """Receive at most *nbytes* bytes (0: as many as fit) into a writable *buffer*; return how many. See recv(2)."""
        view, bits = self._into("recv_into", buffer, nbytes, flags, "buffer too small for requested bytes")
        if not view.nbytes and (bits & _LENGTH_ONLY != _LENGTH_ONLY or self._type == _STREAM):
            return 0
        if bits & _WAITALL and self._gathers(bits):
            return self._gather(view, bits)
        try:
            return backend.recv_into(self._fd, view, bits)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, READ, backend.recv_into, view, bits)

    def recvfrom(self, bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> tuple[bytes, Any]:
        """Receive at most *bufsize* bytes; return them and the sender's address. See recvfrom(2)."""
        size = bufsize if type(bufsize) is int and 0 < bufsize < USUAL else _errors.ssize(bufsize)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        if size < 0:
            raise _errors.negative_size("recvfrom")
        if size and bits & _WAITALL and self._gathers(bits):
            view = memoryview(zeroed(size))
            count, raw = self._gather_from(view, bits)
            return view[:count].tobytes(), self._decode("recvfrom", raw)
        try:
            data, raw = backend.recvfrom(self._fd, size, bits, self._codec.size)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return data, self._decode("recvfrom", raw)
        data, raw = _timeout.resume(self, not_ready, READ, backend.recvfrom, size, bits, self._codec.size)
        return data, self._decode("recvfrom", raw)

    def recvfrom_into(self, buffer: Any, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> tuple[int, Any]:
        """Receive into *buffer* as :meth:`recv_into` does; return how many bytes, and the sender's address."""
        too_small = "nbytes is greater than the length of the buffer"
        view, bits = self._into("recvfrom_into", buffer, nbytes, flags, too_small)
        if view.nbytes and bits & _WAITALL and self._gathers(bits):
            count, raw = self._gather_from(view, bits)
            return count, self._decode("recvfrom_into", raw)
        try:
            count, raw = backend.recvfrom_into(self._fd, view, bits, self._codec.size)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return count, self._decode("recvfrom_into", raw)
        count, raw = _timeout.resume(self, not_ready, READ, backend.recvfrom_into, view, bits, self._codec.size)
        return count, self._decode("recvfrom_into", raw)

    def _gathers(self, bits: int) -> bool:
        """Return whether MSG_WAITALL has to be done here: the system does it for a blocking descriptor only."""
        return bool(self._timeout) and self._type == _STREAM and not bits & _NOT_GATHERED

    def _gather(self, view: memoryview, bits: int) -> int:
        """Receive until *view* is full or the stream or the timeout ends; return the number of bytes.

        Raises an error, also that of the timeout, only if no byte has arrived.
        """
        bits &= ~_WAITALL  # to a non-blocking descriptor it means nothing on POSIX, and is an error on Windows
        deadline = _timeout.deadline_of(self._timeout)
        got = _timeout.finish(self, deadline, False, READ, backend.recv_into, view, bits)
        return self._gather_rest(view, bits, got, deadline)

    def _gather_rest(self, view: memoryview, bits: int, got: int, deadline: float | None) -> int:
        last = got
        while last and got < len(view):
            last = self._gather_more(deadline, backend.recv_into, view[got:], bits) or 0
            got += last
        return got

    def _gather_from(self, view: memoryview, bits: int) -> tuple[int, bytes]:
        """Receive as :meth:`_gather` does; return the sender of the first bytes too."""
        deadline = _timeout.deadline_of(self._timeout)
        bits &= ~_WAITALL
        got, raw = _timeout.finish(self, deadline, False, READ, backend.recvfrom_into, view, bits, self._codec.size)
        return self._gather_rest(view, bits, got, deadline), raw

    def _gather_more(self, deadline: float | None, call: Callable[..., T], *arguments: object) -> T | None:
        """Return ``call(fd, *arguments)`` once there is more of a stream; None after an error or the deadline."""
        while True:
            try:
                return call(self._fd, *arguments) if _timeout.ready_for_more(self._fd, deadline) else None
            except BlockingIOError:
                if not _timeout.pause(deadline):
                    return None
            except InterruptedError:
                pass
            except OSError as exc:
                if exc.errno is None:
                    raise  # from a signal handler
                return None

    def _into(
        self, operation: str, buffer: Any, nbytes: SupportsIndex, flags: SupportsIndex, too_small: str
    ) -> tuple[memoryview, int]:
        """Return the part of *buffer* to receive into, and the flags."""
        view = writable(operation, buffer)
        size = 0 if nbytes is WHOLE else _errors.ssize(nbytes)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        if size < 0:
            raise _errors.negative_size(operation)
        if size > view.nbytes:
            raise ValueError(too_small)
        return view[:size] if size else view, bits

    def send(self, data: Any, flags: SupportsIndex = 0, /) -> int:
        """Send bytes; return how many the system took, which may be fewer than there are. See send(2)."""
        buffer = readable(data)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        packets = self._type == _SEQPACKET
        try:
            return backend.send(self._fd, buffer, bits, packets)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, WRITE, backend.send, buffer, bits, packets)

    def sendall(self, data: Any, flags: SupportsIndex = 0, /) -> None:
        """Send all bytes. The timeout is for the whole.

        An OSError of this call, also that of the timeout, has the number of bytes sent before it in
        ``characters_written``.
        """
        buffer = readable(data)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        packets = self._type == _SEQPACKET
        try:
            sent = backend.send(self._fd, buffer, bits, packets)
        except (BlockingIOError, InterruptedError) as error:
            error.characters_written = 0  # type: ignore[union-attr]
            sent, not_ready = 0, _timeout.must_wait(self, error)
        except OSError as exc:
            exc.characters_written = 0  # type: ignore[attr-defined]
            raise
        else:
            if sent == len(buffer):
                return
            not_ready = False
        self._sendall_later(buffer, sent, bits, not_ready)

    def _sendall_later(self, data: Any, sent: int, bits: int, not_ready: bool = False) -> None:
        """Send what is left of *data* after *sent* bytes."""
        left = memoryview(readable(data))[sent:]
        packets = self._type == _SEQPACKET
        deadline = _timeout.deadline_of(self._timeout) if self._timeout else None
        try:
            while True:
                count = _timeout.finish(self, deadline, not_ready, WRITE, backend.send, left, bits, packets)
                sent += count
                left = left[count:]
                if not left:
                    return
                not_ready = False
                _timeout.check(deadline)
        except OSError as exc:
            exc.characters_written = sent  # type: ignore[attr-defined]
            raise

    def sendto(self, data: Any, *flags_and_address: Any) -> int:
        """Send bytes to an address: ``sendto(data, address)`` or ``sendto(data, flags, address)``. See sendto(2)."""
        buffer, bits, raw = self._to(data, flags_and_address)
        sys.audit("socket.sendto", self, flags_and_address[-1])
        try:
            return backend.sendto(self._fd, buffer, bits, raw)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, WRITE, backend.sendto, buffer, bits, raw)

    def _sendto_later(self, data: Any, *flags_and_address: Any) -> int:
        """Go on with a :meth:`sendto` that was not ready."""
        return _timeout.resume(self, True, WRITE, backend.sendto, *self._to(data, flags_and_address))

    def _to(self, data: Any, flags_and_address: tuple[Any, ...]) -> tuple[Any, int, bytes]:
        """Return the buffer, the flags and the sockaddr of :meth:`sendto`."""
        if len(flags_and_address) == 1:
            flags, (address,) = NO_FLAGS, flags_and_address
        elif len(flags_and_address) == 2:
            flags, address = flags_and_address
        else:
            raise _errors.argument_count("sendto", "2 or 3", 1 + len(flags_and_address))
        buffer = readable(data)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        return buffer, bits, self._encode("sendto", address)
