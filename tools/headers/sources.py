"""Headers to read on each system, and constants that they lack or get wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .config import BLUETOOTH, BSD, CAN, INET, LINUX_MISC, POSIX, UNIX, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIBC = (
    "sys/types.h",
    "sys/socket.h",
    "sys/un.h",
    "sys/ucred.h",
    "netinet/in.h",
    "netinet/tcp.h",
    "netinet/udp.h",
    "net/if.h",
    "netdb.h",
)

_BSD = (*_LIBC, "netinet/sctp.h")

#: System -> translation units: headers that can be included together. Values of a name in several units must be equal.
#:
#: glibc on 32-bit machines has two values for SO_RCVTIMEO, SO_SNDTIMEO and SO_TIMESTAMP*, for time_t of 32 and 64 bits.
#: The tables have those of the default, 32 bits, with which a timeval is two C longs (``struct.pack("ll", ...)``). The
#: names of the others end in _NEW. musl has a time_t of 64 bits, and uses the _NEW values.
UNITS: dict[str, tuple[tuple[str, ...], ...]] = {
    "linux": (
        (*_LIBC, "sys/ioctl.h"),
        # Headers of the kernel, which are newer than the copies in C libraries, and conflict with them.
        (
            "sys/types.h",
            "sys/time.h",
            "asm/socket.h",
            "linux/socket.h",
            "linux/in.h",
            "linux/in6.h",
            "linux/tcp.h",
            "linux/udp.h",
            "linux/net.h",
            "linux/errqueue.h",
            "linux/net_tstamp.h",
            "linux/un.h",
        ),
        ("stdint.h", "sys/socket.h", "linux/sctp.h"),
        ("linux/mptcp.h",),
        ("linux/tls.h",),
        ("limits.h", "netinet/in.h", "linux/netfilter_ipv4.h"),
        ("linux/can.h", "linux/can/raw.h", "linux/can/isotp.h", "linux/can/j1939.h", "linux/can/error.h"),
        ("linux/can/bcm.h",),
        (
            "sys/ioctl.h",
            "bluetooth/bluetooth.h",
            "bluetooth/hci.h",
            "bluetooth/l2cap.h",
            "bluetooth/rfcomm.h",
            "bluetooth/sco.h",
        ),
        ("linux/netlink.h", "linux/rtnetlink.h"),
        ("linux/if_packet.h", "linux/if_ether.h", "linux/if_arp.h"),
        ("net/ethernet.h",),
        ("linux/tipc.h",),
        ("linux/if_alg.h",),
        ("sys/ioctl.h", "sys/socket.h", "linux/vm_sockets.h"),
        ("linux/rds.h",),
        ("linux/qrtr.h",),
    ),
    "freebsd": (
        _BSD,
        (
            "sys/types.h",
            "sys/bitstring.h",
            "netgraph/bluetooth/include/ng_bluetooth.h",
            "netgraph/bluetooth/include/ng_hci.h",
            "netgraph/bluetooth/include/ng_l2cap.h",
            "netgraph/bluetooth/include/ng_btsocket.h",
        ),
        ("sys/types.h", "net/ethernet.h"),
    ),
    "netbsd": (
        _BSD,
        ("sys/types.h", "netbt/bluetooth.h", "netbt/hci.h", "netbt/l2cap.h", "netbt/rfcomm.h", "netbt/sco.h"),
        ("sys/socket.h", "netcan/can.h"),
    ),
    "darwin": (
        _BSD,
        ("sys/types.h", "sys/socket.h", "sys/ioctl.h", "sys/kern_control.h", "net/if_utun.h"),
        ("sys/types.h", "net/ethernet.h"),
    ),
    # All other headers need the first.
    "windows": (
        ("winsock2.h", "ws2tcpip.h", "mswsock.h", "mstcpip.h", "ifdef.h", "afunix.h", "hvsocket.h", "ws2bth.h"),
    ),
    "*": (_BSD,),
}

#: System -> constants that no exported header defines. The source of CPython contains these numbers too.
ADDED = {
    # include/net/udplite.h of Linux, which is not exported to programs.
    "linux": {
        "UDPLITE_SEND_CSCOV": 10,
        "UDPLITE_RECV_CSCOV": 11,
        # include/linux/socket.h: glibc has copies of all, musl of some.
        "SOL_NETLINK": 270,
        "SOL_TIPC": 271,
        "SOL_RDS": 276,
        "SOL_ALG": 279,
        "SOL_MPTCP": 284,
        "SOL_VSOCK": 287,
        "MSG_SOCK_DEVMEM": 0x2000000,
        "SCM_SECURITY": 3,
        "SCM_PIDFD": 4,
        # include/net/bluetooth/bluetooth.h, newer than the copy in BlueZ.
        "BT_SCM_ERROR": 4,
        "BT_VOICE_TRANSPARENT_16BIT": 0x63,
        # Defined by CPython for a proposal that the kernel has not accepted.
        "ALG_OP_SIGN": 2,
        "ALG_OP_VERIFY": 3,
        "ALG_SET_PUBKEY": 6,
    },
    # bsd/sys/sys_domain.h of XNU, which zig lacks.
    "darwin": {"SYSPROTO_CONTROL": 2, "SYSPROTO_EVENT": 1},
    # ws2def.h of Microsoft, newer than that of mingw-w64.
    "windows": {
        "AF_HYPERV": 34,
        "AF_LINK": 33,
        "MSG_ERRQUEUE": 0x1000,
        "SOL_IP": 0xFFFB,
        # ws2tcpip.h of Microsoft.
        "UDP_SEND_MSG_SIZE": 2,
        "UDP_RECV_MAX_COALESCED_SIZE": 3,
        "UDP_COALESCED_INFO": 3,
    },
}

#: System -> constants that a header defines with wrong values. Unnecessary entries are an error.
CORRECTED = {
    # ws2tcpip.h of Microsoft, where it is equal to EAI_NONAME.
    "windows": {"EAI_NODATA": 11001},
}

#: Constants for systems without them, as the Python manual promises for a few. Numbers of protocols are from IANA,
#: addresses from RFC 1112 and RFC 1122, ports from 4.2BSD. Headers take precedence.
DEFAULTS = {
    "IPPORT_RESERVED": 1024,
    "IPPORT_USERRESERVED": 5000,
    "IPPROTO_ICMP": 1,
    "IPPROTO_IP": 0,
    "IPPROTO_RAW": 255,
    "IPPROTO_TCP": 6,
    "IPPROTO_UDP": 17,
    "SOL_IP": 0,
    "SOL_TCP": 6,
    "SOL_UDP": 17,
    "INADDR_ANY": 0x00000000,
    "INADDR_BROADCAST": 0xFFFFFFFF,
    "INADDR_LOOPBACK": 0x7F000001,
    "INADDR_UNSPEC_GROUP": 0xE0000000,
    "INADDR_ALLHOSTS_GROUP": 0xE0000001,
    "INADDR_MAX_LOCAL_GROUP": 0xE00000FF,
    "INADDR_NONE": 0xFFFFFFFF,
}

#: Preferred names of address families with several names.
FAMILY_NAMES = ("AF_UNIX", "AF_NETLINK", "AF_PPPOX", "AF_IPX")

#: Module that declares structs -> its systems; see :mod:`tools.headers.layouts`.
LAYOUTS: dict[str, tuple[str, ...]] = {
    "sockcore._families.kernel_structs": POSIX,
    "sockcore._system.structs": (*POSIX, "windows"),
    "sockcore._system.winsock_interfaces": ("windows",),
    "sockcore._options.structs": (*POSIX, "windows"),
    "sockcore_inet.structs": INET.on(),
    "sockcore_inet.ip_structs": INET.on(),
    "sockcore_inet.tcp_structs": INET.on(),
    "sockcore_inet.sctp_option_structs": ("linux",),
    "sockcore_inet.sctp_bsd_structs": ("freebsd", "netbsd"),
    "sockcore_inet.sctp_structs": ("linux", "freebsd"),
    "sockcore_inet.system_messages": ("freebsd",),
    "sockcore_unix.structs": UNIX.on(),
    "sockcore_can.structs": CAN.on(),
    "sockcore_bluetooth.structs": BLUETOOTH.on(),
    "sockcore_linux_misc.structs": LINUX_MISC.on(),
    "sockcore_windows.structs": WINDOWS.on(),
    "sockcore_bsd.structs": BSD.on(),
}

#: System -> headers of other systems, with the header that replaces each.
HEADER_REPLACEMENTS = {
    "windows": {
        "<netinet/in.h>": "<ws2tcpip.h>",
        "<netdb.h>": "<ws2tcpip.h>",
        "<sys/socket.h>": "<winsock2.h>",
        "<sys/time.h>": "<winsock2.h>",
        "<sys/un.h>": "<afunix.h>",
    },
}

#: Header -> (pattern of the whole name, public name) of constants that the socket module of CPython renames.
RENAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "linux/can/bcm.h": ((r"((?:TX|RX)_\w+|SETTIMER|STARTTIMER|CAN_FD_FRAME)", r"CAN_BCM_\1"),),
    "netgraph/bluetooth/include/ng_btsocket.h": (
        (r"BLUETOOTH_PROTO_(\w+)", r"BTPROTO_\1"),
        (r"SOL_HCI_RAW", "SOL_HCI"),
        (r"SO_HCI_RAW_FILTER", "HCI_FILTER"),
    ),
    "winsock2.h": (
        ("SD_RECEIVE", "SHUT_RD"),
        ("SD_SEND", "SHUT_WR"),
        ("SD_BOTH", "SHUT_RDWR"),
        (r"([AP]F)_BTH", r"\1_BLUETOOTH"),
    ),
    "ws2bth.h": ((r"BTHPROTO_(\w+)", r"BTPROTO_\1"),),
}


def public_name(name: str, headers: Iterable[str]) -> str:
    """Return the public name for *name* in a unit of *headers*."""
    for header in headers:
        for pattern, replacement in RENAMED.get(header, ()):
            if match := re.fullmatch(pattern, name):
                return match.expand(replacement)
    return name
