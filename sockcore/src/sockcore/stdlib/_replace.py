"""Replacing the standard modules with sockcore, and undoing it.

1. Everything that needs the original modules is imported first: ``ssl``, whose C code derives a class from that of
   ``_socket``, and, by the discovery, ``importlib.metadata``, which imports ``socket`` on some Pythons.
2. ``sys.modules["socket"]`` is then the module ``sockcore`` itself, so that a function patched in one is patched in
   both. ``sys.modules["_socket"]`` is a module that has integers where sockcore has enum members.
3. Modules that were imported earlier keep the original modules.
4. All changes are undone by one ExitStack. The undo of a change is registered before the change is made. So a
   replacement that fails or is interrupted at any point is undone completely.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from functools import partial

from sockcore import _exceptions, _names
from sockcore._plugins.discovery import registry
from sockcore._sockets import BaseSocket, set_class_attribute
from sockcore.stdlib import _handover, _stand_ins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

#: Methods that the standard class lacks on Windows.
_HIDDEN_METHODS = ("recvmsg", "recvmsg_into", "sendmsg")

#: The undo of all changes; empty while nothing is replaced.
_undo = ExitStack()


def replace() -> None:
    """Replace ``socket`` and ``_socket`` with sockcore in this process.

    All modules that are imported afterwards use sockcore. Calls :func:`sockcore.preload`, and raises its exceptions:
    nothing is replaced then. A second call does nothing. Do not call this while other threads import modules.
    """
    if is_replaced():
        return
    import sockcore

    sockcore.preload()  # all names are then in the module's __dict__, where programs may look for them
    socket, lower = _handover.original("socket"), _handover.original("_socket")
    try:
        import ssl  # noqa: F401
    except ImportError:  # a Python built without it
        pass
    try:
        _change(_undo, sockcore, socket, lower)
    except BaseException:
        _undo.close()
        raise


def restore() -> None:
    """Undo :func:`replace`, for tests.

    Modules that were imported in between keep sockcore.
    """
    _undo.close()


def is_replaced() -> bool:
    """Return True if sockcore replaces the standard modules."""
    return bool(_handover.replaced)


def _change(undo: ExitStack, sockcore: ModuleType, socket: ModuleType, lower: ModuleType) -> None:
    undo.callback(_handover.replaced.clear)
    _handover.replaced.update(socket=socket, _socket=lower)
    change_exceptions(undo, lower)
    stand_in = _stand_ins.lower_module(socket, lower)
    for name, value in _stand_ins.added_names(socket, stand_in).items():
        _set_item(undo, vars(sockcore), name, value)
    hide_methods(undo, lower.socket)
    change_module_names(undo, sockcore, socket, stand_in)
    _set_item(undo, sys.modules, "socket", sockcore)
    _set_item(undo, sys.modules, "_socket", stand_in)
    undo.callback(_names.set_follows_interpreter, False)
    _names.set_follows_interpreter(True)
    if "multiprocessing.reduction" in sys.modules:
        # It has registered the original class only.
        undo.callback(_handover.remove_reducer, _reduce)
        _handover.register_reducer(_reduce)


def _reduce(sock: Any) -> Any:
    # Not reduce_socket: restore() must not remove the function that enable_multiprocessing() registered.
    return _handover.reduce_socket(sock)


def change_exceptions(undo: ExitStack, lower: ModuleType) -> None:
    """Make the exceptions of *lower* (standard ``_socket``) subclasses of sockcore's.

    Standard C code still raises them (``ssl``, whose sockets are those of the standard module). A program that runs on
    sockcore has to catch both with ``except socket.gaierror``, and matching looks at base classes only.
    """
    _set_bases(undo, lower.gaierror, _exceptions.gaierror)
    _set_bases(undo, lower.herror, _exceptions.herror)
    if lower.timeout is not TimeoutError:
        # Before Python 3.10, programs catch a class of the module itself, and ssl raises it.
        _set_bases(undo, lower.timeout, TimeoutError)
        undo.callback(_exceptions.adopt_timeout, _exceptions.timeout)
        _exceptions.adopt_timeout(lower.timeout)


def hide_methods(undo: ExitStack, standard: Any) -> None:
    """Hide the methods that *standard*, the class of the standard module, lacks.

    Instances keep them. On Windows the class has no ``sendmsg``. If asyncio finds one, it calls ``os.sysconf``, which
    Windows lacks.
    """
    for name in _HIDDEN_METHODS:
        if not hasattr(standard, name):
            method = vars(BaseSocket)[name]
            undo.callback(set_class_attribute, name, method)
            set_class_attribute(name, _InstanceMethod(name, method))


class _InstanceMethod:
    """A method that instances have and that the class does not seem to have."""

    def __init__(self, name: str, method: Any) -> None:
        self._name = name
        self._method = method

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        return self._method.__get__(instance, owner)


def change_module_names(undo: ExitStack, sockcore: ModuleType, socket: ModuleType, lower: ModuleType) -> None:
    """Set ``__module__`` of the public classes, for ``repr``, tracebacks and pickles.

    1. Classes that *socket*, the standard module, has get its name. A pickle of an enum member or an exception can then
       be read where the standard module is in use, and the reverse.
    2. Classes that only sockcore has (RawAddress) keep its name: the standard module does not have them.
    3. The lower class gets the name ``_socket``.
    """
    undo.callback(_reset_module_of_enums)
    for name in vars(socket):
        value = vars(sockcore).get(name)
        if isinstance(value, type) and value.__module__ == "sockcore":
            _set_module(undo, value, "socket")
    _set_module(undo, lower.SocketType, "_socket")


def _reset_module_of_enums() -> None:
    # A plugin loaded while sockcore replaces the modules makes new enums.
    for enum in list(registry().enums.values()):
        enum.__module__ = "sockcore"


def _set_module(undo: ExitStack, cls: type, module: str) -> None:
    set_attribute = set_class_attribute if cls is BaseSocket else partial(setattr, cls)
    undo.callback(set_attribute, "__module__", cls.__module__)
    set_attribute("__module__", module)


def _set_bases(undo: ExitStack, cls: type, base: type) -> None:
    undo.callback(_reset_bases, cls, cls.__bases__)
    with suppress(TypeError):  # the classes of some Pythons cannot be changed: the program has to catch OSError
        cls.__bases__ = (base,)


def _reset_bases(cls: type, bases: tuple[type, ...]) -> None:
    if cls.__bases__ != bases:
        cls.__bases__ = bases


def _set_item(undo: ExitStack, mapping: dict[str, Any], key: str, value: object) -> None:
    if key in mapping:
        undo.callback(mapping.__setitem__, key, mapping[key])
    else:
        undo.callback(mapping.pop, key, None)
    mapping[key] = value
