"""The class ``sockcore.socket``."""

from __future__ import annotations

import os
import sys

from sockcore import _enums, _timeouts
from sockcore._names import import_module, public_names
from sockcore._platform import constants
from sockcore._plugins import discovery
from sockcore._plugins.registry import Registry
from sockcore._sockets import BaseSocket, set_class_attribute, socket_from_fd
from sockcore._system import backend, native
from sockcore._types import (
    AddressFamily,
    Any,
    Callable,
    Literal,
    NoReturn,
    Self,
    SendableFile,
    SocketKind,
    SupportsIndex,
    overload,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from sockcore._sockets.files import SocketIO
    from sockcore._third_party import SocketMethods
    from sockcore._typing import Methods

    class Base(SocketMethods, Methods, BaseSocket):
        """The base class, with the methods that plugins add."""

else:
    Base = BaseSocket


_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


class socket(Base):
    """A network endpoint: the standard socket, with families that plugins register.

    ``socket(family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None)`` opens one. With *fileno* it takes over that file
    descriptor, and reads the missing arguments from the system. On Windows *fileno* may also be the bytes with which
    another process shares a socket. Addresses have the format of the family. Failures raise OSError. The descriptor is
    not inheritable. As a context manager, the socket closes itself.
    """

    _closed: bool
    _io_refs: int

    if TYPE_CHECKING or not native:
        __slots__ = ("__weakref__", "_closed", "_io_refs")

        def __init__(
            self,
            family: SupportsIndex = -1,
            type: SupportsIndex = -1,
            proto: SupportsIndex = -1,
            fileno: SupportsIndex | bytes | None = None,
        ) -> None:
            BaseSocket.__init__(self, family, type, proto, fileno)
            self._io_refs = 0
            self._closed = False

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *args: object) -> None:
            if not getattr(self, "_closed", False):  # the constructor has not set it
                self.close()

        def accept(self) -> tuple[socket, Any]:
            """Accept a connection, and return (socket, address).

            socket is a new socket for the connection, and address is that of the peer. This socket must be bound
            and listen. The new socket has the default timeout (setdefaulttimeout()). Without one, it is in blocking
            mode; after a non-blocking accept(), the system selects its mode. It is not inheritable.

            Raises BlockingIOError if no connection has arrived in non-blocking mode, TimeoutError if the timeout
            expires, and OSError for every other error (EINVAL if the socket does not listen). See accept(2).
            """
            sock, address = self._accept_socket(socket_class(), _family(self), _type(self), self.proto)
            if _timeouts.getdefaulttimeout() is None and self.gettimeout():
                sock.setblocking(True)
            return sock, address

        def _decref_socketios(self) -> None:
            if self._io_refs > 0:
                self._io_refs -= 1
            if getattr(self, "_closed", False):
                self.close()

        def _real_close(self) -> None:
            try:
                super().close()
            except (AttributeError, TypeError):
                if sys and not sys.is_finalizing():
                    raise  # otherwise the interpreter has cleared a module, and the end of the process closes the file

        def close(self) -> None:
            """Close the socket.

            The file descriptor is closed when all files of makefile() are closed too. Other methods then raise OSError
            (EBADF). A second call does nothing.
            """
            self._closed = True
            try:
                is_in_use = self._io_refs > 0
            except AttributeError:  # the constructor has not set it
                is_in_use = False
            if not is_in_use:
                self._real_close()

        def detach(self) -> int:
            """Close the socket object, and return the file descriptor, which stays open.

            The caller is then the owner of the descriptor. Returns -1 if the socket is closed.
            """
            self._closed = True
            return BaseSocket.detach(self)

    else:
        # The same in C: to open and close a socket takes 0.8 of the time.
        __slots__ = ("__weakref__",)
        locals().update(native.public_attributes())

    @property
    def family(self) -> AddressFamily:
        """The address family, as an AddressFamily if a plugin names it."""
        return _enums.as_family(_family(self))

    @property
    def type(self) -> SocketKind:
        """The socket type, as a SocketKind, without SOCK_NONBLOCK and SOCK_CLOEXEC."""
        return _enums.as_kind(_type(self))

    def dup(self) -> Self:
        """Return a new socket for the same endpoint, with a duplicate file descriptor.

        It has the timeout of this socket, and is not inheritable. Raises OSError if the descriptor cannot be duplicated
        (EBADF if the socket is closed, EMFILE without a free descriptor).
        """
        # Read first, because nothing may fail between the creation of the descriptor and that of its socket.
        cls, family, sock_type, proto = self.__class__, _family(self), _type(self), self.proto
        sock = socket_from_fd(cls, backend.dup(self.fileno()), family, sock_type, proto)
        sock.settimeout(self.gettimeout())
        return sock

    @overload
    def makefile(
        self,
        mode: Literal["b", "rb", "br", "wb", "bw", "rwb", "rbw", "wrb", "wbr", "brw", "bwr"],
        buffering: Literal[0],
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> SocketIO: ...
    @overload
    def makefile(
        self,
        mode: Literal["rwb", "rbw", "wrb", "wbr", "brw", "bwr"],
        buffering: Literal[-1, 1] | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.BufferedRWPair: ...
    @overload
    def makefile(
        self,
        mode: Literal["rb", "br"],
        buffering: Literal[-1, 1] | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.BufferedReader: ...
    @overload
    def makefile(
        self,
        mode: Literal["wb", "bw"],
        buffering: Literal[-1, 1] | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.BufferedWriter: ...
    @overload
    def makefile(
        self,
        mode: Literal["b", "rb", "br", "wb", "bw", "rwb", "rbw", "wrb", "wbr", "brw", "bwr"],
        buffering: int,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.IOBase: ...
    @overload
    def makefile(
        self,
        mode: Literal["r", "w", "rw", "wr", ""] = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.TextIOWrapper: ...
    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """Return a file object that reads from the socket, or writes to it.

        mode has r, w or both, and b for bytes; the other arguments are those of open(). The socket must be in blocking
        mode or have a timeout. After a TimeoutError, the file cannot be read any more. The file descriptor stays open
        until the socket and all its files are closed.

        Raises ValueError for another mode, or for buffering 0 in text mode.
        """
        files = _files_module or _files()
        return files.makefile(self, mode, buffering, encoding, errors, newline)

    def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        """Send a file to the end, and return the number of bytes that were sent.

        file is open in binary mode. offset is the first byte to send, and count the number of bytes; None is all.
        Afterwards the position of the file is behind the last byte that was sent, even if an error occurred.
        sendfile(2) is used if the system supports it for this file, and send() otherwise.

        Raises ValueError for a socket that is not a stream socket, for non-blocking mode, for a file in text mode, and
        for a closed socket if sendfile(2) would be used; otherwise the exceptions of send().
        """
        try:
            return self._sendfile_use_sendfile(file, offset, count)
        except _files().NoSendfile:
            return self._sendfile_use_send(file, offset, count)

    def _sendfile_use_sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        sent: int = _files().sendfile_by_kernel(self, file, offset, count)
        return sent

    def _sendfile_use_send(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        sent: int = _files().sendfile_by_send(self, file, offset, count)
        return sent

    def _check_sendfile_params(self, file: SendableFile, offset: int, count: int | None) -> None:
        _files().check_sendfile(self, file, offset, count)

    def get_inheritable(self) -> bool:
        """Return True if child processes inherit the descriptor, or the Windows handle.

        Raises OSError (EBADF) if the socket is closed.
        """
        return _get_inheritable(self.fileno())

    def set_inheritable(self, inheritable: bool) -> None:
        """Set whether child processes inherit the descriptor, or the Windows handle.

        Sockets are created with False. Raises OSError (EBADF) if the socket is closed.
        """
        _set_inheritable(self.fileno(), inheritable)

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {self.__class__.__name__!r} object")

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        cls = type(self)
        if cls.__reduce__ == object.__reduce__ and cls.__getstate__ == socket.__getstate__:
            self.__getstate__()  # the same error for each protocol
        return super().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        # If the socket is not closed before the interpreter ends, this is called for a ResourceWarning. The globals of
        # this module and of codecs may be None then.
        cls = self.__class__
        is_closed = getattr(self, "_closed", False)
        family: int
        sock_type: int
        try:
            family, sock_type = self.family, self.type
        except (AttributeError, TypeError):
            if sys and not sys.is_finalizing():
                raise
            family, sock_type = super().family, super().type
        text = (
            f"<{cls.__module__}.{cls.__qualname__}{' [closed]' if is_closed else ''} fd={self.fileno()}, "
            f"family={family!s}, type={sock_type!s}, proto={self.proto}"
        )
        if not is_closed:
            for name, call in (("laddr", self.getsockname), ("raddr", self.getpeername)):
                try:
                    address = call()
                except OSError:
                    continue
                except Exception:
                    if sys and not sys.is_finalizing():
                        raise
                    continue
                if address:
                    # str() of bytes is their repr(), but issues a BytesWarning with -b.
                    text += f", {name}={address!r}" if type(address) is bytes else f", {name}={address}"
        return text + ">"


#: The plain numbers: the properties of the public class return enum members.
_family: Callable[[Any], int] = vars(BaseSocket)["family"].__get__
_type: Callable[[Any], int] = vars(BaseSocket)["type"].__get__

_get_inheritable: Callable[[int], bool] = os.get_inheritable
_set_inheritable: Callable[[int, bool], None] = os.set_inheritable
if sys.platform == "win32":  # a socket is a handle there
    _get_inheritable, _set_inheritable = os.get_handle_inheritable, os.set_handle_inheritable


#: The module of file objects, after its first use.
_files_module: Any = None


def _files() -> Any:
    global _files_module
    if _files_module is None:
        _files_module = import_module("sockcore._sockets.files")  # imports io, which many programs do not need
    return _files_module


def socket_class() -> Any:
    """Return the class of new sockets.

    A program may replace ``sockcore.socket`` with its own class.
    """
    return public_names().get("socket", socket)


def _add_methods(registry: Registry) -> None:
    # Matches CPython: the methods are added to the base class, from which libraries derive their sockets.
    for name, function in registry.socket_methods.items():
        set_class_attribute(name, function)


socket.__module__ = "sockcore"
if native:
    native.set_public_class(socket)
discovery.reserve("method", dir(socket))
# Methods that plugins register are added when the plugins have been loaded.
discovery.when_loaded(_add_methods)
# It is imported already. This call records it for finalizers at exit: "except sockcore.timeout" may be its first use.
import_module("sockcore._exceptions")
