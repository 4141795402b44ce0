"""Every constant of an option or control message has a codec on each system that defines it, or a reason here.

The codecs of a system are those that the plugins register in a process that simulates it. An option that is declared
for another system only does not count.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest
from tools.headers import simulated_platform
from tools.headers.targets import target

from sockcore.plugin import system_name

sys.path.insert(0, str(Path(__file__).parent))

import sctp_names

pytestmark = pytest.mark.skipif(system_name() == "windows", reason="a process on Windows cannot simulate other systems")

#: System -> a machine that is simulated.
SYSTEMS = {
    "linux": "x86_64-linux-gnu",
    "darwin": "aarch64-macos",
    "freebsd": "x86_64-freebsd",
    "netbsd": "x86_64-netbsd",
    "openbsd": "x86_64-openbsd",
    "windows": "x86_64-windows-gnu",
}

#: Distribution -> pattern of constants that look like options.
PATTERNS = {
    "sockcore": r"SO_\w+",
    "sockcore_inet": r"(SO|IP|IPV6|TCP|UDP|UDPLITE|MCAST|MPTCP|SCTP|TLS)_\w+",
    "sockcore_unix": r"SO_\w+|LOCAL_\w+",
    "sockcore_can": r"(SO_J1939|CAN_RAW|CAN_ISOTP)_\w+",
    "sockcore_bluetooth": r"(BT|SO)_\w+|(L2CAP|RFCOMM|SCO)_(OPTIONS|CONNINFO|LM)|HCI_(FILTER|DATA_DIR|TIME_STAMP)",
    "sockcore_linux_misc": r"(PACKET|NETLINK|TIPC|ALG_SET|RDS6?|SO)_[A-Z0-9_]+",
    "sockcore_windows": r"(HVSOCKET|SIO)_\w+",
    "sockcore_bsd": r"LOCAL_\w+|UTUN_OPT_\w+",
}

#: Distribution -> pattern of constants that look like the types of control messages.
MESSAGE_PATTERNS = {
    "sockcore": r"(SCM|SO_TIMESTAMP)\w*|SO_(RXQ_OVFL|MARK|PRIORITY)",
    "sockcore_inet": r"TLS_(GET|SET)_\w+|\w+_(CM|CMSG)_\w+|(IP|IPV6)_\w+"
    r"|UDP_(GRO|SEGMENT|COALESCED_INFO|SEND_MSG_SIZE)",
    "sockcore_unix": r"SCM_\w+",
    "sockcore_can": r"SCM_\w+",
    "sockcore_bluetooth": r"\w+_(SCM|CMSG)_\w+",
    "sockcore_linux_misc": r"ALG_SET_(AEAD_ASSOCLEN|IV|OP)|\w+_CMSG_\w+|TIPC_(DESTNAME|ERRINFO|RETDATA)|\w+_RECVERR"
    r"|PACKET_(AUXDATA|TX_TIMESTAMP)|NETLINK_(PKTINFO|LISTEN_ALL_NSID)",
    "sockcore_bsd": r"SCM_\w+",
}

#: Pattern of constants without a typed option -> the reason.
REASONS: dict[str, str] = {
    # Other constants than options.
    r"SO_EE_\w+|SO_TS_(BINTIME|CLOCK_MAX|DEFAULT|MONOTONIC|REALTIME|REALTIME_MICRO)": "values of messages and options",
    r"SO_(GET_FILTER|DETACH_BPF|PROTOTYPE|STYLE)|IPV6_(ADD|DROP)_MEMBERSHIP|IPV6_BINDV6ONLY": "second name",
    r"SO_(RCVTIMEO|SNDTIMEO|TIMESTAMP|TIMESTAMPING|TIMESTAMPNS)_OLD|TCP_CM_INQ": "second name",
    r"IPV6_(RXDSTOPTS|RXHOPOPTS|3542\w+)|SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD": "second name",
    r"SO_SETFIB|IP_(HOPLIMIT|RECVPKTINFO|RECVRETOPTS|RECVTCLASS)": "second name",
    r"SO_DEVMEM_(DMABUF|LINEAR)|IPV6_HOPLIMIT|IPV6_(ORIGDSTADDR|PKTINFO_EX)|IP_(ORIGDSTADDR|PKTINFO_EX|SENDSRCADDR)":
        "control messages",
    r"UDP_COALESCED_INFO|PACKET_TX_TIMESTAMP|TLS_(GET|SET)_RECORD(_TYPE)?": "control messages",
    r"TLS_\d_\d_VERSION|TLS_CIPHER_\w+": "values",
    r"IP_(PKTOPTIONS|RTHDR|TCLASS)|IPV6_2292(PKTOPTIONS|NEXTHOP)": "replaced by control messages",
    r"(IP|IPV6)_(DEFAULT|MAX|MIN)_\w+|IP_PMTUDISC(_\w+)?|IPV6_(PMTUDISC|FL|PREFER_SRC|RTHDR|ADDR_MC)_\w+": "values",
    r"(IP|IPV6)_PORTRANGE_\w+|IP_TRAFFIC_MGT_BACKGROUND|MCAST_(EXCLUDE|INCLUDE|UNDEFINED)": "values",
    r"MPTCP_(INFO_FLAG|RST|SUBFLOW_FLAG)_\w+|UDP_ENCAP_\w+": "values",
    r"TCP_(CLOSE|CLOSE_WAIT|CLOSING|ESTABLISHED|FIN_WAIT\d|LAST_ACK|LISTEN|SYN_RECV|SYN_SENT|TIME_WAIT)": "states",
    r"TCP_(NO|RECV|SEND)_QUEUE|TCP_REPAIR_(OFF|OFF_NO_WP|ON)|TCP_TLS_MODE_\w+|TCP_ENCAP_ESPINTCP": "values",
    r"TCP_(MAXHLEN|MAXOLEN|MAXWIN|MAX_SACK|MAX_WINSHIFT|MINMSS|MSS)|TCP_(MD5SIG|AO)_(FLAG|KEYF|MAXKEYLEN)\w*": "limits",
    r"TCP_FASTOPEN_(MAX|MIN|PSK)_\w+|TCP_RECEIVE_ZEROCOPY_\w+|TCP_REUSPORT_LB_NUMA_\w+": "values",
    r"CAN_ISOTP_(DEFAULT|CF|SF|CHK|DYN|EXTEND|FORCE|FRAME|HALF|LISTEN|RX_EXT|RX_PAD|TX_PAD|WAIT)_?\w*": "values",
    r"CAN_RAW_(FILTER_MAX|XL_VCID_(RX|TX)_\w+)": "values",
    r"BT_(BOUND|CLOSED|CONFIG|CONNECT\w*|DISCONN|LISTEN|OPEN)|BT_PORT_\w+|BT_SCM_\w+": "states and addresses",
    r"BT_(CHANNEL_POLICY|FLUSHABLE|ISO_QOS|MODE|PHY|POWER|SECURITY|VOICE)_\w+": "values",
    r"ALG_SET_(AEAD_ASSOCLEN|IV|OP)|RDS_CMSG_\w+|TIPC_(DESTNAME|ERRINFO|RETDATA)": "control messages",
    r"NETLINK_(AUDIT|CONNECTED|CONNECTOR|CRYPTO|DNRTMSG|ECRYPTFS|FIB_LOOKUP|FIREWALL|GENERIC|INET_DIAG|IP6_FW|ISCSI)":
        "protocols and states",
    r"NETLINK_(KOBJECT_UEVENT|NETFILTER|NFLOG|RDMA|ROUTE|SCSITRANSPORT|SELINUX|SMC|SOCK_DIAG|UNCONNECTED|UNUSED)":
        "protocols and states",
    r"NETLINK_(USERSOCK|XFRM)": "protocols",
    r"PACKET_(BROADCAST|FASTROUTE|HOST|KERNEL|LOOPBACK|MULTICAST|OTHERHOST|OUTGOING|USER)": "types of packets",
    r"PACKET_(FANOUT|MR)_\w+": "values",
    r"RDS_(CONG_MONITOR_SIZE|IB_GID_LEN|MAX_ZCOOKIES|INFO_(FIRST|LAST))|RDS_(MSG_RX|RDMA|TRANS)_\w+": "values",
    r"RDS_INFO_(CONNECTION|MESSAGE)_FLAG_\w+": "values",
    r"TIPC_(ADDR|AEAD|CLUSTER|ERR|NODEID|SERVICE|SOCKET|SUB|SUBSCR|ZONE)_\w+|TIPC_\w+_IMPORTANCE": "values",
    r"TIPC_(CFG_SRV|CONN_SHUTDOWN|GROUP_LOOPBACK|GROUP_MEMBER_EVTS|LINK_STATE|OK|PUBLISHED|REKEYING_NOW)": "values",
    r"TIPC_(NODE_(BITS|MASK|OFFSET|SCOPE|SIZE|STATE)|RESERVED_TYPES|TOP_SRV|WAIT_FOREVER|WITHDRAWN)": "values",
    r"SIO_(KEEPALIVE_VALS|LOOPBACK_FAST_PATH|RCVALL)": "the method ioctl sets them",
    r"HVSOCKET_(ADDRESS_FLAG_PASSTHRU|CONNECT_TIMEOUT_MAX)": "values",
    # Options that no current kernel has, or that getsockopt(2) and setsockopt(2) do not offer.
    r"SO_SECURITY_\w+|(IP|IPV6)_FAITH|(NETLINK|PACKET)_(RX_RING|TX_RING|RECV_OUTPUT)|IPV6_AUTHHDR": "not implemented",
    r"SO_(NKE|RESOLVER_SIGNATURE)|IPV6_SOCKOPT_RESERVED1|TCP_(ATMARK|DELAY_FIN_ACK|OFFLOAD_PREFERENCE)": "reserved",
    r"(IP|IPV6)_(GET_IFLIST|NRT_INTERFACE)|IPV6_MSFILTER|TCP_(CONGESTION_ALGORITHM|ICMP_ERROR_INFO)": "undocumented",
    r"LOCAL_OCREDS|IP_MULTICAST_VIF|IP_ERRORMTU": "for old programs and multicast routers",
    r"SO_PEERNAME": "getpeername() returns the address",
    r"SO_UPDATE_(ACCEPT|CONNECT)_CONTEXT": "for AcceptEx and ConnectEx, which sockcore does not use",
    r"SO_(LABEL|PEERLABEL)": "a struct mac with pointers, for security modules of FreeBSD and macOS",
    # Configuration of IPsec, firewalls and alternative TCP stacks.
    r"(IP|IPV6)_(AUTH|ESP_\w+|IPCOMP)_LEVEL|IP_IPSEC\w*|IPV6_IPSEC_POLICY|(IP|IPV6)_XFRM_POLICY": "IPsec policies",
    r"(IP|IPV6)_(PIPEX|PORTALGO)|(IP|IPV6)_WFP_REDIRECT_\w+": "configuration of the system",
    r"TCP_(CCALGOOPT|DATA_AFTER_CLOSE|DEFER_OPTIONS|FIN_IS_RST|IDLE_REDUCE|PACING_RATE_CAP|PERF_INFO)": "a TCP stack",
    r"TCP_(PROC_ACCOUNTING|REUSPORT_LB_NUMA|SIDECHAN_DIS|STACK_SPEC_INFO|STATS|USER_LOG)": "a TCP stack",
    r"TCP_SACKHOLE_LIMIT": "OpenBSD uses it for a system-wide setting",
    # Structs without a typed option yet: getsockopt() and setsockopt() use bytes.
    r"RDS_(GET_MR|GET_MR_FOR_DEST)": "a struct with addresses of memory",
    r"RDS_INFO_(CONNECTION_STATS|IWARP_CONNECTIONS)": "not implemented",
    r"SO_(HCI_(EVT|PKT)_FILTER|L2CAP_(ENCRYPTED|IFLOW|IQOS|OFLOW|OQOS)|RFCOMM_FC_INFO|SCO_CONNINFO)": "bytes",
}  # fmt: skip


#: Constants that are the types of control messages, even if an option has the same name.
ALWAYS_MESSAGES = (
    r"SCM_\w+|TLS_(GET|SET)_\w+|\w+_(CM|CMSG|SCM)_\w+|(IP|IPV6)_(PKTINFO|RECVERR|ORIGDSTADDR)|VSOCK_RECVERR|PACKET_AUXDATA"
    r"|UDP_(GRO|SEGMENT|COALESCED_INFO)"
)

#: Pattern of constants that look like control messages, without a codec -> the reason.
MESSAGE_REASONS: dict[str, str] = {
    r"SCM_TSTAMP_\w+": "values of a timestamp",
    r"SCM_CREDS": "the kernel of macOS does not implement it, and sockcore-bsd has it elsewhere",
    r"IP_SENDSRCADDR": "second name of IP_RECVDSTADDR",
}

#: Option -> the rest of the name of the message that it requests, if it is not that of the option.
REQUESTED = {"UDP_RECV_MAX_COALESCED_SIZE": "COALESCED_INFO"}

#: Options that begin like those above, and request no message.
REQUESTS_WITHOUT_MESSAGE = (
    *("IP_RECVERR_RFC4884", "IPV6_RECVERR_RFC4884"),  # they extend the data of IP_RECVERR and IPV6_RECVERR
    # Winsock has the names of BSD. IP_PKTINFO and IPV6_PKTINFO have the contents.
    *("IP_RECVDSTADDR", "IPV6_RECVDSTADDR", "IP_RECVIF", "IPV6_RECVIF", "IP_RECVRTHDR"),
)

#: The constants with a reason that only some systems need, because another name or struct is typed elsewhere.
REASONS_ON = {
    "linux": {r"ALG_SET_PUBKEY": "a proposal, whose number is that of ALG_SET_DRBG_ENTROPY"},
    "windows": {r"TCP_KEEPALIVE": "second name of TCP_KEEPIDLE"},
}


@lru_cache
def registered(system: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the options and control messages that all plugins register on a system."""
    queries = [(kind, package) for kind in ("options", "messages") for package in PATTERNS]
    results = simulated_platform.run_queries(target(SYSTEMS[system]), queries)
    middle = len(PATTERNS)
    return frozenset().union(*results[:middle]), frozenset().union(*results[middle:])


