"""Constants of macOS, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "LOCAL_PEERCRED": 1,
    "LOCAL_PEEREPID": 3,
    "LOCAL_PEEREUUID": 5,
    "LOCAL_PEERPID": 2,
    "LOCAL_PEERTOKEN": 6,
    "LOCAL_PEERUUID": 4,
    "SCM_CREDS": 3,
    "SCM_RIGHTS": 1,
    "SOL_LOCAL": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
