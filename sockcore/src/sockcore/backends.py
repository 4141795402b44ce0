"""Which backend makes the system calls: to see it, and to choose it before the first socket.

An addition to the standard library. ``native`` is C, there where the distribution was built with a compiler; ``pure``
is Python, by ``ctypes``. The environment variable ``SOCKCORE_BACKEND`` chooses too.
"""

from __future__ import annotations

import os
import sys

from sockcore import _names

__all__ = ["available", "choose", "current"]

_NATIVE = "sockcore._native"
_CHOSEN = "sockcore._system.selection"
#: The result of :func:`available`, kept: after chroot(2) nobody could find out.
_available: list[str] = []


def available() -> list[str]:
    """Return the names of the backends that this installation has, the preferred one first."""
    if not _available:
        from importlib.util import find_spec

        _available.extend(["native", "pure"] if find_spec(_NATIVE) else ["pure"])
    return list(_available)


def current() -> str:
    """Return the name of the backend of this process, which is chosen by now."""
    from sockcore._system.selection import native

    return "native" if native else "pure"


def choose(name: str) -> None:
    """Have this process use a backend.

    ValueError if *name* is none that is :func:`available`, RuntimeError if another one is in use already.
    """
    if name not in available():
        raise ValueError(f"choose() takes one of {available()}, not {name!r}")
    os.environ["SOCKCORE_BACKEND"] = name  # for processes that this one starts
    _names.chosen_backend = name
    if _CHOSEN in sys.modules and current() != name:
        raise RuntimeError(f"the {current()} backend is in use: choose before anything else of sockcore is used")
