"""The standard modules themselves, which :func:`sockcore.stdlib.replace` removes from ``sys.modules``.

Both the replacement and the handover of single sockets need them.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

#: Name -> standard module, of those that are replaced: ``socket`` and ``_socket``, or none.
replaced: dict[str, ModuleType] = {}


def original(name: str) -> ModuleType:
    """Return the standard module ``'socket'`` or ``'_socket'``, replaced or not.

    Raises ImportError if this Python lacks it.
    """
    return replaced.get(name) or import_module(name)
