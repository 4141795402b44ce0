"""Functions of <netdb.h> that answer in a struct with pointers, through ctypes.

1. A reentrant function gets the memory for its answer, so that no lock is needed.
2. Every other function answers in static data. A thread holds a lock while it calls one and copies the answer.
3. A signal handler or a finalizer may call a function while its own thread does this. It does not wait for the lock,
   and the interrupted call is made again.
4. A forked child gets a new lock: a thread that the child does not have may have held the old one.

Winsock has a place for the answer of each thread: ``hostent`` calls it without a lock.
"""

from __future__ import annotations

import errno
import os
from ctypes import byref, c_int, c_size_t, c_void_p, create_string_buffer
from threading import RLock

from sockcore.plugin import Any, Callable, libc_function, system_name

#: A call: a function that copies the answer (None if nothing was found), and the arguments. The result is that of the
#: copying function, and the value of h_errno.
Call = Callable[..., "tuple[Any, int]"]

#: Systems whose headers declare the reentrant functions with these parameters. NetBSD's library has others.
_REENTRANT = ("linux", "freebsd")
#: Bytes for the answer of a reentrant function.
FIRST_SIZE, LAST_SIZE = 1 << 10, 1 << 20

_lock = RLock()
#: The latest call of a function with static data.
_latest = object()


def _renew_lock() -> None:
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def best_call(name: str, argtypes: tuple[Any, ...], structure: Any, h_errno: Callable[[], int] | None = None) -> Call:
    """Return the call of a function: reentrant if the system has that form. *h_errno* reads the error of a host."""
    if system_name() in _REENTRANT:
        try:
            return reentrant_call(name, argtypes, structure, h_errno is not None)
        except AttributeError:  # musl lacks getprotobyname_r
            pass
    return static_call(name, argtypes, structure, h_errno)


def reentrant_call(name: str, argtypes: tuple[Any, ...], structure: Any, has_h_errno: bool) -> Call:
    """Return the call of a function's reentrant form; AttributeError if the C library lacks it."""
    last = (c_void_p,) * (1 + has_h_errno)
    function = libc_function(f"{name}_r", c_int, *argtypes, c_void_p, c_void_p, c_size_t, *last)

    def call(copy: Callable[[Any], Any], *arguments: object) -> tuple[Any, int]:
        answer, result, number = structure(), c_void_p(), c_int()
        more = (byref(number),) if has_h_errno else ()
        size = FIRST_SIZE
        while True:
            buffer = create_string_buffer(size)
            code: int = function(*arguments, byref(answer), buffer, size, byref(result), *more)
            if code != errno.ERANGE or size > LAST_SIZE:
                return copy(answer if result else None), number.value
            size *= 4

    return call


def static_call(name: str, argtypes: tuple[Any, ...], structure: Any, h_errno: Callable[[], int] | None) -> Call:
    """Return the call of a function that answers in static data."""
    function = libc_function(name, c_void_p, *argtypes)

    def call(copy: Callable[[Any], Any], *arguments: object) -> tuple[Any, int]:
        global _latest
        with _lock:
            while True:
                this = _latest = object()
                address = function(*arguments)
                copied = copy(structure.from_address(address) if address else None)
                number = 0 if address or h_errno is None else h_errno()
                if _latest is this:
                    return copied, number

    return call
