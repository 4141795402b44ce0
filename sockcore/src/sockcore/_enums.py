"""The enums of the module: made when first asked for, of whatever the registry has by then.

They are made by the interpreter's own converter of constants, so that their words and pickles are those of its
standard module.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock
from enum import IntEnum, IntFlag

from sockcore._registry.discovery import is_loaded, registry, when_loaded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore._registry.registry import Registry

#: Enum -> its base and the beginning of its members' names.
ENUMS: dict[str, tuple[Any, str]] = {
    "AddressFamily": (IntEnum, "AF_"),
    "SocketKind": (IntEnum, "SOCK_"),
    "MsgFlag": (IntFlag, "MSG_"),
    "AddressInfo": (IntFlag, "AI_"),
}


class _Source:
    """A stand-in for a module, whose ``__dict__`` the converter reads."""


_made: dict[str, Any] = {}
_lock = allocate_lock()


def enum(kind: str) -> Any:
    """Return the enum class named *kind*, a key of :data:`ENUMS`."""
    if kind not in _made:
        names = registry().names  # before the lock: it may wait for the thread that loads the plugins
        with _lock:
            if kind not in _made:
                _made[kind] = _make(kind, names)
    return _made[kind]


def _make(kind: str, names: dict[str, Any]) -> Any:
    base, beginning = ENUMS[kind]
    source = _Source()
    source.__dict__.update((name, int(value)) for name, value in names.items() if _is_member(name, beginning))
    if not is_loaded():
        when_loaded(_forget)
    if not vars(source):
        # The converter of some Pythons refuses to make an enum without members.
        face = vars(sys.modules["sockcore"])
        face[kind] = base(kind, (), module="sockcore")
        return face[kind]
    # It puts class and members into the globals of the module that it is told: the public face.
    return base._convert_(kind, "sockcore", lambda name: _is_member(name, beginning), source)


def _forget(_: Registry) -> None:
    """Forget enums that were made for a plugin while others were still to come."""
    face = vars(sys.modules["sockcore"])
    while _made:
        kind, early = _made.popitem()
        for name in (kind, *early.__members__):
            face.pop(name, None)


def enum_of(name: str) -> str | None:
    """Return which enum the constant *name* is a member of, None if of none."""
    for kind, (_, beginning) in ENUMS.items():
        if _is_member(name, beginning):
            return kind
    return None


def _is_member(name: str, beginning: str) -> bool:
    # AF_DECnet is no member: it never was one.
    return name.startswith(beginning) and name.isupper()


def as_family(number: int) -> int:
    """Return the AddressFamily of a number, or the number where no plugin names it."""
    return _member("AddressFamily", number)


def as_kind(number: int) -> int:
    """Return the SocketKind of a number, or the number."""
    return _member("SocketKind", number)


def as_address_info(number: int) -> int:
    """Return the AddressInfo of a number."""
    return _member("AddressInfo", number)


def _member(kind: str, number: int) -> int:
    if kind not in _made and "sockcore" not in sys.modules:
        return number  # the interpreter is going down, and a socket is being told about
    try:
        found: int = enum(kind)(number)
    except (ValueError, TypeError):  # TypeError: an enum without members
        return number
    return found
