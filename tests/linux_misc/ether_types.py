"""EtherTypes that no other process of the tests uses.

Several processes may run the tests at the same time. Each of them receives all frames on the interface ``lo``.
"""

from __future__ import annotations

import socket as stdlib

COUNT = 64
#: Numbers without a meaning for the kernel.
FIRST, LAST = 0x9000, 0xC1FF


def claim() -> range:
    """Return EtherTypes for this process.

    A name in the abstract namespace of AF_UNIX claims them. Like the interface, it belongs to a network namespace. The
    system releases it when the process ends.

    Raises RuntimeError if other processes have claimed all.
    """
    sock = stdlib.socket(stdlib.AF_UNIX, stdlib.SOCK_DGRAM)
    for first in range(FIRST, LAST, COUNT):
        try:
            sock.bind(f"\0EtherTypes from {first:#x} for a test of sockcore")
        except OSError:  # another process has the name
            continue
        sock.detach()  # leave it open
        return range(first, first + COUNT)
    sock.close()
    raise RuntimeError("other processes have claimed all EtherTypes")


ETHER_TYPES = claim()
