"""The names of the core, the modules that define them, and the environment variables that choose code; late imports.

No lock is held. A thread that imports is noted, so that a fork in another thread waits for it.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any, TypeVar

    from sockcore._plugins.entrypoints import Plugin
    from sockcore._startup_cache.index import Registrations

    T = TypeVar("T")


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


#: How many seconds a fork waits, at most, for other threads that import modules of sockcore or of its plugins.
FORK_WAIT = 5.0
#: The threads that are inside :func:`delay_forks`. An interrupted thread may leave its number behind: see is_running().
_importing: dict[int, bool] = {}


def cached_plugins(problems: list[str]) -> list[Plugin] | None:
    """Return the plugins in the startup cache; None if there is no cache, or only one that is not valid.

    Appends to *problems* a message for each file that is not used and that the user should know about.
    """
    path = startup_cache()
    if "sockcore._startup_cache" not in sys.modules and (
        not path or (path == STARTUP_CACHE and not os.path.exists(path))
    ):
        return None
    plugins: list[Plugin] | None = import_module("sockcore._startup_cache").read_plugins(path, problems)
    return plugins


def cached_registrations(plugins: list[Plugin]) -> dict[str, Registrations]:
    """Return the registrations of plugins in the startup cache by the plugin's module, empty without a cache."""
    if not getattr(sys.modules.get("sockcore._startup_cache"), "finders", None):
        return {}
    found: dict[str, Registrations] = import_module("sockcore._startup_cache.index").registrations(plugins)
    return found


def import_module(module: str) -> Any:
    """Import a module as importlib.import_module does, whose package takes longer to import than most of ours.

    A fork in another thread waits for it.
    """
    delay_forks(__import__, module)
    return sys.modules[module]


def is_being_imported(module: Any) -> bool:
    """Return whether the body of a module has not run to its end: this thread imports it, or imports are circular."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def delay_forks(call: Callable[..., T], *arguments: object) -> T:
    """Return ``call(*arguments)``; a fork in another thread waits until it returns, but no longer than FORK_WAIT.

    Python never releases the import locks that another thread held at the fork: the child would wait for them forever.
    """
    thread = get_ident()
    is_outermost = thread not in _importing
    try:
        _importing[thread] = True
        return call(*arguments)
    finally:
        if is_outermost:
            _importing.pop(thread, None)


def is_running(code: CodeType, thread: int | None = None) -> bool:
    """Return whether a function with this code is on the stack of *thread*, by default of the calling thread.

    The stack cannot be wrong. A note that a function makes and removes can: an exception raised by a signal handler
    may come between the two.
    """
    frame: FrameType | None = sys._getframe() if thread is None else sys._current_frames().get(thread)
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None


def _is_importing(thread: int) -> bool:
    if thread not in _importing:
        return False
    if is_running(delay_forks.__code__, thread):
        return True
    _importing.pop(thread, None)
    return False


def _wait_for_imports() -> None:
    if not _importing or is_running(delay_forks.__code__):
        return  # in the second case the others may be waiting for an import lock of this thread
    deadline = monotonic() + FORK_WAIT
    while any(map(_is_importing, list(_importing))) and monotonic() < deadline:
        sleep(0.001)


def _forget_other_threads() -> None:
    for thread in list(_importing):
        if thread != get_ident():
            _importing.pop(thread, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait_for_imports, after_in_child=_forget_other_threads)


#: Where each name of the core is, as "module:name". Names that begin with "_" are what programs have come to use.
HOME = {
    "CMSG_LEN": "ancillary:CMSG_LEN",
    "CMSG_SPACE": "ancillary:CMSG_SPACE",
    "RawAddress": "_families.family:RawAddress",
    "SocketIO": "_sockets.files:SocketIO",
    "SocketType": "_sockets.socket:socket",
    "close": "_sockets.functions:close",
    "dup": "_sockets.functions:dup",
    "error": "_exceptions:error",
    "fromfd": "_sockets.functions:fromfd",
    "gaierror": "_exceptions:gaierror",
    "getdefaulttimeout": "_timeouts:getdefaulttimeout",
    "herror": "_exceptions:herror",
    "preload": "_preload:preload",
    "setdefaulttimeout": "_timeouts:setdefaulttimeout",
    "socket": "_sockets.socket:socket",
    "socketpair": "_sockets.functions:socketpair",
    "timeout": "_exceptions:timeout",
    "_GLOBAL_DEFAULT_TIMEOUT": "_timeouts:GLOBAL_DEFAULT",
    "_GiveupOnSendfile": "_sockets.files:NoSendfile",
}

#: Names for pickles, and for programs that catch the exceptions. They are not in ``__all__``: the manual lacks them.
UNLISTED = {
    "InvalidHostInAddress": "_exceptions:InvalidHostInAddress",
    "InvalidHostName": "_exceptions:InvalidHostName",
    "PluginWarning": "_plugins.discovery:PluginWarning",
}

ENUMS = ("AddressFamily", "AddressInfo", "MsgFlag", "SocketKind")
MODULES = ("ancillary", "backends", "options", "plugin", "stdlib", "testing")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller. Never called."""
    import sockcore._imports
