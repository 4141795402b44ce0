"""The constants of AF_IEEE802154, with types for type checkers.

AF_IEEE802154 is from <sys/socket.h>, the rest from include/net/af_ieee802154.h of the kernel, which is not installed.
"""

from __future__ import annotations

AF_IEEE802154: int = 36
SOL_IEEE802154: int = 0
WPAN_WANTACK: int = 0
WPAN_SECURITY: int = 1
WPAN_SECURITY_LEVEL: int = 2
WPAN_WANTLQI: int = 3
IEEE802154_ADDR_NONE: int = 0
IEEE802154_ADDR_SHORT: int = 2
IEEE802154_ADDR_LONG: int = 3
IEEE802154_PANID_BROADCAST: int = 0xFFFF
IEEE802154_ADDR_BROADCAST: int = 0xFFFF
IEEE802154_ADDR_UNDEF: int = 0xFFFE

#: The constants that the plugin registers besides the name of the family.
CONSTANTS: dict[str, int] = {
    name: number for name, number in sorted(globals().items()) if name.isupper() and name != "AF_IEEE802154"
}
