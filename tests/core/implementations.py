"""Both implementations of BaseSocket in one process: in C, if it was built, and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sockcore import _sockets
from sockcore._sockets import base

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet


def in_c() -> Any:
    """Return BaseSocket in C, ready for use, or None if it was not built."""
    try:
        from sockcore import _native
    except ImportError:
        return None
    return _sockets.load_native_class(_native)


IN_C = in_c()
IN_PYTHON: Any = base.BaseSocket
#: For pytest.mark.parametrize, with the names c and py.
BOTH: list[ParameterSet] = [
    pytest.param(IN_C, id="c", marks=pytest.mark.skipif(IN_C is None, reason="the native backend was not built")),
    pytest.param(IN_PYTHON, id="py"),
]


def closing_class(cls: Any) -> Any:
    """Return a subclass of an implementation that supports the with statement.

    The public class supports it, too.
    """

    class Closing(cls):  # type: ignore[misc]
        __slots__ = ("__weakref__",)

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

    return Closing
