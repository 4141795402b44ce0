"""The socket object: the public class, and the two implementations of the class below it.

This module has the implementation of BaseSocket in this process, in C or in Python.
"""

from __future__ import annotations

from types import ModuleType

from sockcore import _timeouts
from sockcore._plugins import discovery
from sockcore._plugins.registry import on_change
from sockcore._system import native
from sockcore._types import Any

TYPE_CHECKING = False


def set_class_attribute(name: str, value: Any) -> None:
    """Set a method or another attribute of BaseSocket, even if it is in C.

    Programs cannot change the class in C.
    """
    if native:
        native.set_class_attribute(name, value)
    else:
        setattr(BaseSocket, name, value)


def delete_class_attribute(name: str) -> None:
    """Delete an attribute that :func:`set_class_attribute` has added."""
    if native:
        native.delete_class_attribute(name)
    else:
        delattr(BaseSocket, name)


def load_native_class(module: ModuleType) -> Any:
    """Return the BaseSocket of the C module.

    Loads its rules, and registers the functions that update its state.
    """
    module.load_rules()
    _timeouts.store_default_in(module)
    on_change.append(module.clear_templates)
    discovery.when_loaded(lambda _: module.clear_templates())
    return module.BaseSocket


if TYPE_CHECKING:
    from sockcore._sockets.base import BaseSocket as BaseSocket
    from sockcore._sockets.base import socket_from_fd as socket_from_fd
elif native:
    BaseSocket = load_native_class(native)
    socket_from_fd = native.socket_from_fd
else:
    from sockcore._sockets.base import BaseSocket, socket_from_fd

__all__ = ["BaseSocket", "delete_class_attribute", "set_class_attribute", "socket_from_fd"]
