"""AF_PACKET, the frames of a network interface: ``(ifname, proto[, pkttype[, hatype[, addr]]])``. packet(7).

1. *proto* is an EtherType or another ETH_P_*, as it is written: 0x0800 for IPv4. ``sll_protocol`` is in network byte
   order, and the codec sees to that.
2. *pkttype* is PACKET_HOST and *hatype* 0 if left out. *addr* is a hardware address, of 8 bytes at most where it is
   passed.
3. *ifname* ``''`` stands for all interfaces, as ifindex 0 does in packet(7): to bind to.
4. What comes out has all five parts; *ifname* is ``''`` where the socket has no interface, or it is gone.
"""

from __future__ import annotations

import errno
import os

from sockcore.plugin import (
    BE16,
    I32,
    U8,
    U16,
    Any,
    Context,
    Family,
    Register,
    Struct,
    c_int,
    in_range,
    octets,
    to_bytes,
    wrong_address_type,
)
from sockcore_linux_misc import options as packet_options
from sockcore_linux_misc.arguments import without_null
from sockcore_linux_misc.constants import constant

SOCKADDR_LL = Struct(
    "struct sockaddr_ll",
    "<sys/socket.h> <linux/if_packet.h>",
    ("sll_protocol", BE16),
    ("sll_ifindex", I32),
    ("sll_hatype", U16),
    ("sll_pkttype", U8),
    ("sll_halen", U8),
    ("sll_addr", octets(8)),
    sockaddr=True,
)

STRUCTS = (SOCKADDR_LL, *packet_options.STRUCTS)

_HARDWARE_AT, _HARDWARE_SIZE = SOCKADDR_LL.offsets()["sll_addr"]
#: pkttype, hatype and addr of an address without them.
_REST = (constant("PACKET_HOST"), 0, b"")


class Packet(Family):
    """AF_PACKET: tuples of two to five parts in, of five out.

    The kernel may write more than the struct, since hardware addresses have up to 32 bytes (InfiniBand: 20): ``size``
    is therefore that of any sockaddr.
    """

    number = constant("AF_PACKET")
    name = "AF_PACKET"
    needs_descriptor = True  # an interface is one of the socket's own network namespace
    probe = (constant("SOCK_DGRAM"), 0)
    module = "af_packet"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_ll``.

        TypeError for another type or number of parts, OverflowError for a number that does not fit its field,
        ValueError for a null in the name or a hardware address of more than 8 bytes, OSError (ENODEV) for an
        interface that there is not, or whose name is too long.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 2 <= len(address) <= 5 or not isinstance(address[0], str):
            raise TypeError("AF_PACKET address must be a tuple of two to five elements")
        parts: list[Any] = [*address, *_REST[len(address) - 2 :]]
        name, protocol, pkttype, hatype, hardware = parts
        without_null(name)
        protocol, pkttype, hatype = [_c_int(context, part) for part in (protocol, pkttype, hatype)]
        octets = to_bytes(hardware)
        if len(octets) > _HARDWARE_SIZE:
            raise ValueError(f"Hardware address must be {_HARDWARE_SIZE} bytes or less")
        in_range(context, "proto", protocol, 16)
        in_range(context, "pkttype", pkttype, 8)
        in_range(context, "hatype", hatype, 16)
        index = _index_of(name, context)
        return SOCKADDR_LL.pack(self.number, protocol, index, hatype, pkttype, len(octets), octets)

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return (ifname, proto, pkttype, hatype, addr)."""
        protocol, index, hatype, pkttype, length, _ = SOCKADDR_LL.unpack(raw)
        hardware = raw[_HARDWARE_AT : _HARDWARE_AT + int(length)]
        return _name_of(int(index), context), protocol, pkttype, hatype, hardware


def _c_int(context: Context, value: Any) -> int:
    try:
        return c_int(value)
    except OverflowError:
        raise OverflowError(f"{context.operation}(): address argument out of range") from None


def _index_of(name: str, context: Context) -> int:
    if not name:
        return 0
    try:
        return context.interface_index(name)
    except OSError as problem:
        number = problem.errno or errno.ENODEV
        raise OSError(number, os.strerror(number), name) from None


def _name_of(index: int, context: Context) -> str:
    if not index:
        return ""
    try:
        return context.interface_name(index)
    except OSError:
        return ""


def bring(register: Register) -> None:
    """Bring AF_PACKET, and its options and control messages as values."""
    register.family(Packet())
    for option in packet_options.options():
        register.option(option)
    for ancillary in packet_options.ancillaries():
        register.ancillary(ancillary)
