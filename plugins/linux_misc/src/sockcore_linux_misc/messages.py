"""The control messages of the families of Linux, for sockcore.ancillary.

An addition to the standard library, which returns bytes. Availability: Linux. Sources: packet(7), netlink(7), tipc(7),
vsock(7), <linux/rds.h>, Documentation/crypto/userspace-if.rst in the kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    Ancillary,
    Any,
    Callable,
    ExtendedError,
    Iterator,
    Struct,
    available_messages,
    declare_message,
    extended_error_decoder,
    integer_decoder,
    integer_encoder,
    queued_error,
    require_size,
    struct_decoder,
    to_bytes,
    to_integer,
    tuple_bytes,
    unsigned,
)
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.options import TPACKET_AUXDATA
from sockcore_linux_misc.rds import ATOMIC_ARGS, RDMA_ARGS, RDMA_MAP, RDMA_NOTIFY, RX_TRACE, ZCOPY_COOKIES
from sockcore_linux_misc.sendmsg_afalg import decode_iv, encode_iv, encode_number
from sockcore_linux_misc.tipc import SERVICE_RANGE

_COOKIES_OFFSET = ZCOPY_COOKIES.offsets()["cookies"][0]
_VLAN_VALID: int = TABLE.get("TP_STATUS_VLAN_VALID", 0)
_VLAN_TPID_VALID: int = TABLE.get("TP_STATUS_VLAN_TPID_VALID", 0)
#: The tag protocol identifier if the kernel does not report it: IEEE 802.1Q.
_DOT1Q: int = TABLE.get("ETH_P_8021Q", 0)


class VlanTag(NamedTuple):
    """A VLAN tag, IEEE 802.1Q: the VLAN, the priority, the drop eligible indicator, and the EtherType of the tag."""

    vid: int
    pcp: int
    dei: bool
    tpid: int


def vlan_tag(status: int, tci: int, tpid: int) -> VlanTag | None:
    """Return the tag in the fields of a frame, or None if *status* does not have the flag of a tag."""
    if not status & _VLAN_VALID:
        return None
    return VlanTag(tci & 0xFFF, tci >> 13, bool(tci & 0x1000), tpid if status & _VLAN_TPID_VALID else _DOT1Q)


class AuxData(NamedTuple):
    """PACKET_AUXDATA: facts about a frame that the received bytes do not contain.

    *status* has the flags TP_STATUS_*, *length* is the length of the frame, *captured* the number of its bytes that the
    filter accepted. *mac* and *net* are the offsets of the headers.
    """

    status: int
    length: int
    captured: int
    mac: int
    net: int
    vlan_tci: int
    vlan_tpid: int

    @property
    def vlan(self) -> VlanTag | None:
        """The VLAN tag that the kernel has removed from the frame, or None without a tag."""
        return vlan_tag(self.status, self.vlan_tci, self.vlan_tpid)


class TipcError(NamedTuple):
    """A message that TIPC returned: the reason (TIPC_ERR_NO_NAME...), and the length of the message in bytes."""

    error: int
    length: int


class ServiceRange(NamedTuple):
    """A range of instances of a TIPC service."""

    type: int
    lower: int
    upper: int


class RdmaArgs(NamedTuple):
    """RDS_CMSG_RDMA_ARGS: an RDMA operation. The addresses are those of memory in this process.

    *remote_bytes* is a number of bytes, *local_vector_count* the number of items at *local_vector_address*.
    """

    cookie: int
    remote_address: int
    remote_bytes: int
    local_vector_address: int
    local_vector_count: int
    flags: int
    user_token: int


class RdmaMap(NamedTuple):
    """RDS_CMSG_RDMA_MAP: *bytes* bytes to map for the peer. The kernel writes the key to *cookie_address*."""

    address: int
    bytes: int
    cookie_address: int
    flags: int


class AtomicArgs(NamedTuple):
    """RDS_CMSG_ATOMIC_* and RDS_CMSG_MASKED_ATOMIC_*: an atomic operation on 64 bits of remote memory.

    The operands are (compare, swap, compare_mask, swap_mask) for CSWP, and (add, nocarry_mask, 0, 0) for FADD. Masks
    are 0 in an operation without masks. *local_address* is the place for the previous value.
    """

    cookie: int
    local_address: int
    remote_address: int
    operand1: int
    operand2: int
    operand3: int
    operand4: int
    flags: int
    user_token: int


class RdmaStatus(NamedTuple):
    """RDS_CMSG_RDMA_STATUS: the end of an RDMA operation. *status* is one of RDS_RDMA_*."""

    user_token: int
    status: int


class RdsCongestion(int):
    """RDS_CMSG_CONG_UPDATE: the ports that are no longer congested, as a mask of 64 bits."""

    __slots__ = ()

    def has_port(self, port: int) -> bool:
        """Return True if *port* may be free again: its bit is that of its number modulo 64."""
        return bool(self >> port % 64 & 1)


def _encode_iv_value(iv: Any) -> bytes:
    return encode_iv(to_bytes(iv, "ALG_SET_IV", contiguous=False))


def _decode_iv(data: bytes) -> bytes:
    return decode_iv(require_size(data, 4))


def decode_cookies(data: bytes) -> tuple[int, ...]:
    """Return the numbers in a ``rds_zcopy_cookies``.

    If *data* is truncated, the missing numbers are omitted.
    """
    count, cookies = ZCOPY_COOKIES.unpack(data)
    assert isinstance(cookies, bytes)
    received = max(len(data) - _COOKIES_OFFSET, 0) // 4
    return tuple(memoryview(cookies).cast("I")[: min(int(count), received)])


def _decode_trace(data: bytes) -> dict[int, int]:
    """Return the latencies of the stages of a received message, in nanoseconds."""
    fields: tuple[Any, ...] = RX_TRACE.unpack(require_size(data, RX_TRACE.size))
    count, stages, *times = fields
    return dict(zip(stages[:count], times))


def _encode_struct(struct: Struct) -> Callable[[Any], bytes]:
    """Return the encoder of unsigned numbers in a struct."""
    sizes = {name: size for name, (_, size) in struct.offsets().items()}

    def pack(*values: Any) -> bytes:
        numbers = [
            unsigned(f"{struct.name} {name}", value, 8 * size) for (name, size), value in zip(sizes.items(), values)
        ]
        return struct.pack(*numbers)

    return tuple_bytes(struct.name, sizes, pack)


def _atomic(name: str) -> Ancillary[AtomicArgs]:
    return declare_message(TABLE, name, "SOL_RDS", struct_decoder(ATOMIC_ARGS, AtomicArgs), _encode_struct(ATOMIC_ARGS))


_decode_error = extended_error_decoder()

#: The operation, the initialization vector and the length of the associated data: userspace-if.rst.
ALG_SET_OP: Ancillary[int] = declare_message(TABLE, "ALG_SET_OP", "SOL_ALG", integer_decoder(4), encode_number)
ALG_SET_IV: Ancillary[bytes] = declare_message(TABLE, "ALG_SET_IV", "SOL_ALG", _decode_iv, _encode_iv_value)
ALG_SET_AEAD_ASSOCLEN: Ancillary[int] = declare_message(
    TABLE, "ALG_SET_AEAD_ASSOCLEN", "SOL_ALG", integer_decoder(4), encode_number
)
#: The multicast group of a message, 0 for a unicast message.
NETLINK_PKTINFO: Ancillary[int] = declare_message(TABLE, "NETLINK_PKTINFO", "SOL_NETLINK", integer_decoder(4))
#: The number of the network namespace that sent a message.
NETLINK_LISTEN_ALL_NSID: Ancillary[int] = declare_message(
    TABLE, "NETLINK_LISTEN_ALL_NSID", "SOL_NETLINK", integer_decoder(4, signed=True)
)
PACKET_AUXDATA: Ancillary[AuxData] = declare_message(
    TABLE, "PACKET_AUXDATA", "SOL_PACKET", struct_decoder(TPACKET_AUXDATA, AuxData)
)
#: A report from the error queue: sockcore.errors converts it.
PACKET_TX_TIMESTAMP: Ancillary[ExtendedError] = declare_message(
    TABLE, "PACKET_TX_TIMESTAMP", "SOL_PACKET", _decode_error, to_error=queued_error
)
VSOCK_RECVERR: Ancillary[ExtendedError] = declare_message(
    TABLE, "VSOCK_RECVERR", "SOL_VSOCK", _decode_error, to_error=queued_error
)
TIPC_ERRINFO: Ancillary[TipcError] = declare_message(
    TABLE, "TIPC_ERRINFO", "SOL_TIPC",
    lambda data: TipcError(to_integer(data[:4]), to_integer(require_size(data, 8)[4:8])),
)  # fmt: skip
#: The data of a returned message.
TIPC_RETDATA: Ancillary[bytes] = declare_message(TABLE, "TIPC_RETDATA", "SOL_TIPC", bytes)
#: The service address to which a message was sent.
TIPC_DESTNAME: Ancillary[ServiceRange] = declare_message(
    TABLE, "TIPC_DESTNAME", "SOL_TIPC", struct_decoder(SERVICE_RANGE, ServiceRange)
)
RDS_CMSG_RDMA_ARGS: Ancillary[RdmaArgs] = declare_message(
    TABLE, "RDS_CMSG_RDMA_ARGS", "SOL_RDS", struct_decoder(RDMA_ARGS, RdmaArgs), _encode_struct(RDMA_ARGS)
)
#: The key and the offset of the memory of a transfer.
RDS_CMSG_RDMA_DEST: Ancillary[int] = declare_message(
    TABLE, "RDS_CMSG_RDMA_DEST", "SOL_RDS", integer_decoder(8), integer_encoder("RDS_CMSG_RDMA_DEST", 8)
)
RDS_CMSG_RDMA_MAP: Ancillary[RdmaMap] = declare_message(
    TABLE, "RDS_CMSG_RDMA_MAP", "SOL_RDS", struct_decoder(RDMA_MAP, RdmaMap), _encode_struct(RDMA_MAP)
)
RDS_CMSG_ATOMIC_CSWP: Ancillary[AtomicArgs] = _atomic("RDS_CMSG_ATOMIC_CSWP")
RDS_CMSG_ATOMIC_FADD: Ancillary[AtomicArgs] = _atomic("RDS_CMSG_ATOMIC_FADD")
RDS_CMSG_MASKED_ATOMIC_CSWP: Ancillary[AtomicArgs] = _atomic("RDS_CMSG_MASKED_ATOMIC_CSWP")
RDS_CMSG_MASKED_ATOMIC_FADD: Ancillary[AtomicArgs] = _atomic("RDS_CMSG_MASKED_ATOMIC_FADD")
RDS_CMSG_RDMA_STATUS: Ancillary[RdmaStatus] = declare_message(
    TABLE, "RDS_CMSG_RDMA_STATUS", "SOL_RDS", struct_decoder(RDMA_NOTIFY, RdmaStatus)
)
RDS_CMSG_CONG_UPDATE: Ancillary[RdsCongestion] = declare_message(
    TABLE, "RDS_CMSG_CONG_UPDATE", "SOL_RDS", lambda data: RdsCongestion(to_integer(data, (8,))),
    integer_encoder("RDS_CMSG_CONG_UPDATE", 8),
)  # fmt: skip
#: The number of a message whose memory the kernel uses without a copy.
RDS_CMSG_ZCOPY_COOKIE: Ancillary[int] = declare_message(
    TABLE, "RDS_CMSG_ZCOPY_COOKIE", "SOL_RDS", integer_decoder(4), integer_encoder("RDS_CMSG_ZCOPY_COOKIE")
)
#: The numbers of the messages whose memory the kernel no longer uses.
RDS_CMSG_ZCOPY_COMPLETION: Ancillary[tuple[int, ...]] = declare_message(
    TABLE, "RDS_CMSG_ZCOPY_COMPLETION", "SOL_RDS", decode_cookies
)
#: The latencies of the stages of a received message, in nanoseconds.
RDS_CMSG_RXPATH_LATENCY: Ancillary[dict[int, int]] = declare_message(
    TABLE, "RDS_CMSG_RXPATH_LATENCY", "SOL_RDS", _decode_trace
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages."""
    yield from available_messages(globals())
