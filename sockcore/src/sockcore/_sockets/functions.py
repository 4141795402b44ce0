"""The functions of the module that do not belong to a family."""

from __future__ import annotations

from sockcore import _exceptions, _timeouts
from sockcore._families import Family
from sockcore._platform import constants
from sockcore._plugins.discovery import all_families, registry
from sockcore._sockets import socket_from_fd
from sockcore._sockets.addresses import default_family
from sockcore._sockets.socket import socket, socket_class
from sockcore._system import backend, native
from sockcore._types import Any, Callable, SupportsIndex

_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


def socketpair(
    family: SupportsIndex | None = None, type: SupportsIndex = _SOCK_STREAM, proto: SupportsIndex = 0
) -> tuple[socket, socket]:
    """Return two connected sockets. See socketpair(2).

    Without *family*, they are of AF_UNIX if a plugin registers it. Otherwise they are of the default family of
    :class:`socket`, and its codec connects them. Codecs also connect pairs on systems without socketpair(2).

    Raises OSError if the system cannot make the pair (EAFNOSUPPORT or EOPNOTSUPP for a family without pairs, EMFILE
    without a free descriptor). On systems without socketpair(2), raises ValueError for a family without pairs.
    """
    family_number = None if family is None else _exceptions.c_int(family)
    sock_type, protocol = _exceptions.c_int(type), _exceptions.c_int(proto)
    has_system_call = backend.socketpair is not None
    if family_number is None:
        family_number = registry().singles.get("socketpair")
    if family_number is None:
        family_number, has_system_call = default_family("socket"), False
    registry().refuse_blocked(family_number)
    if not has_system_call:
        codec = registry().family(family_number, protocol)
        if backend.socketpair is None and codec.__class__.pair is Family.pair:
            raise _unsupported_pair_error()
        connected: tuple[socket, socket] = codec.pair(sock_type, protocol)
        return connected
    return _open_pair(socket_class(), family_number, sock_type, protocol)


def _open_pair_in_python(cls: Any, family: int, type: int, proto: int) -> tuple[socket, socket]:
    """Return two connected sockets of a class, by socketpair(2)."""
    first, second = backend.socketpair(family, type, proto)
    try:
        first_sock = socket_from_fd(cls, first, family, type, proto)
    except BaseException:
        backend.close(second)
        raise
    try:
        return first_sock, socket_from_fd(cls, second, family, type, proto)
    except BaseException:
        first_sock.close()
        raise


_open_pair: Callable[[Any, int, int, int], tuple[socket, socket]] = native.open_pair if native else _open_pair_in_python


def _unsupported_pair_error() -> ValueError:
    """Return the exception for a family without pairs.

    It has the message of the standard module.
    """
    names = {
        family_codec.name
        for family_codec in all_families().families.values()
        if type(family_codec).pair is not Family.pair
    }
    return ValueError(f"Only {' and '.join(sorted(names))} socket address families are supported")


def fromfd(fd: SupportsIndex, family: SupportsIndex, type: SupportsIndex, proto: SupportsIndex = 0) -> socket:
    """Return a socket for a duplicate of the descriptor *fd*.

    For the other arguments, see :class:`socket`.

    Raises OSError (EBADF if *fd* is not open, EMFILE without a free descriptor), and the exceptions of :class:`socket`.
    """
    sock: socket = socket_from_fd(socket_class(), dup(fd), family, type, proto)
    return sock


def close(fd: SupportsIndex, /) -> None:
    """Close the file descriptor of a socket, see close(2).

    Raises OSError (EBADF) if *fd* is not open.
    """
    backend.close(_exceptions.to_descriptor(fd))


def dup(fd: SupportsIndex, /) -> int:
    """Return a duplicate of a socket's file descriptor. It is not inheritable.

    Raises OSError (EBADF if *fd* is not open, EMFILE without a free descriptor). See dup(2).
    """
    return backend.dup(_exceptions.to_descriptor(fd))


getdefaulttimeout = _timeouts.getdefaulttimeout
setdefaulttimeout = _timeouts.setdefaulttimeout

if native:  # half the time of the functions above, which make one system call each
    close, dup = native.close, native.dup
    getdefaulttimeout, setdefaulttimeout = native.getdefaulttimeout, native.setdefaulttimeout
