"""Thread-safe calls, through ctypes, of <netdb.h> functions that return pointers to structs.

1. A reentrant function writes its result into memory of the caller, and does not need a lock.
2. Other functions return pointers to static data. A thread holds a lock while it calls such a function and copies the
   result.
3. A signal handler or a finalizer may call a function while its own thread holds the lock. The lock is recursive, so
   the thread does not wait for itself. The interrupted call is then repeated.
4. A forked child creates a new lock, because a thread that does not exist in the child may hold the old one.

Winsock has static data for each thread. :mod:`sockcore_inet.hostent` calls its functions without a lock.
"""

from __future__ import annotations

import errno
import os
from ctypes import byref, c_int, c_size_t, c_void_p, create_string_buffer
from threading import RLock

from sockcore.plugin import Any, Callable, libc_function, system_name

#: The type of a call. Its first argument is a function that copies the result (None if nothing was found), and the
#: other arguments are those of the C function. It returns the copy and the value of h_errno.
Call = Callable[..., "tuple[Any, int]"]

#: Systems whose headers declare reentrant functions with these parameters. On NetBSD they have other parameters.
_REENTRANT_SYSTEMS = ("linux", "freebsd")
#: Buffer sizes for the result of a reentrant function, in bytes: from FIRST_SIZE to 4 * LAST_SIZE.
FIRST_SIZE, LAST_SIZE = 1 << 10, 1 << 20

_lock = RLock()
#: Identifies the latest call of a function with static data.
_latest_call = object()


def _renew_lock() -> None:
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def make_call(name: str, argtypes: tuple[Any, ...], structure: Any, h_errno: Callable[[], int] | None = None) -> Call:
    """Create a call of the function *name*, reentrant if the system has that form.

    *h_errno* reads the error number of the functions that look up hosts.
    """
    if system_name() in _REENTRANT_SYSTEMS:
        try:
            return make_reentrant_call(name, argtypes, structure, h_errno is not None)
        except AttributeError:  # musl lacks getprotobyname_r
            pass
    return make_static_call(name, argtypes, structure, h_errno)


def make_reentrant_call(name: str, argtypes: tuple[Any, ...], structure: Any, has_h_errno: bool) -> Call:
    """Create a call of the reentrant form of a function.

    Raises AttributeError if the C library lacks it.
    """
    outputs = (c_void_p,) * (1 + has_h_errno)
    function = libc_function(f"{name}_r", c_int, *argtypes, c_void_p, c_void_p, c_size_t, *outputs)

    def call(copy: Callable[[Any], Any], *arguments: object) -> tuple[Any, int]:
        answer, result, number = structure(), c_void_p(), c_int()
        h_errno_argument = (byref(number),) if has_h_errno else ()
        size = FIRST_SIZE
        while True:
            buffer = create_string_buffer(size)
            code: int = function(*arguments, byref(answer), buffer, size, byref(result), *h_errno_argument)
            if code != errno.ERANGE or size > LAST_SIZE:
                return copy(answer if result else None), number.value
            size *= 4

    return call


def make_static_call(name: str, argtypes: tuple[Any, ...], structure: Any, h_errno: Callable[[], int] | None) -> Call:
    """Create a call of a function that returns a pointer to static data."""
    function = libc_function(name, c_void_p, *argtypes)

    def call(copy: Callable[[Any], Any], *arguments: object) -> tuple[Any, int]:
        global _latest_call
        with _lock:
            while True:
                this_call = _latest_call = object()
                address = function(*arguments)
                copied = copy(structure.from_address(address) if address else None)
                number = 0 if address or h_errno is None else h_errno()
                if _latest_call is this_call:
                    return copied, number

    return call
