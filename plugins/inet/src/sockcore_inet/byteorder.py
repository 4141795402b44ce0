"""ntohl, ntohs, htonl, htons: between network byte order (big-endian) and this machine's."""

from __future__ import annotations

import sys

from sockcore.plugin import SupportsIndex
from sockcore_inet.integers import long_argument, unsigned16


def _swap(number: int, size: int) -> int:
    return int.from_bytes(number.to_bytes(size, "big"), sys.byteorder)


def ntohl(x: SupportsIndex, /) -> int:
    """Convert a 32-bit number from network to host byte order.

    OverflowError if it does not fit in 32 bits; a negative one is a ValueError from Python 3.14.
    """
    return _swap(long_argument(x), 4)


def ntohs(x: SupportsIndex, /) -> int:
    """Convert a 16-bit number from network to host byte order.

    OverflowError if it does not fit in 16 bits; a negative one is a ValueError from Python 3.14.
    """
    return _swap(unsigned16(x, "ntohs"), 2)


def htonl(x: SupportsIndex, /) -> int:
    """Convert a 32-bit number from host to network byte order.

    OverflowError if it does not fit in 32 bits; a negative one is a ValueError from Python 3.14.
    """
    return _swap(long_argument(x), 4)


def htons(x: SupportsIndex, /) -> int:
    """Convert a 16-bit number from host to network byte order.

    OverflowError if it does not fit in 16 bits; a negative one is a ValueError from Python 3.14.
    """
    return _swap(unsigned16(x, "htons"), 2)
