"""What a plugin may bring beside families: readable socket options and readable ancillary data.

Both are additions to the manual: ``getsockopt`` and ``recvmsg`` go on giving numbers and bytes, and
:mod:`sockcore.options` and :mod:`sockcore.ancillary` give values, by the codecs that plugins registered.
"""

from __future__ import annotations

from struct import error as StructError

from sockcore._exceptions import named_integer
from sockcore._families.structs import Struct
from sockcore._types import Any, Callable, Iterable


class Option:
    """A socket option whose value is more than an int.

    *size* is the buffer that getsockopt(2) needs, in bytes; *decode* gets what the kernel wrote and *encode*
    gives what setsockopt(2) takes, or is None where the option is read-only. *family* is the one address family
    whose level this is, where the number of the level is another family's too (SOL_HCI is IPPROTO_IP).

    With *needs_descriptor*, ``encode(value, fd)`` gets the socket's file descriptor too: for the names of interfaces,
    which are those of the socket's own network namespace. An *encode* raises TypeError, ValueError or OverflowError for
    a wrong value.
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
        """What tells it from all others: level and number, and family if it has one."""
        return _key(self.level, self.number, self.family)


class Ancillary:
    """A kind of control message (cmsg): how to read its data, to make them, and to let go of what they hold.

    *discard* is called where data were received that nobody will get, so that file descriptors do not leak; only a
    kind that all families share can have it. *family* is as for :class:`Option`, and so are the errors of *encode*.
    """

    __slots__ = ("decode", "discard", "encode", "family", "level", "name", "number")
    __module__ = "sockcore.plugin"

    def __init__(
        self,
        name: str,
        level: int,
        number: int,
        decode: Callable[[bytes], object],
        encode: Callable[[object], bytes] | None = None,
        discard: Callable[[bytes], None] | None = None,
        family: int | None = None,
    ) -> None:
        self.name = name
        self.level = level
        self.number = number
        self.decode = decode
        self.encode = encode
        self.discard = discard
        self.family = family

    @property
    def key(self) -> tuple[int, ...]:
        """What tells it from all others: level and number, and family if it has one."""
        return _key(self.level, self.number, self.family)


def _key(level: int, number: int, family: int | None) -> tuple[int, ...]:
    return (level, number) if family is None else (level, number, family)


def struct_value(struct: Struct) -> Callable[[bytes], object]:
    """Return a decoder that gives the fields of *struct* as a tuple, or the value alone where it has but one."""

    def decode(data: bytes) -> object:
        values = struct.unpack(data)
        return values[0] if len(values) == 1 else values

    return decode


def struct_bytes(struct: Struct) -> Callable[[Any], bytes]:
    """Return the encoder to :func:`struct_value` of a *struct* of integers; its errors are :func:`tuple_bytes`'."""
    return tuple_bytes(struct.name, struct.offsets(), integers_bytes(struct.name, struct.offsets(), struct.pack))


def integers_bytes(name: str, fields: Iterable[str], pack: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that passes integers to *pack*; TypeError, which names struct and field, for other values."""
    labels = [f"{name} {field}".rstrip() for field in fields]
    return lambda *values: pack(*map(named_integer, labels, values))


def tuple_bytes(name: str, fields: Iterable[str], pack: Callable[..., bytes]) -> Callable[[Any], bytes]:
    """Return an encoder of a tuple of *fields*, or of the value alone where there is but one: what *pack* makes of it.

    TypeError for another shape, OverflowError where *pack* says that a value does not fit; both name the struct.
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
