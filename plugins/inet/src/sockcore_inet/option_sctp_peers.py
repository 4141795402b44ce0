"""The options of SCTP about addresses, streams, keys and statistics. Source: RFC 6458, sctp(7), <linux/sctp.h>.

1. An address is (host, port), or None for all addresses of the association.
2. The kernel reads an association, an address or a stream from the buffer of getsockopt(2).
   :func:`get_sctp_option` passes them. :func:`sockcore.options.get` passes zeros: the only association of the socket.
"""

from __future__ import annotations

from functools import partial
from struct import Struct as Packer
from sys import byteorder as BYTE_ORDER
from typing import NamedTuple, TypeVar

from sockcore.plugin import (
    INT,
    NUMBER8,
    SOCKADDR_IN,
    SOCKADDR_IN6,
    Any,
    FieldKind,
    Iterator,
    Kind,
    Mapping,
    Option,
    Optional,
    Struct,
    check_range,
    family_of,
    getsockopt_with_input,
    socket,
    to_bytes,
)
from sockcore_inet import sctp_option_structs as structs
from sockcore_inet.constants import AF_INET, AF_INET6, TABLE
from sockcore_inet.option_addresses import STORAGE_FIELD, pack_storage, split, unpack_storage
from sockcore_inet.option_sctp import ASSOCIATIONVALUE, AssociationValue, PeerAddressInfo
from sockcore_inet.option_sctp_kinds import SctpTable, kinds, sctp_kind

__all__ = [
    "SCTP_ADD_STREAMS",
    "SCTP_AUTH_ACTIVE_KEY",
    "SCTP_AUTH_CHUNK",
    "SCTP_AUTH_DEACTIVATE_KEY",
    "SCTP_AUTH_DELETE_KEY",
    "SCTP_AUTH_KEY",
    "SCTP_DEFAULT_SEND_PARAM",
    "SCTP_EXPOSE_POTENTIALLY_FAILED_STATE",
    "SCTP_GET_ASSOC_ID_LIST",
    "SCTP_GET_ASSOC_STATS",
    "SCTP_GET_LOCAL_ADDRS",
    "SCTP_GET_PEER_ADDRS",
    "SCTP_GET_PEER_ADDR_INFO",
    "SCTP_HMAC_IDENT",
    "SCTP_INTERLEAVING_SUPPORTED",
    "SCTP_LOCAL_AUTH_CHUNKS",
    "SCTP_PEER_ADDR_THLDS",
    "SCTP_PEER_ADDR_THLDS_V2",
    "SCTP_PEER_AUTH_CHUNKS",
    "SCTP_PLPMTUD_PROBE_INTERVAL",
    "SCTP_PRIMARY_ADDR",
    "SCTP_PR_ASSOC_STATUS",
    "SCTP_PR_STREAM_STATUS",
    "SCTP_REMOTE_UDP_ENCAPS_PORT",
    "SCTP_RESET_ASSOC",
    "SCTP_RESET_STREAMS",
    "SCTP_SET_PEER_PRIMARY_ADDR",
    "SCTP_STREAM_SCHEDULER_VALUE",
    "AddStreams",
    "AssociationStatistics",
    "AuthKey",
    "AuthKeyId",
    "DefaultSendParameters",
    "Encapsulation",
    "PeerAddressThresholds",
    "PeerAddressThresholdsV2",
    "PrStatus",
    "PrimaryAddress",
    "ProbeInterval",
    "ResetStreams",
    "StreamValue",
    "get_sctp_option",
]

Value = TypeVar("Value")
SocketAddress = Optional[tuple[str, int]]

#: The maximum number of bytes of a list: chunks, identifiers of associations, addresses.
_LIST_SIZE = 4096
_HEAD = Packer("=iI")


class PrimaryAddress(NamedTuple):
    """The value of SCTP_PRIMARY_ADDR and SCTP_SET_PEER_PRIMARY_ADDR."""

    assoc_id: int
    address: Optional[tuple[str, int]]


