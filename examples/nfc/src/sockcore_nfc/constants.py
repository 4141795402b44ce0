"""The constants of AF_NFC, with types for type checkers.

AF_NFC and SOL_NFC are from <sys/socket.h>, the rest from <linux/nfc.h>.
"""

from __future__ import annotations

AF_NFC: int = 39
SOL_NFC: int = 280
NFC_SOCKPROTO_RAW: int = 0
NFC_SOCKPROTO_LLCP: int = 1
NFC_PROTO_JEWEL: int = 1
NFC_PROTO_MIFARE: int = 2
NFC_PROTO_FELICA: int = 3
NFC_PROTO_ISO14443: int = 4
NFC_PROTO_NFC_DEP: int = 5
NFC_PROTO_ISO14443_B: int = 6
NFC_PROTO_ISO15693: int = 7
NFC_LLCP_RW: int = 0
NFC_LLCP_MIUX: int = 1
NFC_LLCP_REMOTE_MIU: int = 2
NFC_LLCP_REMOTE_LTO: int = 3
NFC_LLCP_REMOTE_RW: int = 4
NFC_LLCP_MAX_SERVICE_NAME: int = 63

#: The constants that the plugin registers. Families of single protocols do not register their name.
CONSTANTS: dict[str, int] = {name: number for name, number in sorted(globals().items()) if name.isupper()}
