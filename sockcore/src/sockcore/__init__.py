"""The socket module as a plugin framework: a core, and a plugin for each address family.

``import sockcore as socket`` serves a program that was written for the standard module: the names and their behaviour
are those of its manual. Families, constants and functions depend on the installed plugins (``pip install
sockcore[all]``) and on the system. The first use of a name loads the plugins; the import of this module does not.

    help(sockcore.socket)       the methods of a socket
    dir(sockcore)               all names that the installed plugins provide
    sockcore.RawAddress(bytes)  an address of a family without a plugin

    sockcore.options            socket options as values
    sockcore.ancillary          control messages as values; sockcore.messages has codecs
    sockcore.errors             the error queue of a socket
    sockcore.addresses          addresses as bytes, and the properties of families
    sockcore.plugin             for authors of plugins
    sockcore.testing            tests for such plugins
    sockcore.stdlib             run other modules on sockcore; convert standard sockets
    sockcore.backends           select the implementation, in C or Python

``python -m sockcore`` lists the commands. ``families`` lists the installed address families, and ``plugins`` the
installed plugins. (PYTEST_DONT_REWRITE)
"""
# The word in parentheses: pytest marks the packages of its plugins (sockcore.testing) for the rewriting of assert
# statements, and warns about an earlier import, as by "python -m sockcore run -m pytest".

from __future__ import annotations

import os
import sys

from sockcore._names import (
    ENUMS,
    HOME,
    MODULES,
    UNLISTED,
    delay_forks,
    import_module,
    is_exiting,
    startup_cache,
    startup_code,
)

if os.path.exists(startup_code(startup_cache())) and not sys.flags.optimize:
    import_module("sockcore._startup_cache").use_code(startup_cache())

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore._exceptions import error as error
    from sockcore._exceptions import gaierror as gaierror
    from sockcore._exceptions import herror as herror
    from sockcore._families import RawAddress as RawAddress
    from sockcore._invalid_hosts import InvalidHostInAddress as InvalidHostInAddress
    from sockcore._invalid_hosts import InvalidHostName as InvalidHostName
    from sockcore._plugin_names import *
    from sockcore._plugins.discovery import PluginWarning as PluginWarning
    from sockcore._preload import preload as preload
    from sockcore._sockets.files import SocketIO as SocketIO
    from sockcore._sockets.functions import close as close
    from sockcore._sockets.functions import dup as dup
    from sockcore._sockets.functions import fromfd as fromfd
    from sockcore._sockets.functions import socketpair as socketpair
    from sockcore._sockets.socket import socket as socket
    from sockcore._timeouts import getdefaulttimeout as getdefaulttimeout
    from sockcore._timeouts import setdefaulttimeout as setdefaulttimeout
    from sockcore._typing import AddressFamily as AddressFamily
    from sockcore._typing import AddressInfo as AddressInfo
    from sockcore._typing import MsgFlag as MsgFlag
    from sockcore._typing import SocketKind as SocketKind
    from sockcore.ancillary import CMSG_LEN as CMSG_LEN
    from sockcore.ancillary import CMSG_SPACE as CMSG_SPACE

    SocketType = socket
    timeout = TimeoutError
    __all__: list[str]
    _GLOBAL_DEFAULT_TIMEOUT: object

__version__ = "0.1.0"


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name.startswith("_") and name != "__all__" and name not in HOME:
            # "from sockcore import _timeouts" calls this function before it imports the submodule. Loading the plugins
            # then is not necessary, and would fail if a module that they need is still being imported.
            raise AttributeError(f"module 'sockcore' has no attribute {name!r}")
        if name == "__all__" and sys._getframe(1).f_code.co_name == "docmodule":
            # pydoc would print each name in 5,000 lines. The docstring describes them, and pydoc has no setting.
            return []
        return delay_forks(_find, name)


def _find(name: str) -> Any:
    # Each name is looked up once. Afterwards it is a global of this module.
    if name in MODULES:
        return import_module(f"sockcore.{name}")
    discovery = import_module("sockcore._plugins.discovery")
    current = discovery.registry()
    value: Any
    if name in HOME:
        module, _, attribute = HOME[name].partition(":")
        value = getattr(import_module(f"sockcore.{module}"), attribute)
    elif name in UNLISTED:
        module, _, attribute = UNLISTED[name].partition(":")
        value = getattr(import_module(f"sockcore.{module}"), attribute)
    elif name == "__all__":
        return _public()
    elif name == "has_ipv6":
        value = bool(current.names.get(name))
    elif name in current.names or name in ENUMS:
        enums = import_module("sockcore._enums")
        enum_name = name if name in ENUMS else enums.enum_of(name)
        if enum_name is None:
            value = current.name(name)
        else:
            value = enums.enum(enum_name, current)
            value = value if name == enum_name else value.__members__[name]
    elif is_exiting():
        raise AttributeError(f"module 'sockcore' has no attribute {name!r}")
    else:
        raise import_module("sockcore._plugins.hints").missing_name(name)
    if discovery.is_published(current):
        globals()[name] = value
    return value


def _public() -> list[str]:
    registry = import_module("sockcore._plugins.discovery").registry()
    core = [name for name in HOME if not name.startswith("_")]
    return sorted({*core, *ENUMS, *list(registry.names), "has_ipv6"})


def __dir__() -> list[str]:
    return sorted({*_public(), *UNLISTED, *MODULES})
