"""The socket options of AF_NETLINK, AF_TIPC, AF_ALG, AF_VSOCK and AF_RDS, except for the lists of AF_RDS.

Source: netlink(7), vsock(7), <linux/tipc.h>, <linux/rds.h>, Documentation/crypto/userspace-if.rst in the kernel. Times
are in seconds. AF_QIPCRTR has no options.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    INT,
    NUMBER64,
    SOCKADDR_IN,
    Any,
    Iterator,
    Kind,
    NullOfLength,
    OpenEnum,
    Option,
    OptionTable,
    bytes_kind,
    check_range,
    constants,
    enum_kind,
    scaled_seconds_kind,
    struct_kind,
    timeval_kind,
)
from sockcore_linux_misc import netlink, rds, tipc, vsock
from sockcore_linux_misc.constants import TABLE

__all__ = [
    "ALG_SET_AEAD_AUTHSIZE",
    "ALG_SET_DRBG_ENTROPY",
    "ALG_SET_KEY",
    "ALG_SET_KEY_BY_KEY_SERIAL",
    "ALG_SET_PUBKEY",
    "NETLINK_ADD_MEMBERSHIP",
    "NETLINK_BROADCAST_ERROR",
    "NETLINK_CAP_ACK",
    "NETLINK_DROP_MEMBERSHIP",
    "NETLINK_EXT_ACK",
    "NETLINK_GET_STRICT_CHK",
    "NETLINK_LISTEN_ALL_NSID",
    "NETLINK_LIST_MEMBERSHIPS",
    "NETLINK_NO_ENOBUFS",
    "NETLINK_PKTINFO",
    "RDS_CANCEL_SENT_TO",
    "RDS_CONG_MONITOR",
    "RDS_FREE_MR",
    "RDS_INFO_COUNTERS",
    "RDS_RECVERR",
    "SO_RDS_MSG_RXPATH_LATENCY",
    "SO_RDS_TRANSPORT",
    "SO_VM_SOCKETS_BUFFER_MAX_SIZE",
    "SO_VM_SOCKETS_BUFFER_MIN_SIZE",
    "SO_VM_SOCKETS_BUFFER_SIZE",
    "SO_VM_SOCKETS_CONNECT_TIMEOUT",
    "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW",
    "SO_VM_SOCKETS_NONBLOCK_TXRX",
    "SO_VM_SOCKETS_PEER_HOST_VM_ID",
    "SO_VM_SOCKETS_TRUSTED",
    "TIPC_CONN_TIMEOUT",
    "TIPC_DEST_DROPPABLE",
    "TIPC_GROUP_JOIN",
    "TIPC_GROUP_LEAVE",
    "TIPC_IMPORTANCE",
    "TIPC_MCAST_BROADCAST",
    "TIPC_MCAST_REPLICAST",
    "TIPC_NODELAY",
    "TIPC_NODE_RECVQ_DEPTH",
    "TIPC_SOCK_RECVQ_DEPTH",
    "TIPC_SOCK_RECVQ_USED",
    "TIPC_SRC_DROPPABLE",
    "FreeMemoryRegion",
    "Importance",
    "Transport",
]


class Importance(OpenEnum):
    """The values of TIPC_IMPORTANCE: the messages that a congested receiver drops last are critical."""

    LOW = TABLE.get("TIPC_LOW_IMPORTANCE", -101)
    MEDIUM = TABLE.get("TIPC_MEDIUM_IMPORTANCE", -102)
    HIGH = TABLE.get("TIPC_HIGH_IMPORTANCE", -103)
    CRITICAL = TABLE.get("TIPC_CRITICAL_IMPORTANCE", -104)


class Transport(OpenEnum):
    """The values of SO_RDS_TRANSPORT: RDS_TRANS_* without the prefix."""

    IB = TABLE.get("RDS_TRANS_IB", -101)
    GAP = TABLE.get("RDS_TRANS_GAP", -102)
    TCP = TABLE.get("RDS_TRANS_TCP", -103)
    NONE = TABLE.get("RDS_TRANS_NONE", -104)


class FreeMemoryRegion(NamedTuple):
    """The value of RDS_FREE_MR: the cookie of a memory region, and flags (RDS_RDMA_INVALIDATE)."""

    cookie: int
    flags: int = 0


def _encode_authsize(label: str, value: object) -> NullOfLength:
    # The size is the length of the value, which is a null pointer.
    return NullOfLength(check_range(label, value, 0, (1 << 31) - 1))


def _encode_peer(label: str, value: Any) -> bytes:
    if not isinstance(value, tuple) or len(value) != 2 or not isinstance(value[0], str):
        raise TypeError(f"{label} must be a tuple (host, port), not {value!r}")
    parts = value[0].split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and int(part) < 256 for part in parts):
        raise ValueError(f"{label} host must be an IPv4 address in text, not {value[0]!r}")
    port = check_range(f"{label} port", value[1], 0, 0xFFFF)
    return SOCKADDR_IN.pack(TABLE["af_inet"], port, bytes(map(int, parts)))


def _decode_peer(data: bytes) -> tuple[str, int]:
    port, host = SOCKADDR_IN.unpack(data)
    return ".".join(map(str, host)), int(port)  # type: ignore[arg-type]


def _encode_trace(label: str, value: Any) -> bytes:
    positions = tuple(value) if isinstance(value, (tuple, list)) else None
    most = rds.RX_TRACE_SO.size - 1
    if positions is None or len(positions) > most:
        raise TypeError(f"{label} must be a tuple of 0 to {most} positions (RDS_MSG_RX_*), not {value!r}")
    numbers = [check_range(f"{label}[{i}]", number, 0, 255) for i, number in enumerate(positions)]
    return bytes([len(numbers), *numbers]).ljust(rds.RX_TRACE_SO.size, b"\0")


def _decode_trace(data: bytes) -> tuple[int, ...]:
    return tuple(data[1 : 1 + data[0]]) if data else ()


def _decode_group(data: bytes) -> int:
    # The kernel does not return the other fields.
    return int(tipc.GROUP_REQ.unpack(data)[0])


_MILLISECONDS: Kind[float] = scaled_seconds_kind(1000)
_INFO_SIZE = 1024  # bytes; ENOSPC for a longer list, which is then read again into a larger buffer
_MEMBERSHIPS: Kind[tuple[int, ...]] = Kind("tuple of groups", netlink.MASK_SIZE, netlink.decode_memberships)
#: The value is a tuple (type, instance[, scope[, flags]]) to join a group, and the type to read it.
_GROUP: Kind[int] = Kind("int or tuple", tipc.GROUP_REQ.size, _decode_group, tipc.encode_group_req)
_AUTHSIZE: Kind[int] = Kind("bytes (int)", 4, INT.decode, _encode_authsize)
_KEY: Kind[bytes] = bytes_kind(1 << 16)
_PEER: Kind[tuple[str, int]] = Kind("(host, port)", SOCKADDR_IN.size, _decode_peer, _encode_peer)
_FREE_MR: Kind[FreeMemoryRegion] = struct_kind(FreeMemoryRegion, rds.FREE_MR_ARGS)
_COUNTERS: Kind[list[tuple[str, int]]] = Kind("list of (name, value)", _INFO_SIZE, rds.decode_counters)
_TRACE: Kind[tuple[int, ...]] = Kind("tuple of positions", rds.RX_TRACE_SO.size, _decode_trace, _encode_trace)

_table = OptionTable({**constants(), **TABLE})


def _row(name: str, level: str, kind: Kind[Any], access: str = "rw", number_name: str = "") -> Any:
    return _table(name, level, kind, access, number_name=number_name)


NETLINK_ADD_MEMBERSHIP: Option[int] = _row("NETLINK_ADD_MEMBERSHIP", "SOL_NETLINK", INT, "w")
NETLINK_BROADCAST_ERROR: Option[bool] = _row("NETLINK_BROADCAST_ERROR", "SOL_NETLINK", FLAG)
NETLINK_CAP_ACK: Option[bool] = _row("NETLINK_CAP_ACK", "SOL_NETLINK", FLAG)
NETLINK_DROP_MEMBERSHIP: Option[int] = _row("NETLINK_DROP_MEMBERSHIP", "SOL_NETLINK", INT, "w")
NETLINK_EXT_ACK: Option[bool] = _row("NETLINK_EXT_ACK", "SOL_NETLINK", FLAG)
NETLINK_GET_STRICT_CHK: Option[bool] = _row("NETLINK_GET_STRICT_CHK", "SOL_NETLINK", FLAG)
NETLINK_LISTEN_ALL_NSID: Option[bool] = _row("NETLINK_LISTEN_ALL_NSID", "SOL_NETLINK", FLAG)
NETLINK_LIST_MEMBERSHIPS: Option[tuple[int, ...]] = _row("NETLINK_LIST_MEMBERSHIPS", "SOL_NETLINK", _MEMBERSHIPS, "r")
NETLINK_NO_ENOBUFS: Option[bool] = _row("NETLINK_NO_ENOBUFS", "SOL_NETLINK", FLAG)
NETLINK_PKTINFO: Option[bool] = _row("NETLINK_PKTINFO", "SOL_NETLINK", FLAG)

TIPC_CONN_TIMEOUT: Option[float] = _row("TIPC_CONN_TIMEOUT", "SOL_TIPC", _MILLISECONDS)
TIPC_DEST_DROPPABLE: Option[bool] = _row("TIPC_DEST_DROPPABLE", "SOL_TIPC", FLAG)
TIPC_GROUP_JOIN: Option[int] = _row("TIPC_GROUP_JOIN", "SOL_TIPC", _GROUP)
TIPC_GROUP_LEAVE: Option[int] = _row("TIPC_GROUP_LEAVE", "SOL_TIPC", INT, "w")
TIPC_IMPORTANCE: Option[Importance] = _row("TIPC_IMPORTANCE", "SOL_TIPC", enum_kind(Importance))
TIPC_MCAST_BROADCAST: Option[int] = _row("TIPC_MCAST_BROADCAST", "SOL_TIPC", INT, "w")
TIPC_MCAST_REPLICAST: Option[int] = _row("TIPC_MCAST_REPLICAST", "SOL_TIPC", INT, "w")
TIPC_NODELAY: Option[bool] = _row("TIPC_NODELAY", "SOL_TIPC", FLAG)
TIPC_NODE_RECVQ_DEPTH: Option[int] = _row("TIPC_NODE_RECVQ_DEPTH", "SOL_TIPC", INT, "r")
TIPC_SOCK_RECVQ_DEPTH: Option[int] = _row("TIPC_SOCK_RECVQ_DEPTH", "SOL_TIPC", INT, "r")
TIPC_SOCK_RECVQ_USED: Option[int] = _row("TIPC_SOCK_RECVQ_USED", "SOL_TIPC", INT, "r")
TIPC_SRC_DROPPABLE: Option[bool] = _row("TIPC_SRC_DROPPABLE", "SOL_TIPC", FLAG)

ALG_SET_AEAD_AUTHSIZE: Option[int] = _row("ALG_SET_AEAD_AUTHSIZE", "SOL_ALG", _AUTHSIZE, "w")
ALG_SET_DRBG_ENTROPY: Option[bytes] = _row("ALG_SET_DRBG_ENTROPY", "SOL_ALG", _KEY, "w")
ALG_SET_KEY: Option[bytes] = _row("ALG_SET_KEY", "SOL_ALG", _KEY, "w")
ALG_SET_KEY_BY_KEY_SERIAL: Option[int] = _row("ALG_SET_KEY_BY_KEY_SERIAL", "SOL_ALG", INT, "w")
ALG_SET_PUBKEY: Option[bytes] = _row("ALG_SET_PUBKEY", "SOL_ALG", _KEY, "w")

SO_VM_SOCKETS_BUFFER_MAX_SIZE: Option[int] = _row("SO_VM_SOCKETS_BUFFER_MAX_SIZE", "AF_VSOCK", NUMBER64)
SO_VM_SOCKETS_BUFFER_MIN_SIZE: Option[int] = _row("SO_VM_SOCKETS_BUFFER_MIN_SIZE", "AF_VSOCK", NUMBER64)
SO_VM_SOCKETS_BUFFER_SIZE: Option[int] = _row("SO_VM_SOCKETS_BUFFER_SIZE", "AF_VSOCK", NUMBER64)
SO_VM_SOCKETS_NONBLOCK_TXRX: Option[bool] = _row("SO_VM_SOCKETS_NONBLOCK_TXRX", "AF_VSOCK", FLAG)
SO_VM_SOCKETS_PEER_HOST_VM_ID: Option[int] = _row("SO_VM_SOCKETS_PEER_HOST_VM_ID", "AF_VSOCK", INT, "r")
SO_VM_SOCKETS_TRUSTED: Option[bool] = _row("SO_VM_SOCKETS_TRUSTED", "AF_VSOCK", FLAG, "r")
# The name without a suffix is not defined if the C library has a 64-bit timeval on a 32-bit machine.
SO_VM_SOCKETS_CONNECT_TIMEOUT: Option[float] = _row(
    "SO_VM_SOCKETS_CONNECT_TIMEOUT",
    "AF_VSOCK",
    timeval_kind(vsock.OLD_TIMEVAL),
    number_name="SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD",
)
SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW: Option[float] = _row(
    "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW", "AF_VSOCK", timeval_kind(vsock.NEW_TIMEVAL)
)

RDS_CANCEL_SENT_TO: Option[tuple[str, int]] = _row("RDS_CANCEL_SENT_TO", "SOL_RDS", _PEER, "w")
RDS_CONG_MONITOR: Option[bool] = _row("RDS_CONG_MONITOR", "SOL_RDS", FLAG)
RDS_FREE_MR: Option[FreeMemoryRegion] = _row("RDS_FREE_MR", "SOL_RDS", _FREE_MR, "w")
RDS_INFO_COUNTERS: Option[list[tuple[str, int]]] = _row("RDS_INFO_COUNTERS", "SOL_RDS", _COUNTERS, "r")
RDS_RECVERR: Option[bool] = _row("RDS_RECVERR", "SOL_RDS", FLAG)
SO_RDS_MSG_RXPATH_LATENCY: Option[tuple[int, ...]] = _row("SO_RDS_MSG_RXPATH_LATENCY", "SOL_RDS", _TRACE, "w")
SO_RDS_TRANSPORT: Option[Transport] = _row("SO_RDS_TRANSPORT", "SOL_RDS", enum_kind(Transport))


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
