"""Constants of Windows."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_UNSPEC
MSG_BCAST
MSG_CTRUNC
MSG_DONTROUTE
MSG_ERRQUEUE
MSG_MCAST
MSG_OOB
MSG_PARTIAL
MSG_PEEK
MSG_PUSH_IMMEDIATE
MSG_TRUNC
MSG_WAITALL
PF_UNSPEC
SHUT_RD
SHUT_RDWR
SHUT_WR
SOCK_DGRAM
SOCK_RAW
SOCK_RDM
SOCK_SEQPACKET
SOCK_STREAM
SOL_SOCKET
SOMAXCONN
SO_ACCEPTCONN
SO_BROADCAST
SO_CONDITIONAL_ACCEPT
SO_CONNECT_TIME
SO_DEBUG
SO_DONTLINGER
SO_DONTROUTE
SO_ERROR
SO_EXCLUSIVEADDRUSE
SO_KEEPALIVE
SO_LINGER
SO_MAX_MSG_SIZE
SO_OOBINLINE
SO_RCVBUF
SO_RCVLOWAT
SO_RCVTIMEO
SO_REUSEADDR
SO_SNDBUF
SO_SNDLOWAT
SO_SNDTIMEO
SO_TYPE
SO_UPDATE_ACCEPT_CONTEXT
SO_UPDATE_CONNECT_CONTEXT
SO_USELOOPBACK
cmsg_align
cmsg_header
cmsg_len_size
fionbio
ifname_size
sio_get_extension_function_pointer
siocgifindex
siocgifname
sockaddr_storage
wsa_flags
"""

VALUES: tuple[int, ...] = (
    0,  # AF_UNSPEC
    0x400,  # MSG_BCAST
    0x200,  # MSG_CTRUNC
    0x4,  # MSG_DONTROUTE
    0x1000,  # MSG_ERRQUEUE
    0x800,  # MSG_MCAST
    0x1,  # MSG_OOB
    0x8000,  # MSG_PARTIAL
    0x2,  # MSG_PEEK
    0x20,  # MSG_PUSH_IMMEDIATE
    0x100,  # MSG_TRUNC
    0x8,  # MSG_WAITALL
    0,  # PF_UNSPEC
    0,  # SHUT_RD
    2,  # SHUT_RDWR
    1,  # SHUT_WR
    2,  # SOCK_DGRAM
    3,  # SOCK_RAW
    4,  # SOCK_RDM
    5,  # SOCK_SEQPACKET
    1,  # SOCK_STREAM
    0xFFFF,  # SOL_SOCKET
    2147483647,  # SOMAXCONN
    2,  # SO_ACCEPTCONN
    32,  # SO_BROADCAST
    0x3002,  # SO_CONDITIONAL_ACCEPT
    0x700C,  # SO_CONNECT_TIME
    1,  # SO_DEBUG
    -129,  # SO_DONTLINGER
    16,  # SO_DONTROUTE
    0x1007,  # SO_ERROR
    -5,  # SO_EXCLUSIVEADDRUSE
    8,  # SO_KEEPALIVE
    128,  # SO_LINGER
    0x2003,  # SO_MAX_MSG_SIZE
    0x100,  # SO_OOBINLINE
    0x1002,  # SO_RCVBUF
    0x1004,  # SO_RCVLOWAT
    0x1006,  # SO_RCVTIMEO
    4,  # SO_REUSEADDR
    0x1001,  # SO_SNDBUF
    0x1003,  # SO_SNDLOWAT
    0x1005,  # SO_SNDTIMEO
    0x1008,  # SO_TYPE
    0x700B,  # SO_UPDATE_ACCEPT_CONTEXT
    0x7010,  # SO_UPDATE_CONNECT_CONTEXT
    64,  # SO_USELOOPBACK
    8,  # cmsg_align
    16,  # cmsg_header
    8,  # cmsg_len_size
    2147772030,  # fionbio
    257,  # ifname_size
    3355443206,  # sio_get_extension_function_pointer
    0,  # siocgifindex
    0,  # siocgifname
    128,  # sockaddr_storage
    129,  # wsa_flags
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "32bit": (
        """
        cmsg_align
        cmsg_header
        cmsg_len_size
        """,
        (
            4,  # cmsg_align
            12,  # cmsg_header
            4,  # cmsg_len_size
        ),
    ),
}

FACTS = """
cmsg_align
cmsg_header
cmsg_len_size
fionbio
ifname_size
sio_get_extension_function_pointer
siocgifindex
siocgifname
sockaddr_storage
wsa_flags
"""

GUIDS: dict[str, str] = {
    "WSAID_WSARECVMSG": "F689D7C8-6F1F-436B-8A53-E54FE351C322",
}
