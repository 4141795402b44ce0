"""Constants of NetBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "LOCAL_CONNWAIT": 2,
    "LOCAL_OCREDS": 1,
    "LOCAL_PEEREID": 3,
    "SCM_CREDS": 16,
    "SCM_RIGHTS": 1,
    "SOL_LOCAL": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
