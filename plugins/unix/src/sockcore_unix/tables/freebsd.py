"""Constants of FreeBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "LOCAL_PEERCRED": 1,
    "SCM_CREDS": 3,
    "SCM_RIGHTS": 1,
    "SOL_LOCAL": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
