"""The names of the core, the modules that define them, and the environment variables that choose code."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore._registry.entrypoints import Plugin


#: The default path of the startup cache: in the package's folder. "" if Python imported the package from no file.
STARTUP_CACHE = os.path.join(os.path.dirname(__file__), "startup-cache.txt") if "__file__" in globals() else ""

#: The backend that backends.choose() named, which takes precedence over the environment.
chosen_backend = ""


def environment(variable: str) -> str | None:
    """Return the value of an environment variable that names files, code or a backend; None if it is not set.

    Under ``python -E`` and ``-I`` no such variable is set. SOCKCORE_BLOCK does not belong here: it only leaves out.
    """
    return None if sys.flags.ignore_environment else os.environ.get(variable)


def startup_cache() -> str:
    """Return the path of the startup cache's list of plugins, which may not exist; "" if the user wants no cache."""
    path = environment("SOCKCORE_FROZEN")
    return STARTUP_CACHE if path is None else path


def startup_code(path: str) -> str:
    """Return the path of the code that belongs to a startup cache, for this version of Python."""
    return f"{path}.{sys.implementation.cache_tag}"


def cached_plugins(problems: list[str]) -> list[Plugin] | None:
    """Return the plugins in the startup cache; None if there is no cache, or only one that is not valid.

    Appends to *problems* a message for each file that is not used and that the user should know about.
    """
    path = startup_cache()
    if "sockcore._startup_cache" not in sys.modules and (
        not path or (path == STARTUP_CACHE and not os.path.exists(path))
    ):
        return None
    plugins: list[Plugin] | None = imported("sockcore._startup_cache").read_plugins(path, problems)
    return plugins


def imported(module: str) -> Any:
    """Import a module as importlib.import_module does, whose package takes longer to import than most of ours."""
    __import__(module)
    return sys.modules[module]


#: Where each name of the core is, as "module:name". Names that begin with "_" are what programs have come to use.
HOME = {
    "CMSG_LEN": "ancillary:CMSG_LEN",
    "CMSG_SPACE": "ancillary:CMSG_SPACE",
    "RawAddress": "_registry.family:RawAddress",
    "SocketIO": "_object.file:SocketIO",
    "SocketType": "_object.socket:socket",
    "close": "_functions:close",
    "dup": "_functions:dup",
    "error": "_errors:error",
    "fromfd": "_functions:fromfd",
    "gaierror": "_errors:gaierror",
    "getdefaulttimeout": "_timeout:getdefaulttimeout",
    "herror": "_errors:herror",
    "setdefaulttimeout": "_timeout:setdefaulttimeout",
    "socket": "_object.socket:socket",
    "socketpair": "_functions:socketpair",
    "timeout": "_errors:timeout",
    "_GLOBAL_DEFAULT_TIMEOUT": "_timeout:GLOBAL_DEFAULT",
    "_GiveupOnSendfile": "_object.file:NoSendfile",
}

ENUMS = ("AddressFamily", "AddressInfo", "MsgFlag", "SocketKind")
MODULES = ("ancillary", "backends", "options", "plugin", "stdlib", "testing")
