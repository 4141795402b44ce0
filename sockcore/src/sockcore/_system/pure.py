"""The system calls of this system, through ctypes: ``posix`` or ``winsock``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._system.protocol import Backend

    system: Backend
elif sys.platform == "win32":
    from sockcore._system import winsock as system
else:
    from sockcore._system import posix as system

__all__ = ["system"]
