"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_UNIX": 1,
    "PF_UNIX": 1,
}
