"""AF_RDS: reliable datagrams between IP addresses, ``(host, port)``, over TCP or RDMA. <linux/rds.h>.

1. An address is a ``sockaddr_in``, with AF_INET in its family field: the kernel takes and writes no other for IPv4.
   A host is a dotted quad, ``''`` for any address, ``'<broadcast>'``, or a name, which another plugin resolves
   (sockcore-inet); numbers need no plugin.
2. An address of IPv6, which Linux takes since 4.19, has four parts ``(host, port, flowinfo, scope_id)`` both ways.
3. A socket that is not bound has no family: its address comes out as a RawAddress.
"""

from __future__ import annotations

from sockcore.plugin import (
    BE16,
    SOCKADDR_IN,
    SOCKADDR_IN6,
    U32,
    U64,
    Ancillary,
    Any,
    Callable,
    Context,
    Family,
    Iterator,
    Option,
    RawAddress,
    Register,
    Struct,
    family_of,
    host_text,
    in_range,
    inet_ntop,
    integer,
    ipv4_bytes,
    ipv6_bytes,
    octets,
    struct_value,
    unsigned,
    wrong_address_type,
)
from sockcore_linux_misc.constants import TABLE, constant

#: RDS_CMSG_ZCOPY_COMPLETION: the numbers of the messages whose memory is free again.
ZCOPY_COOKIES = Struct(
    "struct rds_zcopy_cookies",
    "<linux/rds.h>",
    ("num", U32),
    ("cookies", octets(4 * max(constant("RDS_MAX_ZCOOKIES"), 0))),
)

#: RDS_INFO_COUNTERS: an array of these.
INFO_COUNTER = Struct("struct rds_info_counter", "<linux/rds.h>", ("name", octets(32)), ("value", U64))

#: RDS_INFO_SOCKETS: an array of these.
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

_COOKIES_AT, _ = ZCOPY_COOKIES.offsets()["cookies"]

#: The layouts that ``tools/headers`` checks.
STRUCTS = (SOCKADDR_IN, SOCKADDR_IN6, ZCOPY_COOKIES, INFO_COUNTER, INFO_SOCKET)

AF_INET, AF_INET6 = constant("af_inet"), constant("af_inet6")

_USUAL = 1024  # bytes; a longer list is ENOSPC, and is read again into a larger buffer


class Rds(Family):
    """AF_RDS: ``(host, port)`` both ways for IPv4, four parts for IPv6."""

    number = constant("AF_RDS")
    name = "AF_RDS"
    module = "rds"
    size = SOCKADDR_IN6.size
    probe = (constant("SOCK_SEQPACKET"), 0)

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_in`` of a pair (host, port), the ``sockaddr_in6`` of (host, port, flowinfo, scope_id).

        TypeError for another type or length, or a part that is none; OverflowError for a port not in 0-65535, a
        flowinfo not in 0-1048575, a scope_id not in 0-4294967295; gaierror for a host name that does not resolve,
        OSError where no plugin resolves names.
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

    def decode(self, raw: bytes, context: Context) -> object:
        """Return (host, port) or (host, port, flowinfo, scope_id); a RawAddress of a socket that is not bound."""
        family = family_of(raw)
        if family == AF_INET:
            port, packed = SOCKADDR_IN.unpack(raw)
            return _quad(packed), port  # type: ignore[arg-type]
        if family == AF_INET6:
            port, flowinfo, packed, scope = SOCKADDR_IN6.unpack(raw)
            assert isinstance(packed, bytes)
            return inet_ntop(AF_INET6, packed), port, flowinfo, scope
        return RawAddress(raw)


def decode_cookies(raw: bytes) -> tuple[int, ...]:
    """Return the numbers in a ``rds_zcopy_cookies``, as many as the kernel counts and *raw* has."""
    count, cookies = ZCOPY_COOKIES.unpack(raw)
    assert isinstance(cookies, bytes)
    received = max(len(raw) - _COOKIES_AT, 0) // 4
    return tuple(memoryview(cookies).cast("I")[: min(int(count), received)])


def decode_counters(raw: bytes) -> list[tuple[str, int]]:
    """Return the counters of RDS_INFO_COUNTERS as pairs (name, value)."""
    items: list[Any] = _items(INFO_COUNTER, raw)
    return [(name.partition(b"\0")[0].decode("ascii", "replace"), value) for name, value in items]


def decode_sockets(raw: bytes) -> list[tuple[tuple[str, int], tuple[str, int], int, int, int]]:
    """Return the sockets of RDS_INFO_SOCKETS as tuples (bound, connected, sndbuf, rcvbuf, inode), two (host, port)."""
    items: list[Any] = _items(INFO_SOCKET, raw)
    return [
        ((_quad(bound), bound_port), (_quad(peer), peer_port), sndbuf, rcvbuf, inode)
        for sndbuf, bound, peer, bound_port, peer_port, rcvbuf, inode in items
    ]


def _items(struct: Struct, raw: bytes) -> list[Any]:
    """Return the structs in an array, without one that is cut off at its end."""
    size = struct.size
    return [struct.unpack(raw[at : at + size]) for at in range(0, len(raw) - size + 1, size)]


def _quad(packed: bytes) -> str:
    return ".".join(map(str, packed))


def options() -> Iterator[Option]:
    """Yield the codecs of the options whose items have one size on every kernel.

    Items of the other RDS_INFO_* grew, and their size is the result of getsockopt(2), which programs do not get.
    """
    level = TABLE["SOL_RDS"]
    for name, decode in (("RDS_INFO_COUNTERS", decode_counters), ("RDS_INFO_SOCKETS", decode_sockets)):
        yield Option(name, level, TABLE[name], _USUAL, decode)


def _number_codec(name: str, bits: int) -> tuple[Callable[[bytes], object], Callable[[object], bytes]]:
    struct = Struct(f"__u{bits}", "<linux/types.h>", ("", {32: U32, 64: U64}[bits]))
    return struct_value(struct), lambda value: struct.pack(unsigned(name, value, bits))


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that are a number or a few."""
    level = TABLE["SOL_RDS"]
    for name, bits in (("RDS_CMSG_RDMA_DEST", 64), ("RDS_CMSG_CONG_UPDATE", 64), ("RDS_CMSG_ZCOPY_COOKIE", 32)):
        yield Ancillary(name, level, TABLE[name], *_number_codec(name, bits))
    yield Ancillary("RDS_CMSG_ZCOPY_COMPLETION", level, TABLE["RDS_CMSG_ZCOPY_COMPLETION"], decode_cookies)


def bring(register: Register) -> None:
    """Bring AF_RDS and the codecs of its options and control messages."""
    register.family(Rds())
    for option in options():
        register.option(option)
    for ancillary in ancillaries():
        register.ancillary(ancillary)
