"""Which implementation this process uses: ``native``, in C, if it was built, else ``pure``, in Python over ctypes.

``SOCKCORE_BACKEND`` chooses one of them: ImportError if it is not there. ``python -E`` and ``-I`` ignore it.
"""

from __future__ import annotations

from sockcore._names import chosen_backend, environment, imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from sockcore._backend.protocol import Backend

NATIVE = "sockcore._native"
NAMES = ("native", "pure")
#: The version of the interface between this package and the C code, which may be left over from other sources.
CONTRACT = 6


def _choose(wanted: str) -> Any:
    """Return the module in C, or None for the implementation in Python."""
    if wanted and wanted not in NAMES:
        raise ImportError(f"SOCKCORE_BACKEND must be one of {', '.join(NAMES)}, not {wanted!r}")
    if wanted == "pure":
        return None
    try:
        module: ModuleType = imported(NATIVE)
        if module.CONTRACT != CONTRACT:
            raise ImportError("it was built from other sources: build it again")
    except (ImportError, AttributeError) as exc:
        if imported("sockcore._faults").is_passing(exc):
            raise  # it can be loaded when there are file descriptors again
        if wanted:
            raise ImportError(f"SOCKCORE_BACKEND asks for the native backend: {exc}") from exc
        return None
    return module


#: The module in C, or None.
native: Any = _choose(chosen_backend or environment("SOCKCORE_BACKEND") or "")

#: The system calls for code that is not a method of a socket.
backend: Backend = native or imported("sockcore._backend.pure").system
