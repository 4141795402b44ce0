"""The socket options of Phonet pipes, for sockcore.options. Source: networking/phonet in the kernel documentation."""

from __future__ import annotations

from sockcore.plugin import FLAG, INT, Any, Iterator, Option, OptionTable, number_kind
from sockcore_phonet.constants import CONSTANTS

_table = OptionTable(CONSTANTS)

#: PNPIPE_ENCAP_NONE, or PNPIPE_ENCAP_IP if the pipe carries IP packets of a network interface.
PNPIPE_ENCAP: Option[int] = _table("PNPIPE_ENCAP", "SOL_PNPIPE", INT)
#: The index of this interface.
PNPIPE_IFINDEX: Option[int] = _table("PNPIPE_IFINDEX", "SOL_PNPIPE", INT, "r")
#: The number of the pipe.
PNPIPE_HANDLE: Option[int] = _table("PNPIPE_HANDLE", "SOL_PNPIPE", number_kind("=i", low=0, high=254))
#: True if a connected pipe can transfer data at once.
PNPIPE_INITSTATE: Option[bool] = _table("PNPIPE_INITSTATE", "SOL_PNPIPE", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the options."""
    return _table.options()
