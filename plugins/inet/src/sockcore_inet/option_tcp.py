"""The options of TCP, UDP, UDP-Lite and MPTCP.

Source: tcp(7), udp(7) and udplite(7) of Linux, tcp(4) of macOS and the BSDs, IPPROTO_TCP Socket Options of Winsock.
Times are in seconds. A float may have a fraction.
"""

from __future__ import annotations

from sockcore.plugin import (
    FLAG,
    INT,
    SECONDS,
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    OpenEnum,
    Option,
    Optional,
    OptionTable,
    enum_kind,
    number_kind,
    scaled_seconds_kind,
    system_name,
    text_kind,
    to_bytes,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.option_mptcp import (
    FULL_INFO,
    SUBFLOW_ADDRESSES,
    SUBFLOW_INFO,
    MptcpFullInfo,
    SubflowAddresses,
    SubflowInfo,
)
from sockcore_inet.option_saved_syn import SAVED_SYN, SavedSyn, TcpOption
from sockcore_inet.option_tcp_ao import (
    ADD_KEY,
    DEL_KEY,
    INFO,
    KEYS,
    REPAIR,
    TcpAoDeletion,
    TcpAoInfo,
    TcpAoKey,
    TcpAoKeyState,
    TcpAoRepair,
)
from sockcore_inet.option_tcp_info import (
    CC_INFO,
    CONNECTION_INFO,
    MPTCP_INFO_KIND,
    TCP_INFO_KIND,
    BbrInfo,
    CcInfo,
    DctcpInfo,
    MptcpInfo,
    TcpConnectionInfo,
    TcpInfo,
    TcpState,
    VegasInfo,
)
from sockcore_inet.option_tcp_values import (
    MD5SIG,
    MD5SIG_EXT,
    REPAIR_OPTIONS,
    REPAIR_WINDOW,
    ZEROCOPY_RECEIVE,
    TcpMd5Sig,
    TcpRepairOption,
    TcpRepairWindow,
    TcpZerocopyReceive,
)
from sockcore_inet.option_tls import ENABLE, MODE, TlsEnable, TlsMode

__all__ = [
    "MPTCP_FULL_INFO",
    "MPTCP_INFO",
    "MPTCP_SUBFLOW_ADDRS",
    "MPTCP_TCPINFO",
    "TCP_AO_ADD_KEY",
    "TCP_AO_DEL_KEY",
    "TCP_AO_GET_KEYS",
    "TCP_AO_INFO",
    "TCP_AO_REPAIR",
    "TCP_BSDURGENT",
    "TCP_CC_INFO",
    "TCP_CONGCTL",
    "TCP_CONGESTION",
    "TCP_CONNECTIONTIMEOUT",
    "TCP_CONNECTION_INFO",
    "TCP_CORK",
    "TCP_DEFER_ACCEPT",
    "TCP_DELACK",
    "TCP_DELACK_MAX_US",
    "TCP_ENABLE_ECN",
    "TCP_EXPEDITED_1122",
    "TCP_FAIL_CONNECT_ON_ICMP_ERROR",
    "TCP_FASTOPEN",
    "TCP_FASTOPEN_CONNECT",
    "TCP_FASTOPEN_KEY",
    "TCP_FASTOPEN_NO_COOKIE",
    "TCP_INFO",
    "TCP_INQ",
    "TCP_IS_MPTCP",
    "TCP_KEEPALIVE",
    "TCP_KEEPCNT",
    "TCP_KEEPIDLE",
    "TCP_KEEPINIT",
    "TCP_KEEPINTVL",
    "TCP_LINGER2",
    "TCP_MAXBURST",
    "TCP_MAXRT",
    "TCP_MAXRTMS",
    "TCP_MAXSEG",
    "TCP_MAXUNACKTIME",
    "TCP_MD5SIG",
    "TCP_MD5SIG_EXT",
    "TCP_NODELAY",
    "TCP_NOOPT",
    "TCP_NOPUSH",
    "TCP_NOSYNRETRIES",
    "TCP_NOTSENT_LOWAT",
    "TCP_NOURG",
    "TCP_QUEUE_SEQ",
    "TCP_QUICKACK",
    "TCP_REMOTE_UDP_ENCAPS_PORT",
    "TCP_REPAIR",
    "TCP_REPAIR_OPTIONS",
    "TCP_REPAIR_QUEUE",
    "TCP_REPAIR_WINDOW",
    "TCP_RTO_MAX_MS",
    "TCP_RTO_MIN_US",
    "TCP_RXTLS_ENABLE",
    "TCP_RXTLS_MODE",
    "TCP_RXT_CONNDROPTIME",
    "TCP_RXT_FINDROP",
    "TCP_SACK_ENABLE",
    "TCP_SAVED_SYN",
    "TCP_SAVE_SYN",
    "TCP_SENDMOREACKS",
    "TCP_STDURG",
    "TCP_SYNCNT",
    "TCP_THIN_DUPACK",
    "TCP_THIN_LINEAR_TIMEOUTS",
    "TCP_TIMESTAMP",
    "TCP_TIMESTAMPS",
    "TCP_TXTLS_ENABLE",
    "TCP_TXTLS_MODE",
    "TCP_TX_DELAY",
    "TCP_ULP",
    "TCP_USER_TIMEOUT",
    "TCP_WINDOW_CLAMP",
    "TCP_ZEROCOPY_RECEIVE",
    "UDPLITE_RECV_CSCOV",
    "UDPLITE_SEND_CSCOV",
    "UDP_CHECKSUM_COVERAGE",
    "UDP_CORK",
    "UDP_ENCAP",
    "UDP_GRO",
    "UDP_NOCHECKSUM",
    "UDP_NOCKSUM",
    "UDP_NO_CHECK6_RX",
    "UDP_NO_CHECK6_TX",
    "UDP_RECV_MAX_COALESCED_SIZE",
    "UDP_SEGMENT",
    "UDP_SEND_MSG_SIZE",
    "BbrInfo",
    "CcInfo",
    "DctcpInfo",
    "MptcpFullInfo",
    "MptcpInfo",
    "SavedSyn",
    "SubflowAddresses",
    "SubflowInfo",
    "TcpAoDeletion",
    "TcpAoInfo",
    "TcpAoKey",
    "TcpAoKeyState",
    "TcpAoRepair",
    "TcpConnectionInfo",
    "TcpInfo",
    "TcpMd5Sig",
    "TcpOption",
    "TcpRepair",
    "TcpRepairOption",
    "TcpRepairQueue",
    "TcpRepairWindow",
    "TcpState",
    "TcpZerocopyReceive",
    "TlsEnable",
    "TlsMode",
    "UdpEncapsulation",
    "VegasInfo",
]


class TcpRepair(OpenEnum):
    """The values of TCP_REPAIR: TCP_REPAIR_* without the prefix."""

    OFF = TABLE.get("TCP_REPAIR_OFF", -101)
    ON = TABLE.get("TCP_REPAIR_ON", -102)
    OFF_NO_WP = TABLE.get("TCP_REPAIR_OFF_NO_WP", -103)


class TcpRepairQueue(OpenEnum):
    """The values of TCP_REPAIR_QUEUE: TCP_*_QUEUE."""

    NO = TABLE.get("TCP_NO_QUEUE", -101)
    RECV = TABLE.get("TCP_RECV_QUEUE", -102)
    SEND = TABLE.get("TCP_SEND_QUEUE", -103)


class UdpEncapsulation(OpenEnum):
    """The values of UDP_ENCAP: UDP_ENCAP_* without the prefix."""

    NONE = 0
    ESPINUDP_NON_IKE = TABLE.get("UDP_ENCAP_ESPINUDP_NON_IKE", -101)
    ESPINUDP = TABLE.get("UDP_ENCAP_ESPINUDP", -102)
    L2TPINUDP = TABLE.get("UDP_ENCAP_L2TPINUDP", -103)
    GTP0 = TABLE.get("UDP_ENCAP_GTP0", -104)
    GTP1U = TABLE.get("UDP_ENCAP_GTP1U", -105)
    RXRPC = TABLE.get("UDP_ENCAP_RXRPC", -106)
    OVPNINUDP = TABLE.get("UDP_ENCAP_OVPNINUDP", -107)


def _encode_fastopen_key(label: str, value: Any) -> bytes:
    data = to_bytes(value, label, contiguous=False)
    if len(data) not in (_FASTOPEN_KEY_SIZE, 2 * _FASTOPEN_KEY_SIZE):
        raise ValueError(f"{label} must be 16 or 32 bytes, not {len(data)}")
    return data


#: TCP_FASTOPEN_KEY_LENGTH of <net/tcp.h> in the kernel. A second key is that of older cookies.
_FASTOPEN_KEY_SIZE = 16
_FASTOPEN_KEY: Kind[bytes] = Kind("bytes", 2 * _FASTOPEN_KEY_SIZE, bytes, _encode_fastopen_key)
_MILLISECONDS: Kind[float] = scaled_seconds_kind(1000, "=i")
_MICROSECONDS: Kind[float] = scaled_seconds_kind(1_000_000, "=i")

_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any], access: str = "rw", is_passive: bool = True) -> Any:
    return _table(name, "IPPROTO_TCP", kind, access, is_passive)


