"""The options of SOL_SOCKET, which no family owns. The credentials of a peer belong to the plugin of AF_UNIX.

Source: socket(7) of Linux, setsockopt(2) of macOS and the BSDs, SOL_SOCKET Socket Options of Winsock. Times are floats,
in seconds. An option that the system does not define has the number -1.
"""

from __future__ import annotations

from sockcore._families.options import Option
from sockcore._options.kinds import (
    FLAG,
    INT,
    INTERFACE,
    NUMBER64,
    UNSIGNED,
    Kind,
    OptionTable,
    number_kind,
    text_kind,
)
from sockcore._options.sol_socket_values import (
    ACCEPT_FILTER,
    BUFFER_LOCKS,
    DMABUF_TOKENS,
    FAMILY,
    LINGER,
    MEM_INFO,
    MICROSECONDS,
    NET_SERVICE_MARKING,
    NET_SERVICE_TYPE,
    NP_EXTENSIONS,
    RATE,
    TIMEOUT64,
    TIMESTAMP_CLOCK,
    TX_REHASH,
    TX_TIME,
    TYPE,
    AcceptFilter,
    BufferLocks,
    DmabufToken,
    FilterInstruction,
    Linger,
    MemInfo,
    NetServiceMarking,
    NetServiceType,
    NonPosixExtensions,
    Splice,
    TimestampClock,
    Timestamping,
    TimestampingFlags,
    TxRehash,
    TxTime,
    TxTimeFlags,
    filter_kind,
    splice_kind,
    timeout_kind,
    timestamping_kind,
)
from sockcore._platform import constants, system_name
from sockcore._types import Any, Iterator, Optional

__all__ = [
    "SO_ACCEPTCONN",
    "SO_ACCEPTFILTER",
    "SO_ATTACH_BPF",
    "SO_ATTACH_FILTER",
    "SO_ATTACH_REUSEPORT_CBPF",
    "SO_ATTACH_REUSEPORT_EBPF",
    "SO_BINDANY",
    "SO_BINDTODEVICE",
    "SO_BINDTOIFINDEX",
    "SO_BINTIME",
    "SO_BPF_EXTENSIONS",
    "SO_BROADCAST",
    "SO_BSDCOMPAT",
    "SO_BUF_LOCK",
    "SO_BUSY_POLL",
    "SO_BUSY_POLL_BUDGET",
    "SO_CNX_ADVICE",
    "SO_CONDITIONAL_ACCEPT",
    "SO_CONNECT_TIME",
    "SO_COOKIE",
    "SO_DEBUG",
    "SO_DETACH_FILTER",
    "SO_DETACH_REUSEPORT_BPF",
    "SO_DEVMEM_DONTNEED",
    "SO_DOMAIN",
    "SO_DONTLINGER",
    "SO_DONTROUTE",
    "SO_DONTTRUNC",
    "SO_ERROR",
    "SO_EXCLUSIVEADDRUSE",
    "SO_FIB",
    "SO_INCOMING_CPU",
    "SO_INCOMING_NAPI_ID",
    "SO_INQ",
    "SO_KEEPALIVE",
    "SO_LINGER",
    "SO_LINGER_SEC",
    "SO_LISTENINCQLEN",
    "SO_LISTENQLEN",
    "SO_LISTENQLIMIT",
    "SO_LOCK_FILTER",
    "SO_MARK",
    "SO_MAX_MSG_SIZE",
    "SO_MAX_PACING_RATE",
    "SO_MEMINFO",
    "SO_NETNS_COOKIE",
    "SO_NETSVC_MARKING_LEVEL",
    "SO_NET_SERVICE_TYPE",
    "SO_NOADDRERR",
    "SO_NOFCS",
    "SO_NOHEADER",
    "SO_NOSIGPIPE",
    "SO_NOTIFYCONFLICT",
    "SO_NO_CHECK",
    "SO_NO_DDP",
    "SO_NO_OFFLOAD",
    "SO_NP_EXTENSIONS",
    "SO_NREAD",
    "SO_NUMRCVPKT",
    "SO_NWRITE",
    "SO_OOBINLINE",
    "SO_OVERFLOWED",
    "SO_PEEK_OFF",
    "SO_PREFER_BUSY_POLL",
    "SO_PRIORITY",
    "SO_PROTOCOL",
    "SO_RANDOMPORT",
    "SO_RCVBUF",
    "SO_RCVBUFFORCE",
    "SO_RCVLOWAT",
    "SO_RCVMARK",
    "SO_RCVPRIORITY",
    "SO_RCVTIMEO",
    "SO_RCVTIMEO_NEW",
    "SO_RERROR",
    "SO_RESERVE_MEM",
    "SO_REUSEADDR",
    "SO_REUSEPORT",
    "SO_REUSEPORT_LB",
    "SO_REUSESHAREUID",
    "SO_RTABLE",
    "SO_RXQ_OVFL",
    "SO_SELECT_ERR_QUEUE",
    "SO_SETFIB",
    "SO_SNDBUF",
    "SO_SNDBUFFORCE",
    "SO_SNDLOWAT",
    "SO_SNDTIMEO",
    "SO_SNDTIMEO_NEW",
    "SO_SPLICE",
    "SO_TIMESTAMP",
    "SO_TIMESTAMPING",
    "SO_TIMESTAMPING_NEW",
    "SO_TIMESTAMPNS",
    "SO_TIMESTAMPNS_NEW",
    "SO_TIMESTAMP_MONOTONIC",
    "SO_TIMESTAMP_NEW",
    "SO_TS_CLOCK",
    "SO_TXREHASH",
    "SO_TXTIME",
    "SO_TYPE",
    "SO_UPCALLCLOSEWAIT",
    "SO_USELOOPBACK",
    "SO_USER_COOKIE",
    "SO_WANTMORE",
    "SO_WANTOOBFLAG",
    "SO_WIFI_STATUS",
    "SO_ZEROCOPY",
    "SO_ZEROIZE",
    "AcceptFilter",
    "BufferLocks",
    "DmabufToken",
    "FilterInstruction",
    "Linger",
    "MemInfo",
    "NetServiceMarking",
    "NetServiceType",
    "NonPosixExtensions",
    "Splice",
    "TimestampClock",
    "Timestamping",
    "TimestampingFlags",
    "TxRehash",
    "TxTime",
    "TxTimeFlags",
]

