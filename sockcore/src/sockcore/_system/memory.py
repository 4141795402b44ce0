"""Memory to receive into.

With MSG_TRUNC, TCP counts bytes that it does not write (tcp(7)). The program must then see zeros, never the previous
content of the memory. Clearing a large buffer for each call costs more than the call: 20 receives of 10 MB took 0.2 s,
and take less than 0.01 s with pages that the kernel gives zeroed when they are first touched.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Up to so many bytes, clearing costs less than a mapping. It is also the size of a shared frame: no datagram of an IP
#: protocol is larger.
SMALL = 0x10000


def zeroed(size: int) -> Any:
    """Return a writable buffer of *size* zeros; the pages of a large one are untouched. MemoryError if too large."""
    if size <= SMALL:
        return bytearray(size)
    try:
        import mmap
    except ImportError:  # an optional module of the interpreter
        return bytearray(size)
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE)
    except (OSError, OverflowError):
        raise MemoryError from None
