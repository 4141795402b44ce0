"""AF_PACKET, the frames of a network interface: ``(ifname, proto[, pkttype[, hatype[, addr]]])``. packet(7).

1. *proto* is an EtherType or another ETH_P_* in host byte order: 0x0800 for IPv4. The codec converts it to the network
   byte order of ``sll_protocol``.
2. The default of *pkttype* is PACKET_HOST, the default of *hatype* is 0.
3. *addr* is a hardware address. A program can pass at most 8 bytes.
4. For bind(2), *ifname* ``''`` means all interfaces, like ifindex 0 in packet(7).
5. Decoding returns all five parts. *ifname* is ``''`` if the socket has no interface, or if the interface no longer
   exists.
6. On the native backend, C code converts addresses of usual types first (``src/native/addresses.c``).
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
    Struct,
    c_int,
    extension_function,
    in_range,
    octets,
    to_bytes,
    wrong_address_type,
)
from sockcore_linux_misc.address import reject_nul
from sockcore_linux_misc.constants import constant
from sockcore_linux_misc.packet_structs import STRUCTS as OPTION_STRUCTS
from sockcore_linux_misc.region import CONTRACT

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

STRUCTS = (SOCKADDR_LL, *OPTION_STRUCTS)

_HARDWARE_OFFSET, _HARDWARE_SIZE = SOCKADDR_LL.offsets()["sll_addr"]
#: The defaults of pkttype, hatype and addr.
_DEFAULTS = (constant("PACKET_HOST"), 0, b"")


class Packet(Family):
    """AF_PACKET: ``(ifname, proto[, pkttype[, hatype[, addr]]])``.

    Decoding returns all five parts.

    ``size`` is the default of Family, because the kernel may write more bytes than the struct has: hardware addresses
    have up to 32 bytes (InfiniBand: 20).
    """

    number: int = constant("AF_PACKET")
    name = "AF_PACKET"
    needs_descriptor = True  # interface indexes depend on the network namespace of the socket
    probe: tuple[int, int] | None = (constant("SOCK_DGRAM"), 0)
    module: str | None = "af_packet"

    quick_encode: Any = extension_function("sockcore_linux_misc._native", CONTRACT, "encode_packet")
    quick_decode: Any = extension_function("sockcore_linux_misc._native", CONTRACT, "decode_packet")

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True: the reports are times of transmission."""
        return True

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_ll``.

        Raises TypeError for another type or length or a part of the wrong type, and OverflowError for a number that
        does not fit its field. Raises ValueError for a NUL in the name or a hardware address of more than 8 bytes, and
        OSError (ENODEV) for a name that is too long or an interface that does not exist.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 2 <= len(address) <= 5 or not isinstance(address[0], str):
            raise TypeError("AF_PACKET address must be a tuple of two to five elements")
        parts: list[Any] = [*address, *_DEFAULTS[len(address) - 2 :]]
        name, protocol, pkttype, hatype, hardware = parts
        reject_nul(name)
        protocol, pkttype, hatype = [_to_c_int(context, part) for part in (protocol, pkttype, hatype)]
        hardware_address = to_bytes(hardware)
        if len(hardware_address) > _HARDWARE_SIZE:
            raise ValueError(f"Hardware address must be {_HARDWARE_SIZE} bytes or less")
        in_range(context, "proto", protocol, 16)
        in_range(context, "pkttype", pkttype, 8)
        in_range(context, "hatype", hatype, 16)
        index = _to_index(name, context)
        return SOCKADDR_LL.pack(self.number, protocol, index, hatype, pkttype, len(hardware_address), hardware_address)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[Any, ...]:
        """Return (ifname, proto, pkttype, hatype, addr)."""
        protocol, index, hatype, pkttype, length, _ = SOCKADDR_LL.unpack(sockaddr)
        hardware = sockaddr[_HARDWARE_OFFSET : _HARDWARE_OFFSET + int(length)]
        return _to_name(int(index), context), protocol, pkttype, hatype, hardware


def _to_c_int(context: Context, value: Any) -> int:
    try:
        return c_int(value)
    except OverflowError:
        raise OverflowError(f"{context.operation}(): address argument out of range") from None


def _to_index(name: str, context: Context) -> int:
    if not name:
        return 0
    try:
        return context.interface_index(name)
    except OSError as exc:
        number = exc.errno or errno.ENODEV
        raise OSError(number, os.strerror(number), name) from None


def _to_name(index: int, context: Context) -> str:
    if not index:
        return ""
    try:
        return context.interface_name(index)
    except OSError:
        return ""
