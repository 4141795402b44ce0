"""The C structs of AF_NFC.

`python -m sockcore check-layout sockcore_nfc` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import U8, U16, U32, CStruct, octets
from sockcore_nfc.constants import NFC_LLCP_MAX_SERVICE_NAME

HEADER: str = "<sys/socket.h> <linux/nfc.h>"
TARGET = (("sa_family", U16), ("dev_idx", U32), ("target_idx", U32), ("nfc_protocol", U32))
SOCKADDR_NFC: CStruct = CStruct("struct sockaddr_nfc", HEADER, {"*": TARGET})
#: The last field has the size of a pointer.
SOCKADDR_NFC_LLCP: CStruct = CStruct(
    "struct sockaddr_nfc_llcp",
    HEADER,
    {
        "*": (
            *TARGET,
            ("dsap", U8),
            ("ssap", U8),
            ("service_name", octets(NFC_LLCP_MAX_SERVICE_NAME)),
            ("service_name_len", "size"),
        )
    },
)