_table = OptionTable(constants())


def _row(name: str, kind: Kind[Any], access: str = "rw", is_passive: bool = True) -> Any:
    return _table(name, "SOL_SOCKET", kind, access, is_passive)


SO_ACCEPTCONN: Option[bool] = _row("SO_ACCEPTCONN", FLAG, "r")
SO_BROADCAST: Option[bool] = _row("SO_BROADCAST", FLAG)
SO_DEBUG: Option[bool] = _row("SO_DEBUG", FLAG)
SO_DONTROUTE: Option[bool] = _row("SO_DONTROUTE", FLAG)
SO_ERROR: Option[int] = _row("SO_ERROR", INT, "r", is_passive=False)
SO_KEEPALIVE: Option[bool] = _row("SO_KEEPALIVE", FLAG)
SO_LINGER: Option[Linger] = _row("SO_LINGER", LINGER)
SO_OOBINLINE: Option[bool] = _row("SO_OOBINLINE", FLAG)
SO_RCVBUF: Option[int] = _row("SO_RCVBUF", INT)
SO_RCVLOWAT: Option[int] = _row("SO_RCVLOWAT", INT)
SO_RCVTIMEO: Option[float] = _row("SO_RCVTIMEO", timeout_kind())
SO_REUSEADDR: Option[bool] = _row("SO_REUSEADDR", FLAG)
SO_REUSEPORT: Option[bool] = _row("SO_REUSEPORT", FLAG)
SO_SNDBUF: Option[int] = _row("SO_SNDBUF", INT)
SO_SNDLOWAT: Option[int] = _row("SO_SNDLOWAT", INT)
SO_SNDTIMEO: Option[float] = _row("SO_SNDTIMEO", timeout_kind())
SO_TYPE: Option[int] = _row("SO_TYPE", TYPE, "r")
SO_DOMAIN: Option[int] = _row("SO_DOMAIN", FAMILY, "r")
SO_PROTOCOL: Option[int] = _row("SO_PROTOCOL", INT, "r")
SO_TIMESTAMP: Option[bool] = _row("SO_TIMESTAMP", FLAG)
SO_USELOOPBACK: Option[bool] = _row("SO_USELOOPBACK", FLAG)
SO_MAX_PACING_RATE: Option[int] = _row("SO_MAX_PACING_RATE", UNSIGNED if system_name() == "freebsd" else RATE)

