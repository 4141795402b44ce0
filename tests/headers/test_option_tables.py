"""Every option constant of the generated tables has a typed option, or stands here with a reason."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from sockcore._options import sol_socket

SYSTEMS = ("linux", "darwin", "freebsd", "netbsd", "openbsd", "windows")

#: Distribution -> pattern of constants that look like options.
PATTERNS = {
    "sockcore._platform": r"SO_\w+",
    "sockcore_inet": r"(SO|IP|IPV6|TCP|UDP|UDPLITE|MCAST|MPTCP)_\w+",
    "sockcore_unix": r"SO_\w+|LOCAL_\w+",
    "sockcore_can": r"(SO_J1939|CAN_RAW|CAN_ISOTP)_\w+",
    "sockcore_bluetooth": r"(BT|SO)_\w+|(L2CAP|RFCOMM|SCO)_(OPTIONS|CONNINFO|LM)|HCI_(FILTER|DATA_DIR|TIME_STAMP)",
    "sockcore_linux_misc": r"(PACKET|NETLINK|TIPC|ALG_SET|RDS|SO)_[A-Z0-9_]+",
    "sockcore_windows": r"HVSOCKET_\w+",
    "sockcore_bsd": r"LOCAL_\w+",
}

#: Pattern of constants without a typed option -> the reason.
REASONS: dict[str, str] = {
    # Other constants than options.
    r"SO_EE_\w+|SO_TS_(BINTIME|CLOCK_MAX|DEFAULT|MONOTONIC|REALTIME|REALTIME_MICRO)": "values of messages and options",
    r"SO_(GET_FILTER|DETACH_BPF|PROTOTYPE|STYLE)|IPV6_(ADD|DROP)_MEMBERSHIP|IPV6_BINDV6ONLY": "second name",
    r"SO_(RCVTIMEO|SNDTIMEO|TIMESTAMP|TIMESTAMPING|TIMESTAMPNS)_OLD|TCP_CM_INQ": "second name",
    r"IPV6_(RXDSTOPTS|RXHOPOPTS|3542\w+)|SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD": "second name",
    r"SO_DEVMEM_(DMABUF|LINEAR)|IPV6_HOPLIMIT|IPV6_(ORIGDSTADDR|PKTINFO_EX)|IP_(ORIGDSTADDR|PKTINFO_EX|SENDSRCADDR)":
        "control messages",
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
    r"BT_(BOUND|CLOSED|CONFIG|CONNECT\w*|DISCONN|LISTEN|OPEN)|BT_PORT_\w+|BT_SCM_PKT_STATUS": "states and addresses",
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
    r"TCP_(RX|TX)TLS_(ENABLE|MODE)": "keys of TLS in the kernel, by pointers",
    r"TCP_SACKHOLE_LIMIT": "OpenBSD uses it for a system-wide setting",
    # Structs without a typed option yet: getsockopt() and setsockopt() use bytes.
    r"SO_(DEVMEM_DONTNEED|SPLICE)": "bytes",
    r"RDS_(GET_MR|GET_MR_FOR_DEST)": "a struct with addresses of memory",
    r"RDS_INFO_(CONNECTIONS|CONNECTION_STATS|IB_CONNECTIONS|IWARP_CONNECTIONS|TCP_SOCKETS)": "depend on the kernel",
    r"RDS_INFO_(RECV|RETRANS|SEND)_MESSAGES": "depend on the kernel",
    r"SO_(HCI_(EVT|PKT)_FILTER|L2CAP_(ENCRYPTED|IFLOW|IQOS|OFLOW|OQOS)|RFCOMM_FC_INFO|SCO_CONNINFO)": "bytes",
}  # fmt: skip


def tables(package: str) -> set[str]:
    """Return the names in the tables of all systems."""
    names: set[str] = set()
    for system in ("everywhere", *SYSTEMS):
        try:
            table = import_module(f"{package}.tables.{system}")
        except ModuleNotFoundError:
            continue
        names.update(table.NAMES)
        for variant in getattr(table, "VARIANTS", {}).values():
            names.update(variant)
    return names


def typed_options() -> set[str]:
    """Return the names of all typed options on all systems."""
    names = {option.name for option in sol_socket.rows()}
    for module in (
        *(f"sockcore_inet.option_{name}" for name in ("ip", "ipv6", "multicast", "sctp", "tcp")),
        *("sockcore_unix.options", "sockcore_can.options", "sockcore_bluetooth.options", "sockcore_windows.options"),
        *("sockcore_linux_misc.option_packet", "sockcore_linux_misc.option_families"),
    ):
        found: Any = import_module(module)
        for table in (found._table, getattr(found, "_local_table", None)):
            if table is not None:
                names.update(option.name for option in table.rows())
    bsd: Any = import_module("sockcore_bsd.options")
    for system in SYSTEMS:
        names.update(bsd._kinds(system))
    return names


@pytest.mark.parametrize("package", PATTERNS)
def test_option_constants_are_typed_or_have_reason(package: str) -> None:
    pattern, typed = re.compile(PATTERNS[package]), typed_options()
    missing = sorted(
        name
        for name in tables(package)
        if pattern.fullmatch(name) and name not in typed and not any(re.fullmatch(p, name) for p in REASONS)
    )
    assert missing == []


def test_typed_options_are_constants_of_tables() -> None:
    constants = {name for package in PATTERNS for name in tables(package)}
    # The options of IPv6 groups have the numbers of those of IPv4, and the names of facts are in lower case.
    assert (
        sorted(
            name
            for name in typed_options()
            if name not in constants and name.lower() not in constants and name.rstrip("6") not in constants
        )
        == []
    )


def test_reasons_are_needed() -> None:
    constants = {name for package in PATTERNS for name in tables(package)} - typed_options()
    assert [pattern for pattern in REASONS if not any(re.fullmatch(pattern, name) for name in constants)] == []
