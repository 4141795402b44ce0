"""Assignment of names to the tables of distributions. :mod:`.sources` lists the headers.

A new distribution needs an entry in :data:`DISTRIBUTIONS`. The first distribution that claims a name and has a table
for the system gets the name: ``AF_APPLETALK`` belongs to different plugins on Linux and on macOS.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Systems that have tables -> names for users.
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
    """The table of a distribution, and patterns for its names."""

    name: str
    #: The folder of the table, relative to the root of the repository.
    folder: str
    #: Regular expressions for whole names.
    claims: tuple[str, ...]
    #: Names that match a claim, but are useless for sockets.
    excludes: tuple[str, ...] = ()
    #: Names that are useless on a single system.
    excludes_on: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    #: Facts: a lower-case name, and C expressions by system, with ``'*'`` for all other systems.
    facts: tuple[tuple[str, dict[str, str]], ...] = ()
    #: Systems with a table. Empty: all systems.
    systems: tuple[str, ...] = ()
    #: The C type that values are converted to. CPython uses long, so that INADDR_BROADCAST is -1 if a long has 32 bits.
    #: Values that programs pack, such as CAN identifiers, must not be truncated.
    number: str = "long"
    #: GUIDs of Windows: regular expressions for whole names.
    guids: tuple[str, ...] = ()

    def on(self) -> tuple[str, ...]:
        """Return the systems that have a table."""
        return self.systems or tuple(SYSTEMS)

    def has(self, name: str, system: str) -> bool:
        """Return whether this table contains *name* if no earlier distribution claims it."""
        excluded = self.excludes + self.excludes_on.get(system, ())
        return self.claimed(name, system) and not _matches(excluded, name)

    def claimed(self, name: str, system: str) -> bool:
        """Return whether this distribution claims *name*, even if it excludes it."""
        return system in self.on() and _matches(self.claims, name)

    def has_guid(self, name: str) -> bool:
        """Return whether this table contains the GUID *name*."""
        return _matches(self.guids, name)

    def type_of(self, name: str) -> str:
        """Return the C type for the value of *name*. Options are always int."""
        return "int" if name.startswith("SO_") else self.number


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


#: Families that the standard library supports only with constants.
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
        r"UTUN_(OPT|FLAGS)_\w+",  # options of a kernel control
        r"LOCAL_CREDS(_PERSISTENT)?|SCM_CREDS2",
        r"ETHERTYPE_(ARP|IP|IPV6|VLAN)",
    ),
    facts=(
        ("af_inet", {"*": "AF_INET"}),  # family of AF_DIVERT addresses
        # AF_SYS_CONTROL of XNU (bsd/sys/sys_domain.h, missing in zig), a field in addresses of AF_SYSTEM.
        ("af_sys_control", {"darwin": "2"}),
        # Constants of sockcore-unix, for the formats of its options and control messages.
        ("af_unix", {"*": "AF_UNIX"}),
        ("sol_local", {"darwin": "SOL_LOCAL", "freebsd": "SOL_LOCAL", "netbsd": "SOL_LOCAL"}),
        ("local_peercred", {"darwin": "LOCAL_PEERCRED", "freebsd": "LOCAL_PEERCRED"}),
        ("local_peereid", {"netbsd": "LOCAL_PEEREID"}),
        ("scm_creds", {"freebsd": "SCM_CREDS", "netbsd": "SCM_CREDS"}),
        # Constants of sockcore-inet, for the addresses of AF_LINK in its control messages.
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
        r"SIO_(KEEPALIVE_VALS|LOOPBACK_FAST_PATH|RCVALL|TCP_INFO)",  # arguments of the method ioctl, and an option
        r"TCPSTATE_\w+",  # states in the value of SIO_TCP_INFO
    ),
    excludes=(r"RCVALL_IPLEVEL", r"TCPSTATE_MAX"),  # the first is not supported by any Windows version
    facts=(("ipproto_tcp", {"windows": "IPPROTO_TCP"}),),  # level of SIO_TCP_INFO
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
    excludes=(
        r"LOCAL_VENDOR",  # not an option
        r"[AP]F_LOCAL",  # an alias that sorts before AF_UNIX, and would become the name of the enum member
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
        r"TLS_(GET|SET)_RECORD_TYPE|TLS_GET_RECORD",
        r"TLS_(RX|TX)(_\w+)?|TLS_\d_\d_VERSION|TLS_CIPHER_\w+",  # options of SOL_TLS, and their values
    ),
    excludes=(
        # Netlink attributes, and internals of protocols.
        r"MPTCP_(PM|ATTR|EVENT|SUBFLOW_ATTR)_\w+",
        r"TCP_(CA|NLA|FLAG|ACCECN)_\w+",
        r"TCP_(MSS_\w+|COOKIE_\w+|S_DATA_\w+|\w+_BITS|DATA_OFFSET|QUEUES_NR|CA_NAME_MAX|NUM_\w+)",
        r"IPV6_(PRIORITY|TLV)_\w+|IPV6_FLOWINFO_(?!SEND)\w+",
        r"TLS_CIPHER_\w+_SIZE",
        # Firewalls and other configuration of the kernel.
        r"(IP|IPV6)_(OLD_)?FW\d*_\w+",
        r"IP_(NAT_|DUMMYNET|RSVP|VIF)\w*",
        r"IP_\w*FW_?\w*",
        # Alternative TCP stacks of FreeBSD, and logging.
        r"TCP_(BBR|RACK|HYBRID|LOG|TIMELY|HDWR|SHARED_CWND|REC|DGP|GP|IWND|FUNCTION|HONOR|HAS)_\w+",
        r"TCP_(LOG(BUF|DUMP|DUMPID|ID|ID_CNT)?|FILLCW_RATE_CAP|USE_CMP_ACKS|PACING_DND|SS_EEXIT|NO_TIMELY|NO_PRR)",
        # SCTP: types of chunks, flags of packets and of kernel structs, and statistics.
        r"SCTP_(DATA|INITIATION|HEARTBEAT|COOKIE|(NR_)?SELECTIVE|I?FORWARD|IDATA|PACKET|PAD)(_\w+)?",
        r"SCTP_(ASCONF|ECN)(_(?!SUPPORTED)\w+)?",
        r"SCTP_(ABORT_ASSOCIATION|OPERATION_ERROR|STREAM_RESET|AUTHENTICATION|BADCRC|HAD_NO_TCB|FROM_MIDDLE_BOX)",
        r"SCTP_(CWR|SACK|SAT|CMT|MOBILITY|LTRACE|ALIGN|MAX_(COOKIE|CWND|HB|SACK|LOGGING))_\w+",
        r"SCTP_(ERROR|CAUSE|STR_LOG|PCB|FLIGHT|BLK|CWND|ASOC_\w+_LOG|LOG|MBCNT|RTTVAR|NAGLE|WAKE|SACK_LOG)_\w+",
        r"SCTP_\w+_(LOGGING|LOGGING_ENABLE|PEGS|STAT_LOG|VENDOR)",
        r"\w+_VENDOR",
        # Windows: arguments of other calls, identifiers of Bluetooth services.
        r"TCP_(ICW_LEVEL|INITIAL_RTO|OFFLOAD_(NOT?|PREFERRED))\w*|IPV6_ADDRESS_BITS|IP_UNSPECIFIED_\w+|\w+_UUID16",
    ),
    # SCM_SECURITY of include/linux/socket.h, which musl lacks. sockcore-unix has it, and the level of IP too.
    facts=(
        ("scm_security", {"linux": "3"}),
        # Values of IP_PROTECTION_LEVEL and IPV6_PROTECTION_LEVEL.
        ("protection_level_unrestricted", {"windows": "PROTECTION_LEVEL_UNRESTRICTED"}),
        ("protection_level_edgerestricted", {"windows": "PROTECTION_LEVEL_EDGERESTRICTED"}),
        ("protection_level_restricted", {"windows": "PROTECTION_LEVEL_RESTRICTED"}),
    ),
)

CAN = Distribution(
    "sockcore-can",
    "plugins/can/src/sockcore_can/tables",
    claims=(r"[AP]F_CAN", r"CAN(FD|XL)?_\w+", r"SOL_CAN_\w+", r"J1939_\w+", r"(SO|SCM)_(J1939|CAN)_\w+"),
    excludes=(r"CAN_NPROTO",),
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
    excludes=(
        # The protocol of controllers: commands, events, errors.
        r"HCI_(CMD|OCF|OGF|EVENT|EVT|ERR|SPEC|CLASS|LMP|COD|LINK|PKT_BUFFER|NUM|FLOW|LAP|UNIT|CLOCK)_\w+",
        r"RFCOMM_(FRAME|MCC|MSC|RPN|CMD)_\w+",
        r"\w+_UUID16",
    ),
    # On Windows, only drivers can use L2CAP.
    excludes_on={"windows": (r"(BTPROTO|SOL)_L2CAP", r"(L2CAP|HCI)_\w+")},
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
        r"(PACKET|TP_STATUS|TP_FT|ETH_P|ETHERTYPE|ARPHRD)_\w+|TPACKET_(V\d|ALIGNMENT)",
        r"(TIPC|ALG|RDS6?|SO_RDS|QRTR)_\w+",
        r"(VMADDR|VM_SOCKETS|SO_VM_SOCKETS|IOCTL_VM_SOCKETS)_\w+|VSOCK_RECVERR",
    ),
    excludes=(
        r"TIPC_(NLA|TLV|CMD|NL|GENL|MAX|DEF|MIN)_\w+",  # configuration through netlink
        r"RDS_(INFO_FLAG|IB_ABI)_\w+",
    ),
    # Families of AF_RDS addresses, for programs without sockcore-inet.
    facts=(("af_inet", {"*": "AF_INET"}), ("af_inet6", {"*": "AF_INET6"})),
    systems=("linux",),
    number="long long",
)

CORE = Distribution(
    "sockcore",
    "sockcore/src/sockcore/_platform/tables",
    claims=(
        *(r"[AP]F_UNSPEC", r"SOL_SOCKET", r"SOMAXCONN", r"(SO|SOCK|MSG|SHUT|SCM)_\w+"),
        r"SOF_(TIMESTAMPING|TXTIME)_\w+",  # flags of SO_TIMESTAMPING and SO_TXTIME
    ),
    excludes=(
        r"SOF_\w+_(LAST|MASK)",
        r"SOCK_IOC_TYPE",  # part of requests of ioctl(2)
        r"\w+_VENDOR",  # first number of a vendor range
        r"SOCK_\w+_LOCK(_MASK)?|SOCK_\w*(FLAGS_MASK|MAXADDRLEN)|SOCK_TXREHASH_\w+",  # values of options
        r"MSG_(CONTROLMBUF|NAMEMBUF|IOVUSRSPACE|LENUSRSPACE|USERFLAGS)|SO_DEFOPTS",  # internal to the NetBSD kernel
        # Windows: DECnet and OSI, service providers, Winsock 1, ProcessSocketNotifications.
        r"SO_(CONN|DISC)(DATA|OPT)(LEN)?|SO_GROUP_(ID|PRIORITY)|SO_(SYNCHRONOUS_\w+|OPENTYPE|MAX(PATH)?DG)",
        r"SOCK_NOTIFY_\w+",
    ),
    excludes_on={
        # SO_TIMESTAMP belongs to SIO_TIMESTAMPING, and differs from other systems. CPython lacks the others.
        "windows": (r"SO_TIMESTAMP(_ID)?", r"SO_PROTOCOL_INFO[AW]?", r"MSG_(INTERRUPT|MAXIOVLEN)"),
    },
    facts=(
        # Alignment of control messages, and size of their header with padding.
        ("cmsg_align", {"*": "CMSG_SPACE(1) - CMSG_SPACE(0)", "netbsd": "__ALIGNBYTES + 1"}),
        (
            "cmsg_header",
            {"*": "CMSG_LEN(0)", "netbsd": "(sizeof(struct cmsghdr) + __ALIGNBYTES) & ~__ALIGNBYTES"},
        ),
        # Size of cmsg_len. On Linux it is that of the kernel; musl declares an int and padding.
        ("cmsg_len_size", {"*": "sizeof(((struct cmsghdr *)0)->cmsg_len)", "linux": "sizeof(size_t)"}),
        ("sockaddr_storage", {"*": "sizeof(struct sockaddr_storage)"}),
        # Size of an interface name with its NUL byte.
        ("ifname_size", {"*": "IF_NAMESIZE", "windows": "IF_MAX_STRING_SIZE + 1"}),
        # Requests that look up an interface in the network namespace of a socket, or 0.
        ("siocgifindex", {"*": "0", "linux": "SIOCGIFINDEX"}),
        ("siocgifname", {"*": "0", "linux": "SIOCGIFNAME"}),
        # Winsock: non-blocking mode, flags for new sockets, lookup of extension functions.
        ("fionbio", {"windows": "FIONBIO"}),
        ("wsa_flags", {"windows": "WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT"}),
        ("sio_get_extension_function_pointer", {"windows": "SIO_GET_EXTENSION_FUNCTION_POINTER"}),
    ),
    guids=("WSAID_WSARECVMSG",),
)

#: In the order in which they claim names.
DISTRIBUTIONS = (BSD, WINDOWS, UNIX, INET, CAN, BLUETOOTH, LINUX_MISC, CORE)


def owner(name: str, system: str) -> Distribution | None:
    """Return the distribution whose table for *system* contains *name*, or None."""
    for distribution in DISTRIBUTIONS:
        if distribution.claimed(name, system):
            return distribution if distribution.has(name, system) else None
    return None
