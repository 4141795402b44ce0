"""Whether sockcore replaces the standard module: set by sockcore.stdlib, read by plugins.

The state has a module to itself, so that a plugin can read it without importing :mod:`sockcore.stdlib`.
"""

from __future__ import annotations

#: True between sockcore.stdlib.replace() and restore().
_active = False


def follows_interpreter() -> bool:
    """Return True if sockcore replaces the standard module in this process.

    The program was then written for the interpreter's own module. Functions match the behaviour of that module, even
    where it differs from the manual.
    """
    return _active


def public_module() -> str:
    """Return the name of the public module.

    It is ``'socket'`` while sockcore replaces it, otherwise ``'sockcore'``.
    """
    return "socket" if _active else "sockcore"


def set_follows_interpreter(active: bool) -> None:
    """Set the result of :func:`follows_interpreter`."""
    global _active
    _active = active
