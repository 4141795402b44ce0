"""Which headers are read on each system, and which names go into the table of which distribution.

A new distribution is one more entry of :data:`DISTRIBUTIONS`; the first entry that claims a name has it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Distribution(NamedTuple):
    """A distribution's table: where it is, the names that it has, and those of them that are junk."""

    name: str
    #: The folder of the table, from the root of the repository.
    folder: str
    #: Regular expressions for whole names.
    claims: tuple[str, ...]
    #: Names that match a claim and are no use to a program that has only sockets.
    leaves: tuple[str, ...] = ()
    #: Facts: a lower-case name, and a C expression for each system, ``'*'`` for all others.
    facts: tuple[tuple[str, dict[str, str]], ...] = ()
    #: The systems that have a table, none for all of them.
    systems: tuple[str, ...] = ()
    #: The type that a value has as a number of Python. CPython's is a long, so that INADDR_BROADCAST is -1 where that
    #: has 32 bits; where a program packs the value, as it does an identifier of CAN, it has to be what C has.
    number: str = "long"

    def has(self, name: str) -> bool:
        """Return whether *name* goes into this table, if no earlier distribution claims it."""
        return self.claimed(name) and not _matches(self.leaves, name)

    def claimed(self, name: str) -> bool:
        """Return whether *name* is this distribution's to take or to leave."""
        return _matches(self.claims, name)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


UNIX = Distribution(
    "sockcore-unix",
    "plugins/unix/src/sockcore_unix/tables",
    claims=(
        r"[AP]F_(UNIX|LOCAL)",
        r"SCM_(RIGHTS|CREDENTIALS|CREDS|PIDFD|SECURITY)",
        r"SO_(PASS|PEER)(CRED|SEC|PIDFD|GROUPS|RIGHTS)",
        r"(SOL_)?LOCAL(_\w+)?",
    ),
    leaves=(
        r"LOCAL_CREDS(_PERSISTENT)?",  # sockcore-bsd
        r"LOCAL_VENDOR",  # a number that no option has
        r"[AP]F_LOCAL",  # as an alias it would be the member's name: it comes first by the alphabet
    ),
)

INET = Distribution(
    "sockcore-inet",
    "plugins/inet/src/sockcore_inet/tables",
    claims=(
        r"[AP]F_INET6?",
        r"(IPPROTO|IPPORT|INADDR|IP|IPV6|MCAST)_\w+",
        r"(EAI|AI|NI)_\w+",
        r"(TCP|UDP|UDPLITE|SCTP|MPTCP)_\w+",
        r"SOL_(IP|IPV6|ICMPV6|RAW|TCP|TLS|UDP|UDPLITE|SCTP|MPTCP|DCCP)",
        r"SO_ORIGINAL_DST",  # of netfilter, at level SOL_IP
    ),
    leaves=(
        # Netlink's attributes, and the internals of a protocol.
        r"MPTCP_(PM|ATTR|EVENT|SUBFLOW_ATTR)_\w+",
        r"TCP_(CA|NLA|FLAG|ACCECN)_\w+",
        r"TCP_(MSS_\w+|COOKIE_\w+|S_DATA_\w+|\w+_BITS|DATA_OFFSET|QUEUES_NR|CA_NAME_MAX|NUM_\w+)",
        r"IPV6_(PRIORITY|TLV|FLOWINFO)_\w+",
        # Firewalls and other control of the kernel.
        r"(IP|IPV6)_(OLD_)?FW\d*_\w+",
        r"IP_(NAT_|DUMMYNET|RSVP|VIF)\w*",
        r"IP_\w*FW_?\w*",
        # FreeBSD's other TCP stacks, and logging.
        r"TCP_(BBR|RACK|HYBRID|LOG|TIMELY|HDWR|SHARED_CWND|REC|DGP|GP|IWND|FUNCTION|HONOR|HAS)_\w+",
        r"TCP_(LOG(BUF|DUMP|DUMPID|ID|ID_CNT)?|FILLCW_RATE_CAP|USE_CMP_ACKS|PACING_DND|SS_EEXIT|NO_TIMELY|NO_PRR)",
        # Types of SCTP's chunks, flags of its packets and of the kernel's structs, and statistics.
        r"SCTP_(DATA|INITIATION|HEARTBEAT|COOKIE|ASCONF|(NR_)?SELECTIVE|ECN|I?FORWARD|IDATA|PACKET|PAD)(_\w+)?",
        r"SCTP_(ABORT_ASSOCIATION|OPERATION_ERROR|STREAM_RESET|AUTHENTICATION|BADCRC|HAD_NO_TCB|FROM_MIDDLE_BOX)",
        r"SCTP_(CWR|SACK|SAT|CMT|MOBILITY|LTRACE|ALIGN|MAX_(COOKIE|CWND|HB|SACK|LOGGING))_\w+",
        r"SCTP_(ERROR|CAUSE|STR_LOG|PCB|FLIGHT|BLK|CWND|ASOC_\w+_LOG|LOG|MBCNT|RTTVAR|NAGLE|WAKE|SACK_LOG)_\w+",
        r"SCTP_\w+_(LOGGING|LOGGING_ENABLE|PEGS|STAT_LOG|VENDOR)",
        r"\w+_VENDOR",
    ),
)

