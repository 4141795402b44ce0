"""Numbers from programs, as C's unsigned types take them: in range, or an error in the interpreter's words.

The interpreter changed both words and types in 3.14: a negative number is an OverflowError before, a ValueError since.
"""

from __future__ import annotations

import sys
from operator import index
from struct import calcsize

from sockcore.plugin import SupportsIndex, c_int

_NEW_WORDS = sys.version_info >= (3, 14)
_BITS_OF_LONG = 8 * calcsize("l")
_TOO_LARGE_FOR_INT = "Python int too large to convert to C int" if sys.version_info >= (3, 13) else ""


def unsigned16(value: SupportsIndex, function: str) -> int:
    """Return an argument of *function* as an unsigned number of 16 bits.

    TypeError if it is no integer, OverflowError if it is too large, and see above if it is negative.
    """
    if _NEW_WORDS:
        return _in_range(value, 16, "uint16_t")
    number = c_int(value, _TOO_LARGE_FOR_INT)
    if number < 0:
        raise OverflowError(f"{function}: can't convert negative Python int to C 16-bit unsigned integer")
    if number >> 16:
        raise OverflowError(f"{function}: Python int too large to convert to C 16-bit unsigned integer")
    return number


def unsigned32(value: SupportsIndex, c_type: str, no_integer: str) -> int:
    """Return an argument as an unsigned number of 32 bits, C's *c_type*; errors as for :func:`unsigned16`.

    *no_integer* is the message, before 3.14, for an object without ``__index__``, ``{}`` standing for its type. The
    standard library of those versions takes nothing but an int.
    """
    if _NEW_WORDS:
        return _in_range(value, 32, c_type)
    if not hasattr(type(value), "__index__"):
        raise TypeError(no_integer.format(type(value).__name__))
    number = index(value)
    if number < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if number >> _BITS_OF_LONG:
        raise OverflowError("Python int too large to convert to C unsigned long")
    if number >> 32:
        raise OverflowError("int larger than 32 bits")
    return number


def long_argument(value: SupportsIndex) -> int:
    """Return the argument of ntohl() and htonl() as an unsigned number of 32 bits; errors as above."""
    return unsigned32(value, "uint32_t", "expected int, {} found")


def _in_range(value: SupportsIndex, bits: int, c_type: str) -> int:
    number = index(value)
    if number < 0:
        raise ValueError("Cannot convert negative int")
    if number >> bits:
        raise OverflowError(f"Python int too large for C {c_type}")
    return number


def wrapped(value: SupportsIndex) -> int:
    """Return *value* modulo 2**32, as the fields ``sin6_flowinfo`` and ``sin6_scope_id`` are read from a tuple."""
    try:
        return c_int(value) & 0xFFFFFFFF
    except OverflowError:
        return index(value) & 0xFFFFFFFF
