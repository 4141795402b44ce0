"""Constants of Linux, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "SCM_CREDENTIALS": 2,
    "SCM_PIDFD": 4,
    "SCM_RIGHTS": 1,
    "SCM_SECURITY": 3,
    "SO_PASSCRED": 16,
    "SO_PASSPIDFD": 76,
    "SO_PASSRIGHTS": 83,
    "SO_PASSSEC": 34,
    "SO_PEERCRED": 17,
    "SO_PEERGROUPS": 59,
    "SO_PEERPIDFD": 77,
    "SO_PEERSEC": 31,
}

VARIANTS: dict[str, dict[str, int | None]] = {
    "mips": {
        "SO_PASSCRED": 17,
        "SO_PEERCRED": 18,
        "SO_PEERSEC": 30,
    },
    "powerpc": {
        "SO_PASSCRED": 20,
        "SO_PEERCRED": 21,
    },
    "sparc": {
        "SO_PASSCRED": 2,
        "SO_PASSPIDFD": 85,
        "SO_PASSRIGHTS": 92,
        "SO_PASSSEC": 31,
        "SO_PEERCRED": 64,
        "SO_PEERGROUPS": 61,
        "SO_PEERPIDFD": 86,
        "SO_PEERSEC": 30,
    },
}
