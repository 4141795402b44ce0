"""The enums of the module: made when first asked for, of the constants that the registry has by then.

They are made by the interpreter's own converter of constants, so that their words and pickles are those of its
standard module.

Finalizers, signal handlers and ``repr`` come here, at any moment, so there is no lock. Two threads, or a function and
the finalizer that interrupts it, may make the same enum at once: the registry keeps the first, and nothing else sees
the other one.
"""

from __future__ import annotations

import sys
from enum import IntEnum, IntFlag

from sockcore._names import is_running
from sockcore._plugins.discovery import is_published, registry
from sockcore._plugins.registry import Registry
from sockcore._stand_in import public_module
from sockcore._types import Any

#: Enum -> its base and the beginning of its members' names.
ENUMS: dict[str, tuple[Any, str]] = {
    "AddressFamily": (IntEnum, "AF_"),
    "SocketKind": (IntEnum, "SOCK_"),
    "MsgFlag": (IntFlag, "MSG_"),
    "AddressInfo": (IntFlag, "AI_"),
}


class _Source:
    """A stand-in for a module, whose ``__dict__`` the converter reads."""


#: The enums of the complete registry, one for each key of ENUMS.
_complete_enums: dict[str, Any] = {}
#: Members of these enums by number, at most all of them: a lookup in the enum itself takes 0.4 µs.
_families: dict[int, int] = {}
_types: dict[int, int] = {}
_members = {"AddressFamily": _families, "SocketKind": _types}


def enum(enum_name: str, known: Registry) -> Any:
    """Return the enum class named *kind*, a key of :data:`ENUMS`, of the constants in a registry.

    While plugins are being loaded that registry is incomplete, and so is its enum: the complete one has another.
    """
    enum_class = known.enums.get(enum_name)
    if enum_class is None:
        enum_class = known.enums.setdefault(enum_name, _create_enum(enum_name, known.names))
        if is_published(known):
            _complete_enums[enum_name] = enum_class
    return enum_class


def _create_enum(enum_name: str, names: dict[str, Any]) -> Any:
    base, prefix = ENUMS[enum_name]
    source = _Source()
    members = vars(source)
    # Here and not in _is_member(), since there are thousands of names.
    members.update(
        {name: int(value) for name, value in list(names.items()) if name.startswith(prefix) and name.isupper()}
    )
    if not members:
        # The converter of some Pythons refuses to make an enum without members.
        return base(enum_name, (), module=public_module())
    # It puts class and members into the globals of the module that it is told: into this one's, since the class may
    # not be the one that is kept.
    enum_class = base._convert_(enum_name, __name__, members.__contains__, source)
    enum_class.__module__ = public_module()
    return enum_class


def enum_of(name: str) -> str | None:
    """Return which enum the constant *name* is a member of, None if of none."""
    for enum_name, (_, prefix) in ENUMS.items():
        if _is_member(name, prefix):
            return enum_name
    return None


def _is_member(name: str, prefix: str) -> bool:
    # AF_DECnet is no member: it never was one.
    return name.startswith(prefix) and name.isupper()


def clear_enums() -> None:
    """Discard the enums. The next use makes them again, with the constants of a plugin that was loaded later."""
    _complete_enums.clear()
    for members in _members.values():
        members.clear()
    public = vars(sys.modules["sockcore"])
    for name in list(public):
        if name in ENUMS or enum_of(name):
            public.pop(name, None)


def as_family(number: int) -> int:
    """Return the AddressFamily of a number, or the number where no plugin names it."""
    return _families.get(number) or _member("AddressFamily", number)


def as_kind(number: int) -> int:
    """Return the SocketKind of a number, or the number."""
    return _types.get(number) or _member("SocketKind", number)


def as_address_info(number: int) -> int:
    """Return the AddressInfo of a number."""
    return _member("AddressInfo", number)


def _member(enum_name: str, number: int) -> int:
    enum_class = _complete_enums.get(enum_name)
    if enum_class is None:
        if __name__ not in sys.modules or is_running(_create_enum.__code__):
            # The interpreter is going down, or this finalizer or signal handler interrupts the making of an enum.
            return number
        enum_class = enum(enum_name, registry())
    try:
        member: int = enum_class(number)
    except (ValueError, TypeError):  # TypeError: an enum without members
        return number
    if enum_name in _members and _complete_enums.get(enum_name) is enum_class:
        _members[enum_name][number] = member
    return member