CAN = Distribution(
    "sockcore-can",
    "plugins/can/src/sockcore_can/tables",
    claims=(r"[AP]F_CAN", r"CAN(FD|XL)?_\w+", r"SOL_CAN_\w+", r"J1939_\w+", r"(SO|SCM)_(J1939|CAN)_\w+"),
    leaves=(r"CAN_NPROTO",),
    systems=("linux", "netbsd"),
    number="long long",
)

BLUETOOTH = Distribution(
    "sockcore-bluetooth",
    "plugins/bluetooth/src/sockcore_bluetooth/tables",
    claims=(
        r"[AP]F_BLUETOOTH",
        r"(BT|BTPROTO|BDADDR|L2CAP|RFCOMM|SCO|HCI)_\w+",
        r"(SO|SCM)_(HCI|L2CAP|RFCOMM|SCO)_\w+",
        r"SOL_(BLUETOOTH|HCI|L2CAP|RFCOMM|SCO)",
        r"HCI(DEV|GET|SET|INQUIRY|UART|BLOCK|UNBLOCK)\w*",  # requests of ioctl(2)
    ),
    leaves=(
        # The protocol that controllers speak: commands, events, errors.
        r"HCI_(CMD|OCF|OGF|EVENT|EVT|ERR|SPEC|CLASS|LMP|COD|LINK|PKT_BUFFER|NUM|FLOW|LAP|UNIT|CLOCK)_\w+",
        r"RFCOMM_(FRAME|MCC|MSC|RPN)_\w+",
    ),
    systems=("linux", "freebsd", "netbsd"),
    number="long long",
)

LINUX_MISC = Distribution(
    "sockcore-linux-misc",
    "plugins/linux_misc/src/sockcore_linux_misc/tables",
    claims=(
        r"[AP]F_(NETLINK|PACKET|TIPC|ALG|VSOCK|RDS|QIPCRTR)",
        # Families whose names the standard library has, and no more than their names.
        r"AF_(APPLETALK|ASH|ATMPVC|ATMSVC|AX25|BRIDGE|DECnet|ECONET|IPX|IRDA|KEY|LLC|NETBEUI|NETROM|PPPOX|ROSE|ROUTE)",
        r"AF_(SECURITY|SNA|WANPIPE|X25)",
        r"SOL_(NETLINK|PACKET|TIPC|ALG|VSOCK|RDS)",
        r"(NETLINK|NLM_F|RTMGRP|RTNLGRP)_\w+|NLMSG_(NOOP|ERROR|DONE|OVERRUN|MIN_TYPE)",
        r"(PACKET|ETH_P|ETHERTYPE|ARPHRD)_\w+",
        r"(TIPC|ALG|RDS|SO_RDS|QRTR)_\w+",
        r"(VMADDR|VM_SOCKETS|SO_VM_SOCKETS|IOCTL_VM_SOCKETS)_\w+|VSOCK_RECVERR",
    ),
    leaves=(
        r"TIPC_(NLA|TLV|CMD|NL|GENL|MAX|DEF|MIN)_\w+",  # of its configuration through netlink
        r"RDS_(INFO_FLAG|IB_ABI)_\w+",
    ),
    # The families of the addresses that AF_RDS has, for a program without sockcore-inet.
    facts=(("af_inet", {"*": "AF_INET"}), ("af_inet6", {"*": "AF_INET6"})),
    systems=("linux",),
    number="long long",
)

CORE = Distribution(
    "sockcore",
    "sockcore/src/sockcore/_platform/tables",
    claims=(r"[AP]F_UNSPEC", r"SOL_SOCKET", r"SOMAXCONN", r"(SO|SOCK|MSG|SHUT|SCM)_\w+"),
    leaves=(
        r"SCM_CREDS2",  # sockcore-bsd
        r"SOCK_IOC_TYPE",  # the letter of some requests of ioctl(2)
        r"\w+_VENDOR",  # where the numbers of others begin
        r"SOCK_\w+_LOCK(_MASK)?|SOCK_\w*(FLAGS_MASK|MAXADDRLEN)|SOCK_TXREHASH_\w+",  # values of options
        r"MSG_(CONTROLMBUF|NAMEMBUF|IOVUSRSPACE|LENUSRSPACE|USERFLAGS)|SO_DEFOPTS",  # inside NetBSD's kernel
    ),
    facts=(
        # The alignment of control messages, and the size of the header of one with its padding.
        ("cmsg_align", {"*": "CMSG_SPACE(1) - CMSG_SPACE(0)", "netbsd": "__ALIGNBYTES + 1"}),
        (
            "cmsg_header",
            {"*": "CMSG_LEN(0)", "netbsd": "(sizeof(struct cmsghdr) + __ALIGNBYTES) & ~__ALIGNBYTES"},
        ),
        # Bytes of cmsg_len. Linux: of the kernel's, where musl has an int and padding.
        ("cmsg_len_size", {"*": "sizeof(((struct cmsghdr *)0)->cmsg_len)", "linux": "sizeof(size_t)"}),
        ("sockaddr_storage", {"*": "sizeof(struct sockaddr_storage)"}),
        # Bytes of an interface's name, with the NUL behind it.
        ("ifname_size", {"*": "IF_NAMESIZE"}),
        # The requests that ask for an interface in the network namespace of a socket, 0 where there are none.
        ("siocgifindex", {"*": "0", "linux": "SIOCGIFINDEX"}),
        ("siocgifname", {"*": "0", "linux": "SIOCGIFNAME"}),
    ),
)

