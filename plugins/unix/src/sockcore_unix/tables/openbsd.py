"""Constants of OpenBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "SCM_RIGHTS": 1,
    "SO_PEERCRED": 0x1022,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
