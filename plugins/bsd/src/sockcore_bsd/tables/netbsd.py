"""Constants of NetBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_ROUTE": 34,
    "LOCAL_CREDS": 4,
    "ip_recvif": 20,
    "local_peereid": 3,
    "scm_creds": 16,
    "sol_local": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
