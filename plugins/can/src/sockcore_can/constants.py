"""The constants of AF_CAN on this system, and the constants of the core that its codecs use."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name -> number, from ``tables``. Empty on a system without CAN: the plugin then registers nothing.
TABLE = load_table("sockcore_can.tables")

# Families and protocols are never negative: the default of a missing constant does not match any of them.
AF_CAN = TABLE.get("AF_CAN", -1)
CAN_RAW = TABLE.get("CAN_RAW", -1)
CAN_ISOTP = TABLE.get("CAN_ISOTP", -2)
CAN_J1939 = TABLE.get("CAN_J1939", -3)

#: The socket type of CAN_RAW, and the socket type of all other protocols.
SOCK_RAW = constants().get("SOCK_RAW", -1)
SOCK_DGRAM = constants().get("SOCK_DGRAM", -1)

#: The size of an interface name in bytes, including the terminating NUL.
NAME_SIZE = constants().get("ifname_size", 16)
