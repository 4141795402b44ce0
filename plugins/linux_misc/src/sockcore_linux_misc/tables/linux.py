"""Constants of Linux, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "IOCTL_VM_SOCKETS_GET_LOCAL_CID": 1977,
    "SO_VM_SOCKETS_CONNECT_TIMEOUT": 6,
}

VARIANTS: dict[str, dict[str, int | None]] = {
    "mips": {
        "IOCTL_VM_SOCKETS_GET_LOCAL_CID": 536872889,
    },
    "powerpc": {
        "IOCTL_VM_SOCKETS_GET_LOCAL_CID": 536872889,
    },
    "sparc": {
        "IOCTL_VM_SOCKETS_GET_LOCAL_CID": 536872889,
    },
    "32bit musl": {
        "SO_VM_SOCKETS_CONNECT_TIMEOUT": None,
    },
}