def _udp(name: str, kind: Kind[Any]) -> Any:
    return _table(name, "IPPROTO_UDP", kind)


TCP_FASTOPEN: Option[int] = _row("TCP_FASTOPEN", INT)
TCP_INFO: Option[TcpInfo] = _row("TCP_INFO", TCP_INFO_KIND, "r")
TCP_KEEPCNT: Option[int] = _row("TCP_KEEPCNT", INT)
TCP_KEEPIDLE: Option[int] = _row("TCP_KEEPIDLE", SECONDS)
TCP_KEEPINTVL: Option[int] = _row("TCP_KEEPINTVL", SECONDS)
TCP_MAXSEG: Option[int] = _row("TCP_MAXSEG", INT)
TCP_NODELAY: Option[bool] = _row("TCP_NODELAY", FLAG)

# Linux.
TCP_AO_ADD_KEY: Option[TcpAoKey] = _row("TCP_AO_ADD_KEY", ADD_KEY, "w")
TCP_AO_DEL_KEY: Option[TcpAoDeletion] = _row("TCP_AO_DEL_KEY", DEL_KEY, "w")
TCP_AO_GET_KEYS: Option[list[TcpAoKeyState]] = _row("TCP_AO_GET_KEYS", KEYS, "r")
TCP_AO_INFO: Option[TcpAoInfo] = _row("TCP_AO_INFO", INFO)
TCP_AO_REPAIR: Option[TcpAoRepair] = _row("TCP_AO_REPAIR", REPAIR)
TCP_CC_INFO: Option[CcInfo] = _row("TCP_CC_INFO", CC_INFO, "r")
TCP_CONGESTION: Option[str] = _row("TCP_CONGESTION", text_kind(16))
TCP_CORK: Option[bool] = _row("TCP_CORK", FLAG)
TCP_DEFER_ACCEPT: Option[int] = _row("TCP_DEFER_ACCEPT", SECONDS)
TCP_DELACK_MAX_US: Option[float] = _row("TCP_DELACK_MAX_US", _MICROSECONDS)
TCP_FASTOPEN_CONNECT: Option[bool] = _row("TCP_FASTOPEN_CONNECT", FLAG)
TCP_FASTOPEN_KEY: Option[bytes] = _row("TCP_FASTOPEN_KEY", _FASTOPEN_KEY)
TCP_FASTOPEN_NO_COOKIE: Option[bool] = _row("TCP_FASTOPEN_NO_COOKIE", FLAG)
TCP_INQ: Option[bool] = _row("TCP_INQ", FLAG)
TCP_IS_MPTCP: Option[bool] = _row("TCP_IS_MPTCP", FLAG, "r")
TCP_LINGER2: Option[int] = _row("TCP_LINGER2", INT)
TCP_MD5SIG_EXT: Option[TcpMd5Sig] = _row("TCP_MD5SIG_EXT", MD5SIG_EXT, "w")
TCP_NOTSENT_LOWAT: Option[int] = _row("TCP_NOTSENT_LOWAT", UNSIGNED)
TCP_QUEUE_SEQ: Option[int] = _row("TCP_QUEUE_SEQ", UNSIGNED)
TCP_QUICKACK: Option[bool] = _row("TCP_QUICKACK", FLAG)
TCP_REPAIR: Option[TcpRepair] = _row("TCP_REPAIR", enum_kind(TcpRepair))
TCP_REPAIR_OPTIONS: Option[list[TcpRepairOption]] = _row("TCP_REPAIR_OPTIONS", REPAIR_OPTIONS, "w")
TCP_REPAIR_QUEUE: Option[TcpRepairQueue] = _row("TCP_REPAIR_QUEUE", enum_kind(TcpRepairQueue))
TCP_REPAIR_WINDOW: Option[TcpRepairWindow] = _row("TCP_REPAIR_WINDOW", REPAIR_WINDOW)
TCP_RTO_MAX_MS: Option[float] = _row("TCP_RTO_MAX_MS", _MILLISECONDS)
TCP_RTO_MIN_US: Option[float] = _row("TCP_RTO_MIN_US", _MICROSECONDS)
TCP_SAVED_SYN: Option[Optional[SavedSyn]] = _row("TCP_SAVED_SYN", SAVED_SYN, "r", is_passive=False)
TCP_SAVE_SYN: Option[int] = _row("TCP_SAVE_SYN", INT)
TCP_SYNCNT: Option[int] = _row("TCP_SYNCNT", INT)
TCP_THIN_DUPACK: Option[bool] = _row("TCP_THIN_DUPACK", FLAG)
TCP_THIN_LINEAR_TIMEOUTS: Option[bool] = _row("TCP_THIN_LINEAR_TIMEOUTS", FLAG)
TCP_TIMESTAMP: Option[int] = _row("TCP_TIMESTAMP", UNSIGNED)
TCP_TX_DELAY: Option[float] = _row("TCP_TX_DELAY", _MICROSECONDS)
TCP_ULP: Option[str] = _row("TCP_ULP", text_kind(16))
TCP_USER_TIMEOUT: Option[float] = _row("TCP_USER_TIMEOUT", _MILLISECONDS)
TCP_WINDOW_CLAMP: Option[int] = _row("TCP_WINDOW_CLAMP", INT)
TCP_ZEROCOPY_RECEIVE: Option[TcpZerocopyReceive] = _row("TCP_ZEROCOPY_RECEIVE", ZEROCOPY_RECEIVE, "r", is_passive=False)

