"""Which names go into the table of which distribution; :mod:`.sources` says what they are read from.

A new distribution is one more entry of :data:`DISTRIBUTIONS`. Of those that have a table for a system the first that
claims a name has it there: ``AF_APPLETALK`` is one plugin's on Linux and another's on macOS.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The systems that have tables, and what people call them.
SYSTEMS = {
    "linux": "Linux",
    "darwin": "macOS",
    "freebsd": "FreeBSD",
    "netbsd": "NetBSD",
    "openbsd": "OpenBSD",
    "windows": "Windows",
}

POSIX = tuple(system for system in SYSTEMS if system != "windows")
BSD_SYSTEMS = ("darwin", "freebsd", "netbsd", "openbsd")


class Distribution(NamedTuple):
    """A distribution's table: where it is, the names that it has, and those of them that are junk."""

    name: str
    #: The folder of the table, from the root of the repository.
    folder: str
    #: Regular expressions for whole names.
    claims: tuple[str, ...]
    #: Names that match a claim and are no use to a program that has only sockets.
    leaves: tuple[str, ...] = ()
    #: Names that are no use on one system.
    leaves_on: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    #: Facts: a lower-case name, and a C expression for each system, ``'*'`` for all others, if they have it.
    facts: tuple[tuple[str, dict[str, str]], ...] = ()
    #: The systems that have a table, none for all of them.
    systems: tuple[str, ...] = ()
    #: The type that a value has as a number of Python. CPython's is a long, so that INADDR_BROADCAST is -1 where that
    #: has 32 bits; where a program packs the value, as it does an identifier of CAN, it has to be what C has.
    number: str = "long"
    #: GUIDs, of Windows: regular expressions for whole names.
    guids: tuple[str, ...] = ()

    def on(self) -> tuple[str, ...]:
        """Return the systems that have a table."""
        return self.systems or tuple(SYSTEMS)

    def has(self, name: str, system: str) -> bool:
        """Return whether *name* goes into this table, if no earlier distribution claims it."""
        left = self.leaves + self.leaves_on.get(system, ())
        return self.claimed(name, system) and not _matches(left, name)

    def claimed(self, name: str, system: str) -> bool:
        """Return whether *name* is this distribution's to take or to leave."""
        return system in self.on() and _matches(self.claims, name)

    def has_guid(self, name: str) -> bool:
        """Return whether the GUID *name* goes into this table."""
        return _matches(self.guids, name)

    def type_of(self, name: str) -> str:
        """Return the type in C that the value of *name* has: an option is always an int."""
        return "int" if name.startswith("SO_") else self.number


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


#: Families whose names the standard library has, and no more than their names.
_NAMES_ALONE = (
    r"AF_(APPLETALK|ASH|ATMPVC|ATMSVC|AX25|BRIDGE|DECnet|ECONET|IPX|IRDA|KEY|LLC|NETBEUI|NETROM|PPPOX|ROSE|ROUTE)",
    r"AF_(SECURITY|SNA|WANPIPE|X25)",
)

BSD = Distribution(
    "sockcore-bsd",
    "plugins/bsd/src/sockcore_bsd/tables",
    claims=(
        *_NAMES_ALONE,
        r"[AP]F_(SYSTEM|DIVERT|LINK)",
        r"SYSPROTO_\w+",
        r"CTLIOCG\w+",  # requests of ioctl(2)
        r"UTUN_OPT_\w+",  # options of a kernel control's
        r"LOCAL_CREDS(_PERSISTENT)?|SCM_CREDS2",
        r"ETHERTYPE_(ARP|IP|IPV6|VLAN)",
    ),
    facts=(
        ("af_inet", {"*": "AF_INET"}),  # of the addresses that AF_DIVERT has
        # AF_SYS_CONTROL of XNU, bsd/sys/sys_domain.h, which zig has not: what an address of AF_SYSTEM says, no family.
        ("af_sys_control", {"darwin": "2"}),
        # sockcore-unix's, for the formats of its options and control messages.
        ("af_unix", {"*": "AF_UNIX"}),
        ("sol_local", {"darwin": "SOL_LOCAL", "freebsd": "SOL_LOCAL", "netbsd": "SOL_LOCAL"}),
        ("local_peercred", {"darwin": "LOCAL_PEERCRED", "freebsd": "LOCAL_PEERCRED"}),
        ("local_peereid", {"netbsd": "LOCAL_PEEREID"}),
        ("scm_creds", {"freebsd": "SCM_CREDS", "netbsd": "SCM_CREDS"}),
        # sockcore-inet's, for the addresses of AF_LINK in its control messages.
        ("ipproto_ip", {"*": "IPPROTO_IP"}),
        ("ip_recvif", {"*": "IP_RECVIF"}),
    ),
    systems=BSD_SYSTEMS,
    number="long long",
)

