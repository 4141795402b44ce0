"""The C struct of an address of AF_IEEE802154."""

from __future__ import annotations

from sockcore.plugin import I32, U16, Struct, octets, padding

HEADER: str = "<net/af_ieee802154.h>"
#: hwaddr is a union: the 8 bytes of an extended address, or a short address in the byte order of the machine.
SOCKADDR_IEEE802154: Struct = Struct(
    "struct sockaddr_ieee802154",
    HEADER,
    ("padding1", padding(2)),
    ("addr.addr_type", I32),
    ("addr.pan_id", U16),
    ("addr.hwaddr", octets(8)),
    ("padding2", padding(2)),
    sockaddr=True,
)
SHORT_ADDRESS: Struct = Struct("__u16", HEADER, ("short_addr", U16))