# macOS and the BSDs.
TCP_CONGCTL: Option[str] = _row("TCP_CONGCTL", text_kind(64))
TCP_CONNECTIONTIMEOUT: Option[int] = _row("TCP_CONNECTIONTIMEOUT", SECONDS)
TCP_CONNECTION_INFO: Option[TcpConnectionInfo] = _row("TCP_CONNECTION_INFO", CONNECTION_INFO, "r")
TCP_DELACK: Option[int] = _row("TCP_DELACK", INT)
TCP_ENABLE_ECN: Option[bool] = _row("TCP_ENABLE_ECN", FLAG)
TCP_KEEPALIVE: Option[int] = _row("TCP_KEEPALIVE", SECONDS)
TCP_KEEPINIT: Option[int] = _row("TCP_KEEPINIT", SECONDS)
TCP_MAXBURST: Option[int] = _row("TCP_MAXBURST", INT)
TCP_MAXUNACKTIME: Option[int] = _row("TCP_MAXUNACKTIME", SECONDS)
TCP_NOOPT: Option[bool] = _row("TCP_NOOPT", FLAG)
TCP_NOPUSH: Option[bool] = _row("TCP_NOPUSH", FLAG)
TCP_REMOTE_UDP_ENCAPS_PORT: Option[int] = _row("TCP_REMOTE_UDP_ENCAPS_PORT", INT)
TCP_RXT_CONNDROPTIME: Option[int] = _row("TCP_RXT_CONNDROPTIME", SECONDS)
TCP_RXT_FINDROP: Option[bool] = _row("TCP_RXT_FINDROP", FLAG)
TCP_RXTLS_ENABLE: Option[TlsEnable] = _row("TCP_RXTLS_ENABLE", ENABLE, "w")
TCP_RXTLS_MODE: Option[TlsMode] = _row("TCP_RXTLS_MODE", MODE, "r")
TCP_SACK_ENABLE: Option[bool] = _row("TCP_SACK_ENABLE", FLAG)
TCP_SENDMOREACKS: Option[bool] = _row("TCP_SENDMOREACKS", FLAG)
TCP_TXTLS_ENABLE: Option[TlsEnable] = _row("TCP_TXTLS_ENABLE", ENABLE, "w")
TCP_TXTLS_MODE: Option[TlsMode] = _row("TCP_TXTLS_MODE", MODE)

