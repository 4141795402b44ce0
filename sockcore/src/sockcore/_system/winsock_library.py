"""Winsock through ctypes: functions by name, and the error of a call.

1. The error of a call is WSAGetLastError, which is GetLastError of the thread. ctypes saves it after each call. As with
   errno, :func:`failure` restores the previous value, for a signal handler that makes calls itself.
2. ``SOCKCORE_WINSOCK`` names a DLL that replaces ``ws2_32.dll``. Tests use one with functions that this Winsock lacks.
   Every function of Winsock is looked up in it. ``python -E`` and ``-I`` ignore the variable.
3. Winsock is started once, and stopped by the end of the process, because threads may use it until then.
"""

from __future__ import annotations

import ctypes
import sys

from sockcore._exceptions import from_errno
from sockcore._names import environment
from sockcore._types import Any

#: The type of a socket handle: unsigned, with the width of a pointer.
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
        """Return the error of the call that has just failed, and restore *previous*."""
        number = ctypes.get_last_error()
        ctypes.set_last_error(previous)
        return number

else:

    def save_error() -> int:
        """Return the error of the last call that failed."""
        raise NotImplementedError("Winsock exists only on Windows")

    def _load(name: str) -> Any:
        raise NotImplementedError("Winsock exists only on Windows")

    def last_errno(previous: int) -> int:
        """Return the error of the call that has just failed, and restore *previous*."""
        raise NotImplementedError("Winsock exists only on Windows")


def function(name: str, restype: Any, *argtypes: Any, library: str = "ws2_32") -> Any:
    """Return a function of a Windows library with declared types.

    Raises AttributeError if it does not exist.
    """
    try:
        foreign_function = _load(library)[name]  # a new object, so that other declarations stay as they are
    except AttributeError:
        raise AttributeError(f"{_libraries[library]._name!r} has no function {name}") from None
    foreign_function.restype = restype
    foreign_function.argtypes = argtypes
    return foreign_function


#: The name in sockcore.plugin.
named_function = function


def failure(previous: int) -> OSError:
    """Return the OSError for the call that just failed; restore the error *previous*."""
    return from_errno(last_errno(previous))


def start() -> None:
    """Call WSAStartup. Raises OSError if Winsock 2.2 is not available."""
    startup = function("WSAStartup", ctypes.c_int, ctypes.c_ushort, ctypes.c_void_p)
    number: int = startup(_VERSION, (ctypes.c_char * _WSADATA_SIZE)())  # it returns the error
    if number:
        raise from_errno(number)
