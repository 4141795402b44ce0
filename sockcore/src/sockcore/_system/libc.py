"""The C library through ctypes: functions by name, and errno.

A signal handler may run between a call and the reading of its errno, and may make calls itself. ctypes keeps one errno
for each thread. :func:`save_error` therefore returns the errno before a call, and :func:`failure` restores it, so that
a call within a handler does not affect the interrupted call.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import get_errno, set_errno

from sockcore._exceptions import from_errno
from sockcore._platform import system_name
from sockcore._system.structs import SYMBOLS as SYMBOLS
from sockcore._types import Any

save_error = get_errno

PYPY = sys.implementation.name == "pypy"

#: The conversion of an argument of :func:`quick_function` that is wider than a C int.
size_t: Any = int if PYPY else ctypes.c_size_t

_symbols = SYMBOLS.get(system_name(), {})

library = ctypes.CDLL(None, use_errno=True)
#: The same library for functions that never wait. They are faster if they keep the GIL.
library_at_once = library if PYPY else ctypes.PyDLL(None, use_errno=True)


def function(name: str, restype: Any, *argtypes: Any, library: Any = library) -> Any:
    """Return a function of the C library with declared types.

    Raises AttributeError if it does not exist.
    """
    # A subscription returns a new object, so that declarations elsewhere stay as they are.
    foreign_function = library[_symbols.get(name, name)]
    foreign_function.restype = restype
    foreign_function.argtypes = argtypes
    return foreign_function


def named_function(name: str, restype: Any, *argtypes: Any, library: str = "") -> Any:
    """Return a function of the C library with declared types.

    *library* is only used on Windows. Raises AttributeError if the library does not have the function.
    """
    return function(name, restype, *argtypes)


def quick_function(name: str, restype: Any, *argtypes: Any, library: Any = library) -> Any:
    """Return a function like :func:`function`, for frequent calls.

    The arguments must be ints, bytes, None, and arrays and references of ctypes. CPython passes these without a
    declaration in two thirds of the time. An argument wider than an int must then be a :data:`size_t`, and a pointer
    must not be a number. PyPy is faster with a declaration.
    """
    foreign_function = function(name, restype, *argtypes, library=library)
    if not PYPY:
        foreign_function.argtypes = None
    return foreign_function


def last_errno(previous: int) -> int:
    """Return the errno of the call that has just failed, and restore *previous*."""
    number = get_errno()
    set_errno(previous)
    return number


def failure(previous: int) -> OSError:
    """Return the OSError for the call that just failed; restore errno *previous*."""
    return from_errno(last_errno(previous))
