"""The standard modules themselves, also while something else goes by their names."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

#: The standard modules that :func:`sockcore.stdlib.replace` took out of ``sys.modules``, by name.
set_aside: dict[str, ModuleType] = {}


def standard(name: str) -> ModuleType:
    """Return the standard ``'socket'`` or ``'_socket'``, whether replaced or not; ImportError if Python has none."""
    return set_aside.get(name) or import_module(name)


def loaded(name: str) -> ModuleType | None:
    """Return a module if something has imported it by now."""
    return sys.modules.get(name)
