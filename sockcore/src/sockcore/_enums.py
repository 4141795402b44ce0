"""The enums of the module, created at first use from the constants in the registry.

They are created by ``IntEnum._convert_()``, as in the standard module, so that their representations and pickles match
those of that module.

There is no lock, because finalizers, signal handlers and ``repr`` use the enums at any moment. Two threads, or a
function and the finalizer that interrupts it, may create the same enum at once. The registry keeps the first, and
discards the other.
"""

from __future__ import annotations

import sys
from enum import IntEnum, IntFlag
from types import SimpleNamespace

from sockcore._names import is_running, public_module
from sockcore._plugins.discovery import is_published, registry
from sockcore._plugins.registry import Registry
from sockcore._types import AddressFamily, Any, SocketKind

#: Enum -> its base class, and the prefix of its members.
ENUMS: dict[str, tuple[Any, str]] = {
    "AddressFamily": (IntEnum, "AF_"),
    "SocketKind": (IntEnum, "SOCK_"),
    "MsgFlag": (IntFlag, "MSG_"),
    "AddressInfo": (IntFlag, "AI_"),
}


#: The enums of the complete registry. Bound: one for each key of ENUMS.
_complete_enums: dict[str, Any] = {}
#: Members of these enums by number, at most all of them: a lookup in the enum itself takes 0.4 µs.
_families: dict[int, AddressFamily] = {}
_types: dict[int, SocketKind] = {}
_members: dict[str, dict[int, Any]] = {"AddressFamily": _families, "SocketKind": _types}


def enum(enum_name: str, source: Registry) -> Any:
    """Return an enum class with the constants in a registry.

    *enum_name* is a key of :data:`ENUMS`.

    While plugins are loaded, their registry and its enums are incomplete. The complete registry has enums of its own.
    """
    enum_class = source.enums.get(enum_name)
    if enum_class is None:
        enum_class = source.enums.setdefault(enum_name, _create_enum(enum_name, source.names))
        if is_published(source):
            _complete_enums[enum_name] = enum_class
    return enum_class


def _create_enum(enum_name: str, names: dict[str, Any]) -> Any:
    base, prefix = ENUMS[enum_name]
    source = SimpleNamespace()  # the converter reads its __dict__, like that of a module
    members = vars(source)
    names = names.copy()  # another thread may remove a plugin
    # A search for the prefix in one text finds the members in a tenth of the time of a test of each name.
    _, *ends = ("\n" + "\n".join(names)).split("\n" + prefix)
    found = [prefix + end.partition("\n")[0] for end in ends]
    members.update({name: int(names[name]) for name in found if _is_member(name, prefix)})
    if not members:
        # The converter of some Pythons refuses to make an enum without members.
        return base(enum_name, (), module=public_module())
    # The converter adds the class and its members to the globals of the named module. That is this module, because the
    # registry may keep a class of another thread.
    enum_class = base._convert_(enum_name, __name__, members.__contains__, source)
    enum_class.__module__ = public_module()
    return enum_class


def enum_of(name: str) -> str | None:
    """Return the name of the enum that a constant belongs to, or None."""
    for enum_name, (_, prefix) in ENUMS.items():
        if _is_member(name, prefix):
            return enum_name
    return None


def _is_member(name: str, prefix: str) -> bool:
    # AF_DECnet has never been a member.
    return name.startswith(prefix) and name.isupper()


def clear_enums() -> None:
    """Discard the enums.

    The next use creates them again, with the constants of a plugin that was loaded later.
    """
    _complete_enums.clear()
    for members in _members.values():
        members.clear()
    public = vars(sys.modules["sockcore"])
    for name in list(public):
        if name in ENUMS or enum_of(name):
            public.pop(name, None)


def as_family(number: int) -> AddressFamily:
    """Return the AddressFamily of a number, or the number if no plugin registers it."""
    member: AddressFamily = _families.get(number) or _member("AddressFamily", number)
    return member


def as_kind(number: int) -> SocketKind:
    """Return the SocketKind of a number, or the number if it has none."""
    member: SocketKind = _types.get(number) or _member("SocketKind", number)
    return member


def as_address_info(number: int) -> int:
    """Return the AddressInfo of a number, or the number if it has none."""
    member: int = _member("AddressInfo", number)
    return member


def _member(enum_name: str, number: int) -> Any:
    enum_class = _complete_enums.get(enum_name)
    if enum_class is None:
        if __name__ not in sys.modules or is_running(_create_enum.__code__):
            # The interpreter is shutting down, or this finalizer or signal handler has interrupted _create_enum().
            return number
        enum_class = enum(enum_name, registry())
    try:
        member: int = enum_class(number)
    except (ValueError, TypeError):  # TypeError: an enum without members
        return number
    if enum_name in _members and _complete_enums.get(enum_name) is enum_class:
        _members[enum_name][number] = member
    return member
