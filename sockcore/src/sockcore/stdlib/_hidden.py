"""Methods that the standard socket lacks on this system, hidden from who asks the class while sockcore stands in.

On Windows it has no ``sendmsg``. A program that finds one there takes the system for another: asyncio asks
``os.sysconf`` next, which Windows has not either. Sockets themselves keep these methods.
"""

from __future__ import annotations

from sockcore._sockets.implementation import BaseSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("recvmsg", "recvmsg_into", "sendmsg")
_hidden: dict[str, Any] = {}


class _OfInstances:
    """A method that a class seems not to have."""

    def __init__(self, name: str, method: Any) -> None:
        self._name = name
        self._method = method

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        return self._method.__get__(instance, owner)


def hide(standard: Any) -> None:
    """Hide from the class what *standard*, the class of the standard module, lacks."""
    for name in _NAMES:
        if not hasattr(standard, name):
            _hidden[name] = vars(BaseSocket)[name]
            setattr(BaseSocket, name, _OfInstances(name, _hidden[name]))


def show() -> None:
    """Undo :func:`hide`."""
    for name, method in _hidden.items():
        setattr(BaseSocket, name, method)
    _hidden.clear()
