"""AF_ALG, the kernel's cryptography: ``(type, name[, feat[, mask]])``. Documentation/crypto/userspace-if.rst.

1. *type* is ``'hash'``, ``'skcipher'``, ``'aead'`` or ``'rng'``, of at most 13 bytes in UTF-8; *name* an algorithm of
   /proc/crypto, of at most 63.
2. *feat* and *mask* are unsigned numbers of 32 bits, 0 if left out.
3. Only bind(2) takes an address, and no call gives one: the sockets that it is accepted on have none.
"""

from __future__ import annotations

from sockcore.plugin import (
    U32,
    Any,
    Context,
    Family,
    Register,
    Struct,
    in_range,
    integer,
    octets,
    wrong_address_type,
)
from sockcore_linux_misc import sendmsg_afalg
from sockcore_linux_misc.arguments import without_null
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
    """AF_ALG: tuples of two to four parts, of four where a sockaddr is decoded."""

    number = constant("AF_ALG")
    name = "AF_ALG"
    size = SOCKADDR_ALG.size
    probe = (constant("SOCK_SEQPACKET"), 0)
    module = "af_alg"
    accept_gives_address = False

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_alg``.

        TypeError for another type or number of parts, ValueError for a null in a name or one that is too long,
        OverflowError for a number that 32 bits do not hold.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 2 <= len(address) <= 4 or not all(isinstance(part, str) for part in address[:2]):
            raise TypeError("AF_ALG address must be a tuple (type, name[, feat[, mask]])")
        kind, algorithm = [without_null(part).encode() for part in address[:2]]
        feat, mask = (*map(integer, address[2:]), 0, 0)[:2]
        # The kernel reads both up to a null, which must fit.
        if len(kind) >= _SIZES["salg_type"]:
            raise ValueError("AF_ALG type too long.")
        if len(algorithm) >= _SIZES["salg_name"]:
            raise ValueError("AF_ALG name too long.")
        in_range(context, "feat", feat, 32)
        in_range(context, "mask", mask, 32)
        return SOCKADDR_ALG.pack(self.number, kind, feat, mask, algorithm)

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return (type, name, feat, mask): of a sockaddr that a program has, since the kernel writes none."""
        kind, feat, mask, algorithm = SOCKADDR_ALG.unpack(raw)
        return _text(kind), _text(algorithm), feat, mask


def _text(field: Any) -> str:
    text: str = field.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    return text


def bring(register: Register) -> None:
    """Bring AF_ALG, socket.sendmsg_afalg, and the control messages that it sends as values."""
    register.family(Alg())
    register.methods(sendmsg_afalg.sendmsg_afalg)
    for ancillary in sendmsg_afalg.ancillaries():
        register.ancillary(ancillary)
