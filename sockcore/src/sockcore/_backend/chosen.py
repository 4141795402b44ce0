"""Which backend this process has: the native one where it was built, else the pure one.

``SOCKCORE_BACKEND`` chooses: ``native`` (ImportError where it was not built) or ``pure``.
"""

from __future__ import annotations

import os
import sys

from sockcore._names import imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from sockcore._backend.protocol import Backend

#: Name of a backend -> its module in this package.
MODULES = {"native": "_native", "pure": "winsock" if sys.platform == "win32" else "posix"}
#: What the native one is expected to say: it may be left over from other sources.
CONTRACT = 4


def _choose(wanted: str) -> ModuleType:
    if wanted and wanted not in MODULES:
        raise ImportError(f"SOCKCORE_BACKEND must be one of {', '.join(MODULES)}, not {wanted!r}")
    if wanted != "pure":
        try:
            found = imported(f"sockcore._backend.{MODULES['native']}")
            if found.CONTRACT != CONTRACT:
                raise ImportError("it was built from other sources: build it again")
            native: ModuleType = found
            return native
        except (ImportError, AttributeError) as problem:
            if wanted:
                raise ImportError(f"SOCKCORE_BACKEND asks for the native backend: {problem}") from problem
    try:
        pure: ModuleType = imported(f"sockcore._backend.{MODULES['pure']}")
    except ImportError as problem:
        if problem.name not in ("_ctypes", "ctypes"):
            raise
        raise ImportError(
            "the pure backend of sockcore needs the module _ctypes, which this Python lacks: "
            "build Python with libffi, or sockcore with a C compiler",
            name="_ctypes",
        ) from problem
    return pure


backend: Backend = _choose(os.environ.get("SOCKCORE_BACKEND", ""))

#: The native backend's module, with the types beside its functions, or None.
native: Any = backend if backend.NAME == "native" else None
