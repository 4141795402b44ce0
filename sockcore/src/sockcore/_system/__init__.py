"""System calls on sockaddr bytes: one call each, without waiting, families or address conversion.

``protocol.Backend`` is their interface. This module selects the implementation that the process uses.

It is ``native``, in C, if that was built, and otherwise ``pure``, in Python over ctypes. ``SOCKCORE_BACKEND`` selects
one. ImportError is raised if it is not available. ``python -E`` and ``-I`` ignore the variable.
"""

from __future__ import annotations

import sys

from sockcore._names import environment, import_module, requested_backend
from sockcore._types import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from sockcore._system.protocol import Backend

NATIVE = "sockcore._native"
NAMES = ("native", "pure")
#: The version of the interface between this package and its C code. An extension module with another number was built
#: from other sources.
CONTRACT = 14


def _choose(wanted: str) -> Any:
    """Return the module in C, or None for the implementation in Python."""
    if wanted and wanted not in NAMES:
        raise ImportError(f"SOCKCORE_BACKEND must be one of {', '.join(NAMES)}, not {wanted!r}")
    if wanted == "pure":
        return None
    return _load(NATIVE, CONTRACT, "SOCKCORE_BACKEND asks for the native backend" if wanted else "")


def _load(name: str, contract: int, needed: str = "") -> Any:
    """Return an extension module, or None if not built or built from other sources.

    Raises ImportError instead if *needed*, the beginning of the message, is not empty.
    """
    try:
        module: ModuleType = import_module(name)
        if contract != module.CONTRACT:
            raise ImportError("it was built from other sources: build it again")
    except (ImportError, AttributeError) as exc:
        if import_module("sockcore._faults").is_temporary(exc):
            raise  # it can be loaded when file descriptors are free again
        if needed:
            raise ImportError(f"{needed}: {exc}") from exc
        return None
    return module


def extension_module(name: str, contract: int) -> Any:
    """Return the extension module of a plugin, or None.

    The result is None if this process uses the pure backend, or if the module was not built, or was built from other
    sources. The plugin must then use its functions in Python. *contract* is the version of the interface between the C
    and Python code of the plugin, and must be equal to the attribute ``CONTRACT`` of the module.
    """
    return _load(name, contract) if native else None


class extension_function:
    """A quick function of a codec, in the extension module of its plugin.

    It is an attribute of the codec's class. The module is imported when the attribute of a codec is first read, and the
    function then becomes an attribute of that codec. The value is None if :func:`extension_module` returns None, or if
    the interpreter is shutting down. The arguments are the name of the module, its contract, and the name of the
    function.
    """

    def __init__(self, module: str, contract: int, name: str) -> None:
        self._location = module, contract, name
        self._attribute = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self._attribute = attribute

    def __get__(self, codec: Any, owner: type | None = None) -> Any:
        if codec is None:
            return self
        if sys.meta_path is None:
            return None
        module, contract, name = self._location
        function = getattr(extension_module(module, contract), name, None)
        return vars(codec).setdefault(self._attribute, function)


def _load_python() -> Any:
    """Return the module with the system calls in Python.

    Raises ImportError, with advice, if this Python lacks ctypes.
    """
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
native: Any = _choose(requested_backend or environment("SOCKCORE_BACKEND") or "")

if TYPE_CHECKING:
    #: The system calls for code that is not a method of a socket.
    backend: Backend
    #: The system calls in Python, through ctypes.
    system: Backend


def load_backend() -> Any:
    """Return the system calls of this process.

    Raises ImportError if neither implementation can be loaded.
    """
    module = globals()["backend"] = native or _load_python()
    return module


def __getattr__(name: str) -> Any:
    # Loaded at first use, because the import of sockcore.plugin must not import ctypes.
    if name == "backend":
        return load_backend()
    if name == "system":
        module = globals()["system"] = _load_python()
        return module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
