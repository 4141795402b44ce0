"""The module's functions that belong to no family."""

from __future__ import annotations

from sockcore import _exceptions
from sockcore._families.family import Family
from sockcore._platform import constants
from sockcore._plugins.discovery import all_loaded, registry
from sockcore._sockets.addresses import default_family
from sockcore._sockets.implementation import socket_from_fd
from sockcore._sockets.socket import socket, socket_class
from sockcore._system.chosen import backend, native
from sockcore._types import Callable, SupportsIndex

_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


def socketpair(
    family: SupportsIndex | None = None, type: SupportsIndex = _SOCK_STREAM, proto: SupportsIndex = 0
) -> tuple[socket, socket]:
    """Return two connected sockets, see socketpair(2).

    Without *family* they are of AF_UNIX where a plugin brings it; else of the default family of :class:`socket`,
    whose plugin connects two where the system has no pairs of it.
    """
    number = None if family is None else _exceptions.c_int(family)
    kind, protocol = _exceptions.c_int(type), _exceptions.c_int(proto)
    by_system: Callable[[int, int, int], tuple[int, int]] | None = backend.socketpair
    if number is None:
        number = registry().singles.get("socketpair")
    if number is None:
        number, by_system = default_family("socket"), None
    registry().refuse_blocked(number)
    if by_system is None:
        owner = registry().family(number, protocol)
        if backend.socketpair is None and owner.__class__.pair is Family.pair:
            raise _no_pair()
        made: tuple[socket, socket] = owner.pair(kind, protocol)
        return made
    cls = socket_class()  # first, as nothing may fail between the descriptors and their owners
    first, second = by_system(number, kind, protocol)
    try:
        one = socket_from_fd(cls, first, number, kind, protocol)
    except BaseException:
        backend.close(second)
        raise
    try:
        return one, socket_from_fd(cls, second, number, kind, protocol)
    except BaseException:
        one.close()
        raise


def _no_pair() -> ValueError:
    """Return the error of a family of which neither the system nor a plugin makes pairs, in the standard words."""
    names = {each.name for each in all_loaded().families.values() if type(each).pair is not Family.pair}
    return ValueError(f"Only {' and '.join(sorted(names))} socket address families are supported")


def fromfd(fd: SupportsIndex, family: SupportsIndex, type: SupportsIndex, proto: SupportsIndex = 0) -> socket:
    """Return a socket of a duplicate of the descriptor *fd*; the other arguments are as for :class:`socket`."""
    sock: socket = socket_from_fd(socket_class(), dup(fd), family, type, proto)
    return sock


def close(fd: SupportsIndex, /) -> None:
    """Close a socket's descriptor, see close(2)."""
    backend.close(_exceptions.descriptor(fd))


def dup(fd: SupportsIndex, /) -> int:
    """Return a duplicate of a socket's descriptor, non-inheritable."""
    return backend.dup(_exceptions.descriptor(fd))


if native:  # half the time of these two, which make one system call each
    close, dup = native.close, native.dup
