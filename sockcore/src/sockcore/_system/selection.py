"""Which implementation this process uses: ``native``, in C, if it was built, else ``pure``, in Python over ctypes.

``SOCKCORE_BACKEND`` chooses one of them: ImportError if it is not there. ``python -E`` and ``-I`` ignore it.
"""

from __future__ import annotations

import sys

from sockcore._names import chosen_backend, environment, import_module
from sockcore._types import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from sockcore._system.protocol import Backend

NATIVE = "sockcore._native"
NAMES = ("native", "pure")
#: The version of the interface between this package and the C code, which may be left over from other sources.
CONTRACT = 9


def _choose(wanted: str) -> Any:
    """Return the module in C, or None for the implementation in Python."""
    if wanted and wanted not in NAMES:
        raise ImportError(f"SOCKCORE_BACKEND must be one of {', '.join(NAMES)}, not {wanted!r}")
    if wanted == "pure":
        return None
    return _load(NATIVE, CONTRACT, "SOCKCORE_BACKEND asks for the native backend" if wanted else "")


def _load(name: str, contract: int, needed: str = "") -> Any:
    """Return an extension module, None if it was not built or was built from other sources.

    ImportError instead of None if it is *needed*: the beginning of the message.
    """
    try:
        module: ModuleType = import_module(name)
        if contract != module.CONTRACT:
            raise ImportError("it was built from other sources: build it again")
    except (ImportError, AttributeError) as exc:
        if import_module("sockcore._faults").is_temporary(exc):
            raise  # it can be loaded when there are file descriptors again
        if needed:
            raise ImportError(f"{needed}: {exc}") from exc
        return None
    return module


def extension_module(name: str, contract: int) -> Any:
    """Return the extension module of a plugin, or None if the plugin is to use its functions in Python.

    None if this process uses the pure backend, if the module was not built, or if it was built from other sources: its
    attribute ``CONTRACT`` must be *contract*, the version of the interface between the plugin's C and Python code.
    """
    return _load(name, contract) if native else None


def _load_python() -> Any:
    """Return the module with the system calls in Python; ImportError, with advice, if this Python lacks ctypes."""
    try:
        if sys.platform == "win32":
            return import_module("sockcore._system.winsock")
        return import_module("sockcore._system.posix")
    except ImportError as exc:
        if exc.name not in ("_ctypes", "ctypes"):
            raise
        raise ImportError(
            "the pure backend of sockcore needs the module _ctypes, which this Python lacks: "
            "build Python with libffi, or sockcore with a C compiler",
            name="_ctypes",
        ) from exc
    except AttributeError as exc:  # a library without a function
        # "from ... import backend" would replace an AttributeError of __getattr__, with its message.
        raise ImportError(str(exc)) from exc


#: The module in C, or None.
native: Any = _choose(chosen_backend or environment("SOCKCORE_BACKEND") or "")

if TYPE_CHECKING:
    #: The system calls for code that is not a method of a socket.
    backend: Backend
    #: The system calls in Python, through ctypes.
    system: Backend


def load_backend() -> Any:
    """Return the system calls of this process; ImportError if neither implementation can be loaded."""
    module = globals()["backend"] = native or _load_python()
    return module


def __getattr__(name: str) -> Any:
    # Loaded at the first use: the import of sockcore.plugin must not import ctypes.
    if name == "backend":
        return load_backend()
    if name == "system":
        module = globals()["system"] = _load_python()
        return module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
