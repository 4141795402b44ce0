"""The messages of AF_KEY: a header, and extensions whose length is a multiple of 8 bytes. Source: RFC 2367."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, named_integer, to_bytes
from sockcore_key.constants import PF_KEY_V2
from sockcore_key.structs import SADB_EXT, SADB_MSG

_UNIT = 8
_FIELDS = (("type", 255), ("satype", 255), ("seq", 2**32 - 1), ("pid", 2**32 - 1), ("errno", 255))


class KeyMessage(NamedTuple):
    """A message: its type SADB_*, the type SADB_SATYPE_* of its associations, and its extensions.

    An extension is its type SADB_EXT_* and the data after its header. *errno* is that of the request.
    """

    type: int
    satype: int = 0
    seq: int = 0
    pid: int = 0
    errno: int = 0
    extensions: tuple[tuple[int, bytes], ...] = ()


def pack_message(message: KeyMessage) -> bytes:
    """Return the bytes of a message. Extensions are filled with zeros up to a multiple of 8 bytes.

    Raises TypeError for a wrong type, and OverflowError for a number or an extension that is too large.
    """
    if not isinstance(message, KeyMessage):
        raise TypeError(f"message must be KeyMessage, not {type(message).__name__}")
    kind, satype, seq, pid, errno = (in_field(name, getattr(message, name), most) for name, most in _FIELDS)
    body = b"".join(pack_extension(number, data) for number, data in message.extensions)
    length = in_field("length of the message", (SADB_MSG.size + len(body)) // _UNIT, 2**16 - 1)
    return SADB_MSG.pack(PF_KEY_V2, kind, errno, satype, length, seq, pid) + body


def unpack_message(data: bytes) -> KeyMessage:
    """Return the message in the received bytes. Raises ValueError for a wrong version or length."""
    if len(data) < SADB_MSG.size:
        raise ValueError(f"a message has at least {SADB_MSG.size} bytes, not {len(data)}")
    values: Any = SADB_MSG.unpack(data[: SADB_MSG.size])
    version, kind, errno, satype, length, seq, pid = values
    if version != PF_KEY_V2:
        raise ValueError(f"the version of the message must be {PF_KEY_V2}, not {version}")
    if length * _UNIT != len(data):
        raise ValueError(f"the message has {len(data)} bytes, and its header {length * _UNIT}")
    extensions = []
    start = SADB_MSG.size
    while start < len(data):
        size, number = (int(value) for value in SADB_EXT.unpack(data[start : start + SADB_EXT.size]))
        end = start + size * _UNIT
        if not start < end <= len(data):
            raise ValueError(f"the extension {number} has {size * _UNIT} bytes, and {len(data) - start} are left")
        extensions.append((number, data[start + SADB_EXT.size : end]))
        start = end
    return KeyMessage(kind, satype, seq, pid, errno, tuple(extensions))


def pack_extension(number: object, data: object) -> bytes:
    """Return the bytes of an extension."""
    content = to_bytes(data, "extension")
    units = -(-(SADB_EXT.size + len(content)) // _UNIT)
    header = SADB_EXT.pack(
        in_field("length of the extension", units, 2**16 - 1), in_field("type of the extension", number, 2**16 - 1)
    )
    return (header + content).ljust(units * _UNIT, b"\0")


def in_field(name: str, value: object, most: int) -> int:
    """Return an int. Raises TypeError for another object, and OverflowError if it is out of range."""
    number = named_integer(name, value)
    if not 0 <= number <= most:
        raise OverflowError(f"{name} must be 0 to {most}, not {number}")
    return number
