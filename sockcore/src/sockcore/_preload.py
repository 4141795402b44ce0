"""``sockcore.preload()``: import everything that is otherwise imported at first use."""

from __future__ import annotations

import io
import sys
from _warnings import warn

from sockcore import _names, plugin
from sockcore._names import import_module
from sockcore._plugins.discovery import PluginWarning, all_families, with_codecs
from sockcore._plugins.placeholders import Deferred

#: Modules that the core imports at first use, or that the interpreter imports for a warning.
_DEFERRED = (
    "sockcore._enums",
    "sockcore._faults",
    "sockcore._sockets.functions",
    "sockcore._sockets.files",
    "sockcore._plugins.hints",
    "sockcore.addresses",
    "sockcore.ancillary",
    "sockcore.backends",
    "sockcore.errors",
    "sockcore.options",
    "encodings.ascii",
    "warnings",
    "linecache",
)


def preload() -> None:
    """Import and load everything that sockcore would otherwise load at first use.

    After that, no function or method of sockcore imports a module or opens a file of Python. They work after chroot(2),
    after setuid(2), and without free file descriptors. Call it before these, and before threads start.

    Not loaded are ``sockcore.stdlib``, ``sockcore.testing``, and the files that the C library reads to look up hosts
    and services. A PluginWarning names each function that cannot be imported. OSError and MemoryError are raised, and a
    second call continues.
    """
    all_families()
    registry = with_codecs()
    for module in _DEFERRED:
        import_module(module)
    try:
        import_module("tracemalloc")  # for a warning, too
    except ModuleNotFoundError:  # PyPy
        pass
    broken_modules = {module for module in sorted({*registry.later_modules}) if not _can_import(module)}
    for name in plugin._DEFERRED:
        try:
            getattr(plugin, name)
        except ModuleNotFoundError as exc:
            if exc.name not in ("_ctypes", "ctypes"):
                raise
            # The native backend works without ctypes. These functions do not.
    import_module("sockcore.backends").available()
    if sys.implementation.name == "pypy" and sys.platform != "win32":
        import_module("sockcore._system.interfaces")
    import_module("sockcore._plugins.hints").missing_family(-1)
    # Before Python 3.10, a text file imports a module to determine the encoding.
    with io.TextIOWrapper(io.BytesIO()) as file:
        file.write("")
    public = sys.modules["sockcore"]
    for name in [*_names.HOME, *_names.UNLISTED, *_names.ENUMS, *list(registry.names), "has_ipv6"]:
        value = registry.names.get(name)
        if not (isinstance(value, Deferred) and value.module in broken_modules):
            getattr(public, name)


def _can_import(module: str) -> bool:
    """Import a module of a plugin.

    Return False, with a PluginWarning, if the plugin is at fault.
    """
    handled = sys.exc_info()[1]
    try:
        import_module(module)
    except Exception as exc:
        if not import_module("sockcore._faults").is_plugins_fault(exc, handled):
            raise
        warn(f"preload() cannot import {module}: {type(exc).__name__}: {exc}", PluginWarning, stacklevel=4)
        return False
    return True
