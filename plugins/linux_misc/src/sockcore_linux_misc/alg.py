"""AF_ALG, the cryptographic algorithms of the kernel: ``(type, name[, feat[, mask]])``.

1. *type* is ``'hash'``, ``'skcipher'``, ``'aead'`` or ``'rng'``. It has at most 13 bytes in UTF-8.
2. *name* is an algorithm in /proc/crypto. It has at most 63 bytes in UTF-8.
3. *feat* and *mask* are unsigned 32-bit integers. The default is 0.
4. Only bind(2) takes an address. No system call returns one, because the accepted sockets do not have addresses.

Source: Documentation/crypto/userspace-if.rst in the kernel.
"""

from __future__ import annotations

from sockcore.plugin import (
    U32,
    Any,
    Context,
    Family,
    Struct,
    in_range,
    integer,
    octets,
    wrong_address_type,
)
from sockcore_linux_misc import sendmsg_afalg
from sockcore_linux_misc.address import reject_nul
from sockcore_linux_misc.constants import constant

SOCKADDR_ALG = Struct(
    "struct sockaddr_alg",
    "<sys/socket.h> <linux/if_alg.h>",
    ("salg_type", octets(14)),
    ("salg_feat", U32),
    ("salg_mask", U32),
    ("salg_name", octets(64)),
    sockaddr=True,
)

STRUCTS = (SOCKADDR_ALG, *sendmsg_afalg.STRUCTS)

_SIZES = {field: size for field, (_, size) in SOCKADDR_ALG.offsets().items()}


class Alg(Family):
    """AF_ALG: ``(type, name[, feat[, mask]])``. Decoding returns all four parts."""

    number: int = constant("AF_ALG")
    name = "AF_ALG"
    size: int = SOCKADDR_ALG.size
    probe: tuple[int, int] | None = (constant("SOCK_SEQPACKET"), 0)
    module: str | None = "af_alg"
    accept_gives_address = False
    has_peer_address = False

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_alg``.

        Raises TypeError for another type or length, ValueError for a *type* or *name* that contains a NUL or is too
        long, and OverflowError for a number that does not fit into 32 bits.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 2 <= len(address) <= 4 or not all(isinstance(part, str) for part in address[:2]):
            raise TypeError("AF_ALG address must be a tuple (type, name[, feat[, mask]])")
        type_name, algorithm = [reject_nul(part).encode() for part in address[:2]]
        feat, mask = (*map(integer, address[2:]), 0, 0)[:2]
        # Both end with a NUL in the struct.
        if len(type_name) >= _SIZES["salg_type"]:
            raise ValueError("AF_ALG type too long.")
        if len(algorithm) >= _SIZES["salg_name"]:
            raise ValueError("AF_ALG name too long.")
        in_range(context, "feat", feat, 32)
        in_range(context, "mask", mask, 32)
        return SOCKADDR_ALG.pack(self.number, type_name, feat, mask, algorithm)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[Any, ...]:
        """Return (type, name, feat, mask). The kernel never returns such an address."""
        type_name, feat, mask, algorithm = SOCKADDR_ALG.unpack(sockaddr)
        return _to_text(type_name), _to_text(algorithm), feat, mask


def _to_text(field: Any) -> str:
    text: str = field.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    return text
