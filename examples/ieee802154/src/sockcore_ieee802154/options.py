"""The socket options of AF_IEEE802154, for sockcore.options. Datagram sockets have them."""

from __future__ import annotations

from enum import IntEnum

from sockcore.plugin import FLAG, INT, Any, Iterator, Option, OptionTable, enum_kind
from sockcore_ieee802154.constants import AF_IEEE802154, CONSTANTS


class Security(IntEnum):
    """Values of WPAN_SECURITY."""

    DEFAULT = 0
    OFF = 1
    ON = 2


# SOL_IEEE802154 is the number of IPPROTO_IP: the options are those of this family only.
_table = OptionTable(CONSTANTS, AF_IEEE802154)

#: True if the receiver must acknowledge each frame. This is the default.
WPAN_WANTACK: Option[bool] = _table("WPAN_WANTACK", "SOL_IEEE802154", FLAG)
#: Encryption of sent frames, instead of the setting of the interface. It needs CAP_NET_RAW.
WPAN_SECURITY: Option[Security] = _table("WPAN_SECURITY", "SOL_IEEE802154", enum_kind(Security))
#: The security level, 0 to 7, or -1 for that of the interface. It needs CAP_NET_RAW.
WPAN_SECURITY_LEVEL: Option[int] = _table("WPAN_SECURITY_LEVEL", "SOL_IEEE802154", INT)
#: True if recvmsg returns the quality of the link.
WPAN_WANTLQI: Option[bool] = _table("WPAN_WANTLQI", "SOL_IEEE802154", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the options."""
    yield from _table.options()
