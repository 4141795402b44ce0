"""Which headers are read on each system, and which names go into the table of which distribution.

A new distribution is one more entry of :data:`DISTRIBUTIONS`; the first entry that claims a name has it.
"""

from __future__ import annotations

import re
from typing import NamedTuple


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

CORE = Distribution(
    "sockcore",
    "sockcore/src/sockcore/_platform/tables",
    claims=(r"[AP]F_UNSPEC", r"SOL_SOCKET", r"SOMAXCONN", r"(SO|SOCK|MSG|SHUT|SCM)_\w+"),
    leaves=(
        r"SO_VM_SOCKETS_\w+",  # sockcore-linux-misc
        r"(SO|SCM)_J1939_\w+",  # sockcore-can
        r"SCM_CREDS2",  # sockcore-bsd
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
    ),
)

#: In the order in which they may claim a name.
DISTRIBUTIONS = (UNIX, INET, CORE)


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
    "netdb.h",
)

#: Translation units by system: headers that go together. Where two units have a name they must agree.
#:
#: glibc on 32-bit machines has two answers for SO_RCVTIMEO, SO_SNDTIMEO and SO_TIMESTAMP*, by the size of the
#: program's time_t. These are those of the default, a time_t of 32 bits, so that a timeval is two C longs
#: (``struct.pack("ll", ...)``); the others have names in _NEW. musl has a time_t of 64 bits, and the _NEW numbers.
UNITS: dict[str, tuple[tuple[str, ...], ...]] = {
    "linux": (
        _LIBC,
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
    ),
    "*": ((*_LIBC, "netinet/sctp.h"),),
}

#: Names that no header has for programs, by system: CPython has these numbers in its own source too.
ADDED = {
    # Linux, include/net/udplite.h: the kernel's, not exported to programs.
    "linux": {"UDPLITE_SEND_CSCOV": 10, "UDPLITE_RECV_CSCOV": 11},
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
LAYOUTS = ("sockcore._backend.structs", "sockcore_inet.layouts", "sockcore_unix.layouts")

#: Structs that are declared for a system, or one processor of it, and not proved there.
ABSENT: dict[str, tuple[str, ...]] = {}
