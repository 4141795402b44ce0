"""The values of TCP options that are structs, except for the information structs."""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    Any,
    Kind,
    array_kind,
    check_range,
    family_of,
    getsockopt_with_input,
    struct_kind,
    to_bytes,
    to_interface,
)
from sockcore_inet.constants import AF_INET6, TABLE
from sockcore_inet.option_addresses import pack_storage, unpack_storage
from sockcore_inet.tcp_structs import TCP_MD5SIG, TCP_REPAIR_OPT, TCP_REPAIR_WINDOW
from sockcore_inet.tcp_structs import TCP_ZEROCOPY_RECEIVE as ZEROCOPY


class TcpMd5Sig(NamedTuple):
    """A key of RFC 2385 for the segments of a peer. An empty key removes the key of the peer.

    TCP_MD5SIG_EXT also uses the length of an address prefix, and the index or name of an interface.
    """

    address: str
    key: bytes
    prefixlen: int = 0
    interface: Any = 0


class TcpRepairOption(NamedTuple):
    """An option of a connection in repair mode: its code (TCPOPT_*) and its value."""

    code: int
    value: int


class TcpRepairWindow(NamedTuple):
    """The windows of a connection in repair mode."""

    snd_wl1: int
    snd_wnd: int
    max_window: int
    rcv_wnd: int
    rcv_wup: int


class TcpZerocopyReceive(NamedTuple):
    """The state of the receive queue that TCP_ZEROCOPY_RECEIVE reports for an empty mapping.

    *recv_skip_hint* is the number of bytes to read with recv(2), *inq* the number of bytes in the queue.
    """

    address: int
    length: int
    recv_skip_hint: int
    inq: int
    err: int
    copybuf_address: int
    copybuf_len: int
    flags: int
    msg_control: int
    msg_controllen: int
    msg_flags: int
    reserved: int = 0


_KEY_SIZE: int = TCP_MD5SIG.offsets()["tcpm_key"][1]


def _decode_md5sig(data: bytes) -> TcpMd5Sig:
    address, _, prefixlen, length, interface, key = TCP_MD5SIG.unpack(data)
    return TcpMd5Sig(unpack_storage(address), key[: int(length)], int(prefixlen), int(interface))  # type: ignore[arg-type,index]


def _encode_md5sig(label: str, value: Any, fd: int = -1) -> bytes:
    if not isinstance(value, tuple) or not 2 <= len(value) <= 4:
        raise TypeError(f"{label} must be a tuple (address, key[, prefixlen[, interface]]), not {value!r}")
    items: Any = (*value, 0, 0)[:4]
    address, key, prefixlen, interface = items
    key = to_bytes(key, f"{label} key", contiguous=False)
    if len(key) > _KEY_SIZE:
        raise ValueError(f"{label} key must be 0 to {_KEY_SIZE} bytes, not {len(key)}")
    storage = pack_storage(f"{label} address", address)
    prefixlen = check_range(f"{label} prefixlen", prefixlen, 0, 128 if family_of(storage) == AF_INET6 else 32)
    index = to_interface(f"{label} interface", interface, fd)
    flags = 0
    if prefixlen:
        flags |= TABLE["TCP_MD5SIG_FLAG_PREFIX"]
    if index:
        flags |= TABLE["TCP_MD5SIG_FLAG_IFINDEX"]
    return TCP_MD5SIG.pack(storage, flags, prefixlen, len(key), index, key)


def _encode_plain_md5sig(label: str, value: Any, fd: int = -1) -> bytes:
    if isinstance(value, tuple) and any(value[2:]):
        raise ValueError(f"{label} prefixlen and interface must be 0: TCP_MD5SIG_EXT uses them")
    return _encode_md5sig(label, value, fd)


def _read_zerocopy(fd: int, level: int, optname: int) -> bytes:
    return getsockopt_with_input(fd, level, optname, bytes(ZEROCOPY.size))


MD5SIG: Kind[TcpMd5Sig] = Kind(
    "TcpMd5Sig", TCP_MD5SIG.size, _decode_md5sig, _encode_plain_md5sig, needs_descriptor=True
)
MD5SIG_EXT: Kind[TcpMd5Sig] = Kind("TcpMd5Sig", TCP_MD5SIG.size, _decode_md5sig, _encode_md5sig, needs_descriptor=True)
REPAIR_OPTIONS: Kind[list[TcpRepairOption]] = array_kind(struct_kind(TcpRepairOption, TCP_REPAIR_OPT))
REPAIR_WINDOW: Kind[TcpRepairWindow] = struct_kind(TcpRepairWindow, TCP_REPAIR_WINDOW)
ZEROCOPY_RECEIVE: Kind[TcpZerocopyReceive] = Kind(
    "TcpZerocopyReceive",
    ZEROCOPY.size,
    struct_kind(TcpZerocopyReceive, ZEROCOPY).decode,
    reader=_read_zerocopy,
)
