"""Codecs that plugins register for control messages.

They are an addition to the manual. ``recvmsg`` still returns bytes. :mod:`sockcore.ancillary` returns values, by these
codecs.
"""

from __future__ import annotations

from sockcore._types import Callable


class Ancillary:
    """The codec of a control message (cmsg).

    *decode* and *encode* convert its data. *discard* releases resources in received data that the program does not get,
    so that file descriptors do not leak. Only a message type that all families share can have it. *family* and the
    exceptions of *encode* are as for :class:`Option`.
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
        """The key in the registry: level and number, and the family if it has one."""
        return (self.level, self.number) if self.family is None else (self.level, self.number, self.family)
