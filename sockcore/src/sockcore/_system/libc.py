"""The C library through ctypes: functions by name, and errno.

A signal's handler may run between a call and the reading of its errno, and make calls of its own: ctypes keeps
errno in one place for each thread. :func:`failure` therefore puts back what was there before, which
:func:`before` remembers, so that a call within a handler leaves no trace in the call that it interrupted.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import get_errno, set_errno

from sockcore._exceptions import from_errno
from sockcore._platform import system_name
from sockcore._types import Any

save_error = get_errno

PYPY = sys.implementation.name == "pypy"

#: How :func:`quick_function` takes a number that is no C int.
size_t: Any = int if PYPY else ctypes.c_size_t

#: What the headers of a system call a function, where it is not the function's own name: that one is an older function.
SYMBOLS = {"netbsd": {"socket": "__socket30"}}
_symbols = SYMBOLS.get(system_name(), {})

library = ctypes.CDLL(None, use_errno=True)
#: The same for what never waits, and costs less if other threads do not run meanwhile.
library_at_once = library if PYPY else ctypes.PyDLL(None, use_errno=True)


def function(name: str, restype: Any, *argtypes: Any, library: Any = library) -> Any:
    """Return the C library's function *name* with its types declared; AttributeError if the library lacks it."""
    foreign_function = library[
        _symbols.get(name, name)
    ]  # a new object at each call: nobody else's declarations are touched
    foreign_function.restype = restype
    foreign_function.argtypes = argtypes
    return foreign_function


def named_function(name: str, restype: Any, *argtypes: Any, library: str = "") -> Any:
    """As :func:`function`; *library* is for Windows, where the system's functions are in several."""
    return function(name, restype, *argtypes)


def quick_function(name: str, restype: Any, *argtypes: Any, library: Any = library) -> Any:
    """As :func:`function`, for what is called often, with ints, bytes, None, and arrays and references of ctypes alone.

    CPython takes these as they come in two thirds of the time that it has for declared ones, if what is wider than
    an int is a :data:`size_t`, and no pointer a number. PyPy is fast by what is declared.
    """
    foreign_function = function(name, restype, *argtypes, library=library)
    if not PYPY:
        foreign_function.argtypes = None
    return foreign_function


def last_errno(previous: int) -> int:
    """Return the errno of the call that just failed, and put back *previous*, which was there before it."""
    number = get_errno()
    set_errno(previous)
    return number


def failure(previous: int) -> OSError:
    """Return the OSError of the call that just failed; *previous* is as for :func:`last_errno`."""
    return from_errno(last_errno(previous))
