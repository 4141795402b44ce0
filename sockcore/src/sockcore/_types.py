"""The names that annotations use, without an import of ``typing`` at start-up.

1. Type checkers read ``_types.pyi``, where each name is that of :mod:`typing` or :mod:`collections.abc`.
2. At run time, a name is a plain class that ``typing.get_type_hints()`` and ``inspect.signature(eval_str=True)``
   accept. ``Any`` is ``object``, and a type variable is its upper bound.
3. A module imports them outside ``if TYPE_CHECKING``, because annotations are evaluated in its globals.
"""

from __future__ import annotations

import sys
from _collections_abc import (  # always loaded, unlike collections.abc
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from abc import ABC, abstractmethod
from io import IOBase as BinaryIO

__all__ = [
    "Any",
    "BinaryIO",
    "Callable",
    "Container",
    "Generic",
    "Iterable",
    "Iterator",
    "Mapping",
    "NoReturn",
    "Optional",
    "Protocol",
    "Self",
    "Sequence",
    "SupportsIndex",
    "TypeVar",
    "Union",
]

Any = Protocol = Self = object
NoReturn = None


class SupportsIndex(ABC):
    """An object that :func:`operator.index` accepts."""

    __slots__ = ()
    __module__ = "sockcore.plugin"

    @abstractmethod
    def __index__(self) -> int:
        """Return the integer."""

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return hasattr(other, "__index__") if cls is SupportsIndex else NotImplemented


class _Union:
    """The union of types: ``Union[str, bytes]``."""

    def __getitem__(self, types: tuple[Any, ...]) -> object:
        if sys.version_info < (3, 10):
            return object  # the operator does not exist yet, and annotations with it are not evaluated
        union, *others = types
        for type in others:
            union |= type
        return union


class _Optional:
    """A type or None: ``Optional[str]``."""

    def __getitem__(self, type: object) -> object:
        return Union[type, None]


class Generic:
    """The base of a class with a type parameter: ``class Box(Generic[T])``. ``Box[int]`` is ``Box`` at run time."""

    __slots__ = ()

    def __class_getitem__(cls, parameter: object) -> type:
        return cls


Union, Optional = _Union(), _Optional()


def TypeVar(name: str, bound: object = object) -> object:
    """Return the upper bound of a type variable, which represents it at run time."""
    return object if isinstance(bound, str) else bound
