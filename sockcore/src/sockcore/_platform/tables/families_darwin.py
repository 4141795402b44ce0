"""The address families of macOS by number, for messages."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[int, str] = {
    0: "AF_UNSPEC",
    1: "AF_UNIX",
    2: "AF_INET",
    3: "AF_IMPLINK",
    4: "AF_PUP",
    5: "AF_CHAOS",
    6: "AF_NS",
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
    17: "AF_ROUTE",
    18: "AF_LINK",
    20: "AF_COIP",
    21: "AF_CNT",
    23: "AF_IPX",
    24: "AF_SIP",
    27: "AF_NDRV",
    28: "AF_E164",
    30: "AF_INET6",
    31: "AF_NATM",
    32: "AF_SYSTEM",
    33: "AF_NETBIOS",
    34: "AF_PPP",
    36: "AF_RESERVED_36",
    37: "AF_IEEE80211",
    38: "AF_UTUN",
    40: "AF_VSOCK",
}
