"""AF_RDS, reliable datagrams over TCP or RDMA: ``(host, port)``. <linux/rds.h>.

1. An IPv4 address is a ``sockaddr_in`` with AF_INET in its family field, as the kernel requires.
2. A host is a dotted quad, ``''`` for any address, ``'<broadcast>'``, or a name. Only names need a plugin that resolves
   them (sockcore-inet).
3. An IPv6 address is ``(host, port, flowinfo, scope_id)``. Linux supports IPv6 since 4.19.
4. The address of an unbound socket is a RawAddress, because its family field is 0.
"""

from __future__ import annotations

from sockcore.plugin import (
    BE16,
    SOCKADDR_IN,
    SOCKADDR_IN6,
    U8,
    U32,
    U64,
    Any,
    Context,
    CStruct,
    Family,
    RawAddress,
    Struct,
    family_of,
    host_text,
    in_range,
    inet_ntop,
    integer,
    ipv4_bytes,
    ipv6_bytes,
    octets,
    wrong_address_type,
)
from sockcore_linux_misc.constants import constant

#: RDS_CMSG_ZCOPY_COMPLETION: the numbers of the messages whose memory the kernel no longer uses.
ZCOPY_COOKIES = Struct(
    "struct rds_zcopy_cookies",
    "<linux/rds.h>",
    ("num", U32),
    ("cookies", octets(4 * max(constant("RDS_MAX_ZCOOKIES"), 0))),
)

#: RDS_CMSG_RDMA_ARGS: the key, the remote memory, the local memory as an array, flags, and a number of the program.
RDMA_ARGS = Struct(
    "struct rds_rdma_args",
    "<linux/rds.h>",
    ("cookie", U64),
    ("remote_vec.addr", U64),
    ("remote_vec.bytes", U64),
    ("local_vec_addr", U64),
    ("nr_local", U64),
    ("flags", U64),
    ("user_token", U64),
)

#: RDS_CMSG_RDMA_MAP: the memory to map, the place for the key, and flags.
RDMA_MAP = Struct(
    "struct rds_get_mr_args",
    "<linux/rds.h>",
    ("vec.addr", U64),
    ("vec.bytes", U64),
    ("cookie_addr", U64),
    ("flags", U64),
)

#: RDS_CMSG_ATOMIC_CSWP, RDS_CMSG_ATOMIC_FADD, and the same with masks. The operands are a union.
ATOMIC_ARGS = Struct(
    "struct rds_atomic_args",
    "<linux/rds.h>",
    *(("cookie", U64), ("local_addr", U64), ("remote_addr", U64)),
    *(("m_cswp.compare", U64), ("m_cswp.swap", U64), ("m_cswp.compare_mask", U64), ("m_cswp.swap_mask", U64)),
    *(("flags", U64), ("user_token", U64)),
)

#: RDS_CMSG_RDMA_STATUS.
RDMA_NOTIFY = CStruct("struct rds_rdma_notify", "<linux/rds.h>", {"*": (("user_token", "u64"), ("status", "int"))})

#: RDS_CMSG_RXPATH_LATENCY: the number of stages, their numbers, and their times in nanoseconds.
RX_TRACE = CStruct(
    "struct rds_cmsg_rx_trace",
    "<linux/rds.h>",
    {
        "*": (
            ("rx_traces", "u8"),
            ("rx_trace_pos", 3),
            ("rx_trace[0]", "u64"),
            ("rx_trace[1]", "u64"),
            ("rx_trace[2]", "u64"),
        )
    },
)

#: An element of the array in RDS_INFO_COUNTERS.
INFO_COUNTER = Struct("struct rds_info_counter", "<linux/rds.h>", ("name", octets(32)), ("value", U64))

#: An element of the array in RDS_INFO_SOCKETS.
INFO_SOCKET = Struct(
    "struct rds_info_socket",
    "<linux/rds.h>",
    ("sndbuf", U32),
    ("bound_addr", octets(4)),
    ("connected_addr", octets(4)),
    ("bound_port", BE16),
    ("connected_port", BE16),
    ("rcvbuf", U32),
    ("inum", U64),
)

