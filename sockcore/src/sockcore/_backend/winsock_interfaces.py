"""Network interfaces by index and by name on Windows."""

from __future__ import annotations


def if_nametoindex(name: bytes) -> int:
    """if_nametoindex."""
    raise NotImplementedError


def if_indextoname(index: int) -> bytes:
    """if_indextoname."""
    raise NotImplementedError


def if_nameindex() -> list[tuple[int, bytes]]:
    """if_nameindex."""
    raise NotImplementedError
