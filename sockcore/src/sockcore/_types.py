"""The names that annotations use, without an import of ``typing`` at start-up.

1. Type checkers read ``_types.pyi``, where each name is that of :mod:`typing` or :mod:`collections.abc`.
2. At run time, a name is a plain class that ``typing.get_type_hints()`` and ``inspect.signature(eval_str=True)``
   accept. ``Any`` is ``object``, and a type variable is its upper bound.
3. A module imports them outside ``if TYPE_CHECKING``, because annotations are evaluated in its globals.
"""

from __future__ import annotations

import sys
from _collections_abc import (  # always loaded, unlike collections.abc
    AsyncIterator,
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from abc import ABC, abstractmethod
from io import IOBase as SendableFile

__all__ = [
    "AddressFamily",
    "Ancillary",
    "Any",
    "AsyncIterator",
    "Callable",
    "Container",
    "Generic",
    "Iterable",
    "Iterator",
    "Literal",
    "Mapping",
    "NoReturn",
    "Option",
    "Optional",
    "Protocol",
    "ReadableBuffer",
    "Self",
    "SendableFile",
    "Sequence",
    "SocketKind",
    "SupportsIndex",
    "TypeVar",
    "Union",
    "WriteableBuffer",
    "overload",
]

Any = Protocol = Self = ReadableBuffer = WriteableBuffer = object
AddressFamily = SocketKind = int
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


class Generic:
    """The base of a class with a type parameter. A subscription returns the class itself."""

    __slots__ = ()

    def __class_getitem__(cls, parameter: object) -> type:
        return cls


#: The codecs of control messages and options, whose modules are imported later.
Ancillary = Option = Generic


class _Subscriptable:
    """An object whose subscription calls a function."""

    def __init__(self, get: Callable[[Any], object]) -> None:
        self._get = get

    def __getitem__(self, item: object) -> object:
        return self._get(item)


def _union(types: tuple[Any, ...]) -> object:
    if sys.version_info < (3, 10):
        return object  # the operator does not exist yet, and annotations with it are not evaluated
    union, *others = types
    for type in others:
        union |= type
    return union


#: ``Union[str, bytes]``, ``Optional[str]``, ``Literal["r", "w"]``.
Union = _Subscriptable(_union)
Optional = _Subscriptable(lambda item: _union((item, None)))
Literal = _Subscriptable(lambda values: object)


def TypeVar(name: str, bound: object = object, default: object = object) -> object:
    """Return the upper bound of a type variable, which represents it at run time."""
    return object if isinstance(bound, str) else bound


def overload(function: object) -> object:
    """Do the same as typing.overload() at run time."""
    return function
