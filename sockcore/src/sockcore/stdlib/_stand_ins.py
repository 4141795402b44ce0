"""The contents of the stand-ins: the module ``_socket``, and the names of ``socket`` that sockcore lacks.

The stand-in for ``socket`` is the module sockcore itself. Nothing here changes a module.
"""

from __future__ import annotations

import errno
import io
import os
import selectors
import sys
from enum import IntEnum, IntFlag
from types import ModuleType

import sockcore
from sockcore import _exceptions
from sockcore._platform import constants
from sockcore._plugins.discovery import registry
from sockcore._sockets import BaseSocket, addresses
from sockcore._system import backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore import socket as Socket

_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


def lower_module(socket: ModuleType, lower: ModuleType) -> ModuleType:
    """Return the stand-in for *lower*, the standard ``_socket``.

    It has the names of sockcore, except those that only *socket*, the upper standard module, has. Its constants are
    integers instead of enum members.
    """
    stand_in = ModuleType("_socket", sockcore.__doc__)
    stand_in.__spec__ = lower.__spec__
    contents: dict[str, Any] = vars(stand_in)
    for name in sockcore.__all__:
        if hasattr(socket, name) and not hasattr(lower, name):
            continue
        value = getattr(sockcore, name)
        # A flag or an enum member is an int; has_ipv6 is to stay a bool.
        contents[name] = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
    contents.update(socket=BaseSocket, SocketType=BaseSocket, timeout=_exceptions.timeout)
    if hasattr(lower, "socketpair"):
        contents["socketpair"] = _lower_socketpair
    if hasattr(lower, "CAPI"):
        # C code that is imported later needs the original type; no other type can take its place.
        contents["CAPI"] = lower.CAPI
    return stand_in


def added_names(socket: ModuleType, lower: ModuleType) -> dict[str, Any]:
    """Return the names that sockcore gets as the stand-in for *socket*.

    *lower* is the stand-in for ``_socket``.

    1. Names of this Python's module that its manual lacks, but that programs and CPython's tests use.
    2. ``__all__``, since CPython's list contains most names of ``_socket``, such as CAPI.
    3. ``timeout``. Before Python 3.10 it is a class, to which eventlet adds an attribute; TimeoutError has no room
       for one.
    4. ``SocketType``, which is the base class of ``socket`` in the standard module.
    """
    private: dict[str, Any] = {
        "_socket": lower,
        "CAPI": getattr(lower, "CAPI", None),
        "_LOCALHOST": "127.0.0.1",
        "_LOCALHOST_V6": "::1",
        "_fallback_socketpair": fallback_socketpair,
        "_intenum_converter": enum_converter,
        "_blocking_errnos": {errno.EAGAIN, errno.EWOULDBLOCK},
        "EAGAIN": errno.EAGAIN,
        "EBADF": errno.EBADF,
        "EWOULDBLOCK": errno.EWOULDBLOCK,
        "IntEnum": IntEnum,
        "IntFlag": IntFlag,
        "errno": errno,
        "errorTab": getattr(socket, "errorTab", None),
        "io": io,
        "os": os,
        "selectors": selectors,
        "sys": sys,
    }
    mine = vars(sockcore)
    names = {name: value for name, value in private.items() if hasattr(socket, name) and name not in mine}
    names["__all__"] = [name for name in socket.__all__ if name in mine or name in names]
    names.update(timeout=_exceptions.timeout, SocketType=lower.SocketType)
    return names


def enum_converter(value: int, enum: type[IntEnum]) -> int:
    """Return the member of *enum* with that value, or the value itself if none has."""
    try:
        return enum(value)
    except ValueError:
        return value


def fallback_socketpair(family: int | None = None, type: int | None = None, proto: int = 0) -> tuple[Socket, Socket]:
    """Return two connected TCP sockets.

    The standard module creates such pairs on systems without socketpair(2).

    *family* is AF_INET (the default) or AF_INET6. Raises ValueError for another family, a type other than SOCK_STREAM,
    or a protocol.
    """
    family = sockcore.AF_INET if family is None else family
    if family not in (sockcore.AF_INET, sockcore.AF_INET6):
        raise ValueError("Only AF_INET and AF_INET6 socket address families are supported")
    sock_type = sockcore.SOCK_STREAM if type is None else type
    return registry().family(int(family), proto).pair(int(sock_type), proto)


def _lower_socketpair(
    family: int | None = None, type: int = _SOCK_STREAM, proto: int = 0
) -> tuple[BaseSocket, BaseSocket]:
    """Return a pair of connected sockets of the lower level.

    The upper level's function is not used, because programs may replace it.
    """
    number = addresses.default_family("socketpair") if family is None else int(family)
    registry().refuse_blocked(number)
    assert backend.socketpair is not None
    first, second = backend.socketpair(number, int(type), int(proto))
    try:
        one = BaseSocket(number, type, proto, first)
    except BaseException:
        backend.close(first)
        backend.close(second)
        raise
    try:
        return one, BaseSocket(number, type, proto, second)
    except BaseException:
        one.close()
        backend.close(second)
        raise
