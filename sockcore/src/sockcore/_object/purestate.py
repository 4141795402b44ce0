"""The state of a socket object, in slots."""

from __future__ import annotations

from _warnings import warn

from sockcore._object.context import Contexts
from sockcore._registry.family import Family
from sockcore._types import Any, Self


class PureState:
    """A descriptor, three numbers, a timeout, who codes the addresses; and how many files keep it open."""

    __slots__ = (
        "__weakref__", "_closed", "_codec", "_contexts", "_family", "_fd", "_io_refs", "_pending", "_proto", "_timeout",
        "_type",
    )  # fmt: skip

    _fd: int
    _family: int
    _type: int
    _proto: int
    _timeout: float | None
    _codec: Family
    _contexts: Contexts
    _closed: bool
    _io_refs: int
    _pending: int  # the error's number that stopped a batch after its first message

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        """Return a socket object that has no descriptor yet."""
        self = object.__new__(cls)
        self._fd = -1
        self._family = self._type = self._proto = self._io_refs = self._pending = 0
        self._timeout = None
        self._closed = False
        return self

    def __del__(self, warn: Any = warn) -> None:
        if self._fd != -1:
            self._unclosed(warn, 3)

    def _unclosed(self, warn: Any, stacklevel: int) -> None:
        """Close a socket that nobody has closed, and say so: the descriptor's own class knows how."""
        raise NotImplementedError
