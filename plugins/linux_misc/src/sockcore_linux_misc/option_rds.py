"""The lists of AF_RDS: connections, messages, TCP sockets and RDMA connections. <linux/rds.h>, rds-info(1).

1. The options RDS_INFO_* contain IPv4, the options RDS6_INFO_* contain IPv6, and IPv4 as mapped addresses.
2. The structs are those of Linux 5.0 and later, which have the type of service. Some IPv6 structs lack it: *tos*
   has its default.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from sockcore.plugin import (
    BE16,
    U8,
    U32,
    U64,
    Any,
    Callable,
    CStruct,
    Iterator,
    Kind,
    Option,
    Optional,
    OptionTable,
    Struct,
    inet_ntop,
    octets,
)
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.rds import AF_INET6, INFO_SOCKET

__all__ = [
    "RDS6_INFO_CONNECTIONS",
    "RDS6_INFO_IB_CONNECTIONS",
    "RDS6_INFO_RECV_MESSAGES",
    "RDS6_INFO_RETRANS_MESSAGES",
    "RDS6_INFO_SEND_MESSAGES",
    "RDS6_INFO_SOCKETS",
    "RDS6_INFO_TCP_SOCKETS",
    "RDS_INFO_CONNECTIONS",
    "RDS_INFO_IB_CONNECTIONS",
    "RDS_INFO_RECV_MESSAGES",
    "RDS_INFO_RETRANS_MESSAGES",
    "RDS_INFO_SEND_MESSAGES",
    "RDS_INFO_SOCKETS",
    "RDS_INFO_TCP_SOCKETS",
    "RdsConnection",
    "RdsMessage",
    "RdsRdmaConnection",
    "RdsSocket",
    "RdsTcpSocket",
]

_HEADER = "<netinet/in.h> <linux/rds.h>"
_Item = TypeVar("_Item")
#: The size of the first buffer in bytes. ENOSPC for a longer list, which is then read again into a larger buffer.
_SIZE = 1024


class RdsSocket(NamedTuple):
    """An item of RDS_INFO_SOCKETS: the addresses as (host, port), sizes of buffers in bytes, and an inode."""

    bound: tuple[str, int]
    connected: tuple[str, int]
    sndbuf: int
    rcvbuf: int
    inode: int


class RdsConnection(NamedTuple):
    """An item of RDS_INFO_CONNECTIONS: sequence numbers, hosts, the transport ("tcp"), and RDS_INFO_CONNECTION_FLAG_*.

    *tos* is the type of service of the connection.
    """

    next_tx_seq: int
    next_rx_seq: int
    local: str
    peer: str
    transport: str
    flags: int
    tos: Optional[int] = None


class RdsMessage(NamedTuple):
    """A queued message: its number, its length in bytes, addresses as (host, port), and RDS_INFO_MESSAGE_FLAG_*."""

    seq: int
    length: int
    local: tuple[str, int]
    peer: tuple[str, int]
    flags: int
    tos: int


class RdsTcpSocket(NamedTuple):
    """An item of RDS_INFO_TCP_SOCKETS: addresses as (host, port), and the state of a transfer.

    *hdr_rem* and *data_rem* are the bytes of the current message that have not been received.
    """

    local: tuple[str, int]
    peer: tuple[str, int]
    hdr_rem: int
    data_rem: int
    last_sent_nxt: int
    last_expected_una: int
    last_seen_una: int
    tos: Optional[int] = None


class RdsRdmaConnection(NamedTuple):
    """An item of RDS_INFO_IB_CONNECTIONS: hosts, ports as GIDs, and sizes of queues and memory regions."""

    src: str
    dst: str
    src_gid: bytes
    dst_gid: bytes
    max_send_wr: int
    max_recv_wr: int
    max_send_sge: int
    rdma_mr_max: int
    rdma_mr_size: int
    tos: int
    sl: int
    cache_allocs: int


def _text(packed: bytes) -> str:
    return inet_ntop(AF_INET6, packed) if len(packed) == 16 else ".".join(map(str, packed))


def _name(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("ascii", "replace")


def _hosts(size: int, *names: str) -> tuple[tuple[str, Any], ...]:
    return tuple((name, octets(size)) for name in names)


def _connection(name: str, size: int, *tos: tuple[str, Any]) -> Struct:
    seq = (("next_tx_seq", U64), ("next_rx_seq", U64))
    return Struct(name, _HEADER, *seq, *_hosts(size, "laddr", "faddr"), ("transport", octets(16)), ("flags", U8), *tos)


def _message(name: str, size: int) -> Struct:
    ports = (("lport", BE16), ("fport", BE16), ("flags", U8), ("tos", U8))
    return Struct(name, _HEADER, ("seq", U64), ("len", U32), *_hosts(size, "laddr", "faddr"), *ports)


def _tcp_socket(name: str, size: int, *tos: tuple[str, Any]) -> Struct:
    return Struct(
        name,
        _HEADER,
        *(("local_addr", octets(size)), ("local_port", BE16), ("peer_addr", octets(size)), ("peer_port", BE16)),
        *(("hdr_rem", U64), ("data_rem", U64)),
        *(("last_sent_nxt", U32), ("last_expected_una", U32), ("last_seen_una", U32)),
        *tos,
    )


def _rdma_connection(name: str, size: int) -> Struct:
    numbers = ("max_send_wr", "max_recv_wr", "max_send_sge", "rdma_mr_max", "rdma_mr_size")
    fields: Any = (
        *_hosts(size, "src_addr", "dst_addr"),
        *_hosts(16, "src_gid", "dst_gid"),
        *((number, U32) for number in numbers),
        *(("tos", U8), ("sl", U8), ("cache_allocs", U32)),
    )
    return CStruct(name, _HEADER, {"*": fields})


_TOS = ("tos", U8)
CONNECTION = _connection("struct rds_info_connection", 4, _TOS)
CONNECTION6 = _connection("struct rds6_info_connection", 16)
MESSAGE = _message("struct rds_info_message", 4)
MESSAGE6 = _message("struct rds6_info_message", 16)
TCP_SOCKET = _tcp_socket("struct rds_info_tcp_socket", 4, _TOS)
TCP_SOCKET6 = _tcp_socket("struct rds6_info_tcp_socket", 16)
RDMA_CONNECTION = _rdma_connection("struct rds_info_rdma_connection", 4)
RDMA_CONNECTION6 = _rdma_connection("struct rds6_info_rdma_connection", 16)
INFO_SOCKET6 = Struct(
    "struct rds6_info_socket",
    _HEADER,
    ("sndbuf", U32),
    *_hosts(16, "bound_addr", "connected_addr"),
    *(("bound_port", BE16), ("connected_port", BE16), ("rcvbuf", U32), ("inum", U64)),
)

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = (
    *(CONNECTION, CONNECTION6, MESSAGE, MESSAGE6, TCP_SOCKET, TCP_SOCKET6, RDMA_CONNECTION, RDMA_CONNECTION6),
    INFO_SOCKET6,
)


def _to_socket(
    sndbuf: int, bound: bytes, peer: bytes, bound_port: int, port: int, rcvbuf: int, inode: int
) -> RdsSocket:
    return RdsSocket((_text(bound), bound_port), (_text(peer), port), sndbuf, rcvbuf, inode)


def _to_connection(tx: int, rx: int, local: bytes, peer: bytes, name: bytes, *flags: int) -> RdsConnection:
    return RdsConnection(tx, rx, _text(local), _text(peer), _name(name), *flags)


def _to_message(seq: int, length: int, local: bytes, peer: bytes, port: int, peer_port: int, *flags: int) -> RdsMessage:
    return RdsMessage(seq, length, (_text(local), port), (_text(peer), peer_port), *flags)


def _to_tcp_socket(local: bytes, port: int, peer: bytes, peer_port: int, *numbers: int) -> RdsTcpSocket:
    return RdsTcpSocket((_text(local), port), (_text(peer), peer_port), *numbers)


def _to_rdma_connection(src: bytes, dst: bytes, *others: Any) -> RdsRdmaConnection:
    return RdsRdmaConnection(_text(src), _text(dst), *others)


def _list_kind(layout: Struct, make: Callable[..., _Item], type_name: str) -> Kind[list[_Item]]:
    """Return the kind of an array of structs. A truncated struct at the end is omitted."""

    def decode(data: bytes) -> list[_Item]:
        size = layout.size
        return [make(*layout.unpack(data[at : at + size])) for at in range(0, len(data) - size + 1, size)]

    return Kind(f"list of {type_name}", _SIZE, decode)


SOCKETS: Kind[list[RdsSocket]] = _list_kind(INFO_SOCKET, _to_socket, "RdsSocket")
SOCKETS6: Kind[list[RdsSocket]] = _list_kind(INFO_SOCKET6, _to_socket, "RdsSocket")
CONNECTIONS: Kind[list[RdsConnection]] = _list_kind(CONNECTION, _to_connection, "RdsConnection")
CONNECTIONS6: Kind[list[RdsConnection]] = _list_kind(CONNECTION6, _to_connection, "RdsConnection")
MESSAGES: Kind[list[RdsMessage]] = _list_kind(MESSAGE, _to_message, "RdsMessage")
MESSAGES6: Kind[list[RdsMessage]] = _list_kind(MESSAGE6, _to_message, "RdsMessage")
TCP_SOCKETS: Kind[list[RdsTcpSocket]] = _list_kind(TCP_SOCKET, _to_tcp_socket, "RdsTcpSocket")
TCP_SOCKETS6: Kind[list[RdsTcpSocket]] = _list_kind(TCP_SOCKET6, _to_tcp_socket, "RdsTcpSocket")
RDMA: Kind[list[RdsRdmaConnection]] = _list_kind(RDMA_CONNECTION, _to_rdma_connection, "RdsRdmaConnection")
RDMA6: Kind[list[RdsRdmaConnection]] = _list_kind(RDMA_CONNECTION6, _to_rdma_connection, "RdsRdmaConnection")

_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any]) -> Any:
    return _table(name, "SOL_RDS", kind, "r")


RDS_INFO_CONNECTIONS: Option[list[RdsConnection]] = _row("RDS_INFO_CONNECTIONS", CONNECTIONS)
RDS_INFO_SEND_MESSAGES: Option[list[RdsMessage]] = _row("RDS_INFO_SEND_MESSAGES", MESSAGES)
RDS_INFO_RETRANS_MESSAGES: Option[list[RdsMessage]] = _row("RDS_INFO_RETRANS_MESSAGES", MESSAGES)
RDS_INFO_RECV_MESSAGES: Option[list[RdsMessage]] = _row("RDS_INFO_RECV_MESSAGES", MESSAGES)
RDS_INFO_SOCKETS: Option[list[RdsSocket]] = _row("RDS_INFO_SOCKETS", SOCKETS)
RDS_INFO_TCP_SOCKETS: Option[list[RdsTcpSocket]] = _row("RDS_INFO_TCP_SOCKETS", TCP_SOCKETS)
RDS_INFO_IB_CONNECTIONS: Option[list[RdsRdmaConnection]] = _row("RDS_INFO_IB_CONNECTIONS", RDMA)
RDS6_INFO_CONNECTIONS: Option[list[RdsConnection]] = _row("RDS6_INFO_CONNECTIONS", CONNECTIONS6)
RDS6_INFO_SEND_MESSAGES: Option[list[RdsMessage]] = _row("RDS6_INFO_SEND_MESSAGES", MESSAGES6)
RDS6_INFO_RETRANS_MESSAGES: Option[list[RdsMessage]] = _row("RDS6_INFO_RETRANS_MESSAGES", MESSAGES6)
RDS6_INFO_RECV_MESSAGES: Option[list[RdsMessage]] = _row("RDS6_INFO_RECV_MESSAGES", MESSAGES6)
RDS6_INFO_SOCKETS: Option[list[RdsSocket]] = _row("RDS6_INFO_SOCKETS", SOCKETS6)
RDS6_INFO_TCP_SOCKETS: Option[list[RdsTcpSocket]] = _row("RDS6_INFO_TCP_SOCKETS", TCP_SOCKETS6)
RDS6_INFO_IB_CONNECTIONS: Option[list[RdsRdmaConnection]] = _row("RDS6_INFO_IB_CONNECTIONS", RDMA6)


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
