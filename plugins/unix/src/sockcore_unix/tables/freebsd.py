"""Constants of FreeBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNIX
LOCAL_PEERCRED
PF_UNIX
SCM_CREDS
SCM_RIGHTS
SOL_LOCAL
"""

VALUES: tuple[int, ...] = (
    1,  # AF_UNIX
    1,  # LOCAL_PEERCRED
    1,  # PF_UNIX
    3,  # SCM_CREDS
    1,  # SCM_RIGHTS
    0,  # SOL_LOCAL
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
