"""inet_aton, inet_ntoa, inet_pton, inet_ntop: between the text and the packed form of an IP address.

What counts as a valid text is the C library's to say: inet(3), inet_pton(3), inet_ntop(3).
"""

from __future__ import annotations

from sockcore.plugin import SupportsIndex, Union
from sockcore.plugin import c_int as as_c_int
from sockcore.plugin import inet_pton as pton
from sockcore_inet.calls import system
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.numeric import SIZES, packed4, packed6, text4, text6
from sockcore_inet.text import (
    aton_argument,
    invalid_length,
    invalid_text,
    packed_argument,
    str_argument,
    unknown_family,
)

Packed = Union[bytes, bytearray, memoryview]

_packed_by = {AF_INET: packed4, AF_INET6: packed6}


aton = system.aton


def inet_aton(ip_string: str, /) -> bytes:
    """Convert an IPv4 address from text (``'123.45.67.89'``, or with fewer dots, inet(3)) to 4 bytes.

    TypeError if it is no str, ValueError if it has a null in it, OSError if it is no address.
    """
    packed: bytes | None = aton(aton_argument(ip_string))
    if packed is None:
        raise invalid_text("inet_aton")
    return packed


def inet_ntoa(packed_ip: Packed, /) -> str:
    """Convert an IPv4 address from a bytes-like object of 4 bytes to text. OSError if it has not 4 bytes."""
    packed = packed_argument(packed_ip)
    if len(packed) != 4:
        raise invalid_length("inet_ntoa")
    return text4(packed)


def inet_pton(address_family: SupportsIndex, ip_string: str, /) -> bytes:
    """Convert an IP address of AF_INET or AF_INET6 from text to its 4 or 16 bytes.

    OSError if the text is no address of the family, or the family is another (EAFNOSUPPORT).
    """
    family = as_c_int(address_family)
    raw = str_argument("inet_pton", 2, ip_string)
    found = _packed_by[family](ip_string) if family in _packed_by else pton(family, raw, 0)
    if found is None:
        raise invalid_text("inet_pton")
    return found


def inet_ntop(address_family: SupportsIndex, packed_ip: Packed, /) -> str:
    """Convert an IP address of AF_INET (4 bytes) or AF_INET6 (16 bytes) to text.

    ValueError if the family is another, or *packed_ip* has not the right length.
    """
    family = as_c_int(address_family)
    packed = packed_argument(packed_ip)
    size = SIZES.get(family)
    if size is None:
        raise unknown_family(family)
    if len(packed) != size:
        raise invalid_length("inet_ntop")
    return text4(packed) if family == AF_INET else text6(packed)
