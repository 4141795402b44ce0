"""The systems on which each protocol was tested, for ``python -m sockcore families``."""

from __future__ import annotations

_BSD = {"freebsd": "headers", "netbsd": "headers"}

SUPPORT = {
    "AF_BLUETOOTH HCI": {"linux": "run", **_BSD},
    "AF_BLUETOOTH ISO": {"linux": "run"},
    "AF_BLUETOOTH L2CAP": {"linux": "run", **_BSD},
    "AF_BLUETOOTH RFCOMM": {"linux": "run", "windows": "headers", **_BSD},
    "AF_BLUETOOTH SCO": {"linux": "run", "netbsd": "headers"},
}
