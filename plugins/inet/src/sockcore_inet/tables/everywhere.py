"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_INET": 2,
    "AI_CANONNAME": 0x2,
    "AI_NUMERICHOST": 0x4,
    "AI_PASSIVE": 0x1,
    "INADDR_ANY": 0x0,
    "INADDR_LOOPBACK": 0x7F000001,
    "IPPORT_RESERVED": 1024,
    "IPPROTO_AH": 51,
    "IPPROTO_DSTOPTS": 60,
    "IPPROTO_EGP": 8,
    "IPPROTO_ESP": 50,
    "IPPROTO_FRAGMENT": 44,
    "IPPROTO_HOPOPTS": 0,
    "IPPROTO_ICMP": 1,
    "IPPROTO_ICMPV6": 58,
    "IPPROTO_IDP": 22,
    "IPPROTO_IGMP": 2,
    "IPPROTO_IP": 0,
    "IPPROTO_IPV6": 41,
    "IPPROTO_NONE": 59,
    "IPPROTO_PIM": 103,
    "IPPROTO_PUP": 12,
    "IPPROTO_RAW": 255,
    "IPPROTO_ROUTING": 43,
    "IPPROTO_SCTP": 132,
    "IPPROTO_TCP": 6,
    "IPPROTO_UDP": 17,
    "NI_DGRAM": 0x10,
    "NI_MAXSERV": 32,
    "PF_INET": 2,
    "SOL_TCP": 6,
    "SOL_UDP": 17,
    "TCP_NODELAY": 1,
}
