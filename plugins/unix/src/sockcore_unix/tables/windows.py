"""Constants of Windows, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {}

VARIANTS: dict[str, dict[str, int | None]] = {}
