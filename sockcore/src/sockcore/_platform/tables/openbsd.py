"""Constants of OpenBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "MSG_BCAST": 0x100,
    "MSG_CMSG_CLOEXEC": 0x800,
    "MSG_CMSG_CLOFORK": 0x2000,
    "MSG_CTRUNC": 0x20,
    "MSG_DONTWAIT": 0x80,
    "MSG_EOR": 0x8,
    "MSG_MCAST": 0x200,
    "MSG_NOSIGNAL": 0x400,
    "MSG_TRUNC": 0x10,
    "MSG_WAITALL": 0x40,
    "MSG_WAITFORONE": 0x1000,
    "SCM_TIMESTAMP": 4,
    "SOCK_CLOEXEC": 0x8000,
    "SOCK_CLOFORK": 0x800,
    "SOCK_DGRAM": 2,
    "SOCK_DNS": 4096,
    "SOCK_NONBLOCK": 0x4000,
    "SOCK_STREAM": 1,
    "SOL_SOCKET": 0xFFFF,
    "SOMAXCONN": 128,
    "SO_ACCEPTCONN": 2,
    "SO_BINDANY": 0x1000,
    "SO_BROADCAST": 32,
    "SO_DOMAIN": 0x1024,
    "SO_DONTROUTE": 16,
    "SO_ERROR": 0x1007,
    "SO_KEEPALIVE": 8,
    "SO_LINGER": 128,
    "SO_OOBINLINE": 0x100,
    "SO_PROTOCOL": 0x1025,
    "SO_RCVBUF": 0x1002,
    "SO_RCVLOWAT": 0x1004,
    "SO_RCVTIMEO": 0x1006,
    "SO_REUSEADDR": 4,
    "SO_REUSEPORT": 0x200,
    "SO_RTABLE": 0x1021,
    "SO_SNDBUF": 0x1001,
    "SO_SNDLOWAT": 0x1003,
    "SO_SNDTIMEO": 0x1005,
    "SO_SPLICE": 0x1023,
    "SO_TIMESTAMP": 0x800,
    "SO_TYPE": 0x1008,
    "SO_USELOOPBACK": 64,
    "SO_ZEROIZE": 0x2000,
    "cmsg_align": 8,
    "cmsg_header": 16,
    "cmsg_len_size": 4,
    "ifname_size": 16,
    "siocgifindex": 0,
    "siocgifname": 0,
    "sockaddr_storage": 256,
}

VARIANTS: dict[str, dict[str, int | None]] = {
    "sparc": {
        "cmsg_align": 16,
    },
    "32bit x86": {
        "cmsg_align": 4,
        "cmsg_header": 12,
    },
}
