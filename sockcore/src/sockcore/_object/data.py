"""Data: recv, send and their kin. Each tries first; only what EAGAIN or a signal stopped goes to the timeout model."""

from __future__ import annotations

import sys

from sockcore import _errors, _timeout
from sockcore._backend.chosen import backend
from sockcore._object.addresses import Addressing
from sockcore._object.buffers import readable, writable
from sockcore._platform import constants
from sockcore._types import Any, SupportsIndex

READ, WRITE = _timeout.READ, _timeout.WRITE
#: What the arguments are most of the time: known by identity, they need no conversion.
NO_FLAGS = WHOLE = 0
#: Sizes below are in the range of every C type.
USUAL = 0x10000000

_SEQPACKET: int = constants().get("SOCK_SEQPACKET", -1)


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
            return b""  # as ever: nothing is asked of the system, which would wait, or drop a datagram
        try:
            return backend.recv(self._fd, size, bits)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        return _timeout.resume(self, not_ready, READ, backend.recv, size, bits)

    def recv_into(self, buffer: Any, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> int:
        """Receive at most *nbytes* bytes (0: as many as fit) into a writable *buffer*; return how many. See recv(2)."""
        view, bits = self._into("recv_into", buffer, nbytes, flags, "buffer too small for requested bytes")
        if not view.nbytes:
            return 0
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
        try:
            count, raw = backend.recvfrom_into(self._fd, view, bits, self._codec.size)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return count, self._decode("recvfrom_into", raw)
        count, raw = _timeout.resume(self, not_ready, READ, backend.recvfrom_into, view, bits, self._codec.size)
        return count, self._decode("recvfrom_into", raw)

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
        """Send all bytes. The timeout is for the whole; after an error nobody knows how many were sent."""
        buffer = readable(data)
        bits = 0 if flags is NO_FLAGS else _errors.c_int(flags)
        packets = self._type == _SEQPACKET
        try:
            sent = backend.send(self._fd, buffer, bits, packets)
        except (BlockingIOError, InterruptedError) as error:
            sent, not_ready = 0, _timeout.must_wait(self, error)
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
        while True:
            sent = _timeout.finish(self, deadline, not_ready, WRITE, backend.send, left, bits, packets)
            left = left[sent:]
            if not left:
                return
            not_ready = False
            _timeout.check(deadline)

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
