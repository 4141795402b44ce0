"""Constants of OpenBSD."""

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
MSG_NOSIGNAL
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
SOCK_DGRAM
SOCK_DNS
SOCK_NONBLOCK
SOCK_RAW
SOCK_RDM
SOCK_SEQPACKET
SOCK_STREAM
SOL_SOCKET
SOMAXCONN
SO_ACCEPTCONN
SO_BINDANY
SO_BROADCAST
SO_DEBUG
SO_DOMAIN
SO_DONTROUTE
SO_ERROR
SO_KEEPALIVE
SO_LINGER
SO_OOBINLINE
SO_PROTOCOL
SO_RCVBUF
SO_RCVLOWAT
SO_RCVTIMEO
SO_REUSEADDR
SO_REUSEPORT
SO_RTABLE
SO_SNDBUF
SO_SNDLOWAT
SO_SNDTIMEO
SO_SPLICE
SO_TIMESTAMP
SO_TYPE
SO_USELOOPBACK
SO_ZEROIZE
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
    0x2000,  # MSG_CMSG_CLOFORK
    0x20,  # MSG_CTRUNC
    0x4,  # MSG_DONTROUTE
    0x80,  # MSG_DONTWAIT
    0x8,  # MSG_EOR
    0x200,  # MSG_MCAST
    0x400,  # MSG_NOSIGNAL
    0x1,  # MSG_OOB
    0x2,  # MSG_PEEK
    0x10,  # MSG_TRUNC
    0x40,  # MSG_WAITALL
    0x1000,  # MSG_WAITFORONE
    0,  # PF_UNSPEC
    4,  # SCM_TIMESTAMP
    0,  # SHUT_RD
    2,  # SHUT_RDWR
    1,  # SHUT_WR
    0x8000,  # SOCK_CLOEXEC
    0x800,  # SOCK_CLOFORK
    2,  # SOCK_DGRAM
    4096,  # SOCK_DNS
    0x4000,  # SOCK_NONBLOCK
    3,  # SOCK_RAW
    4,  # SOCK_RDM
    5,  # SOCK_SEQPACKET
    1,  # SOCK_STREAM
    0xFFFF,  # SOL_SOCKET
    128,  # SOMAXCONN
    2,  # SO_ACCEPTCONN
    0x1000,  # SO_BINDANY
    32,  # SO_BROADCAST
    1,  # SO_DEBUG
    0x1024,  # SO_DOMAIN
    16,  # SO_DONTROUTE
    0x1007,  # SO_ERROR
    8,  # SO_KEEPALIVE
    128,  # SO_LINGER
    0x100,  # SO_OOBINLINE
    0x1025,  # SO_PROTOCOL
    0x1002,  # SO_RCVBUF
    0x1004,  # SO_RCVLOWAT
    0x1006,  # SO_RCVTIMEO
    4,  # SO_REUSEADDR
    0x200,  # SO_REUSEPORT
    0x1021,  # SO_RTABLE
    0x1001,  # SO_SNDBUF
    0x1003,  # SO_SNDLOWAT
    0x1005,  # SO_SNDTIMEO
    0x1023,  # SO_SPLICE
    0x800,  # SO_TIMESTAMP
    0x1008,  # SO_TYPE
    64,  # SO_USELOOPBACK
    0x2000,  # SO_ZEROIZE
    8,  # cmsg_align
    16,  # cmsg_header
    4,  # cmsg_len_size
    16,  # ifname_size
    0,  # siocgifindex
    0,  # siocgifname
    256,  # sockaddr_storage
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {
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
