"""Import statements for the modules that the core imports by name at first use.

Tools that build a program of one file (PyInstaller, Nuitka) follow import statements, but not names in strings. These
functions are never called. ``tests/core/discovery/test_static_imports.py`` checks that they list all modules.
"""

from __future__ import annotations

import sys


def public() -> None:
    """Import the modules that ``sockcore._names`` and ``sockcore.plugin`` list."""
    import sockcore._enums
    import sockcore._exceptions
    import sockcore._families
    import sockcore._families.structs
    import sockcore._faults
    import sockcore._invalid_hosts
    import sockcore._options.kinds
    import sockcore._options.sol_socket
    import sockcore._options.struct_kinds
    import sockcore._plugins.hints
    import sockcore._plugins.hookcaller
    import sockcore._plugins.late_loading
    import sockcore._plugins.preference
    import sockcore._preload
    import sockcore._sockets.base
    import sockcore._sockets.files
    import sockcore._sockets.functions
    import sockcore._sockets.socket
    import sockcore._startup_cache.index
    import sockcore._timeouts
    import sockcore.addresses
    import sockcore.ancillary
    import sockcore.backends
    import sockcore.errors
    import sockcore.messages
    import sockcore.options
    import sockcore.plugin
    import sockcore.stdlib


def standard() -> None:
    """Import the modules of the standard library that are imported by name."""
    import array
    import ctypes
    import difflib
    import importlib.util
    import json
    import mmap


def backends() -> None:
    """Import the backends of this system."""
    import sockcore._native  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import sockcore._system.c_functions
    import sockcore._system.inet

    if sys.platform == "win32":
        import sockcore._system.winsock
        import sockcore._system.winsock_library
    else:
        import sockcore._system.foreign
        import sockcore._system.libc
        import sockcore._system.posix


def tables() -> None:
    """Import the tables of constants."""
    import sockcore._platform.tables.darwin
    import sockcore._platform.tables.families_darwin
    import sockcore._platform.tables.families_freebsd
    import sockcore._platform.tables.families_linux
    import sockcore._platform.tables.families_netbsd
    import sockcore._platform.tables.families_openbsd
    import sockcore._platform.tables.families_windows
    import sockcore._platform.tables.freebsd
    import sockcore._platform.tables.linux
    import sockcore._platform.tables.netbsd
    import sockcore._platform.tables.openbsd
    import sockcore._platform.tables.windows
