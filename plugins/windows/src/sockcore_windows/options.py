"""The socket options of AF_HYPERV, for sockcore.options. Their level is HV_PROTOCOL_RAW.

The options are registered with the family AF_HYPERV, because HV_PROTOCOL_RAW equals IPPROTO_ICMP.
(HVSOCKET_ADDRESS_FLAG_PASSTHRU is not an option, but a flag in the description of a partition.)
"""

from __future__ import annotations

from sockcore.plugin import FLAG, Any, Iterator, Option, OptionTable, number_kind
from sockcore_windows.constants import AF_HYPERV, TABLE

_table = OptionTable(TABLE, AF_HYPERV)

HVSOCKET_CONNECT_TIMEOUT: Option[int] = _table(
    "HVSOCKET_CONNECT_TIMEOUT", "HV_PROTOCOL_RAW", number_kind("=I", "milliseconds (int)")
)
HVSOCKET_CONTAINER_PASSTHRU: Option[bool] = _table("HVSOCKET_CONTAINER_PASSTHRU", "HV_PROTOCOL_RAW", FLAG)
HVSOCKET_CONNECTED_SUSPEND: Option[bool] = _table("HVSOCKET_CONNECTED_SUSPEND", "HV_PROTOCOL_RAW", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _table.options()
