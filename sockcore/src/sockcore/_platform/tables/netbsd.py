"""Constants of NetBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNSPEC
MSG_BCAST
MSG_CMSG_CLOEXEC
MSG_CMSG_CLOFORK
MSG_CTRUNC
MSG_DONTROUTE
MSG_DONTWAIT
MSG_EOR
MSG_MCAST
MSG_NBIO
MSG_NOSIGNAL
MSG_NOTIFICATION
MSG_OOB
MSG_PEEK
MSG_TRUNC
MSG_WAITALL
MSG_WAITFORONE
PF_UNSPEC
SCM_TIMESTAMP
SHUT_RD
SHUT_RDWR
SHUT_WR
SOCK_CLOEXEC
SOCK_CLOFORK
SOCK_CONN_DGRAM
SOCK_DCCP
SOCK_DGRAM
SOCK_NONBLOCK
SOCK_NOSIGPIPE
SOCK_RAW
SOCK_RDM
SOCK_SEQPACKET
SOCK_STREAM
SOL_SOCKET
SOMAXCONN
SO_ACCEPTCONN
SO_ACCEPTFILTER
SO_BROADCAST
SO_DEBUG
SO_DONTROUTE
SO_ERROR
SO_KEEPALIVE
SO_LINGER
SO_NOHEADER
SO_NOSIGPIPE
SO_OOBINLINE
SO_OVERFLOWED
SO_RCVBUF
SO_RCVLOWAT
SO_RCVTIMEO
SO_RERROR
SO_REUSEADDR
SO_REUSEPORT
SO_SNDBUF
SO_SNDLOWAT
SO_SNDTIMEO
SO_TIMESTAMP
SO_TYPE
SO_USELOOPBACK
cmsg_align
cmsg_header
cmsg_len_size
ifname_size
siocgifindex
siocgifname
sockaddr_storage
"""

VALUES: tuple[int, ...] = (
    0,  # AF_UNSPEC
    0x100,  # MSG_BCAST
    0x800,  # MSG_CMSG_CLOEXEC
    0x8000,  # MSG_CMSG_CLOFORK
    0x20,  # MSG_CTRUNC
    0x4,  # MSG_DONTROUTE
    0x80,  # MSG_DONTWAIT
    0x8,  # MSG_EOR
    0x200,  # MSG_MCAST
    0x1000,  # MSG_NBIO
    0x400,  # MSG_NOSIGNAL
    0x4000,  # MSG_NOTIFICATION
    0x1,  # MSG_OOB
    0x2,  # MSG_PEEK
    0x10,  # MSG_TRUNC
    0x40,  # MSG_WAITALL
    0x2000,  # MSG_WAITFORONE
    0,  # PF_UNSPEC
    8,  # SCM_TIMESTAMP
    0,  # SHUT_RD
    2,  # SHUT_RDWR
    1,  # SHUT_WR
    0x10000000,  # SOCK_CLOEXEC
    0x80000000,  # SOCK_CLOFORK
    6,  # SOCK_CONN_DGRAM
    6,  # SOCK_DCCP
    2,  # SOCK_DGRAM
    0x20000000,  # SOCK_NONBLOCK
    0x40000000,  # SOCK_NOSIGPIPE
    3,  # SOCK_RAW
    4,  # SOCK_RDM
    5,  # SOCK_SEQPACKET
    1,  # SOCK_STREAM
    0xFFFF,  # SOL_SOCKET
    128,  # SOMAXCONN
    2,  # SO_ACCEPTCONN
    0x1000,  # SO_ACCEPTFILTER
    32,  # SO_BROADCAST
    1,  # SO_DEBUG
    16,  # SO_DONTROUTE
    0x1007,  # SO_ERROR
    8,  # SO_KEEPALIVE
    128,  # SO_LINGER
    0x100A,  # SO_NOHEADER
    0x800,  # SO_NOSIGPIPE
    0x100,  # SO_OOBINLINE
    0x1009,  # SO_OVERFLOWED
    0x1002,  # SO_RCVBUF
    0x1004,  # SO_RCVLOWAT
    0x100C,  # SO_RCVTIMEO
    0x4000,  # SO_RERROR
    4,  # SO_REUSEADDR
    0x200,  # SO_REUSEPORT
    0x1001,  # SO_SNDBUF
    0x1003,  # SO_SNDLOWAT
    0x100B,  # SO_SNDTIMEO
    0x2000,  # SO_TIMESTAMP
    0x1008,  # SO_TYPE
    64,  # SO_USELOOPBACK
    8,  # cmsg_align
    16,  # cmsg_header
    4,  # cmsg_len_size
    16,  # ifname_size
    0,  # siocgifindex
    0,  # siocgifname
    128,  # sockaddr_storage
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "32bit": (
        """
        SOCK_CLOFORK
        """,
        (
            -2147483648,  # SOCK_CLOFORK
        ),
    ),
    "mips": (
        """
        SOCK_CLOFORK
        """,
        (
            -2147483648,  # SOCK_CLOFORK
        ),
    ),
    "powerpc": (
        """
        SOCK_CLOFORK
        """,
        (
            -2147483648,  # SOCK_CLOFORK
        ),
    ),
    "riscv": (
        """
        cmsg_align
        """,
        (
            16,  # cmsg_align
        ),
    ),
    "sparc": (
        """
        cmsg_align
        """,
        (
            16,  # cmsg_align
        ),
    ),
    "32bit x86": (
        """
        cmsg_align
        cmsg_header
        """,
        (
            4,  # cmsg_align
            12,  # cmsg_header
        ),
    ),
    "64bit arm": (
        """
        cmsg_align
        """,
        (
            16,  # cmsg_align
        ),
    ),
}

FACTS = """
cmsg_align
cmsg_header
cmsg_len_size
ifname_size
siocgifindex
siocgifname
sockaddr_storage
"""