#: In the order in which they may claim a name.
DISTRIBUTIONS = (UNIX, INET, CAN, BLUETOOTH, LINUX_MISC, CORE)


#: Names that programs know by another one than the header has: header -> (pattern of the whole name, what it is here).
#: They are those of CPython's module.
RENAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "linux/can/bcm.h": ((r"((?:TX|RX)_\w+|SETTIMER|STARTTIMER|CAN_FD_FRAME)", r"CAN_BCM_\1"),),
    "netgraph/bluetooth/include/ng_btsocket.h": (
        (r"BLUETOOTH_PROTO_(\w+)", r"BTPROTO_\1"),
        (r"SOL_HCI_RAW", "SOL_HCI"),
        (r"SO_HCI_RAW_FILTER", "HCI_FILTER"),
    ),
}


def known_as(name: str, headers: Iterable[str]) -> str:
    """Return what *name* of a unit of *headers* is called here."""
    for header in headers:
        for pattern, replacement in RENAMED.get(header, ()):
            if found := re.fullmatch(pattern, name):
                return found.expand(replacement)
    return name


def owner(name: str) -> Distribution | None:
    """Return the distribution whose table has *name*, or None."""
    for distribution in DISTRIBUTIONS:
        if distribution.claimed(name):
            return distribution if distribution.has(name) else None
    return None


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

#: Translation units by system: headers that go together. Where two units have a name they must agree.
#:
#: glibc on 32-bit machines has two answers for SO_RCVTIMEO, SO_SNDTIMEO and SO_TIMESTAMP*, by the size of the
#: program's time_t. These are those of the default, a time_t of 32 bits, so that a timeval is two C longs
#: (``struct.pack("ll", ...)``); the others have names in _NEW. musl has a time_t of 64 bits, and the _NEW numbers.
UNITS: dict[str, tuple[tuple[str, ...], ...]] = {
    "linux": (
        (*_LIBC, "sys/ioctl.h"),
        # The kernel's own, newer than any C library's copies; they do not go together with those.
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
    ),
    "netbsd": (
        _BSD,
        ("sys/types.h", "netbt/bluetooth.h", "netbt/hci.h", "netbt/l2cap.h", "netbt/rfcomm.h", "netbt/sco.h"),
        ("sys/socket.h", "netcan/can.h"),
    ),
    "*": (_BSD,),
}

#: Names that no header has for programs, by system: CPython has these numbers in its own source too.
ADDED = {
    # Linux, include/net/udplite.h: the kernel's, not exported to programs.
    "linux": {
        "UDPLITE_SEND_CSCOV": 10,
        "UDPLITE_RECV_CSCOV": 11,
        # include/linux/socket.h: glibc has copies of these, musl of some.
        "SOL_NETLINK": 270,
        "SOL_TIPC": 271,
        "SOL_RDS": 276,
        "SOL_ALG": 279,
        "SOL_VSOCK": 287,
        # include/net/bluetooth/bluetooth.h: newer than BlueZ's copy.
        "BT_VOICE_TRANSPARENT_16BIT": 0x63,
        # CPython's own, of a proposal that no kernel took up.
        "ALG_OP_SIGN": 2,
        "ALG_OP_VERIFY": 3,
        "ALG_SET_PUBKEY": 6,
    },
}

#: Names with a value for systems that lack them, as the manual promises for a few symbols. The numbers of protocols
#: are IANA's, the addresses those of RFC 1112 and RFC 1122, the ports 4.2BSD's; headers win.
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

#: Of several names for one address family, the one by which it is known.
FAMILY_NAMES = ("AF_UNIX", "AF_NETLINK", "AF_PPPOX")

#: Modules that declare structs; see :mod:`tools.headers.layouts`.
LAYOUTS = (
    "sockcore._backend.structs",
    "sockcore_inet.layouts",
    "sockcore_unix.layouts",
    "sockcore_can.layouts",
    "sockcore_bluetooth.layouts",
    "sockcore_linux_misc.layouts",
)

#: Structs that are declared for a system, or one processor of it, and not proved there.
ABSENT: dict[str, tuple[str, ...]] = {
    "struct __kernel_old_timeval": ("darwin", "freebsd", "netbsd", "openbsd"),
}
