"""The address families of Windows by number, for messages."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[int, str] = {
    0: "AF_UNSPEC",
    1: "AF_UNIX",
    2: "AF_INET",
    3: "AF_IMPLINK",
    4: "AF_PUP",
    5: "AF_CHAOS",
    6: "AF_IPX",
    7: "AF_ISO",
    8: "AF_ECMA",
    9: "AF_DATAKIT",
    10: "AF_CCITT",
    11: "AF_SNA",
    12: "AF_DECnet",
    13: "AF_DLI",
    14: "AF_LAT",
    15: "AF_HYLINK",
    16: "AF_APPLETALK",
    17: "AF_NETBIOS",
    18: "AF_VOICEVIEW",
    19: "AF_FIREFOX",
    20: "AF_UNKNOWN1",
    21: "AF_BAN",
    22: "AF_ATM",
    23: "AF_INET6",
    24: "AF_CLUSTER",
    25: "AF_12844",
    26: "AF_IRDA",
    28: "AF_NETDES",
    29: "AF_TCNPROCESS",
    30: "AF_TCNMESSAGE",
    31: "AF_ICLFXBM",
    32: "AF_BLUETOOTH",
    33: "AF_LINK",
    34: "AF_HYPERV",
}
