"""Handing an open socket over: to the standard class, from it, and to other processes with multiprocessing.

The file descriptor moves to the other class; it is not duplicated. The import of the standard module below is for type
checkers: :func:`original` imports it at first use.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module

from sockcore._sockets.socket import socket as Socket
from sockcore._types import Any, Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as standard_socket
    from types import ModuleType
else:

    class StandardSocket:
        """The standard module in annotations, imported when these are evaluated."""

        def __getattr__(self, name):
            return getattr(original("socket"), name)

    standard_socket = StandardSocket()

Reducer = Callable[[Any], "tuple[Callable[..., Socket], tuple[Any, ...]]"]

#: Name -> standard module, of those that sockcore replaces in ``sys.modules``: ``socket`` and ``_socket``, or none.
replaced: dict[str, ModuleType] = {}


def original(name: str) -> ModuleType:
    """Return the standard module ``'socket'`` or ``'_socket'``, replaced or not.

    Raises ImportError if this Python lacks it.
    """
    return replaced.get(name) or import_module(name)


def to_stdlib(sock: Socket) -> standard_socket.socket:
    """Convert a sockcore socket to a ``socket.socket`` of the standard library.

    The result owns the descriptor of *sock*. Family, type, protocol and timeout are kept. *sock* is detached: it looks
    closed, closing it does nothing, and files that its ``makefile`` made cannot be used any more. Raises TypeError if
    *sock* is not a sockcore socket, and OSError (EBADF) if it is closed.
    """
    from sockcore._sockets import BaseSocket

    _check_type("to_stdlib", sock, BaseSocket, "a sockcore socket")
    return _move(sock, original("socket").socket)  # type: ignore[no-any-return]


def from_stdlib(sock: standard_socket.socket) -> Socket:
    """Convert a ``socket.socket`` of the standard library to a sockcore socket.

    The result owns the descriptor of *sock*. Family, type, protocol and timeout are kept. *sock* is detached, as in
    :func:`to_stdlib`. Raises TypeError if *sock* is not a socket of the standard library, or if it is an SSL socket:
    its encryption would stay behind. Raises OSError (EBADF) if it is closed.
    """
    import sockcore

    _check_type("from_stdlib", sock, original("_socket").socket, "a socket of the standard library")
    ssl = sys.modules.get("ssl")
    if ssl and isinstance(sock, ssl.SSLSocket):
        raise TypeError("from_stdlib() cannot take an SSL socket: its encryption would stay behind; unwrap() it first")
    return _move(sock, sockcore.socket)  # type: ignore[no-any-return]


def _check_type(function: str, sock: object, cls: type, expected: str) -> None:
    if not isinstance(sock, cls):
        raise TypeError(f"{function}() takes {expected}, not {type(sock).__module__}.{type(sock).__qualname__}")


def _move(sock: Any, cls: Any) -> Any:
    if sock.fileno() < 0:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    family, type, proto, timeout = int(sock.family), int(sock.type), sock.proto, sock.gettimeout()
    new = cls(family, type, proto, fileno=sock.fileno())
    sock.detach()
    # The constructor has set the default timeout of the other module.
    new.settimeout(timeout)
    return new


def enable_multiprocessing() -> None:
    """Let multiprocessing send sockcore sockets to other processes.

    A socket arrives as a sockcore socket with the default timeout. Call this in the process that sends. It imports
    multiprocessing, and a second call does nothing. The receiving process needs sockcore installed. The call is not
    needed where sockcore replaces the standard module.
    """
    register_reducer(reduce_socket)


def register_reducer(reduce: Reducer) -> None:
    """Register with multiprocessing the function that reduces sockcore sockets."""
    from multiprocessing.reduction import ForkingPickler

    import sockcore

    ForkingPickler.register(sockcore.socket, reduce)


def remove_reducer(reduce: Reducer) -> None:
    """Undo :func:`register_reducer`, unless another function is registered now."""
    from multiprocessing.reduction import ForkingPickler

    import sockcore

    reducers: dict[type, object] = vars(ForkingPickler)["_extra_reducers"]
    if reducers.get(sockcore.socket) is reduce:
        del reducers[sockcore.socket]


def reduce_socket(sock: Any) -> tuple[Callable[..., Socket], tuple[Any, ...]]:
    """Return the function and arguments that create the socket in another process."""
    if sys.platform == "win32":
        # A socket is not a file there. It is shared, and the receiving side makes a standard socket.
        from multiprocessing.resource_sharer import DupSocket

        return _adopt, (DupSocket(sock),)
    else:  # noqa: RET505 - type checkers need it: the names below do not exist on Windows
        from multiprocessing.reduction import DupFd

        return _rebuild, (DupFd(sock.fileno()), int(sock.family), int(sock.type), sock.proto)


def _rebuild(duplicate: Any, family: int, type: int, proto: int) -> Socket:
    import sockcore

    return sockcore.socket(family, type, proto, fileno=duplicate.detach())


def _adopt(duplicate: Any) -> Socket:
    import sockcore

    sock = duplicate.detach()  # of the module that multiprocessing imported as socket
    return sock if isinstance(sock, sockcore.socket) else from_stdlib(sock)