class PeerAddressThresholds(NamedTuple):
    """The value of SCTP_PEER_ADDR_THLDS: numbers of retransmissions after which an address is unreachable or failed.

    *pathcpthld*, of SCTP_PEER_ADDR_THLDS_V2, is the number after which another address becomes the primary one.
    """

    assoc_id: int
    address: Optional[tuple[str, int]]
    pathmaxrxt: int
    pathpfthld: int


class PeerAddressThresholdsV2(NamedTuple):
    """The value of SCTP_PEER_ADDR_THLDS_V2. See :class:`PeerAddressThresholds`."""

    assoc_id: int
    address: Optional[tuple[str, int]]
    pathmaxrxt: int
    pathpfthld: int
    pathcpthld: int


class Encapsulation(NamedTuple):
    """The value of SCTP_REMOTE_UDP_ENCAPS_PORT: the UDP port of the peer: RFC 6951."""

    assoc_id: int
    address: Optional[tuple[str, int]]
    port: int


class ProbeInterval(NamedTuple):
    """The value of SCTP_PLPMTUD_PROBE_INTERVAL: *interval* is the milliseconds between probes of the path MTU, or 0."""

    assoc_id: int
    address: Optional[tuple[str, int]]
    interval: int


class PrStatus(NamedTuple):
    """The value of SCTP_PR_STREAM_STATUS and SCTP_PR_ASSOC_STATUS: abandoned messages of a policy (SCTP_PR_SCTP_*)."""

    assoc_id: int
    sid: int
    policy: int
    abandoned_unsent: int = 0
    abandoned_sent: int = 0


class StreamValue(NamedTuple):
    """The value of SCTP_STREAM_SCHEDULER_VALUE: the priority or weight of a stream."""

    assoc_id: int
    stream_id: int
    value: int = 0


class AddStreams(NamedTuple):
    """The value of SCTP_ADD_STREAMS: numbers of streams to add in each direction."""

    assoc_id: int
    instrms: int
    outstrms: int


class ResetStreams(NamedTuple):
    """The value of SCTP_RESET_STREAMS: flags (SCTP_STREAM_RESET_*), and streams, or an empty list for all."""

    assoc_id: int
    flags: int
    streams: list[int]


class AuthKey(NamedTuple):
    """The value of SCTP_AUTH_KEY: a shared key and its number."""

    assoc_id: int
    keynumber: int
    key: bytes


class AuthKeyId(NamedTuple):
    """The number of a shared key."""

    assoc_id: int
    keynumber: int


class DefaultSendParameters(NamedTuple):
    """The value of SCTP_DEFAULT_SEND_PARAM. *timetolive* is in milliseconds. SCTP_DEFAULT_SNDINFO replaces it."""

    stream: int
    ssn: int
    flags: int
    ppid: int
    context: int
    timetolive: int
    tsn: int
    cumtsn: int
    assoc_id: int


class AssociationStatistics(NamedTuple):
    """The value of SCTP_GET_ASSOC_STATS: numbers of packets and chunks, and the largest timeout in milliseconds.

    Reading it resets *maxrto*.
    """

    assoc_id: int
    obs_rto_ipaddr: str
    maxrto: int
    isacks: int
    osacks: int
    opackets: int
    ipackets: int
    rtxchunks: int
    outofseqtsns: int
    idupchunks: int
    gapcnt: int
    ouodchunks: int
    iuodchunks: int
    oodchunks: int
    iodchunks: int
    octrlchunks: int
    ictrlchunks: int


def _decode_address(raw: bytes) -> SocketAddress:
    layouts: Mapping[int, Struct] = {AF_INET: SOCKADDR_IN, AF_INET6: SOCKADDR_IN6}
    layout = layouts.get(family_of(raw))
    return None if layout is None else (unpack_storage(raw), int(layout.unpack(raw)[0]))


def _encode_address(label: str, value: Any, fd: int) -> bytes:
    if value is None:
        return b""
    host, port = split(label, value, "host port")
    sockaddr = bytearray(pack_storage(label, host))
    # The port follows the family in both structs.
    sockaddr[2:4] = check_range(f"{label} port", port, 0, 0xFFFF).to_bytes(2, "big")
    return bytes(sockaddr)


_ADDRESS = FieldKind(_decode_address, _encode_address)


