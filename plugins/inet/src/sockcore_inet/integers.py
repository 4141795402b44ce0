"""Conversion of integer arguments to unsigned C types, with the exceptions and messages of the running CPython.

Python 3.14 changed them: a negative number raises ValueError, where earlier versions raise OverflowError.
"""

from __future__ import annotations

import sys
from _operator import index
from struct import calcsize

from sockcore.plugin import SupportsIndex, c_int

_HAS_NEW_MESSAGES = sys.version_info >= (3, 14)
_BITS_OF_LONG = 8 * calcsize("l")
_TOO_LARGE_FOR_INT = "Python int too large to convert to C int" if sys.version_info >= (3, 13) else ""


def to_uint16(value: SupportsIndex, function: str) -> int:
    """Convert an argument of *function* to an unsigned integer of 16 bits.

    Raises TypeError if it is not an integer, OverflowError if it is too large, and ValueError or OverflowError if it is
    negative.
    """
    if _HAS_NEW_MESSAGES:
        return _check_range(value, 16, "uint16_t")
    number = c_int(value, _TOO_LARGE_FOR_INT)
    if number < 0:
        raise OverflowError(f"{function}: can't convert negative Python int to C 16-bit unsigned integer")
    if number >> 16:
        raise OverflowError(f"{function}: Python int too large to convert to C 16-bit unsigned integer")
    return number


def to_uint32(value: SupportsIndex, c_type: str, type_message: str) -> int:
    """Convert an argument to an unsigned integer of 32 bits.

    Raises the same exceptions as :func:`to_uint16`. *c_type* is the name of the C type. *type_message* is the message
    before Python 3.14 for an object without ``__index__``; ``{}`` stands for the name of its type. The standard library
    of those versions accepts only int.
    """
    if _HAS_NEW_MESSAGES:
        return _check_range(value, 32, c_type)
    if not hasattr(type(value), "__index__"):
        raise TypeError(type_message.format(type(value).__name__))
    number = index(value)
    if number < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if number >> _BITS_OF_LONG:
        raise OverflowError("Python int too large to convert to C unsigned long")
    if number >> 32:
        raise OverflowError("int larger than 32 bits")
    return number


def to_htonl_argument(value: SupportsIndex) -> int:
    """Convert the argument of htonl() or ntohl().

    Raises the same exceptions as :func:`to_uint16`.
    """
    return to_uint32(value, "uint32_t", "expected int, {} found")


def _check_range(value: SupportsIndex, bits: int, c_type: str) -> int:
    number = index(value)
    if number < 0:
        raise ValueError("Cannot convert negative int")
    if number >> bits:
        raise OverflowError(f"Python int too large for C {c_type}")
    return number


def to_wrapped_uint32(value: SupportsIndex) -> int:
    """Return *value* modulo 2**32.

    CPython converts flowinfo and scope_id of an address tuple in this way.
    """
    try:
        return c_int(value) & 0xFFFFFFFF
    except OverflowError:
        return index(value) & 0xFFFFFFFF
