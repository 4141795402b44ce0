"""The backend for system calls: read its name, or choose it before the first socket.

This module is an addition to the standard library. ``native`` is written in C, and available if the distribution was
built with a compiler. ``pure`` is written in Python, over ``ctypes``. The environment variable ``SOCKCORE_BACKEND``
also selects a backend.
"""

from __future__ import annotations

import os
import sys

from sockcore import _names
from sockcore._exceptions import check_type

__all__ = ["available", "choose", "current"]

_NATIVE = "sockcore._native"
_SELECTION = "sockcore._system"
#: The result of :func:`available`, cached because the modules cannot be found any more after chroot(2).
_available: list[str] = []


def available() -> list[str]:
    """Return the names of the available backends, the preferred one first."""
    if not _available:
        find_spec = _names.import_module("importlib.util").find_spec
        _available.extend(["native", "pure"] if find_spec(_NATIVE) else ["pure"])
    return list(_available)


def current() -> str:
    """Return the name of the backend of this process.

    Selects one if none is in use. Raises ImportError if no backend can be loaded.
    """
    from sockcore._system import native

    return "native" if native else "pure"


def choose(name: str) -> None:
    """Select the backend of this process.

    Raises TypeError if *name* is not a str, ValueError if it is not in :func:`available`, and RuntimeError if another
    backend is in use.
    """
    check_type("choose(): name", name, str, "a str")
    if name not in available():
        raise ValueError(f"choose() takes one of {available()}, not {name!r}")
    os.environ["SOCKCORE_BACKEND"] = name  # for processes that this one starts
    _names.requested_backend = name
    if _SELECTION in sys.modules and current() != name:
        raise RuntimeError(f"the {current()} backend is in use: choose before anything else of sockcore is used")
