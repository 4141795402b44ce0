"""Conversions of byte order, and of IP addresses between text and packed form: the pure implementation.

The C library decides which text is a valid address: inet(3), inet_pton(3), inet_ntop(3).
"""

from __future__ import annotations

import sys

from sockcore.plugin import SupportsIndex
from sockcore.plugin import c_int as to_c_int
from sockcore.plugin import inet_pton as system_inet_pton
from sockcore_inet.arguments import (
    invalid_length_error,
    invalid_text_error,
    to_aton_bytes,
    to_packed_bytes,
    to_utf8_argument,
    unknown_family_error,
)
from sockcore_inet.backend import functions
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.integers import to_htonl_argument, to_uint16
from sockcore_inet.numeric_addresses import ADDRESS_SIZES, format_ipv4, format_ipv6, parse_ipv4, parse_ipv6

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
else:
    ReadableBuffer = object


_PARSERS = {AF_INET: parse_ipv4, AF_INET6: parse_ipv6}


aton = functions.aton


def _swap32(number: int) -> int:
    return int.from_bytes(number.to_bytes(4, "big"), sys.byteorder)


if sys.byteorder == "little":
    # For 16 bits, arithmetic takes two thirds of the time of int.from_bytes() on CPython, and a hundredth on PyPy.
    def _swap16(number: int) -> int:
        return (number & 0xFF) << 8 | number >> 8

else:

    def _swap16(number: int) -> int:
        return number


def ntohl(x: SupportsIndex, /) -> int:
    """Convert a 32-bit integer from network to host byte order.

    Raises OverflowError if it does not fit in 32 bits. A negative number raises ValueError from Python 3.14.
    """
    return _swap32(to_htonl_argument(x))


def ntohs(x: SupportsIndex, /) -> int:
    """Convert a 16-bit integer from network to host byte order.

    Raises OverflowError if it does not fit in 16 bits. A negative number raises ValueError from Python 3.14.
    """
    return _swap16(to_uint16(x, "ntohs"))


def htonl(x: SupportsIndex, /) -> int:
    """Convert a 32-bit integer from host to network byte order.

    Raises OverflowError if it does not fit in 32 bits. A negative number raises ValueError from Python 3.14.
    """
    return _swap32(to_htonl_argument(x))


def htons(x: SupportsIndex, /) -> int:
    """Convert a 16-bit integer from host to network byte order.

    Raises OverflowError if it does not fit in 16 bits. A negative number raises ValueError from Python 3.14.
    """
    return _swap16(to_uint16(x, "htons"))


def inet_aton(ip_string: str, /) -> bytes:
    """Convert an IPv4 address from text to 4 bytes.

    The text is a dotted quad (``'123.45.67.89'``) or one of the shorter forms of inet(3).
    Raises TypeError if it is not a str, ValueError if it contains a null character, OSError if it is not an address.
    """
    packed: bytes | None = aton(to_aton_bytes(ip_string))
    if packed is None:
        raise invalid_text_error("inet_aton")
    return packed


def inet_ntoa(packed_ip: ReadableBuffer, /) -> str:
    """Convert an IPv4 address from a bytes-like object to text.

    Raises OSError if the object does not have 4 bytes.
    """
    packed = to_packed_bytes(packed_ip)
    if len(packed) != 4:
        raise invalid_length_error("inet_ntoa")
    return format_ipv4(packed)


def inet_pton(address_family: SupportsIndex, ip_string: str, /) -> bytes:
    """Convert an IP address of AF_INET or AF_INET6 from text to 4 or 16 bytes.

    Raises OSError if the text is not an address of the family, and OSError (EAFNOSUPPORT) for other families.
    """
    family = to_c_int(address_family)
    text = to_utf8_argument("inet_pton", 2, ip_string)
    packed = _PARSERS[family](ip_string) if family in _PARSERS else system_inet_pton(family, text, 0)
    if packed is None:
        raise invalid_text_error("inet_pton")
    return packed


def inet_ntop(address_family: SupportsIndex, packed_ip: ReadableBuffer, /) -> str:
    """Convert an IP address of AF_INET (4 bytes) or AF_INET6 (16 bytes) to text.

    Raises ValueError for other families, and if *packed_ip* has the wrong length.
    """
    family = to_c_int(address_family)
    packed = to_packed_bytes(packed_ip)
    size = ADDRESS_SIZES.get(family)
    if size is None:
        raise unknown_family_error(family)
    if len(packed) != size:
        raise invalid_length_error("inet_ntop")
    return format_ipv4(packed) if family == AF_INET else format_ipv6(packed)