def registers_nothing(package: str, system: str) -> bool:
    """Return True for a plugin that does not support the system."""
    if package == "sockcore":
        return False
    [names] = simulated_platform.run_queries(target(SYSTEMS[system]), [("families", package)])
    return not names


def constants(package: str, system: str) -> set[str]:
    """Return the names in the tables of a system."""
    names: set[str] = set()
    folder = "sockcore._platform" if package == "sockcore" else package
    try:
        table = import_module(f"{folder}.tables.{system}")
    except ModuleNotFoundError:
        return names
    for text, values in ((table.NAMES, table.VALUES), *table.VARIANTS.values()):
        names.update(name for name, number in zip(text.split(), values) if number is not None)
    return names


def has_reason(name: str, system: str) -> bool:
    patterns = (*REASONS, *REASONS_ON.get(system, ()), *sctp_names.REASONS, *sctp_names.REASONS_ON.get(system, ()))
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def is_message(name: str) -> bool:
    """Return True if the constant is always the type of a message, or if that is why it is not an option."""
    reasons = (pattern for pattern, reason in REASONS.items() if reason == "control messages")
    return any(re.fullmatch(pattern, name) for pattern in (ALWAYS_MESSAGES, *reasons))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("package", PATTERNS)
def test_option_constants_are_typed_or_have_reason(package: str, system: str) -> None:
    names = {name for name in constants(package, system) if re.fullmatch(PATTERNS[package], name)}
    missing = names - registered(system)[0]
    missing = {name for name in missing if not has_reason(name, system)}
    assert not missing or registers_nothing(package, system), sorted(missing)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("package", MESSAGE_PATTERNS)
