"""Constants of Windows."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNIX
PF_UNIX
"""

VALUES: tuple[int, ...] = (
    1,  # AF_UNIX
    1,  # PF_UNIX
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