# Windows.
TCP_BSDURGENT: Option[bool] = _row("TCP_BSDURGENT", FLAG)
TCP_EXPEDITED_1122: Option[bool] = _row("TCP_EXPEDITED_1122", FLAG)
TCP_FAIL_CONNECT_ON_ICMP_ERROR: Option[bool] = _row("TCP_FAIL_CONNECT_ON_ICMP_ERROR", FLAG)
TCP_MAXRT: Option[int] = _row("TCP_MAXRT", INT)
TCP_MAXRTMS: Option[float] = _row("TCP_MAXRTMS", _MILLISECONDS)
TCP_NOSYNRETRIES: Option[bool] = _row("TCP_NOSYNRETRIES", FLAG)
TCP_NOURG: Option[bool] = _row("TCP_NOURG", FLAG)
TCP_STDURG: Option[bool] = _row("TCP_STDURG", FLAG)
TCP_TIMESTAMPS: Option[bool] = _row("TCP_TIMESTAMPS", FLAG)

#: A key for a peer on Linux, and a bool on the BSDs.
TCP_MD5SIG: Option[TcpMd5Sig] = _row(
    "TCP_MD5SIG", MD5SIG if system_name() == "linux" else FLAG, "w" if system_name() == "linux" else "rw"
)

UDP_CORK: Option[bool] = _udp("UDP_CORK", FLAG)
UDP_ENCAP: Option[UdpEncapsulation] = _udp("UDP_ENCAP", enum_kind(UdpEncapsulation))
UDP_GRO: Option[bool] = _udp("UDP_GRO", FLAG)
UDP_NO_CHECK6_RX: Option[bool] = _udp("UDP_NO_CHECK6_RX", FLAG)
UDP_NO_CHECK6_TX: Option[bool] = _udp("UDP_NO_CHECK6_TX", FLAG)
UDP_SEGMENT: Option[int] = _udp("UDP_SEGMENT", number_kind("=i", "0-65535", 0, 0xFFFF))

