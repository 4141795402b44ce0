"""Constants of macOS."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNIX
LOCAL_PEERCRED
LOCAL_PEEREPID
LOCAL_PEEREUUID
LOCAL_PEERPID
LOCAL_PEERTOKEN
LOCAL_PEERUUID
PF_UNIX
SCM_CREDS
SCM_RIGHTS
SOL_LOCAL
"""

VALUES: tuple[int, ...] = (
    1,  # AF_UNIX
    1,  # LOCAL_PEERCRED
    3,  # LOCAL_PEEREPID
    5,  # LOCAL_PEEREUUID
    2,  # LOCAL_PEERPID
    6,  # LOCAL_PEERTOKEN
    4,  # LOCAL_PEERUUID
    1,  # PF_UNIX
    3,  # SCM_CREDS
    1,  # SCM_RIGHTS
    0,  # SOL_LOCAL
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
