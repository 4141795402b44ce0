"""Codecs that plugins register for control messages.

They are an addition to the manual. ``recvmsg`` still returns bytes. :mod:`sockcore.ancillary` returns values, by these
codecs, and :mod:`sockcore.errors` returns the entries of error queues.
"""

from __future__ import annotations

from sockcore._types import Any, Callable, Generic, Mapping, TypeVar

V = TypeVar("V")

#: The number of a control message that this system lacks. Its codec is not registered.
MISSING = -1


class Ancillary(Generic[V]):
    """The codec of a control message (cmsg) whose value has the type *V*.

    *decode* and *encode* convert its data. *encode* is None if programs can only receive the message. *discard*
    releases resources in received data that the program does not get, so that file descriptors do not leak. Only a
    message type that all families share can have it. *family* and the exceptions of *encode* are as for
    :class:`Option`. *decode* raises ValueError for data that it does not accept.

    *to_error* is for messages of the error queue: ``to_error(value, entry)`` returns what
    :func:`sockcore.errors.errors` yields for an :class:`Entry` with this message.

    A plugin may define the codecs of all systems. The number of a message that the system lacks is -1, and
    :attr:`is_available` is False.
    """

    __slots__ = ("decode", "discard", "encode", "family", "level", "name", "number", "to_error")
    __module__ = "sockcore.plugin"

    def __init__(
        self,
        name: str,
        level: int,
        number: int,
        decode: Callable[[bytes], V],
        encode: Callable[[Any], bytes] | None = None,
        discard: Callable[[bytes], None] | None = None,
        family: int | None = None,
        to_error: Callable[[V, Entry], Any] | None = None,
    ) -> None:
        self.name: str = name
        self.level: int = level
        self.number: int = number
        self.decode: Callable[[bytes], V] = decode
        self.encode: Callable[[Any], bytes] | None = encode
        self.discard: Callable[[bytes], None] | None = discard
        self.family: int | None = family
        self.to_error: Callable[[V, Entry], Any] | None = to_error

    @property
    def key(self) -> tuple[int, ...]:
        """The key in the registry: level and number, and the family if it has one."""
        return (self.level, self.number) if self.family is None else (self.level, self.number, self.family)

    @property
    def is_available(self) -> bool:
        """True if this system has the control message."""
        return self.number != MISSING

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} ({self.level}, {self.number})>"


class Entry:
    """A message of an error queue, before a codec converts it.

    *data* is the beginning of the packet that it concerns, *address* the address that recvmsg() returned, usually the
    destination of the packet. *values* has the control messages by name.
    """

    __slots__ = ("address", "data", "values")
    __module__ = "sockcore.plugin"

    def __init__(self, data: bytes, address: Any, values: Mapping[str, Any]) -> None:
        self.data: bytes = data
        self.address: Any = address
        self.values: Mapping[str, Any] = values


def declare_message(
    table: Mapping[str, int],
    name: str,
    level: str,
    decode: Callable[[bytes], V],
    encode: Callable[[Any], bytes] | None = None,
    discard: Callable[[bytes], None] | None = None,
    family: int | None = None,
    to_error: Callable[[V, Entry], Any] | None = None,
) -> Ancillary[V]:
    """Return the codec of the control message *name*, with the numbers in *table*.

    The arguments after *level* are those of :class:`Ancillary`. If the table has no such names, the result is not
    available (:attr:`Ancillary.is_available`).
    """
    number = table.get(name, MISSING) if level in table else MISSING
    return Ancillary(name, table.get(level, MISSING), number, decode, encode, discard, family, to_error)


def available_messages(module: Mapping[str, object]) -> list[Ancillary[Any]]:
    """Return the codecs in the globals of a module that this system has, without repetitions."""
    codecs: dict[tuple[int, ...], Ancillary[Any]] = {}
    for value in list(module.values()):
        if isinstance(value, Ancillary) and value.is_available:
            codecs.setdefault(value.key, value)
    return list(codecs.values())
