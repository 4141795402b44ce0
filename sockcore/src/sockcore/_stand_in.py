"""Whether sockcore stands in for the standard module: set by sockcore.stdlib, read by plugins.

The state is in a module of its own, so that a plugin can read it without an import of :mod:`sockcore.stdlib`.
"""

from __future__ import annotations

#: True between sockcore.stdlib.replace() and restore().
_active = False


def follows_interpreter() -> bool:
    """Return True if sockcore stands in for the standard module in this process.

    A program then was written for the interpreter's own module. A function keeps to that module's behaviour, even
    where it differs from the manual.
    """
    return _active


def public_module() -> str:
    """Return the name of the public module: ``'socket'`` under the stand-in, otherwise ``'sockcore'``."""
    return "socket" if _active else "sockcore"


def set_follows_interpreter(active: bool) -> None:
    """Set the result of :func:`follows_interpreter`."""
    global _active
    _active = active