# Linux.
SO_ATTACH_BPF: Option[int] = _row("SO_ATTACH_BPF", INT, "w")
SO_ATTACH_FILTER: Option[list[FilterInstruction]] = _row("SO_ATTACH_FILTER", filter_kind())
SO_ATTACH_REUSEPORT_CBPF: Option[list[FilterInstruction]] = _row("SO_ATTACH_REUSEPORT_CBPF", filter_kind(), "w")
SO_ATTACH_REUSEPORT_EBPF: Option[int] = _row("SO_ATTACH_REUSEPORT_EBPF", INT, "w")
SO_BINDTODEVICE: Option[str] = _row("SO_BINDTODEVICE", text_kind(16, "interface name"))
SO_BINDTOIFINDEX: Option[int] = _row("SO_BINDTOIFINDEX", INTERFACE)
SO_BPF_EXTENSIONS: Option[int] = _row("SO_BPF_EXTENSIONS", INT, "r")
SO_BSDCOMPAT: Option[bool] = _row("SO_BSDCOMPAT", FLAG, "w")
SO_BUF_LOCK: Option[BufferLocks] = _row("SO_BUF_LOCK", BUFFER_LOCKS)
SO_BUSY_POLL: Option[float] = _row("SO_BUSY_POLL", MICROSECONDS)
SO_BUSY_POLL_BUDGET: Option[int] = _row("SO_BUSY_POLL_BUDGET", number_kind("=i", low=0, high=0xFFFF))
SO_CNX_ADVICE: Option[int] = _row("SO_CNX_ADVICE", INT, "w")
SO_COOKIE: Option[int] = _row("SO_COOKIE", NUMBER64, "r")
SO_DETACH_FILTER: Option[int] = _row("SO_DETACH_FILTER", INT, "w")
SO_DETACH_REUSEPORT_BPF: Option[int] = _row("SO_DETACH_REUSEPORT_BPF", INT, "w")
SO_DEVMEM_DONTNEED: Option[list[DmabufToken]] = _row("SO_DEVMEM_DONTNEED", DMABUF_TOKENS, "w")
SO_INCOMING_CPU: Option[int] = _row("SO_INCOMING_CPU", INT)
SO_INCOMING_NAPI_ID: Option[int] = _row("SO_INCOMING_NAPI_ID", INT, "r")
SO_INQ: Option[bool] = _row("SO_INQ", FLAG)
SO_LOCK_FILTER: Option[bool] = _row("SO_LOCK_FILTER", FLAG)
SO_MARK: Option[int] = _row("SO_MARK", UNSIGNED)
SO_MEMINFO: Option[MemInfo] = _row("SO_MEMINFO", MEM_INFO, "r")
SO_NETNS_COOKIE: Option[int] = _row("SO_NETNS_COOKIE", NUMBER64, "r")
SO_NOFCS: Option[bool] = _row("SO_NOFCS", FLAG)
SO_NO_CHECK: Option[bool] = _row("SO_NO_CHECK", FLAG)
SO_PEEK_OFF: Option[int] = _row("SO_PEEK_OFF", INT)
SO_PREFER_BUSY_POLL: Option[bool] = _row("SO_PREFER_BUSY_POLL", FLAG)
SO_PRIORITY: Option[int] = _row("SO_PRIORITY", INT)
SO_RCVBUFFORCE: Option[int] = _row("SO_RCVBUFFORCE", INT, "w")
SO_RCVMARK: Option[bool] = _row("SO_RCVMARK", FLAG)
SO_RCVPRIORITY: Option[bool] = _row("SO_RCVPRIORITY", FLAG)
SO_RESERVE_MEM: Option[int] = _row("SO_RESERVE_MEM", INT)
SO_RXQ_OVFL: Option[bool] = _row("SO_RXQ_OVFL", FLAG)
SO_RCVTIMEO_NEW: Option[float] = _row("SO_RCVTIMEO_NEW", TIMEOUT64)
SO_SNDTIMEO_NEW: Option[float] = _row("SO_SNDTIMEO_NEW", TIMEOUT64)
SO_SELECT_ERR_QUEUE: Option[bool] = _row("SO_SELECT_ERR_QUEUE", FLAG)
SO_SNDBUFFORCE: Option[int] = _row("SO_SNDBUFFORCE", INT, "w")
SO_TIMESTAMPING: Option[Timestamping] = _row("SO_TIMESTAMPING", timestamping_kind())
SO_TIMESTAMPING_NEW: Option[Timestamping] = _row("SO_TIMESTAMPING_NEW", timestamping_kind())
SO_TIMESTAMPNS: Option[bool] = _row("SO_TIMESTAMPNS", FLAG)
SO_TIMESTAMPNS_NEW: Option[bool] = _row("SO_TIMESTAMPNS_NEW", FLAG)
SO_TIMESTAMP_NEW: Option[bool] = _row("SO_TIMESTAMP_NEW", FLAG)
SO_TXREHASH: Option[TxRehash] = _row("SO_TXREHASH", TX_REHASH)
SO_TXTIME: Option[TxTime] = _row("SO_TXTIME", TX_TIME)
SO_WIFI_STATUS: Option[bool] = _row("SO_WIFI_STATUS", FLAG)
SO_ZEROCOPY: Option[bool] = _row("SO_ZEROCOPY", FLAG)

