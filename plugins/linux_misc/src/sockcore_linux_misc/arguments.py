"""What families here read alike from an address: text and bytes, in the words of the standard library."""

from __future__ import annotations

from sockcore.plugin import Any, Context


def wrong_type(context: Context, name: str, address: object) -> TypeError:
    """Return the error of an address of the family *name* that is no tuple."""
    return TypeError(f"{context.operation}(): {name} address must be tuple, not {type(address).__name__}")


def without_null(text: str) -> str:
    """Return *text*, which C will read up to a null: ValueError if it has one."""
    if "\0" in text:
        raise ValueError("embedded null character")
    return text


def contents(what: str, value: Any) -> bytes:
    """Return the bytes of a bytes-like object, contiguous or not; TypeError, which names *what*, if it is none."""
    try:
        return memoryview(value).tobytes()
    except TypeError:
        raise TypeError(f"{what} must be a bytes-like object, not {type(value).__name__!r}") from None


def octets_of(value: Any) -> bytes:
    """Return the bytes of a bytes-like object: TypeError if it is none, BufferError if it is not contiguous."""
    if isinstance(value, bytes):
        return bytes(value)
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(value).__name__!r}") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.tobytes()
