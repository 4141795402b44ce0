"""Selection of the native or the pure implementation of the functions that need the C library.

1. The native functions are used if the extension module was built and this process uses the native backend. Otherwise
   the pure functions call the C library through ctypes.
2. The pure functions are in several modules. Each module is imported when one of its functions is first used.
3. Other modules look up their functions in :data:`functions` when they are imported. After ``sockcore.preload()`` a
   call therefore does not import anything.
4. Text arguments are bytes without a NUL, and addresses are packed. The modules that call these functions check the
   arguments of programs. The functions for byte order, addresses in text and interfaces are public and check their
   arguments themselves.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import Any, extension_module, import_module
from sockcore_inet.constants import CONTRACT

#: Functions in C for arguments of the usual types. They return None for other arguments.
FOR_USUAL_TYPES = (
    *("answers_of_numeric_host", "names_of_tuple", "number_of_protocol", "port_of_service", "service_of_port"),
    *("entry_of_host", "entry_of_name", "set_plain_host_name", "text_of_ipv4_host"),
)
#: Function -> the module with its pure implementation.
PURE_MODULES = {
    **dict.fromkeys(("htonl", "htons", "ntohl", "ntohs"), "conversions"),
    **dict.fromkeys(("inet_aton", "inet_ntoa", "inet_ntop", "inet_pton"), "conversions"),
    **dict.fromkeys(("if_indextoname", "if_nameindex", "if_nametoindex"), "interfaces"),
    "aton": "aton",
    **dict.fromkeys(("gai_error", "getaddrinfo", "getnameinfo"), "addrinfo"),
    **dict.fromkeys(("gethostbyaddr", "gethostbyname"), "hostent"),
    **dict.fromkeys(("getprotobyname", "getservbyname", "getservbyport", "gethostname", "sethostname"), "netdb"),
}


def _handle_no_type(*arguments: object) -> None:
    """Stand for a function of :data:`FOR_USUAL_TYPES`: the caller handles all arguments."""


class PureFunctions:
    """Namespace of the pure functions. Imports each function on first use."""

    def __getattr__(self, name: str) -> Any:
        if name in FOR_USUAL_TYPES:
            return _handle_no_type
        if name not in PURE_MODULES:
            raise AttributeError(name)
        function = getattr(import_module(f"sockcore_inet.{PURE_MODULES[name]}"), name)
        setattr(self, name, function)
        return function


#: The modules whose functions are public.
PUBLIC_MODULES = ("conversions", "interfaces")

#: The extension module, or None.
native: Any = extension_module("sockcore_inet._native", CONTRACT)
pure: Any = PureFunctions()
#: The functions that this process uses.
functions: Any = native or pure

if native and sys.platform != "win32":
    # Another thread of the parent may hold the lock. That thread does not exist in the child.
    os.register_at_fork(after_in_child=native.reset_lock)


def __getattr__(name: str) -> Any:
    """Return a public function."""
    if PURE_MODULES.get(name) not in PUBLIC_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(functions, name)
