"""Arrays of pointers in the C library's answers."""

from __future__ import annotations

from ctypes import c_void_p, sizeof

from sockcore.plugin import Iterator

_SIZE = sizeof(c_void_p)


def each(array: int | None) -> Iterator[int]:
    """Yield the pointers of an array that ends with a null; nothing if there is no array."""
    while array:
        pointer = c_void_p.from_address(array).value
        if not pointer:
            return
        yield pointer
        array += _SIZE
