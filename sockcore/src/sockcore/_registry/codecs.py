"""What a plugin may bring beside families: readable socket options and readable ancillary data.

Both are additions to the manual: ``getsockopt`` and ``recvmsg`` go on giving numbers and bytes, and
:mod:`sockcore.options` and :mod:`sockcore.ancillary` give values, by the codecs that plugins registered.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sockcore._registry.layout import Struct


class Option:
    """A socket option whose value is more than an int.

    *size* is the buffer that getsockopt(2) needs, in bytes; *decode* gets what the kernel wrote and *encode*
    gives what setsockopt(2) takes, or is None where the option is read-only.
    """

    __slots__ = ("decode", "encode", "level", "name", "number", "size")

    def __init__(
        self,
        name: str,
        level: int,
        number: int,
        size: int,
        decode: Callable[[bytes], object],
        encode: Callable[[object], bytes] | None = None,
    ) -> None:
        self.name = name
        self.level = level
        self.number = number
        self.size = size
        self.decode = decode
        self.encode = encode


class Ancillary:
    """A kind of control message (cmsg): how to read its data, to make them, and to let go of what they hold.

    *discard* is called where data were received that nobody will get, so that file descriptors do not leak.
    """

    __slots__ = ("decode", "discard", "encode", "level", "name", "number")

    def __init__(
        self,
        name: str,
        level: int,
        number: int,
        decode: Callable[[bytes], object],
        encode: Callable[[object], bytes] | None = None,
        discard: Callable[[bytes], None] | None = None,
    ) -> None:
        self.name = name
        self.level = level
        self.number = number
        self.decode = decode
        self.encode = encode
        self.discard = discard


def struct_value(struct: Struct) -> Callable[[bytes], object]:
    """Return a decoder that gives the fields of *struct* as a tuple, or the value alone where it has but one."""

    def decode(raw: bytes) -> object:
        values = struct.unpack(raw)
        return values[0] if len(values) == 1 else values

    return decode