def _read_list(fd: int, level: int, optname: int) -> bytes:
    return getsockopt_with_input(fd, level, optname, bytes(_LIST_SIZE))


def _read_local_addresses(fd: int, level: int, optname: int) -> bytes:
    # The length that the kernel returns lacks the 8 bytes of the header. Twice the length contains all addresses.
    return getsockopt_with_input(fd, level, optname, bytes(_LIST_SIZE), 2)


def _numbers(label: str, value: Any, most: int) -> list[int]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{label} must be a list of integers, not {value!r}")
    return [check_range(f"{label}[{i}]", number, 0, most) for i, number in enumerate(value)]


def _words(data: bytes) -> list[int]:
    return list(Packer(f"={len(data) // 2}H").unpack_from(data))


def _encode_hmacs(label: str, value: Any) -> bytes:
    numbers = _numbers(label, value, 0xFFFF)
    return Packer(f"=I{len(numbers)}H").pack(len(numbers), *numbers)


def _decode_hmacs(data: bytes) -> list[int]:
    count = int.from_bytes(data[:4], BYTE_ORDER)
    return _words(data[4:])[:count]


def _encode_key(label: str, value: Any) -> bytes:
    association, number, key = split(label, value, "assoc_id keynumber key")
    association = check_range(f"{label} assoc_id", association, -(1 << 31), (1 << 31) - 1)
    data = to_bytes(key, f"{label} key", contiguous=False)
    if len(data) > 0xFFFF:
        raise ValueError(f"{label} key must be 0 to 65535 bytes, not {len(data)}")
    number = check_range(f"{label} keynumber", number, 0, 0xFFFF)
    return Packer("=iHH").pack(association, number, len(data)) + data


def _decode_key(data: bytes) -> AuthKey:
    association, number, length = Packer("=iHH").unpack(data[:8].ljust(8, b"\0"))
    return AuthKey(association, number, data[8 : 8 + length])


def _encode_reset(label: str, value: Any) -> bytes:
    association, flags, streams = split(label, value, "assoc_id flags streams")
    association = check_range(f"{label} assoc_id", association, -(1 << 31), (1 << 31) - 1)
    numbers = _numbers(f"{label} streams", streams, 0xFFFF)
    if len(numbers) > 0xFFFF:
        raise ValueError(f"{label} streams must be 0 to 65535 numbers, not {len(numbers)}")
    flags = check_range(f"{label} flags", flags, 0, 0xFFFF)
    return Packer(f"=iHH{len(numbers)}H").pack(association, flags, len(numbers), *numbers)


def _decode_reset(data: bytes) -> ResetStreams:
    association, flags, count = Packer("=iHH").unpack(data[:8].ljust(8, b"\0"))
    return ResetStreams(association, flags, _words(data[8:])[:count])


def _head(data: bytes) -> tuple[int, bytes]:
    """Return the number of items, which follows the association, and their bytes."""
    _, count = _HEAD.unpack(data[:8].ljust(8, b"\0"))
    return count, data[8:]


def _decode_chunks(data: bytes) -> list[int]:
    count, rest = _head(data)
    return list(rest[:count])


def _decode_ids(data: bytes) -> list[int]:
    count = int.from_bytes(data[:4], BYTE_ORDER)
    return list(Packer(f"={min(count, len(data[4:]) // 4)}i").unpack_from(data, 4)) if len(data) > 4 else []


def _decode_addresses(data: bytes) -> list[tuple[str, int]]:
    """Return the socket addresses, which follow each other without gaps."""
    count, rest = _head(data)
    addresses: list[tuple[str, int]] = []
    while rest and len(addresses) < count:
        address = _decode_address(rest)
        size = SOCKADDR_IN.size if family_of(rest) == AF_INET else SOCKADDR_IN6.size
        if address is None or len(rest) < size:
            break
        addresses.append(address)
        rest = rest[size:]
    return addresses


