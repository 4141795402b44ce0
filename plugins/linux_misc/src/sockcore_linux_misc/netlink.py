"""AF_NETLINK, communication with the kernel: ``(pid, groups)``, two unsigned 32-bit integers. netlink(7).

1. *pid* is the port of a socket. 0 is the kernel as a destination; bind(2) with 0 makes the kernel choose a port.
2. *groups* is a bit mask of multicast groups.
3. A negative 32-bit integer is converted to its two's complement, as in CPython: programs use ``(os.getpid(), -1)`` for
   all groups. A number that does not fit into 32 bits raises OverflowError.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    U32,
    Any,
    Context,
    Struct,
    integer,
    padding,
    wrong_address_type,
)
from sockcore_linux_misc.address import NumericFamily
from sockcore_linux_misc.constants import constant

_HEADER = "<sys/socket.h> <linux/netlink.h>"

SOCKADDR_NL = Struct(
    "struct sockaddr_nl",
    _HEADER,
    ("nl_pad", padding(2)),
    ("nl_pid", U32),
    ("nl_groups", U32),
    sockaddr=True,
)

#: The control message NETLINK_PKTINFO: the multicast group of a message, 0 for a unicast message.
NL_PKTINFO = Struct("struct nl_pktinfo", _HEADER, ("group", U32))

STRUCTS = (SOCKADDR_NL, NL_PKTINFO)

_WORD = 4
MASK_SIZE = 256  # bytes for a mask of groups; the kernel writes as many as fit


class Netlink(NumericFamily):
    """AF_NETLINK: ``(pid, groups)``."""

    number: int = constant("AF_NETLINK")
    name = "AF_NETLINK"
    size: int = SOCKADDR_NL.size
    probe: tuple[int, int] | None = (constant("SOCK_RAW"), constant("NETLINK_ROUTE"))

    def to_sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_nl`` of a pair (pid, groups).

        Raises TypeError for another type or length or a part that is not an integer, and OverflowError for a number
        that does not fit into 32 bits.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != 2:
            raise TypeError("AF_NETLINK address must be a pair (pid, groups)")
        pid, groups = [integer(part) for part in address]
        return SOCKADDR_NL.pack(self.number, _to_unsigned(context, "pid", pid), _to_unsigned(context, "groups", groups))

    def from_sockaddr(self, sockaddr: bytes) -> tuple[Any, ...]:
        """Return (pid, groups)."""
        return SOCKADDR_NL.unpack(sockaddr)


def _to_unsigned(context: Context, name: str, value: int) -> int:
    if not -(1 << 31) <= value < 1 << 32:
        raise OverflowError(f"{context.operation}(): {name} must be a number of 32 bits, not {value}")
    return value & 0xFFFFFFFF


def decode_memberships(mask_bytes: bytes) -> tuple[int, ...]:
    """Return the numbers of the groups in a bit mask of 32-bit words.

    The first group has the number 1.
    """
    end = len(mask_bytes) - len(mask_bytes) % _WORD
    words = [int.from_bytes(mask_bytes[start : start + _WORD], sys.byteorder) for start in range(0, end, _WORD)]
    mask = sum(word << 32 * i for i, word in enumerate(words))
    return tuple(bit + 1 for bit in range(mask.bit_length()) if mask >> bit & 1)
