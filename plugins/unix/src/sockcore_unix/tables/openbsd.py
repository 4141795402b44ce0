"""Constants of OpenBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNIX
PF_UNIX
SCM_RIGHTS
SO_PEERCRED
"""

VALUES: tuple[int, ...] = (
    1,  # AF_UNIX
    1,  # PF_UNIX
    1,  # SCM_RIGHTS
    0x1022,  # SO_PEERCRED
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
