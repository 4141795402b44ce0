"""The names of the core and their modules, choices of the user and the program, and late imports.

There is no lock. A thread that imports is recorded, so that a fork in another thread waits for it.
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


#: The default path of the startup cache, in the folder of the package. It is "" if Python imported the package from an
#: archive.
STARTUP_CACHE = os.path.join(os.path.dirname(__file__), "startup-cache.txt") if "__file__" in globals() else ""

#: The argument of backends.choose(), which takes precedence over the environment.
requested_backend = ""
#: The arguments of plugin.prefer(), which take precedence over the environment.
preferred_plugins: list[str] = []
#: True between sockcore.stdlib.replace() and restore().
_stands_in = False


def follows_interpreter() -> bool:
    """Return True if sockcore replaces the standard module in this process.

    The program was then written for the interpreter's own module. Functions match the behaviour of that module, even
    where it differs from the manual.
    """
    return _stands_in


def public_module() -> str:
    """Return the name of the public module.

    It is ``'socket'`` while sockcore replaces it, otherwise ``'sockcore'``.
    """
    return "socket" if _stands_in else "sockcore"


def set_follows_interpreter(active: bool) -> None:
    """Set the result of :func:`follows_interpreter`."""
    global _stands_in
    _stands_in = active


def environment(variable: str) -> str | None:
    """Return the value of an environment variable naming files, code or a backend.

    None if it is not set.

    ``python -E`` and ``-I`` ignore these variables. SOCKCORE_BLOCK is not read here, because it can only leave
    something out.
    """
    return None if sys.flags.ignore_environment else os.environ.get(variable)


def startup_cache() -> str:
    """Return the path of the startup cache's list of plugins.

    "" if the user wants no cache. The file does not have to exist.
    """
    path = environment("SOCKCORE_FROZEN")
    return STARTUP_CACHE if path is None else path


def startup_code(path: str) -> str:
    """Return the path of the code of a startup cache, for this version of Python. "" without a cache."""
    return f"{path}.{sys.implementation.cache_tag}" if path else ""


#: The maximum number of seconds that a fork waits for other threads that import modules of sockcore or of its plugins.
FORK_WAIT = 5.0
#: The threads that are inside :func:`delay_forks`. An interrupted thread may leave its entry behind: see is_running().
_importing: dict[int, bool] = {}


def cached_plugins(problems: list[str]) -> list[Plugin] | None:
    """Return the plugins in the startup cache. None without a valid cache.

    Appends a message to *problems* for each unused file that the user should know about.
    """
    path = startup_cache()
    if "sockcore._startup_cache" not in sys.modules and (
        not path or (path == STARTUP_CACHE and not os.path.exists(path))
    ):
        return None
    plugins: list[Plugin] | None = import_module("sockcore._startup_cache").read_plugins(path, problems)
    return plugins


def cached_registrations(plugins: list[Plugin]) -> dict[str, Registrations]:
    """Return the plugins' registrations in the startup cache, by the plugin's module.

    Empty without a cache.
    """
    if not getattr(sys.modules.get("sockcore._startup_cache"), "finders", None):
        return {}
    cached: dict[str, Registrations] = import_module("sockcore._startup_cache.index").registrations(plugins)
    return cached


#: Module -> its globals. Bound: one for each name that was passed to import_module().
_imported: dict[str, dict[str, Any]] = {}


class _RemovedModule:
    """The globals of a module that the interpreter has removed from ``sys.modules``, as attributes."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__ = names


def import_module(module: str) -> Any:
    """Import a module, like importlib.import_module(), and return it.

    A fork in another thread waits. Importing importlib would take longer than importing most modules of this package.

    At exit, finalizers run after the interpreter has removed all modules, and cannot import one. They get the names of
    a module that was imported before. Raises ImportError for others.
    """
    try:
        delay_forks(__import__, module)
        imported = sys.modules[module]
    except (ImportError, KeyError):
        if module in _imported and is_exiting():
            return _RemovedModule(_imported[module])
        raise
    # Only the globals: the interpreter would clear those of a module that is still referenced.
    _imported[module] = vars(imported)
    return imported


def is_exiting() -> bool:
    """Return True if the interpreter has removed all modules at exit, so that nothing can be imported."""
    return sys.meta_path is None


def public_names() -> dict[str, Any]:
    """Return the globals of the module ``sockcore``. Empty if the interpreter has removed it at exit."""
    module = sys.modules.get("sockcore")
    return {} if module is None else vars(module)


def is_being_imported(module: Any) -> bool:
    """Return True while the body of a module runs.

    Then this thread imports it, or imports are circular.
    """
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def delay_forks(call: Callable[..., T], *arguments: object) -> T:
    """Return ``call(*arguments)``.

    A fork in another thread waits until it returns, at most FORK_WAIT seconds.

    Python never releases the import locks that another thread held at the fork. The child would wait for them forever.
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
    """Return True if a function with this code is on the stack of a thread.

    By default this is the calling thread. The stack is always correct. A flag that a function sets and clears is not: a
    signal handler may raise an exception between the two.
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
        return  # in the second case, other threads may wait for an import lock of this one
    deadline = monotonic() + FORK_WAIT
    while any(map(_is_importing, list(_importing))) and monotonic() < deadline:
        sleep(0.001)


def _forget_other_threads() -> None:
    for thread in list(_importing):
        if thread != get_ident():
            _importing.pop(thread, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait_for_imports, after_in_child=_forget_other_threads)


#: The location of each name of the core, as "module:name". Programs have come to use the names that begin with "_".
HOME = {
    "CMSG_LEN": "ancillary:CMSG_LEN",
    "CMSG_SPACE": "ancillary:CMSG_SPACE",
    "RawAddress": "_families:RawAddress",
    "SocketIO": "_sockets.files:SocketIO",
    "SocketType": "_sockets.socket:socket",
    "close": "_sockets.functions:close",
    "dup": "_sockets.functions:dup",
    "error": "_exceptions:error",
    "fromfd": "_sockets.functions:fromfd",
    "gaierror": "_exceptions:gaierror",
    "getdefaulttimeout": "_sockets.functions:getdefaulttimeout",
    "herror": "_exceptions:herror",
    "preload": "_preload:preload",
    "setdefaulttimeout": "_sockets.functions:setdefaulttimeout",
    "socket": "_sockets.socket:socket",
    "socketpair": "_sockets.functions:socketpair",
    "timeout": "_exceptions:timeout",
    "_GLOBAL_DEFAULT_TIMEOUT": "_timeouts:GLOBAL_DEFAULT",
    "_GiveupOnSendfile": "_sockets.files:NoSendfile",
}

#: Names for pickles, and for programs that catch the exceptions. They are not in ``__all__``, because the manual does
#: not list them.
UNLISTED = {
    "InvalidHostInAddress": "_invalid_hosts:InvalidHostInAddress",
    "InvalidHostName": "_invalid_hosts:InvalidHostName",
    "PluginWarning": "_plugins.discovery:PluginWarning",
}

ENUMS = ("AddressFamily", "AddressInfo", "MsgFlag", "SocketKind")
MODULES = ("addresses", "ancillary", "backends", "errors", "messages", "options", "plugin", "stdlib", "testing")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    import sockcore._imports