_WITH_ADDRESS = {"address": _ADDRESS}
_PRIMARY: Kind[PrimaryAddress] = sctp_kind(PrimaryAddress, structs.PRIM, _WITH_ADDRESS)
_PEER_PRIMARY: Kind[PrimaryAddress] = sctp_kind(PrimaryAddress, structs.SETPEERPRIM, _WITH_ADDRESS, is_read=False)
_THRESHOLDS: Kind[PeerAddressThresholds] = sctp_kind(PeerAddressThresholds, structs.PADDRTHLDS, _WITH_ADDRESS)
_THRESHOLDS2: Kind[PeerAddressThresholdsV2] = sctp_kind(PeerAddressThresholdsV2, structs.PADDRTHLDS_V2, _WITH_ADDRESS)
_ENCAPSULATION: Kind[Encapsulation] = sctp_kind(Encapsulation, structs.UDPENCAPS, _WITH_ADDRESS)
_PROBE: Kind[ProbeInterval] = sctp_kind(ProbeInterval, structs.PROBEINTERVAL, _WITH_ADDRESS)
_PEER_INFO: Kind[PeerAddressInfo] = sctp_kind(PeerAddressInfo, structs.PADDRINFO, _WITH_ADDRESS)
_PR_STATUS: Kind[PrStatus] = sctp_kind(PrStatus, structs.PRSTATUS)
_STREAM_VALUE: Kind[StreamValue] = sctp_kind(StreamValue, structs.STREAM_VALUE)
_ADD_STREAMS: Kind[AddStreams] = sctp_kind(AddStreams, structs.ADD_STREAMS, is_read=False)
_KEY_ID: Kind[AuthKeyId] = sctp_kind(AuthKeyId, structs.AUTHKEYID)
_SEND: Kind[DefaultSendParameters] = sctp_kind(DefaultSendParameters, structs.SNDRCVINFO)
_STATISTICS: Kind[AssociationStatistics] = sctp_kind(
    AssociationStatistics, structs.ASSOC_STATS, {"obs_rto_ipaddr": STORAGE_FIELD}
)
_RESET: Kind[ResetStreams] = Kind("ResetStreams", 8, _decode_reset, _encode_reset)
_KEY: Kind[AuthKey] = Kind("AuthKey", 8, _decode_key, _encode_key)
_HMACS: Kind[list[int]] = Kind("list of identifiers", 64, _decode_hmacs, _encode_hmacs)
_CHUNKS: Kind[list[int]] = Kind("list of chunk types", 264, _decode_chunks, reader=_read_list)
_IDS: Kind[list[int]] = Kind("list of associations", 64, _decode_ids, reader=_read_list)
_ADDRESSES: Kind[list[tuple[str, int]]] = Kind("list of (host, port)", 264, _decode_addresses, reader=_read_list)

_LOCAL: Kind[list[tuple[str, int]]] = Kind(
    _ADDRESSES.type_name, _ADDRESSES.size, _decode_addresses, reader=_read_local_addresses
)

_row = SctpTable()