def test_message_constants_have_codec_or_reason(package: str, system: str) -> None:
    names = {name for name in constants(package, system) if re.fullmatch(MESSAGE_PATTERNS[package], name)}
    options, messages = registered(system)
    missing = {name for name in names - messages if not re.fullmatch("|".join(MESSAGE_REASONS), name)}
    # A name that is an option, and not the type of a message, is covered by the test above.
    missing = {name for name in missing if name not in options or is_message(name)}
    missing = {name for name in missing if is_message(name) or not has_reason(name, system)}
    assert not missing or registers_nothing(package, system), sorted(missing)


@pytest.mark.parametrize("system", SYSTEMS)
def test_options_that_request_a_message_have_its_codec(system: str) -> None:
    """An option that begins with RECV requests a message: its name is that of the option, or without RECV."""
    options, messages = registered(system)
    missing = []
    for name in sorted(options):
        if match := re.fullmatch(r"(?:IP|IPV6|TCP|UDP|SCTP)_RECV(\w+)", name):
            prefix = name.partition("_")[0]
            names = {name, f"{prefix}_{match[1]}", f"{prefix}_{REQUESTED.get(name, '')}"}
            if not names & messages and name not in REQUESTS_WITHOUT_MESSAGE:
                missing.append(name)
    assert missing == []