# macOS and Windows.
UDP_CHECKSUM_COVERAGE: Option[int] = _udp("UDP_CHECKSUM_COVERAGE", UNSIGNED)
UDP_NOCHECKSUM: Option[bool] = _udp("UDP_NOCHECKSUM", FLAG)
UDP_NOCKSUM: Option[bool] = _udp("UDP_NOCKSUM", FLAG)
#: The largest size of joined datagrams, 0 for none, and the size of the segments of sent data.
UDP_RECV_MAX_COALESCED_SIZE: Option[int] = _udp("UDP_RECV_MAX_COALESCED_SIZE", UNSIGNED)
UDP_SEND_MSG_SIZE: Option[int] = _udp("UDP_SEND_MSG_SIZE", UNSIGNED)
UDPLITE_RECV_CSCOV: Option[int] = _table("UDPLITE_RECV_CSCOV", "IPPROTO_UDPLITE", INT)
UDPLITE_SEND_CSCOV: Option[int] = _table("UDPLITE_SEND_CSCOV", "IPPROTO_UDPLITE", INT)

MPTCP_FULL_INFO: Option[MptcpFullInfo] = _table("MPTCP_FULL_INFO", "SOL_MPTCP", FULL_INFO, "r")
MPTCP_INFO: Option[MptcpInfo] = _table("MPTCP_INFO", "SOL_MPTCP", MPTCP_INFO_KIND, "r")
MPTCP_SUBFLOW_ADDRS: Option[list[SubflowAddresses]] = _table("MPTCP_SUBFLOW_ADDRS", "SOL_MPTCP", SUBFLOW_ADDRESSES, "r")
MPTCP_TCPINFO: Option[list[TcpInfo]] = _table("MPTCP_TCPINFO", "SOL_MPTCP", SUBFLOW_INFO, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
