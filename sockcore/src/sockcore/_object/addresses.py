"""Addresses of a socket: the operations that take or give one, and the crossing between them and sockaddr bytes.

1. What goes to the kernel is checked before any system call: bytes, of a family field's length at least, and not
   longer than ``struct sockaddr_storage``.
2. What the kernel wrote is never lost: where a plugin fails to decode it, a RawAddress comes out, with a warning.
"""

from __future__ import annotations

import errno
import sys
from _warnings import warn

from sockcore import _errors, _timeout
from sockcore._backend.chosen import backend
from sockcore._object.descriptor import _STORAGE, SOL_SOCKET, Descriptor
from sockcore._platform import constants
from sockcore._registry.family import RawAddress
from sockcore._types import Any, SupportsIndex

_C = constants()
_SO_ERROR: int = _C.get("SO_ERROR", 4)
_DEFAULT_BACKLOG: int = min(_C.get("SOMAXCONN", 128), 128)

_TIMED_OUT = -1  # no errno


class Addressing(Descriptor):
    """The operations of a socket that name addresses."""

    __slots__ = ()

    def _encode(self, operation: str, address: Any) -> bytes:
        """Return the sockaddr of an address that a program passed to *operation*."""
        kept = self._codec.encoded
        if kept is not None and type(address) is tuple and len(address) == 2:
            # By equality alone, 1.0 or True would find what was kept for 1.
            host, port = address
            known = kept.get(address) if type(port) is int and type(host) in (str, int) else None
            if known is not None:
                return known
        if isinstance(address, RawAddress):
            raw: bytes = address
        else:
            raw = self._codec.encode(address, self._contexts[operation])
            if type(raw) is not bytes:
                raise TypeError(
                    f"{operation}(): the plugin of {self._codec!r} encoded {address!r} to {raw!r}, not to bytes"
                )
        if not 2 <= len(raw) <= _STORAGE:
            raise ValueError(f"{operation}(): a sockaddr has 2 to {_STORAGE} bytes, not {len(raw)}: {raw!r}")
        return raw

    def _decode(self, operation: str, raw: bytes) -> Any:
        """Return the address that the kernel wrote, None where it wrote none."""
        if not raw:
            return None
        kept = self._codec.decoded
        if kept is not None and (known := kept.get(raw)) is not None:
            return known
        try:
            return self._codec.decode(raw, self._contexts[operation])
        except Exception as problem:
            text = (
                f"{operation}(): the plugin of {self._codec!r} could not decode {raw!r} ({problem!r}): it is passed raw"
            )
            warn(text, RuntimeWarning, stacklevel=3)
            return RawAddress(raw)

    def bind(self, address: Any, /) -> None:
        """Bind the socket to *address*, see bind(2)."""
        raw = self._encode("bind", address)
        sys.audit("socket.bind", self, address)
        backend.bind(self._fd, raw)

    def connect(self, address: Any, /) -> None:
        """Connect the socket to *address*, see connect(2); in timeout mode, wait at most so long."""
        raw = self._encode("connect", address)
        sys.audit("socket.connect", self, address)
        self._connecting(backend.connect(self._fd, raw), raw)

    def _connecting(self, number: int, raw: bytes) -> None:
        """Go on after connect(2) has given *number*; raise what comes of it."""
        number = self._connect(number, raw)
        if number == _TIMED_OUT:
            raise _errors.timed_out()
        if number:
            raise _errors.from_errno(number)

    def connect_ex(self, address: Any, /) -> int:
        """Connect as :meth:`connect` does, but return the errno of what connect(2) says, 0 for success.

        A timeout is EWOULDBLOCK. An address that is none, or cannot be resolved, raises all the same.
        """
        raw = self._encode("connect_ex", address)
        sys.audit("socket.connect", self, address)
        number = self._connect(backend.connect(self._fd, raw), raw)
        return errno.EWOULDBLOCK if number == _TIMED_OUT else number

    def _connect(self, number: int, raw: bytes) -> int:
        """Wait for the outcome of a connect(2) that gave *number*, in the modes that wait: 0, errno or _TIMED_OUT."""
        timeout = self._timeout
        deadline = _timeout.deadline_of(timeout)
        if number == backend.IN_PROGRESS and timeout:
            return self._outcome(deadline)
        while number == errno.EINTR and timeout != 0:
            # TCP goes on by itself: calling again before its outcome is there would only say EALREADY. AF_UNIX does
            # not, and has no outcome to wait for: the second call connects it, where it says EISCONN to TCP.
            number = self._outcome(deadline) or backend.connect(self._fd, raw)
            if number == errno.EISCONN:
                return 0
        return number

    def _outcome(self, deadline: float | None) -> int:
        """Wait for a connection in progress: return 0, errno or _TIMED_OUT."""
        if not _timeout.ready(self._fd, _timeout.CONNECT, deadline):
            return _TIMED_OUT
        outcome = backend.getsockopt_int(self._fd, SOL_SOCKET, _SO_ERROR)
        return 0 if outcome == errno.EISCONN else outcome

    def listen(self, backlog: SupportsIndex = _DEFAULT_BACKLOG, /) -> None:
        """Let the socket accept connections, *backlog* of them waiting (the system may lower it); see listen(2)."""
        backend.listen(self._fd, max(_errors.c_int(backlog), 0))

    def _accept(self) -> tuple[int, Any]:
        """Accept a connection: return its descriptor and the peer's address."""
        size = self._codec.size if self._codec.accept_gives_address else 0
        try:
            fd, raw = backend.accept(self._fd, size)
        except (BlockingIOError, InterruptedError) as error:
            not_ready = _timeout.must_wait(self, error)
        else:
            return self._accepted(fd, raw)
        return self._accepted(*_timeout.resume(self, not_ready, _timeout.READ, backend.accept, size))

    def _accepted(self, fd: int, raw: bytes) -> tuple[int, Any]:
        try:
            return fd, self._decode("accept", raw)
        except BaseException:
            backend.close(fd)
            raise

    def getsockname(self) -> Any:
        """Return the socket's own address, see getsockname(2)."""
        return self._decode("getsockname", backend.getsockname(self._fd, self._codec.size))

    def getpeername(self) -> Any:
        """Return the address that the socket is connected to, see getpeername(2)."""
        return self._decode("getpeername", backend.getpeername(self._fd, self._codec.size))

    def shutdown(self, how: SupportsIndex, /) -> None:
        """Shut down reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR), see shutdown(2)."""
        backend.shutdown(self._fd, _errors.c_int(how, _errors.ONE_ARGUMENT))
