"""Texts in addresses that C reads up to a null."""

from __future__ import annotations


def without_null(text: str) -> str:
    """Return *text*, which C will read up to a null: ValueError if it has one."""
    if "\0" in text:
        raise ValueError("embedded null character")
    return text
