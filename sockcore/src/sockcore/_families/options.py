"""Codecs that plugins register for socket options.

They are an addition to the manual. ``getsockopt`` still returns numbers and bytes. :mod:`sockcore.options` returns
values, by these codecs.
"""

from __future__ import annotations

from struct import error as StructError

from sockcore._exceptions import named_integer
from sockcore._families.structs import Struct
from sockcore._types import Any, Callable, Iterable


class Option:
    """The codec of a socket option whose value is more than an int.

    *size* is the size in bytes of the buffer for getsockopt(2). *decode* converts the bytes that the kernel wrote.
    *encode* returns the bytes for setsockopt(2), or is None if the option is read-only. *family* is the address family
    of the level, if another family uses the number of the level too (SOL_HCI is IPPROTO_IP).

    With *needs_descriptor*, the call is ``encode(value, fd)`` with the socket's file descriptor. It is needed for the
    names of interfaces, which depend on the network namespace of the socket. *encode* raises TypeError, ValueError or
    OverflowError for an invalid value.
    """

    __slots__ = ("decode", "encode", "family", "level", "name", "needs_descriptor", "number", "size")
    __module__ = "sockcore.plugin"

    def __init__(
        self,
        name: str,
        level: int,
        number: int,
        size: int,
        decode: Callable[[bytes], object],
        encode: Callable[..., bytes] | None = None,
        family: int | None = None,
        needs_descriptor: bool = False,
    ) -> None:
        self.name = name
        self.level = level
        self.number = number
        self.size = size
        self.decode = decode
        self.encode = encode
        self.family = family
        self.needs_descriptor = needs_descriptor

    @property
    def key(self) -> tuple[int, ...]:
        """The key in the registry: level and number, and the family if it has one."""
        return _key(self.level, self.number, self.family)


def _key(level: int, number: int, family: int | None) -> tuple[int, ...]:
    return (level, number) if family is None else (level, number, family)


def struct_value(struct: Struct) -> Callable[[bytes], object]:
    """Return a decoder for *struct*: to a tuple of its fields, or a single value."""

    def decode(data: bytes) -> object:
        values = struct.unpack(data)
        return values[0] if len(values) == 1 else values

    return decode


def struct_bytes(struct: Struct) -> Callable[[Any], bytes]:
    """Return the encoder for a *struct* of integers: inverse of :func:`struct_value`.

    Its exceptions are those of :func:`tuple_bytes`.
    """
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
