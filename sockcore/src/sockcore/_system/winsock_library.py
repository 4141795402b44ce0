"""Winsock through ctypes: functions by name, and the errors of a call.

1. A call's error is WSAGetLastError, which is GetLastError of the thread: ctypes keeps it beside each call. As with
   errno, :func:`failure` puts back what was there before, for a signal's handler that makes calls of its own.
2. ``SOCKCORE_WINSOCK`` names a DLL to be used in place of ``ws2_32.dll``: one that has, for tests, what this Winsock
   lacks. Every function of Winsock is looked for in it. ``python -E`` and ``-I`` ignore the variable.
3. Winsock is started once, and stopped by the end of the process: threads may still be within it before that.
"""

from __future__ import annotations

import ctypes
import sys

from sockcore._exceptions import from_errno
from sockcore._names import environment
from sockcore._types import Any

#: A socket, a handle: unsigned, as wide as a pointer.
SOCKET = ctypes.c_size_t

_VERSION = 0x0202  # 2.2, the last one
_WSADATA_SIZE = 512  # more than any struct WSAData has

_libraries: dict[str, Any] = {}

if sys.platform == "win32":
    save_error = ctypes.get_last_error

    def _load(name: str) -> Any:
        if name not in _libraries:
            path = (environment("SOCKCORE_WINSOCK") or "") if name == "ws2_32" else ""
            try:
                _libraries[name] = ctypes.WinDLL(path or name, use_last_error=True)
            except OSError as exc:
                if not path:
                    raise
                raise ImportError(f"SOCKCORE_WINSOCK names {path!r}, which cannot be loaded: {exc}") from exc
        return _libraries[name]

    def last_errno(previous: int) -> int:
        """Return the error of the call that just failed, and put back *previous*, which was there before it."""
        number = ctypes.get_last_error()
        ctypes.set_last_error(previous)
        return number

else:

    def save_error() -> int:
        """Return the error of the last call that failed."""
        raise NotImplementedError("Winsock is Windows'")

    def _load(name: str) -> Any:
        raise NotImplementedError("Winsock is Windows'")

    def last_errno(previous: int) -> int:
        """Return the error of the call that just failed, and put back *previous*, which was there before it."""
        raise NotImplementedError("Winsock is Windows'")


def function(name: str, restype: Any, *argtypes: Any, library: str = "ws2_32") -> Any:
    """Return the function *name* of a library of Windows; AttributeError if the library lacks it."""
    try:
        foreign_function = _load(library)[name]  # a new object at each call: nobody else's declarations are touched
    except AttributeError:
        raise AttributeError(f"{_libraries[library]._name!r} has no function {name}") from None
    foreign_function.restype = restype
    foreign_function.argtypes = argtypes
    return foreign_function


#: A plugin's name for it.
named_function = function


def failure(previous: int) -> OSError:
    """Return the OSError of the call that just failed; *previous* is as for :func:`last_errno`."""
    return from_errno(last_errno(previous))


def start() -> None:
    """WSAStartup: OSError where there is no Winsock 2.2."""
    startup = function("WSAStartup", ctypes.c_int, ctypes.c_ushort, ctypes.c_void_p)
    number: int = startup(_VERSION, (ctypes.c_char * _WSADATA_SIZE)())  # the error is what it returns
    if number:
        raise from_errno(number)
