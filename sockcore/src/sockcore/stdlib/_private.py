"""Names of the standard module that are not in its manual, but that programs and its own tests use.

Lent to sockcore while it stands in: those that the standard module of this Python has, and sockcore has not; and
``SocketType``, which the manual calls the type of a socket, and which is its base class in the standard module.
"""

from __future__ import annotations

import errno
import io
import os
import selectors
import sys
from enum import IntEnum, IntFlag

from sockcore import _exceptions
from sockcore.stdlib import _loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

#: Name -> what sockcore had in its place, None for nothing.
_lent: dict[str, Any] = {}


def lend(sockcore: ModuleType, socket: ModuleType, lower: ModuleType) -> None:
    """Put into *sockcore* what *socket*, the standard module, has beyond it. *lower* stands in for ``_socket``."""
    names: dict[str, Any] = {
        "_socket": lower,
        "CAPI": getattr(lower, "CAPI", None),
        "_LOCALHOST": _loopback.LOCALHOST,
        "_LOCALHOST_V6": _loopback.LOCALHOST_V6,
        "_fallback_socketpair": _loopback.socketpair,
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
    for name, value in names.items():
        if hasattr(socket, name) and name not in mine:
            _lent[name] = None
            mine[name] = value
    # CPython's list contains most names of _socket, such as CAPI.
    _lent["__all__"] = None
    mine["__all__"] = [name for name in socket.__all__ if name in mine]
    # Before Python 3.10 it is a class, to which eventlet adds an attribute. The alias of TimeoutError refuses that.
    _lent["timeout"] = sockcore.timeout
    mine["timeout"] = _exceptions.timeout
    _lent["SocketType"] = sockcore.SocketType
    mine["SocketType"] = lower.SocketType


def take_back(sockcore: ModuleType) -> None:
    """Undo :func:`lend`."""
    for name, before in _lent.items():
        if before is None:
            vars(sockcore).pop(name, None)
        else:
            vars(sockcore)[name] = before
    _lent.clear()


def enum_converter(value: int, enum: type[IntEnum]) -> int:
    """Return the member of *enum* with that value, the value itself if there is none."""
    try:
        return enum(value)
    except ValueError:
        return value
