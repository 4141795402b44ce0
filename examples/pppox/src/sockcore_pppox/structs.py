"""The C structs of <linux/if_pppox.h>.

`python -m sockcore check-layout sockcore_pppox` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import BE16, U32, Struct, octets

#: The struct is packed, and sa_protocol is not aligned. The union contains a struct pppoe_addr.
SOCKADDR_PPPOX: Struct = Struct(
    "struct sockaddr_pppox",
    "<linux/if_pppox.h>",
    ("sa_protocol", U32),
    ("sa_addr.pppoe.sid", BE16),
    ("sa_addr.pppoe.remote", octets(6)),
    ("sa_addr.pppoe.dev", octets(16)),
    sockaddr=True,
)
PPPOE_TAG: Struct = Struct("struct pppoe_tag", "<linux/if_pppox.h>", ("tag_type", BE16), ("tag_len", BE16))
