"""AF_NETLINK, the kernel's own protocol: ``(pid, groups)``, both unsigned numbers of 32 bits. netlink(7).

1. *pid* is the port of a socket, 0 for the kernel, or to have the kernel choose one; *groups* is a mask of multicast
   groups.
2. A negative number of 32 bits is its two's complement, as ever: programs write ``(os.getpid(), -1)`` for all groups.
   What 32 bits do not hold is an OverflowError.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    U32,
    Ancillary,
    Any,
    Context,
    Option,
    Register,
    Struct,
    integer,
    padding,
    struct_value,
    wrong_address_type,
)
from sockcore_linux_misc.constants import constant
from sockcore_linux_misc.numeric import NumericFamily

_HEADER = "<sys/socket.h> <linux/netlink.h>"

SOCKADDR_NL = Struct(
    "struct sockaddr_nl",
    _HEADER,
    ("nl_pad", padding(2)),
    ("nl_pid", U32),
    ("nl_groups", U32),
    sockaddr=True,
)

#: What comes with a message where NETLINK_PKTINFO is set: the multicast group, 0 for none.
NL_PKTINFO = Struct("struct nl_pktinfo", _HEADER, ("group", U32))

STRUCTS = (SOCKADDR_NL, NL_PKTINFO)

_WORD = 4
_MASK_SIZE = 256  # bytes of a mask of groups: the kernel says how many it has, and writes what fits


class Netlink(NumericFamily):
    """AF_NETLINK: ``(pid, groups)`` both ways."""

    number = constant("AF_NETLINK")
    name = "AF_NETLINK"
    size = SOCKADDR_NL.size
    probe = (constant("SOCK_RAW"), constant("NETLINK_ROUTE"))

    def sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_nl``: TypeError for no pair of integers, OverflowError for more than 32 bits."""
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != 2:
            raise TypeError("AF_NETLINK address must be a pair (pid, groups)")
        pid, groups = [integer(part) for part in address]
        return SOCKADDR_NL.pack(self.number, _unsigned(context, "pid", pid), _unsigned(context, "groups", groups))

    def numbers(self, raw: bytes) -> tuple[Any, ...]:
        """Return (pid, groups)."""
        return SOCKADDR_NL.unpack(raw)


def _unsigned(context: Context, what: str, value: int) -> int:
    if not -(1 << 31) <= value < 1 << 32:
        raise OverflowError(f"{context.operation}(): {what} must be a number of 32 bits, not {value}")
    return value & 0xFFFFFFFF


def decode_memberships(raw: bytes) -> tuple[int, ...]:
    """Return the numbers of the groups, from 1, in a mask of words of 32 bits."""
    whole = raw[: len(raw) - len(raw) % _WORD]
    words = [int.from_bytes(whole[at : at + _WORD], sys.byteorder) for at in range(0, len(whole), _WORD)]
    mask = sum(word << 32 * i for i, word in enumerate(words))
    return tuple(bit + 1 for bit in range(mask.bit_length()) if mask >> bit & 1)


def bring(register: Register) -> None:
    """Bring AF_NETLINK, NETLINK_LIST_MEMBERSHIPS as a tuple of groups and NETLINK_PKTINFO as a group."""
    register.family(Netlink())
    level = constant("SOL_NETLINK")
    name = "NETLINK_LIST_MEMBERSHIPS"
    register.option(Option(name, level, constant(name), _MASK_SIZE, decode_memberships))
    name = "NETLINK_PKTINFO"
    register.ancillary(Ancillary(name, level, constant(name), struct_value(NL_PKTINFO)))
