"""``__module__`` of the public classes, for ``repr``, tracebacks and pickles: ``socket`` while sockcore stands in.

1. The classes that the standard module has too are those of ``socket``. A pickle of an enum member or an exception
   can then be read where the standard module is in use, as the standard module's own can be read here.
2. Classes that only sockcore has (RawAddress) keep its name: the standard module could not find them.
3. The lower class is that of ``_socket``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

#: Class -> the name of its module before.
_renamed: dict[type, str] = {}


def adopt(sockcore: ModuleType, socket: ModuleType, lower: ModuleType) -> None:
    """Rename the classes of *sockcore* that *socket*, the standard module, has, and the class of *lower*."""
    for name in vars(socket):
        value = vars(sockcore).get(name)
        if isinstance(value, type) and value.__module__ == "sockcore":
            _rename(value, "socket")
    _rename(lower.SocketType, "_socket")


def release() -> None:
    """Undo :func:`adopt`."""
    for cls, module in _renamed.items():
        cls.__module__ = module
    _renamed.clear()


def _rename(cls: type, module: str) -> None:
    _renamed[cls] = cls.__module__
    cls.__module__ = module
