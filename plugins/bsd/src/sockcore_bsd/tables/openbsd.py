"""Constants of OpenBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_KEY": 30,
    "AF_ROUTE": 17,
    "ip_recvif": 30,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
