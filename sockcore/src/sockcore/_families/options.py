"""Codecs that plugins register for socket options.

They are an addition to the manual. ``getsockopt`` still returns numbers and bytes. :mod:`sockcore.options` returns
values, by these codecs.
"""

from __future__ import annotations

from struct import error as StructError

from sockcore._exceptions import check_type, named_integer
from sockcore._families.structs import Struct
from sockcore._types import Any, Callable, Generic, Iterable, TypeVar

TYPE_CHECKING = False

Value = TypeVar("Value", default=Any)


class Option(int, Generic[Value]):
    """The codec of a socket option. It is an int, the number of the option.

    *size* is the size in bytes of the buffer for getsockopt(2). *decode* converts the bytes that the kernel wrote.
    *encode* returns the bytes for setsockopt(2), or is None if the option is read-only. *family* is the address family
    of the level, if another family uses the number of the level too (SOL_HCI is IPPROTO_IP).

    With *needs_descriptor*, the call is ``encode(value, fd)`` with the socket's file descriptor. It is needed for the
    names of interfaces, which depend on the network namespace of the socket. *encode* raises TypeError, ValueError or
    OverflowError for an invalid value. A result that is an int is the length of a null pointer.

    *type_name* and *level_name* describe the option in lists. *readable* is False if getsockopt(2) fails for the
    option. *is_passive* is False if getsockopt(2) changes the socket or opens a file descriptor.
    :func:`sockcore.options.all` skips both. *reader* is called with the file descriptor instead of getsockopt(2), and
    returns the bytes for *decode*. *is_available* is False if the system of this process does not define the option.

    A copy of an option, and the result of pickle, is a plain int.
    """

    __module__ = "sockcore.plugin"

    if TYPE_CHECKING:  # get_type_hints() cannot resolve type variables
        name: str
        level: int
        number: int
        size: int
        decode: Callable[[bytes], Value]
        encode: Callable[..., Any] | None
        family: int | None
        needs_descriptor: bool
        type_name: str
        level_name: str
        readable: bool
        is_passive: bool
        reader: Callable[[int], bytes] | None
        is_available: bool

    def __new__(
        cls,
        name: str,
        level: int,
        number: int,
        size: int,
        decode: Callable[[bytes], Value],
        encode: Callable[..., Any] | None = None,
        family: int | None = None,
        needs_descriptor: bool = False,
        *,
        type_name: str = "",
        level_name: str = "",
        readable: bool = True,
        is_passive: bool = True,
        reader: Callable[[int], bytes] | None = None,
        is_available: bool = True,
    ) -> Option[Value]:
        self = int.__new__(cls, number)
        self.name = name
        self.level = int(level)
        self.number = int(number)
        self.size = size
        self.decode = decode
        self.encode = encode
        self.family = family
        self.needs_descriptor = needs_descriptor
        self.type_name = type_name
        self.level_name = level_name
        self.readable = readable
        self.is_passive = is_passive
        self.reader = reader
        self.is_available = is_available
        return self

    def __repr__(self) -> str:
        return f"<Option {self.name}: {self.number}>"

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (self.number,)

    @property
    def key(self) -> tuple[int, ...]:
        """The key in the registry: level and number, and the family if it has one."""
        return _key(self.level, self.number, self.family)


def _key(level: int, number: int, family: int | None) -> tuple[int, ...]:
    return (level, number) if family is None else (level, number, family)


def struct_value(struct: Struct) -> Callable[[bytes], object]:
    """Return a decoder for *struct*: to a tuple of its fields, or a single value."""
    check_type("struct", struct, Struct, "a Struct")

    def decode(data: bytes) -> object:
        values = struct.unpack(data)
        return values[0] if len(values) == 1 else values

    return decode


def struct_bytes(struct: Struct) -> Callable[[Any], bytes]:
    """Return the encoder for a *struct* of integers: inverse of :func:`struct_value`.

    Its exceptions are those of :func:`tuple_bytes`.
    """
    check_type("struct", struct, Struct, "a Struct")
    return tuple_bytes(struct.name, struct.offsets(), integers_bytes(struct.name, struct.offsets(), struct.pack))


def integers_bytes(name: str, fields: Iterable[str], pack: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that passes integers to *pack*.

    It raises TypeError, with the names of struct and field, for other values.
    """
    labels = [f"{name} {field}".rstrip() for field in fields]
    return lambda *values: pack(*map(named_integer, labels, values))


def tuple_bytes(name: str, fields: Iterable[str], pack: Callable[..., bytes]) -> Callable[[Any], bytes]:
    """Return an encoder for a tuple of *fields*, or for the value of a single field.

    It passes the values to *pack*. It raises TypeError for a tuple of another length, and OverflowError if *pack*
    rejects a value as too large. Both messages name the struct.
    """
    fields = tuple(fields)
    names = ", ".join(fields)

    def encode(value: Any) -> bytes:
        values = (value,) if len(fields) == 1 else value
        if not isinstance(values, tuple) or len(values) != len(fields):
            raise TypeError(f"{name} must be a tuple ({names}), not {value!r}")
        try:
            return pack(*values)
        except (StructError, OverflowError):
            raise OverflowError(f"{name} ({names}) cannot hold {value!r}") from None

    return encode
