"""The socket option of AF_KCM, for sockcore.options. Source: networking/kcm in the kernel documentation."""

from __future__ import annotations

from sockcore.plugin import FLAG, Any, Iterator, Option, OptionTable
from sockcore_kcm.constants import CONSTANTS

_table = OptionTable(CONSTANTS)

#: True if the kernel gives no more messages to this socket of the multiplexor.
KCM_RECV_DISABLE: Option[bool] = _table("KCM_RECV_DISABLE", "SOL_KCM", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the option."""
    return _table.options()
