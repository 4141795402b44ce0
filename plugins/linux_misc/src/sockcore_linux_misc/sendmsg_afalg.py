"""The method ``socket.sendmsg_afalg`` and the control messages of AF_ALG. <linux/if_alg.h>."""

from __future__ import annotations

from sockcore.plugin import (
    U32,
    Any,
    Iterable,
    Struct,
    SupportsIndex,
    c_int,
    to_bytes,
    unsigned,
)
from sockcore_linux_misc.constants import constant

#: The header of ALG_SET_IV: the length of the initialization vector that follows.
AF_ALG_IV = Struct("struct af_alg_iv", "<linux/if_alg.h>", ("ivlen", U32))

STRUCTS = (AF_ALG_IV,)

_U32 = Struct("__u32", "<linux/types.h>", ("", U32))

AF_ALG = constant("AF_ALG")
SOL_ALG = constant("SOL_ALG")
SET_OP = constant("ALG_SET_OP")
SET_IV = constant("ALG_SET_IV")
SET_ASSOCLEN = constant("ALG_SET_AEAD_ASSOCLEN")

_MISSING: Any = object()
_TOO_LARGE = "Python int too large to convert to C int"


def encode_iv(iv: Any) -> bytes:
    """Return the data of ALG_SET_IV. Raises TypeError if *iv* is not bytes-like."""
    vector = to_bytes(iv)
    return AF_ALG_IV.pack(len(vector)) + vector


def decode_iv(data: bytes) -> bytes:
    """Return the initialization vector in the data of ALG_SET_IV."""
    (length,) = AF_ALG_IV.unpack(data)
    return data[AF_ALG_IV.size :][: int(length)]


def encode_number(value: Any) -> bytes:
    """Return the data of ALG_SET_OP or ALG_SET_AEAD_ASSOCLEN.

    Raises TypeError if *value* is not an integer, and OverflowError if it does not fit into 32 bits.
    """
    return _U32.pack(unsigned("a number for AF_ALG", value, 32))


def sendmsg_afalg(
    sock: Any,
    /,
    msg: Iterable[Any] = (),
    *,
    op: int = _MISSING,
    iv: Any = _MISSING,
    assoclen: int = _MISSING,
    flags: SupportsIndex = 0,
) -> int:
    """Send the buffers of *msg* to an AF_ALG operation, with control messages.

    The control messages are those for *op*, *iv* and *assoclen*.

    *op* is ALG_OP_ENCRYPT or ALG_OP_DECRYPT. *iv* is the initialization vector, bytes-like. *assoclen* is the number of
    bytes that are authenticated but not encrypted (AEAD). *flags* are MSG_*. Returns the number of bytes sent.

    Raises OSError if the family is not AF_ALG. Raises TypeError if *op* is missing or negative, if *assoclen* is
    negative, or for an argument of the wrong type. Raises OverflowError if a number does not fit into a C int.
    Availability: Linux.
    """
    if sock.family != AF_ALG:
        raise OSError("algset is only supported for AF_ALG")
    _check_int(2, op)
    vector = None if iv is _MISSING else encode_iv(iv)
    _check_int(4, assoclen)
    bits = c_int(flags)
    if op is _MISSING or not 0 <= op <= 0x7FFFFFFF:
        raise TypeError("Invalid or missing argument 'op'")
    messages = [(SOL_ALG, SET_OP, encode_number(op))]
    if assoclen is not _MISSING and c_int(assoclen, _TOO_LARGE) < 0:
        raise TypeError("assoclen must be positive")
    if vector is not None:
        messages.append((SOL_ALG, SET_IV, vector))
    if assoclen is not _MISSING:
        messages.append((SOL_ALG, SET_ASSOCLEN, encode_number(assoclen)))
    sent: int = sock.sendmsg(msg, messages, bits)
    return sent


def _check_int(position: int, value: object) -> None:
    if value is not _MISSING and not isinstance(value, int):
        type_name = "None" if value is None else type(value).__name__
        raise TypeError(f"sendmsg_afalg() argument {position} must be int, not {type_name}")
