"""Buffers that a program passes: checked, and made views of bytes."""

from __future__ import annotations

from sockcore._types import Any, Union

Data = Union[bytes, bytearray, memoryview]


def readable(data: Any) -> Data:
    """Return *data*, or a view of its bytes; TypeError if it is no buffer, BufferError if it is not contiguous."""
    if type(data) is bytes or type(data) is bytearray:
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(data).__name__!r}") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return as_bytes(view)


def writable(operation: str, buffer: Any) -> memoryview:
    """Return a view of the bytes of *buffer* to receive into; TypeError unless it is writable and contiguous."""
    view: memoryview | None = None
    try:
        view = memoryview(buffer)
    except TypeError:
        pass
    if view is None or view.readonly or not view.c_contiguous:
        what = "None" if buffer is None else type(buffer).__name__
        raise TypeError(f"{operation}() argument 1 must be read-write bytes-like object, not {what}")
    return as_bytes(view)


def as_bytes(view: memoryview) -> memoryview:
    """Return a contiguous view as one of single bytes."""
    if view.format == "B" and view.ndim == 1:
        return view
    # A view with a zero in its shape cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(bytearray())
