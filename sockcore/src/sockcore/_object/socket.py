"""The class ``sockcore.socket``."""

from __future__ import annotations

from types import TracebackType

from sockcore import _enums, _timeout
from sockcore._backend.chosen import backend, native
from sockcore._object.descriptor import _SOCK_STREAM, Descriptor
from sockcore._object.endpoint import Endpoint
from sockcore._registry import discovery
from sockcore._types import Any, BinaryIO, NoReturn, Self, SupportsIndex, TypeVar

TYPE_CHECKING = False

S = TypeVar("S", bound="socket")


class socket(Endpoint):
    """A network endpoint: the standard library's socket object, by families that plugins bring.

    ``socket(family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None)`` opens one; with *fileno* it takes over that
    descriptor, and what is not given is found out from it; on Windows *fileno* may also be the bytes by which another
    process shares a socket. Addresses have the format of the family; what goes wrong raises OSError. Non-inheritable;
    a context manager that closes.
    """

    __slots__ = ()

    # Its own, and so its signature: inspect of some Pythons prefers an inherited __new__ to an inherited __init__.
    if TYPE_CHECKING:

        def __init__(
            self,
            family: SupportsIndex = -1,
            type: SupportsIndex = -1,
            proto: SupportsIndex = -1,
            fileno: SupportsIndex | bytes | None = None,
        ) -> None: ...

    else:
        __init__ = Endpoint.__init__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._closed:
            self.close()

    @property
    def family(self) -> int:
        """The address family, as an AddressFamily where a plugin names it."""
        return _enums.as_family(self._family)

    @property
    def type(self) -> int:
        """The socket type, as a SocketKind, without SOCK_NONBLOCK and SOCK_CLOEXEC."""
        return _enums.as_kind(self._type)

    def _is_stream(self) -> bool:
        return bool(self._type & _SOCK_STREAM)

    def accept(self) -> tuple[socket, Any]:
        """Accept a connection: return its socket and the peer's address. See accept(2).

        The new socket has the default timeout; without one it is in blocking mode, except that after a non-blocking
        accept its mode is the system's choice.
        """
        fd, address = self._accept()
        sock = owner_of(socket, fd, self._family, self._type, self._proto)
        if _timeout.getdefaulttimeout() is None and self._timeout:
            sock.setblocking(True)
        return sock, address

    def dup(self) -> Self:
        """Return a socket of a duplicate descriptor: the same endpoint, with a timeout of its own."""
        sock = owner_of(self.__class__, backend.dup(self._fd), self._family, self._type, self._proto)
        sock.settimeout(self._timeout)
        return sock

    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """Return a file object over the socket; its arguments are those of :func:`open`, the modes r, w and b.

        The descriptor stays open until the socket and all its files are closed.
        """
        return _files().makefile(self, mode, buffering, encoding, errors, newline)

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        """Send a file opened in binary mode, from *offset* on, *count* bytes or all; return how many were sent.

        By sendfile(2) where the system can, else by :meth:`send`. The file's position is behind what was sent, also
        after an error. Stream sockets in blocking or timeout mode only (ValueError).
        """
        try:
            return self._sendfile_use_sendfile(file, offset, count)
        except _files().NoSendfile:
            return self._sendfile_use_send(file, offset, count)

    # The names by which the interpreter's own tests ask for one way or the other.
    def _sendfile_use_sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        sent: int = _files().sendfile_by_kernel(self, file, offset, count)
        return sent

    def _sendfile_use_send(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        sent: int = _files().sendfile_by_send(self, file, offset, count)
        return sent

    def _decref_socketios(self) -> None:
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed:
            self.close()

    def _real_close(self) -> None:
        Descriptor.close(self)

    def close(self) -> None:
        """Close the socket; its descriptor is closed once all files of :meth:`makefile` are closed too.

        OSError if the system says so; a second call does nothing.
        """
        self._closed = True
        if self._io_refs <= 0:
            self._real_close()

    def detach(self) -> int:
        """Give the descriptor away: return it, open, and be closed from now on."""
        self._closed = True
        return Endpoint.detach(self)

    def get_inheritable(self) -> bool:
        """Return whether child processes inherit the descriptor."""
        return backend.get_inheritable(self._fd)

    def set_inheritable(self, inheritable: bool) -> None:
        """Say whether child processes inherit the descriptor."""
        backend.set_inheritable(self._fd, inheritable)

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {self.__class__.__name__!r} object")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        self.__getstate__()

    def __repr__(self) -> str:
        cls = self.__class__
        closed = " [closed]" if self._closed else ""
        text = (
            f"<{cls.__module__}.{cls.__qualname__}{closed} fd={self._fd}, family={self.family!s}, "
            f"type={self.type!s}, proto={self._proto}"
        )
        if not self._closed:
            for what, call in (("laddr", self.getsockname), ("raddr", self.getpeername)):
                try:
                    address = call()
                except OSError:
                    continue
                if address:
                    text += f", {what}={address}"
        return text + ">"


def _files() -> Any:
    from sockcore._object import file  # with what it imports: many programs need no files

    return file


def owner_of(cls: type[S], fd: int, family: SupportsIndex, type: SupportsIndex, proto: SupportsIndex) -> S:
    """Return a socket of *cls* that owns *fd*, which is closed if the constructor fails."""
    sock: S = cls.__new__(cls, family, type, proto, fileno=fd)
    try:
        sock.__init__(family, type, proto, fileno=fd)  # type: ignore[misc]
    except BaseException:
        # It failed before it became the owner; or it is; or it has closed or detached itself by now.
        if sock._fd == -1 and not getattr(sock, "_closed", False):
            backend.close(fd)
        Descriptor.close(sock)
        raise
    return sock


socket.__module__ = "sockcore"
discovery.reserve("method", dir(socket))

if native:
    from sockcore._object import fast

    fast.configure(native, socket)
