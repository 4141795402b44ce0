"""The socket option of AF_MCTP, for sockcore.options."""

from __future__ import annotations

from sockcore.plugin import FLAG, Any, Iterator, Option, OptionTable
from sockcore_mctp import AF_MCTP, CONSTANTS

_table = OptionTable(CONSTANTS, AF_MCTP)

#: True if addresses may be extended: recvfrom returns the interface and the physical address of the sender.
MCTP_OPT_ADDR_EXT: Option[bool] = _table("MCTP_OPT_ADDR_EXT", "SOL_MCTP", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the codec of the option."""
    yield from _table.options()
