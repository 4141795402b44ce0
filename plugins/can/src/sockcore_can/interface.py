"""The parts of every address of AF_CAN, of which the first is a network interface by name.

1. A name is a str, bytes or a path, in the file system's encoding; ``''`` stands for all interfaces of the family.
2. What does not fit into an interface's name is an error, and nothing is cut.
3. What comes out is a str: ``''`` for all of them, and for an interface that is gone.
"""

from __future__ import annotations

import os
from operator import index

from sockcore.plugin import Any, Context, wrong_address_type
from sockcore_can.constants import NAME_SIZE


def parts(address: object, context: Context, count: int, wrong_count: str) -> tuple[Any, ...]:
    """Return the interface's name as bytes, and the other parts of an address that has *count* of them.

    TypeError if *address* is no tuple of so many, in the words of *wrong_count*, or if its first part is no name;
    ValueError if that has a NUL in it, UnicodeEncodeError if it has no bytes.
    """
    if not isinstance(address, tuple):
        raise wrong_address_type(f"{context.operation}()", "AF_CAN", address)
    if len(address) != count:
        raise TypeError(wrong_count.format(len(address)))
    name = os.fsencode(address[0])
    if b"\0" in name:
        raise ValueError("embedded null byte")
    return (name, *address[1:])


def argument(value: Any, number: int) -> int:
    """Return part *number* of an address as an int: TypeError, in the words of C's parser, if it is none."""
    try:
        return index(value)
    except TypeError:
        kind = "None" if value is None else type(value).__name__
        raise TypeError(f"argument {number} must be int, not {kind}") from None


def index_of(name: bytes, context: Context) -> int:
    """Return the index of an interface, 0 for ``b''``; OSError if the name is too long, ENODEV if nobody has it."""
    if not name:
        return 0
    if len(name) >= NAME_SIZE:
        raise OSError("AF_CAN interface name too long")
    try:
        return context.interface_index(os.fsdecode(name))
    except OSError as problem:
        if problem.errno is None:
            raise
        raise OSError(problem.errno, os.strerror(problem.errno)) from None


def name_of(number: int, context: Context) -> str:
    """Return the name of an interface, ``''`` if there is none."""
    try:
        return context.interface_name(number) if number else ""
    except OSError:
        return ""