#: RDS_FREE_MR.
FREE_MR_ARGS = Struct("struct rds_free_mr_args", "<linux/rds.h>", ("cookie", U64), ("flags", U64))

#: SO_RDS_MSG_RXPATH_LATENCY: a number of positions, and the positions.
RX_TRACE_SO = Struct("struct rds_rx_trace_so", "<linux/rds.h>", ("rx_traces", U8), ("rx_trace_pos", octets(3)))

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = (
    SOCKADDR_IN,
    SOCKADDR_IN6,
    ZCOPY_COOKIES,
    RDMA_ARGS,
    RDMA_MAP,
    ATOMIC_ARGS,
    RDMA_NOTIFY,
    RX_TRACE,
    INFO_COUNTER,
    INFO_SOCKET,
    FREE_MR_ARGS,
    RX_TRACE_SO,
)

AF_INET, AF_INET6 = constant("af_inet"), constant("af_inet6")


class Rds(Family):
    """AF_RDS: ``(host, port)`` in IPv4, ``(host, port, flowinfo, scope_id)`` in IPv6."""

    number: int = constant("AF_RDS")
    name = "AF_RDS"
    resolves_names = True
    module: str | None = "rds"
    size: int = SOCKADDR_IN6.size
    probe: tuple[int, int] | None = (constant("SOCK_SEQPACKET"), 0)

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True: the reports are completions of zero-copy transmissions."""
        return True

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` or ``sockaddr_in6`` of an address.

        A pair (host, port) is IPv4, and (host, port, flowinfo, scope_id) is IPv6.

        Raises TypeError for another type or length or a part of the wrong type. Raises OverflowError for a port not in
        0-65535, a flowinfo not in 0-1048575 or a scope_id not in 0-4294967295. Raises gaierror for a host name that
        does not resolve, and OSError if no plugin resolves names.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", "AF_INET", address)
        if len(address) not in (2, 4):
            raise TypeError("AF_INET address must be a pair (host, port)")
        host = host_text(address[0])
        port, *others = [integer(part) for part in address[1:]]
        if others:
            packed, zone = ipv6_bytes(host, context, AF_INET6)
        else:
            packed = ipv4_bytes(host, context, AF_INET)
        in_range(context, "port", port, 16)
        if not others:
            return SOCKADDR_IN.pack(AF_INET, port, packed)
        flowinfo, scope = others
        in_range(context, "flowinfo", flowinfo, 20)
        in_range(context, "scope_id", scope, 32)
        return SOCKADDR_IN6.pack(AF_INET6, port, flowinfo, packed, scope or zone)

    def decode(self, sockaddr: bytes, context: Context) -> object:
        """Return (host, port) or (host, port, flowinfo, scope_id).

        Returns a RawAddress for another family field.
        """
        family = family_of(sockaddr)
        if family == AF_INET:
            port, packed = SOCKADDR_IN.unpack(sockaddr)
            return _to_dotted_quad(packed), port  # type: ignore[arg-type]
        if family == AF_INET6:
            port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(sockaddr)
            assert isinstance(packed, bytes)
            return inet_ntop(AF_INET6, packed), port, flowinfo, scope
        return RawAddress(sockaddr)


def decode_counters(data: bytes) -> list[tuple[str, int]]:
    """Return RDS_INFO_COUNTERS as pairs (name, value)."""
    items: list[Any] = _unpack_array(INFO_COUNTER, data)
    return [(name.partition(b"\0")[0].decode("ascii", "replace"), value) for name, value in items]


def _unpack_array(struct: Struct, data: bytes) -> list[Any]:
    """Return the structs in an array. A truncated struct at the end is omitted."""
    size = struct.size
    return [struct.unpack(data[start : start + size]) for start in range(0, len(data) - size + 1, size)]


def _to_dotted_quad(packed: bytes) -> str:
    return ".".join(map(str, packed))