def test_reasons_are_needed() -> None:
    unneeded = {*REASONS, *MESSAGE_REASONS, *sctp_names.REASONS}
    for system in SYSTEMS:
        options, messages = registered(system)
        for package, pattern in PATTERNS.items():
            names = {name for name in constants(package, system) if re.fullmatch(pattern, name)} - options
            unneeded -= {reason for reason in unneeded if any(re.fullmatch(reason, name) for name in names)}
            names_of_sctp = {name for name in names if name.startswith("SCTP_")}
            if names_of_sctp:
                for reason in sctp_names.REASONS_ON.get(system, ()):
                    assert any(re.fullmatch(reason, name) for name in names_of_sctp), reason
        for package, pattern in MESSAGE_PATTERNS.items():
            names = {name for name in constants(package, system) if re.fullmatch(pattern, name)} - messages
            unneeded -= {reason for reason in unneeded if any(re.fullmatch(reason, name) for name in names)}
    assert unneeded == set()


def test_typed_options_are_constants_of_tables() -> None:
    for system in SYSTEMS:
        names = {name for package in PATTERNS for name in constants(package, system)}
        # The options of IPv6 groups have the numbers of those of IPv4, and the names of facts are in lower case.
        unknown = [
            name for name in registered(system)[0] if not names & {name, name.lower(), name.rstrip("6"), f"{name}_OLD"}
        ]
        assert unknown == []
