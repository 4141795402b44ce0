"""Network interfaces by name and index: if_nameindex, if_nametoindex, if_indextoname."""

from __future__ import annotations

import os
import sys

from sockcore.plugin import SupportsIndex, Union, interface_index, interface_list, interface_name
from sockcore_inet.integers import to_uint32

Name = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


def if_nameindex() -> list[tuple[int, str]]:
    """Return all network interfaces as pairs (index, name).

    Raises OSError if the system cannot list them. Source: if_nameindex(3), RFC 3493.
    """
    return interface_list()


def if_nametoindex(if_name: Name, /) -> int:
    """Return the index of a network interface.

    Raises OSError if the interface does not exist. The exception has an errno from Python 3.14. Source:
    if_nametoindex(3), RFC 3493.
    """
    try:
        return interface_index(if_name)  # type: ignore[arg-type]
    except OSError as exc:
        if sys.version_info >= (3, 14) and exc.errno:
            raise OSError(exc.errno, os.strerror(exc.errno)) from None
        raise OSError("no interface with this name") from None


def if_indextoname(if_index: SupportsIndex, /) -> str:
    """Return the name of a network interface.

    Raises OSError (ENXIO) if the interface does not exist, and OverflowError if *if_index* does not fit in 32 bits.
    Source: if_indextoname(3), RFC 3493.
    """
    return interface_name(to_uint32(if_index, "unsigned int", "an integer is required"))
