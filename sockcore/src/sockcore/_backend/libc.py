"""The C library through ctypes: functions by name, errno, and the address of a buffer.

A signal's handler may run between a call and the reading of its errno, and make calls of its own: ctypes keeps
errno in one place for each thread. :func:`failure` therefore puts back what was there before, which
:func:`before` remembers, so that a call within a handler leaves no trace in the call that it interrupted.
"""

from __future__ import annotations

import ctypes
from ctypes import get_errno, set_errno

from sockcore._errors import from_errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

library = ctypes.CDLL(None, use_errno=True)

before = get_errno


def function(name: str, restype: Any, *argtypes: Any) -> Any:
    """Return the C library's function *name* with its types declared; AttributeError if the library lacks it."""
    found = library[name]  # a new object at each call: nobody else's declarations are touched
    found.restype = restype
    found.argtypes = argtypes
    return found


def last_errno(previous: int) -> int:
    """Return the errno of the call that just failed, and put back *previous*, which was there before it."""
    number = get_errno()
    set_errno(previous)
    return number


def failure(previous: int) -> OSError:
    """Return the OSError of the call that just failed; *previous* is as for :func:`last_errno`."""
    return from_errno(last_errno(previous))


def writable_pointer(view: memoryview) -> Any:
    """Return a ctypes array over a writable, contiguous buffer; it keeps the buffer alive."""
    return (ctypes.c_char * view.nbytes).from_buffer(view)