SCTP_ADD_STREAMS: Option[AddStreams] = _row("SCTP_ADD_STREAMS", _ADD_STREAMS, "w")
SCTP_AUTH_ACTIVE_KEY: Option[AuthKeyId] = _row("SCTP_AUTH_ACTIVE_KEY", _KEY_ID)
SCTP_AUTH_CHUNK: Option[int] = _row("SCTP_AUTH_CHUNK", NUMBER8, "w")
SCTP_AUTH_DEACTIVATE_KEY: Option[AuthKeyId] = _row("SCTP_AUTH_DEACTIVATE_KEY", _KEY_ID, "w")
SCTP_AUTH_DELETE_KEY: Option[AuthKeyId] = _row("SCTP_AUTH_DELETE_KEY", _KEY_ID, "w")
SCTP_AUTH_KEY: Option[AuthKey] = _row("SCTP_AUTH_KEY", _KEY, "w")
SCTP_DEFAULT_SEND_PARAM: Option[DefaultSendParameters] = _row("SCTP_DEFAULT_SEND_PARAM", _SEND)
SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: Option[AssociationValue] = _row(
    "SCTP_EXPOSE_POTENTIALLY_FAILED_STATE", ASSOCIATIONVALUE
)
SCTP_GET_ASSOC_ID_LIST: Option[list[int]] = _row("SCTP_GET_ASSOC_ID_LIST", _IDS, "r")
SCTP_GET_ASSOC_STATS: Option[AssociationStatistics] = _row("SCTP_GET_ASSOC_STATS", _STATISTICS, "r", is_passive=False)
SCTP_GET_LOCAL_ADDRS: Option[list[tuple[str, int]]] = _row("SCTP_GET_LOCAL_ADDRS", _LOCAL, "r")
SCTP_GET_PEER_ADDRS: Option[list[tuple[str, int]]] = _row("SCTP_GET_PEER_ADDRS", _ADDRESSES, "r")
SCTP_GET_PEER_ADDR_INFO: Option[PeerAddressInfo] = _row("SCTP_GET_PEER_ADDR_INFO", _PEER_INFO, "r")
SCTP_HMAC_IDENT: Option[list[int]] = _row("SCTP_HMAC_IDENT", _HMACS)
SCTP_INTERLEAVING_SUPPORTED: Option[AssociationValue] = _row("SCTP_INTERLEAVING_SUPPORTED", ASSOCIATIONVALUE)
SCTP_LOCAL_AUTH_CHUNKS: Option[list[int]] = _row("SCTP_LOCAL_AUTH_CHUNKS", _CHUNKS, "r")
SCTP_PEER_ADDR_THLDS: Option[PeerAddressThresholds] = _row("SCTP_PEER_ADDR_THLDS", _THRESHOLDS)
SCTP_PEER_ADDR_THLDS_V2: Option[PeerAddressThresholdsV2] = _row("SCTP_PEER_ADDR_THLDS_V2", _THRESHOLDS2)
SCTP_PEER_AUTH_CHUNKS: Option[list[int]] = _row("SCTP_PEER_AUTH_CHUNKS", _CHUNKS, "r")
SCTP_PLPMTUD_PROBE_INTERVAL: Option[ProbeInterval] = _row("SCTP_PLPMTUD_PROBE_INTERVAL", _PROBE)
SCTP_PRIMARY_ADDR: Option[PrimaryAddress] = _row("SCTP_PRIMARY_ADDR", _PRIMARY)
SCTP_PR_ASSOC_STATUS: Option[PrStatus] = _row("SCTP_PR_ASSOC_STATUS", _PR_STATUS, "r")
SCTP_PR_STREAM_STATUS: Option[PrStatus] = _row("SCTP_PR_STREAM_STATUS", _PR_STATUS, "r")
SCTP_REMOTE_UDP_ENCAPS_PORT: Option[Encapsulation] = _row("SCTP_REMOTE_UDP_ENCAPS_PORT", _ENCAPSULATION)
SCTP_RESET_ASSOC: Option[int] = _row("SCTP_RESET_ASSOC", INT, "w")
SCTP_RESET_STREAMS: Option[ResetStreams] = _row("SCTP_RESET_STREAMS", _RESET, "w")
SCTP_SET_PEER_PRIMARY_ADDR: Option[PrimaryAddress] = _row("SCTP_SET_PEER_PRIMARY_ADDR", _PEER_PRIMARY, "w")
SCTP_STREAM_SCHEDULER_VALUE: Option[StreamValue] = _row("SCTP_STREAM_SCHEDULER_VALUE", _STREAM_VALUE)


def get_sctp_option(sock: socket, option: Option[Value], request: Value) -> Value:
    """Return the value of an option for the association, address, stream or policy in *request*.

    *request* is a value of the option, of which the kernel reads these fields:
    ``get_sctp_option(sock, SCTP_PR_ASSOC_STATUS, PrStatus(0, 0, SCTP_PR_SCTP_TTL))``.

    Raises TypeError, ValueError or OverflowError for an invalid request, ValueError for an option that takes none, and
    OSError if getsockopt(2) fails.
    """
    kind = kinds.get(option.number) if option.is_available else None
    encode = option.encode if kind is None or kind.encode is None else partial(kind.encode, option.name)
    if encode is None or not option.readable or option.level != TABLE.get("IPPROTO_SCTP"):
        raise ValueError(f"{option.name} is not read with a request")
    data: bytes = encode(request)
    return option.decode(getsockopt_with_input(sock.fileno(), option.level, option.number, data))


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _row.options()
