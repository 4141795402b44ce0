"""The C structs of AF_LLC.

`python -m sockcore check-layout sockcore_llc` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import I32, U8, U16, Struct, octets, padding

SOCKADDR_LLC: Struct = Struct(
    "struct sockaddr_llc",
    "<linux/llc.h>",
    ("sllc_arphrd", U16),
    ("sllc_test", U8),
    ("sllc_xid", U8),
    ("sllc_ua", U8),
    ("sllc_sap", U8),
    ("sllc_mac", octets(6)),
    ("__pad", padding(2)),
    sockaddr=True,
)

LLC_PKTINFO: Struct = Struct(
    "struct llc_pktinfo",
    "<linux/llc.h>",
    ("lpi_ifindex", I32),
    ("lpi_sap", U8),
    ("lpi_mac", octets(6)),
    ("pad", padding(1)),
)
