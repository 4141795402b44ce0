"""The functions that need the C library: in C if the module was built and this process uses C, else through ctypes.

1. The functions in Python are in several modules, which are imported with the first use of one of their functions.
2. Other modules take their functions from :data:`system` when they are imported, so that ``sockcore.preload()``
   leaves nothing to import.
3. Texts are bytes without a NUL, addresses are packed. The rules for the arguments of programs are in the modules that
   use these functions, but for those of byte order and text, which are for programs as they are.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import Any, extension_module, import_module

#: The version of the interface between this package and its C code: native.h.
CONTRACT = 2

#: Function -> the module that has it in Python.
IN_PYTHON = {
    **dict.fromkeys(("htonl", "htons", "ntohl", "ntohs"), "byteorder"),
    **dict.fromkeys(("inet_aton", "inet_ntoa", "inet_ntop", "inet_pton"), "textform"),
    "aton": "textcalls",
    **dict.fromkeys(("gai_error", "getaddrinfo", "getnameinfo", "names_of_tuple"), "addrinfo"),
    **dict.fromkeys(("gethostbyaddr", "gethostbyname"), "hostent"),
    **dict.fromkeys(("getprotobyname", "getservbyname", "getservbyport", "gethostname", "sethostname"), "netdb"),
}


class FunctionsInPython:
    """The functions in Python, each imported when it is first used."""

    def __getattr__(self, name: str) -> Any:
        if name not in IN_PYTHON:
            raise AttributeError(name)
        function = getattr(import_module(f"sockcore_inet.{IN_PYTHON[name]}"), name)
        setattr(self, name, function)
        return function


in_c: Any = extension_module("sockcore_inet._native", CONTRACT)
in_python: Any = FunctionsInPython()
#: The functions that this process uses.
system: Any = in_c or in_python

if in_c and sys.platform != "win32":
    # The child has none of the threads that may have held the lock.
    os.register_at_fork(after_in_child=in_c.reset_lock)


def __getattr__(name: str) -> Any:
    """Return a function for programs, of byte order or text."""
    if IN_PYTHON.get(name) not in ("byteorder", "textform"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(system, name)
