"""The constants of this distribution, from the generated tables, and the constants of the core that it uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table, system_name
from sockcore_windows.tables.windows import GUIDS

#: Name -> number, from ``tables``. Empty on all systems except Windows.
TABLE = load_table("sockcore_windows.tables")

# Families are never negative: the default of a missing constant does not match any of them.
AF_HYPERV = TABLE.get("AF_HYPERV", -1)
HV_PROTOCOL_RAW = TABLE.get("HV_PROTOCOL_RAW", -1)
SOCK_STREAM = constants().get("SOCK_STREAM", -1)


#: The UUIDs of special partitions of Hyper-V. Empty on all systems except Windows.
PARTITIONS: dict[str, str] = GUIDS if system_name() == "windows" else {}