WINDOWS = Distribution(
    "sockcore-windows",
    "plugins/windows/src/sockcore_windows/tables",
    claims=(
        *_NAMES_ALONE,
        r"AF_(HYPERV|LINK)",
        r"(HV|HVSOCKET|RCVALL)_\w+",
        r"SIO_(KEEPALIVE_VALS|LOOPBACK_FAST_PATH|RCVALL)",  # what the method ioctl takes
    ),
    leaves=(r"RCVALL_IPLEVEL",),  # no Windows has it
    systems=("windows",),
    number="long long",
    guids=(r"HV_GUID_\w+",),
)

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
        # Windows: arguments of other calls, identifiers of Bluetooth's services.
        r"TCP_(ICW_LEVEL|INITIAL_RTO|OFFLOAD_(NOT?|PREFERRED))\w*|IPV6_ADDRESS_BITS|IP_UNSPECIFIED_\w+|\w+_UUID16",
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
        r"(SO|SCM)_(HCI|L2CAP|RFCOMM|SCO|BTH)_\w+",
        r"SOL_(BLUETOOTH|HCI|L2CAP|RFCOMM|SCO)",
        r"HCI(DEV|GET|SET|INQUIRY|UART|BLOCK|UNBLOCK)\w*",  # requests of ioctl(2)
    ),
    leaves=(
        # The protocol that controllers speak: commands, events, errors.
        r"HCI_(CMD|OCF|OGF|EVENT|EVT|ERR|SPEC|CLASS|LMP|COD|LINK|PKT_BUFFER|NUM|FLOW|LAP|UNIT|CLOCK)_\w+",
        r"RFCOMM_(FRAME|MCC|MSC|RPN|CMD)_\w+",
        r"\w+_UUID16",
    ),
    # L2CAP is for drivers alone there.
    leaves_on={"windows": (r"(BTPROTO|SOL)_L2CAP", r"(L2CAP|HCI)_\w+")},
    systems=("linux", "freebsd", "netbsd", "windows"),
    number="long long",
)

LINUX_MISC = Distribution(
    "sockcore-linux-misc",
    "plugins/linux_misc/src/sockcore_linux_misc/tables",
    claims=(
        r"[AP]F_(NETLINK|PACKET|TIPC|ALG|VSOCK|RDS|QIPCRTR)",
        *_NAMES_ALONE,
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
        r"SOCK_IOC_TYPE",  # the letter of some requests of ioctl(2)
        r"\w+_VENDOR",  # where the numbers of others begin
        r"SOCK_\w+_LOCK(_MASK)?|SOCK_\w*(FLAGS_MASK|MAXADDRLEN)|SOCK_TXREHASH_\w+",  # values of options
        r"MSG_(CONTROLMBUF|NAMEMBUF|IOVUSRSPACE|LENUSRSPACE|USERFLAGS)|SO_DEFOPTS",  # inside NetBSD's kernel
        # Windows: of DECnet and OSI, of providers, of Winsock 1, of ProcessSocketNotifications.
        r"SO_(CONN|DISC)(DATA|OPT)(LEN)?|SO_GROUP_(ID|PRIORITY)|SO_(SYNCHRONOUS_\w+|OPENTYPE|MAX(PATH)?DG)",
        r"SOCK_NOTIFY_\w+",
    ),
    leaves_on={
        # What SIO_TIMESTAMPING has is a number, and not what programs expect of this name; nobody has the others.
        "windows": (r"SO_TIMESTAMP(_ID)?", r"SO_PROTOCOL_INFO[AW]?", r"MSG_(INTERRUPT|MAXIOVLEN)"),
    },
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
        ("ifname_size", {"*": "IF_NAMESIZE", "windows": "IF_MAX_STRING_SIZE + 1"}),
        # The requests that ask for an interface in the network namespace of a socket, 0 where there are none.
        ("siocgifindex", {"*": "0", "linux": "SIOCGIFINDEX"}),
        ("siocgifname", {"*": "0", "linux": "SIOCGIFNAME"}),
        # Winsock: non-blocking mode, how sockets are made, how extensions are found.
        ("fionbio", {"windows": "FIONBIO"}),
        ("wsa_flags", {"windows": "WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT"}),
        ("sio_get_extension_function_pointer", {"windows": "SIO_GET_EXTENSION_FUNCTION_POINTER"}),
    ),
    guids=("WSAID_WSARECVMSG",),
)

#: In the order in which they may claim a name.
DISTRIBUTIONS = (BSD, WINDOWS, UNIX, INET, CAN, BLUETOOTH, LINUX_MISC, CORE)


def owner(name: str, system: str) -> Distribution | None:
    """Return the distribution whose table for *system* has *name*, or None."""
    for distribution in DISTRIBUTIONS:
        if distribution.claimed(name, system):
            return distribution if distribution.has(name, system) else None
    return None
