"""Constants of NetBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "MSG_BCAST": 0x100,
    "MSG_CMSG_CLOEXEC": 0x800,
    "MSG_CMSG_CLOFORK": 0x8000,
    "MSG_CTRUNC": 0x20,
    "MSG_DONTWAIT": 0x80,
    "MSG_EOR": 0x8,
    "MSG_MCAST": 0x200,
    "MSG_NBIO": 0x1000,
    "MSG_NOSIGNAL": 0x400,
    "MSG_NOTIFICATION": 0x4000,
    "MSG_TRUNC": 0x10,
    "MSG_WAITALL": 0x40,
    "MSG_WAITFORONE": 0x2000,
    "SCM_TIMESTAMP": 8,
    "SOCK_CLOEXEC": 0x10000000,
    "SOCK_CLOFORK": 0x80000000,
    "SOCK_CONN_DGRAM": 6,
    "SOCK_DCCP": 6,
    "SOCK_DGRAM": 2,
    "SOCK_NONBLOCK": 0x20000000,
    "SOCK_NOSIGPIPE": 0x40000000,
    "SOCK_STREAM": 1,
    "SOL_SOCKET": 0xFFFF,
    "SOMAXCONN": 128,
    "SO_ACCEPTCONN": 2,
    "SO_ACCEPTFILTER": 0x1000,
    "SO_BROADCAST": 32,
    "SO_DONTROUTE": 16,
    "SO_ERROR": 0x1007,
    "SO_KEEPALIVE": 8,
    "SO_LINGER": 128,
    "SO_NOHEADER": 0x100A,
    "SO_NOSIGPIPE": 0x800,
    "SO_OOBINLINE": 0x100,
    "SO_OVERFLOWED": 0x1009,
    "SO_RCVBUF": 0x1002,
    "SO_RCVLOWAT": 0x1004,
    "SO_RCVTIMEO": 0x100C,
    "SO_RERROR": 0x4000,
    "SO_REUSEADDR": 4,
    "SO_REUSEPORT": 0x200,
    "SO_SNDBUF": 0x1001,
    "SO_SNDLOWAT": 0x1003,
    "SO_SNDTIMEO": 0x100B,
    "SO_TIMESTAMP": 0x2000,
    "SO_TYPE": 0x1008,
    "SO_USELOOPBACK": 64,
    "cmsg_align": 8,
    "cmsg_header": 16,
    "cmsg_len_size": 4,
    "ifname_size": 16,
    "siocgifindex": 0,
    "siocgifname": 0,
    "sockaddr_storage": 128,
}

VARIANTS: dict[str, dict[str, int | None]] = {
    "32bit": {
        "SOCK_CLOFORK": -2147483648,
    },
    "mips": {
        "SOCK_CLOFORK": -2147483648,
    },
    "powerpc": {
        "SOCK_CLOFORK": -2147483648,
    },
    "riscv": {
        "cmsg_align": 16,
    },
    "sparc": {
        "cmsg_align": 16,
    },
    "32bit x86": {
        "cmsg_align": 4,
        "cmsg_header": 12,
    },
    "64bit arm": {
        "cmsg_align": 16,
    },
}
