"""GUIDs, between the text that programs have and the struct of Windows. <guiddef.h>.

In memory a GUID is three numbers, each little-endian, and eight bytes: what ``uuid.UUID.bytes_le`` gives, without the
import of :mod:`uuid`.
"""

from __future__ import annotations

import struct

_DIGITS = frozenset("0123456789abcdefABCDEF")
_GROUPS = [8, 4, 4, 4, 12]
_NUMBERS = struct.Struct("<IHH")


def guid_bytes(text: str) -> bytes:
    """Return the struct of a GUID written as five groups of hexadecimal digits, no braces; ValueError if it is none."""
    groups = text.split("-")
    if [len(group) for group in groups] != _GROUPS or not _DIGITS.issuperset("".join(groups)):
        raise ValueError(f"{text!r} is not a UUID")
    first, second, third, *rest = groups
    return _NUMBERS.pack(int(first, 16), int(second, 16), int(third, 16)) + bytes.fromhex("".join(rest))


def guid_text(raw: bytes) -> str:
    """Return the text of a struct, in lower case."""
    first, second, third = _NUMBERS.unpack_from(raw)
    return f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:16].hex()}"
