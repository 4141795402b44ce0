"""Handing an open socket over, to the standard class and from it: the descriptor moves, nothing is duplicated."""

from __future__ import annotations

import errno
import os

from sockcore._sockets.socket import socket as Socket
from sockcore._types import Any
from sockcore.stdlib._standard import loaded, standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as standard_socket
else:

    class StandardSocket:
        """The standard module in annotations: imported when they are evaluated, not before."""

        def __getattr__(self, name):
            return getattr(standard("socket"), name)

    standard_socket = StandardSocket()


def to_stdlib(sock: Socket) -> standard_socket.socket:
    """Return a ``socket.socket`` of the standard library that owns the descriptor of *sock*, a sockcore socket.

    Family, type, protocol and timeout are kept. *sock* is detached: it looks closed, closing it does nothing, and
    files that its ``makefile`` made cannot be used any more. Raises TypeError if *sock* is no sockcore socket,
    OSError (EBADF) if it is closed.
    """
    from sockcore._sockets.implementation import BaseSocket

    _expect("to_stdlib", sock, BaseSocket, "a sockcore socket")
    return _move(sock, standard("socket").socket)  # type: ignore[no-any-return]


def from_stdlib(sock: standard_socket.socket) -> Socket:
    """Return a sockcore socket that owns the descriptor of *sock*, a ``socket.socket`` of the standard library.

    Family, type, protocol and timeout are kept. *sock* is detached, as in :func:`to_stdlib`. Raises TypeError if
    *sock* is none, or if it is an SSL socket: its encryption would stay behind; OSError (EBADF) if it is closed.
    """
    import sockcore

    _expect("from_stdlib", sock, standard("_socket").socket, "a socket of the standard library")
    ssl = loaded("ssl")
    if ssl and isinstance(sock, ssl.SSLSocket):
        raise TypeError("from_stdlib() cannot take an SSL socket: its encryption would stay behind; unwrap() it first")
    return _move(sock, sockcore.socket)  # type: ignore[no-any-return]


def _expect(function: str, sock: object, kind: type, what: str) -> None:
    if not isinstance(sock, kind):
        raise TypeError(f"{function}() takes {what}, not {type(sock).__module__}.{type(sock).__qualname__}")


def _move(sock: Any, kind: Any) -> Any:
    if sock.fileno() < 0:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    family, type, proto, timeout = int(sock.family), int(sock.type), sock.proto, sock.gettimeout()
    new = kind(family, type, proto, fileno=sock.fileno())
    sock.detach()
    # Not what setdefaulttimeout() said at the other side.
    new.settimeout(timeout)
    return new
