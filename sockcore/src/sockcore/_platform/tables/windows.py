"""Constants of Windows, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "MSG_BCAST": 0x400,
    "MSG_CTRUNC": 0x200,
    "MSG_ERRQUEUE": 0x1000,
    "MSG_MCAST": 0x800,
    "MSG_PARTIAL": 0x8000,
    "MSG_PUSH_IMMEDIATE": 0x20,
    "MSG_TRUNC": 0x100,
    "MSG_WAITALL": 0x8,
    "SOCK_DGRAM": 2,
    "SOCK_STREAM": 1,
    "SOL_SOCKET": 0xFFFF,
    "SOMAXCONN": 2147483647,
    "SO_ACCEPTCONN": 2,
    "SO_BROADCAST": 32,
    "SO_CONDITIONAL_ACCEPT": 0x3002,
    "SO_CONNECT_TIME": 0x700C,
    "SO_DONTLINGER": -129,
    "SO_DONTROUTE": 16,
    "SO_ERROR": 0x1007,
    "SO_EXCLUSIVEADDRUSE": -5,
    "SO_KEEPALIVE": 8,
    "SO_LINGER": 128,
    "SO_MAX_MSG_SIZE": 0x2003,
    "SO_OOBINLINE": 0x100,
    "SO_RCVBUF": 0x1002,
    "SO_RCVLOWAT": 0x1004,
    "SO_RCVTIMEO": 0x1006,
    "SO_REUSEADDR": 4,
    "SO_SNDBUF": 0x1001,
    "SO_SNDLOWAT": 0x1003,
    "SO_SNDTIMEO": 0x1005,
    "SO_TYPE": 0x1008,
    "SO_UPDATE_ACCEPT_CONTEXT": 0x700B,
    "SO_UPDATE_CONNECT_CONTEXT": 0x7010,
    "SO_USELOOPBACK": 64,
    "cmsg_align": 8,
    "cmsg_header": 16,
    "cmsg_len_size": 8,
    "fionbio": 2147772030,
    "ifname_size": 257,
    "sio_get_extension_function_pointer": 3355443206,
    "siocgifindex": 0,
    "siocgifname": 0,
    "sockaddr_storage": 128,
    "wsa_flags": 129,
}

VARIANTS: dict[str, dict[str, int | None]] = {
    "32bit": {
        "cmsg_align": 4,
        "cmsg_header": 12,
        "cmsg_len_size": 4,
    },
}

GUIDS: dict[str, str] = {
    "WSAID_WSARECVMSG": "F689D7C8-6F1F-436B-8A53-E54FE351C322",
}
