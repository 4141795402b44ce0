"""The C structs of AF_PHONET.

`python -m sockcore check-layout sockcore_phonet` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import U8, Struct, padding

SOCKADDR_PN: Struct = Struct(
    "struct sockaddr_pn",
    "<sys/socket.h> <linux/phonet.h>",
    ("spn_obj", U8),
    ("spn_dev", U8),
    ("spn_resource", U8),
    ("spn_zero", padding(11)),
    sockaddr=True,
)
