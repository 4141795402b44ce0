"""The control messages of the families of Linux, for sockcore.ancillary.

An addition to the standard library, which returns bytes. Sources: packet(7), netlink(7), tipc(7), <linux/rds.h>,
Documentation/crypto/userspace-if.rst in the kernel.
"""

from __future__ import annotations

from sockcore.plugin import U32, U64, Ancillary, Any, Callable, Iterator, Struct, struct_value, to_bytes, unsigned
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.netlink import NL_PKTINFO
from sockcore_linux_misc.options import TPACKET_AUXDATA
from sockcore_linux_misc.rds import ZCOPY_COOKIES
from sockcore_linux_misc.sendmsg_afalg import decode_iv, encode_iv, encode_number
from sockcore_linux_misc.tipc import SERVICE_RANGE

_U32 = Struct("__u32", "<linux/types.h>", ("", U32))
_COOKIES_OFFSET = ZCOPY_COOKIES.offsets()["cookies"][0]


def _encode_iv_value(iv: Any) -> bytes:
    return encode_iv(to_bytes(iv, "ALG_SET_IV", contiguous=False))


def decode_error(data: bytes) -> tuple[int, ...]:
    """Return the pair (error, length) of a returned message.

    *error* is the reason (TIPC_ERR_NO_NAME...), and *length* is the size of the message in bytes.
    """
    return tuple(memoryview(data[: len(data) - len(data) % 4]).cast("I"))


def decode_cookies(data: bytes) -> tuple[int, ...]:
    """Return the numbers in a ``rds_zcopy_cookies``.

    If *data* is truncated, the missing numbers are omitted.
    """
    count, cookies = ZCOPY_COOKIES.unpack(data)
    assert isinstance(cookies, bytes)
    received = max(len(data) - _COOKIES_OFFSET, 0) // 4
    return tuple(memoryview(cookies).cast("I")[: min(int(count), received)])


def _unsigned_codec(name: str, bits: int) -> tuple[Callable[[bytes], object], Callable[[object], bytes]]:
    struct = Struct(f"__u{bits}", "<linux/types.h>", ("", {32: U32, 64: U64}[bits]))
    return struct_value(struct), lambda value: struct.pack(unsigned(name, value, bits))


#: Name, level, decoder, encoder.
_MESSAGES: tuple[tuple[str, str, Callable[[bytes], object], Callable[[Any], bytes] | None], ...] = (
    ("ALG_SET_IV", "SOL_ALG", decode_iv, _encode_iv_value),
    ("ALG_SET_OP", "SOL_ALG", struct_value(_U32), encode_number),
    ("ALG_SET_AEAD_ASSOCLEN", "SOL_ALG", struct_value(_U32), encode_number),
    ("NETLINK_PKTINFO", "SOL_NETLINK", struct_value(NL_PKTINFO), None),
    ("PACKET_AUXDATA", "SOL_PACKET", struct_value(TPACKET_AUXDATA), None),
    ("RDS_CMSG_RDMA_DEST", "SOL_RDS", *_unsigned_codec("RDS_CMSG_RDMA_DEST", 64)),
    ("RDS_CMSG_CONG_UPDATE", "SOL_RDS", *_unsigned_codec("RDS_CMSG_CONG_UPDATE", 64)),
    ("RDS_CMSG_ZCOPY_COOKIE", "SOL_RDS", *_unsigned_codec("RDS_CMSG_ZCOPY_COOKIE", 32)),
    ("RDS_CMSG_ZCOPY_COMPLETION", "SOL_RDS", decode_cookies, None),
    ("TIPC_ERRINFO", "SOL_TIPC", decode_error, None),
    ("TIPC_RETDATA", "SOL_TIPC", bytes, None),
    ("TIPC_DESTNAME", "SOL_TIPC", struct_value(SERVICE_RANGE), None),
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages."""
    for name, level, decode, encode in _MESSAGES:
        if name in TABLE:
            yield Ancillary(name, TABLE[level], TABLE[name], decode, encode)
