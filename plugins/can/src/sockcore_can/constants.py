"""The constants that AF_CAN brings on this system, and those of the core that it is used with."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name to number, from ``tables``; empty on a system without CAN, and the plugin then brings nothing.
TABLE = load_table("sockcore_can.tables")

# No family and no protocol has a negative number: one that the system lacks equals none.
AF_CAN = TABLE.get("AF_CAN", -1)
CAN_RAW = TABLE.get("CAN_RAW", -1)
CAN_ISOTP = TABLE.get("CAN_ISOTP", -2)
CAN_J1939 = TABLE.get("CAN_J1939", -3)

#: The socket types of CAN_RAW and of all others.
SOCK_RAW = constants().get("SOCK_RAW", -1)
SOCK_DGRAM = constants().get("SOCK_DGRAM", -1)

#: Bytes of an interface's name, with the NUL behind it.
NAME_SIZE = constants().get("ifname_size", 16)