# macOS and the BSDs.
SO_ACCEPTFILTER: Option[AcceptFilter] = _row("SO_ACCEPTFILTER", ACCEPT_FILTER)
SO_BINDANY: Option[bool] = _row("SO_BINDANY", FLAG)
SO_BINTIME: Option[bool] = _row("SO_BINTIME", FLAG)
SO_DONTTRUNC: Option[bool] = _row("SO_DONTTRUNC", FLAG)
SO_FIB: Option[int] = _row("SO_FIB", INT)
SO_LINGER_SEC: Option[Linger] = _row("SO_LINGER_SEC", LINGER)
SO_LISTENINCQLEN: Option[int] = _row("SO_LISTENINCQLEN", INT, "r")
SO_LISTENQLEN: Option[int] = _row("SO_LISTENQLEN", INT, "r")
SO_LISTENQLIMIT: Option[int] = _row("SO_LISTENQLIMIT", INT, "r")
SO_NET_SERVICE_TYPE: Option[NetServiceType] = _row("SO_NET_SERVICE_TYPE", NET_SERVICE_TYPE)
SO_NOADDRERR: Option[bool] = _row("SO_NOADDRERR", FLAG)
SO_NOHEADER: Option[bool] = _row("SO_NOHEADER", FLAG)
SO_NOSIGPIPE: Option[bool] = _row("SO_NOSIGPIPE", FLAG)
SO_NOTIFYCONFLICT: Option[bool] = _row("SO_NOTIFYCONFLICT", FLAG, "w")
SO_NO_DDP: Option[bool] = _row("SO_NO_DDP", FLAG)
SO_NO_OFFLOAD: Option[bool] = _row("SO_NO_OFFLOAD", FLAG)
SO_NREAD: Option[int] = _row("SO_NREAD", INT, "r")
SO_NETSVC_MARKING_LEVEL: Option[NetServiceMarking] = _row("SO_NETSVC_MARKING_LEVEL", NET_SERVICE_MARKING, "r")
SO_NP_EXTENSIONS: Option[NonPosixExtensions] = _row("SO_NP_EXTENSIONS", NP_EXTENSIONS)
SO_NUMRCVPKT: Option[int] = _row("SO_NUMRCVPKT", INT, "r")
SO_NWRITE: Option[int] = _row("SO_NWRITE", INT, "r")
SO_OVERFLOWED: Option[int] = _row("SO_OVERFLOWED", INT, "r")
SO_RANDOMPORT: Option[bool] = _row("SO_RANDOMPORT", FLAG)
SO_RERROR: Option[bool] = _row("SO_RERROR", FLAG)
SO_REUSEPORT_LB: Option[bool] = _row("SO_REUSEPORT_LB", FLAG)
SO_REUSESHAREUID: Option[bool] = _row("SO_REUSESHAREUID", FLAG)
SO_RTABLE: Option[int] = _row("SO_RTABLE", INT)
SO_SETFIB: Option[int] = _row("SO_SETFIB", INT)
#: A Splice to set it. Its value is the number of transferred bytes.
SO_SPLICE: Option[int] = _row("SO_SPLICE", splice_kind())
SO_TIMESTAMP_MONOTONIC: Option[bool] = _row("SO_TIMESTAMP_MONOTONIC", FLAG)
SO_TS_CLOCK: Option[TimestampClock] = _row("SO_TS_CLOCK", TIMESTAMP_CLOCK)
SO_UPCALLCLOSEWAIT: Option[bool] = _row("SO_UPCALLCLOSEWAIT", FLAG)
SO_USER_COOKIE: Option[int] = _row("SO_USER_COOKIE", UNSIGNED, "w")
SO_WANTMORE: Option[bool] = _row("SO_WANTMORE", FLAG)
SO_WANTOOBFLAG: Option[bool] = _row("SO_WANTOOBFLAG", FLAG)
SO_ZEROIZE: Option[bool] = _row("SO_ZEROIZE", FLAG)

# Windows.
SO_CONDITIONAL_ACCEPT: Option[bool] = _row("SO_CONDITIONAL_ACCEPT", FLAG)
SO_CONNECT_TIME: Option[Optional[int]] = _row(
    "SO_CONNECT_TIME",
    UNSIGNED.map("seconds or None", lambda n: None if n == 0xFFFFFFFF else n, lambda label, v: v),
    "r",
)
SO_DONTLINGER: Option[bool] = _row("SO_DONTLINGER", FLAG)
SO_EXCLUSIVEADDRUSE: Option[bool] = _row("SO_EXCLUSIVEADDRUSE", FLAG)
SO_MAX_MSG_SIZE: Option[int] = _row("SO_MAX_MSG_SIZE", UNSIGNED, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the options on this system."""
    return _table.options()


def rows() -> tuple[Option[Any], ...]:
    """Return all options, with those of other systems."""
    return _table.rows()
