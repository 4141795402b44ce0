"""The names that the core itself brings, which no plugin may bring too, and the modules that they are in."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


#: Where the frozen list of plugins is looked for: beside the package's modules.
FROZEN = os.path.join(os.path.dirname(__file__), "frozen-plugins.txt")


def frozen_list() -> str:
    """Return the path of the frozen list, whether it is there or not; "" if none is wanted."""
    return os.environ.get("SOCKCORE_FROZEN", FROZEN)


def frozen_code(path: str) -> str:
    """Return the path of the code that belongs to a frozen list, for this version of Python."""
    return f"{path}.{sys.implementation.cache_tag}"


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


def _follow() -> None:
    """Import nothing, as nobody calls it: here tools that follow import statements find the modules above."""
    import sockcore._imports
