"""Constants of Linux."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNIX
PF_UNIX
SCM_CREDENTIALS
SCM_PIDFD
SCM_RIGHTS
SCM_SECURITY
SO_PASSCRED
SO_PASSPIDFD
SO_PASSRIGHTS
SO_PASSSEC
SO_PEERCRED
SO_PEERGROUPS
SO_PEERPIDFD
SO_PEERSEC
"""

VALUES: tuple[int, ...] = (
    1,  # AF_UNIX
    1,  # PF_UNIX
    2,  # SCM_CREDENTIALS
    4,  # SCM_PIDFD
    1,  # SCM_RIGHTS
    3,  # SCM_SECURITY
    16,  # SO_PASSCRED
    76,  # SO_PASSPIDFD
    83,  # SO_PASSRIGHTS
    34,  # SO_PASSSEC
    17,  # SO_PEERCRED
    59,  # SO_PEERGROUPS
    77,  # SO_PEERPIDFD
    31,  # SO_PEERSEC
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "mips": (
        """
        SO_PASSCRED
        SO_PEERCRED
        SO_PEERSEC
        """,
        (
            17,  # SO_PASSCRED
            18,  # SO_PEERCRED
            30,  # SO_PEERSEC
        ),
    ),
    "powerpc": (
        """
        SO_PASSCRED
        SO_PEERCRED
        """,
        (
            20,  # SO_PASSCRED
            21,  # SO_PEERCRED
        ),
    ),
    "sparc": (
        """
        SO_PASSCRED
        SO_PASSPIDFD
        SO_PASSRIGHTS
        SO_PASSSEC
        SO_PEERCRED
        SO_PEERGROUPS
        SO_PEERPIDFD
        SO_PEERSEC
        """,
        (
            2,  # SO_PASSCRED
            85,  # SO_PASSPIDFD
            92,  # SO_PASSRIGHTS
            31,  # SO_PASSSEC
            64,  # SO_PEERCRED
            61,  # SO_PEERGROUPS
            86,  # SO_PEERPIDFD
            30,  # SO_PEERSEC
        ),
    ),
}

FACTS = """
"""
