"""The numbers in addresses of CAN_ISOTP and CAN_J1939: unsigned, and in range.

The standard library wraps what is out of range, so that 2**32 + 5 is the identifier 5; here it is an OverflowError.
"""

from __future__ import annotations

from operator import index

from sockcore.plugin import c_int

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore.plugin import Context


def argument(value: Any, number: int) -> int:
    """Return part *number* of an address as an int: TypeError, in the words of C's parser, if it is none."""
    try:
        return value if type(value) is int else index(value)
    except TypeError:
        kind = "None" if value is None else type(value).__name__
        raise TypeError(f"argument {number} must be int, not {kind}") from None


def integer(value: Any) -> int:
    """Return an int: TypeError, in the words of each Python, if *value* is none."""
    try:
        return c_int(value)
    except OverflowError:
        return index(value)


def in_range(value: int, bits: int, what: str, context: Context) -> int:
    """Return *value*; OverflowError if it does not fit into an unsigned field of so many *bits*."""
    if value < 0 or value >> bits:
        raise OverflowError(f"{context.operation}(): {what} must be 0-{2**bits - 1}.")
    return value
