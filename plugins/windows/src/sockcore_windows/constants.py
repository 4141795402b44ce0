"""The constants that this plugin brings, and those that its own parts are made of."""

from __future__ import annotations

from sockcore.plugin import constants, load_table, system_name
from sockcore_windows.tables.windows import GUIDS

#: Name to number, from ``tables``; empty on a system that is not Windows.
TABLE = load_table("sockcore_windows.tables")

# No family has a negative number: one that the system lacks equals none.
AF_HYPERV = TABLE.get("AF_HYPERV", -1)
HV_PROTOCOL_RAW = TABLE.get("HV_PROTOCOL_RAW", -1)
SOCK_STREAM = constants().get("SOCK_STREAM", -1)


def public() -> dict[str, object]:
    """Return the names of the module: the partitions of Hyper-V that have a meaning of their own are UUIDs."""
    return {**TABLE, **GUIDS} if system_name() == "windows" else {}
