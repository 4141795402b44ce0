"""The address codecs of AF_CAN: one for interface addresses, one for CAN_ISOTP and one for CAN_J1939.

1. CAN_RAW, CAN_BCM and every protocol without a separate codec have the address ``(interface,)``. <linux/can.h>
2. CAN_ISOTP (ISO 15765-2) transfers messages between two CAN identifiers. A socket receives the frames with *rx_addr*
   and sends frames with *tx_addr*. An identifier has 11 bits, or 29 bits with CAN_EFF_FLAG. The kernel refuses other
   values (EINVAL, EADDRNOTAVAIL). <linux/can/isotp.h>
3. CAN_J1939 (SAE J1939) connects the control units of a vehicle. A unit has a static *addr* (J1939_NO_ADDR for no
   address or all addresses), or it claims an address for its 64-bit *name* (J1939_NO_NAME for no name). *pgn* is the
   number of a parameter group (J1939_NO_PGN for any). In a PDU1 group the low byte is the destination: it must be 0
   here, or the kernel refuses the address (EINVAL). Kernel documentation: networking/j1939; <linux/can/j1939.h>
"""

from __future__ import annotations

from sockcore.plugin import Any, Context, Family, extension_function, in_range, integer, sockaddr_header
from sockcore_can.address import (
    look_up_interface,
    split_address,
    to_int,
    to_interface_index,
    to_interface_name,
)
from sockcore_can.constants import AF_CAN, CAN_ISOTP, CAN_J1939, CAN_RAW, NAME_SIZE, SOCK_DGRAM, SOCK_RAW
from sockcore_can.structs import SOCKADDR_CAN, SOCKADDR_CAN_ISOTP, SOCKADDR_CAN_J1939

#: The version of the interface between the Python code and the C code of this package: see module.c.
CONTRACT = 1

_HEADER = sockaddr_header(max(AF_CAN, 0), SOCKADDR_CAN.size)
#: Packs the sockaddr with a header of zeros. Struct.pack() also fills the header, but takes ten times as long.
_packer = SOCKADDR_CAN.packer()


class Can(Family):
    """AF_CAN with the address ``(interface,)``. Linux 2.6.25, NetBSD 8."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # interface indexes depend on the network namespace of the socket
    size: int = SOCKADDR_CAN.size
    probe: tuple[int, int] | None = (SOCK_RAW, CAN_RAW)
    module: str | None = "can"

    quick_encode: Any = extension_function("sockcore_can._native", CONTRACT, "encode_can")
    quick_decode: Any = extension_function("sockcore_can._native", CONTRACT, "decode_can")

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True for CAN_RAW, but not for CAN_BCM."""
        return proto == CAN_RAW

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_can`` of ``(interface,)``.

        Raises TypeError for another type or length or an invalid name, ValueError for a NUL in the name, OSError for a
        name that is too long, and OSError (ENODEV) for an interface that does not exist.
        """
        # Fast path for the common case: an ASCII name.
        if type(address) is tuple and len(address) == 1:
            text = address[0]
            if type(text) is str and 0 < len(text) < NAME_SIZE and text.isascii() and "\0" not in text:
                return _HEADER + _packer.pack(look_up_interface(text, context))[2:]
        (name,) = split_address(address, context, 1, "AF_CAN address must be a tuple (interface, )")
        return _HEADER + _packer.pack(to_interface_index(name, context))[2:]

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str]:
        """Return ``(interface,)``."""
        (interface,) = SOCKADDR_CAN.unpack(sockaddr)
        return (to_interface_name(int(interface), context),)


class Isotp(Family):
    """CAN_ISOTP with the address ``(interface, rx_addr, tx_addr)``. Linux 5.10."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # interface indexes depend on the network namespace of the socket
    proto: int | None = CAN_ISOTP
    size: int = SOCKADDR_CAN_ISOTP.size
    probe: tuple[int, int] | None = (SOCK_DGRAM, CAN_ISOTP)
    module: str | None = "can-isotp"

    quick_encode: Any = extension_function("sockcore_can._native", CONTRACT, "encode_isotp")
    quick_decode: Any = extension_function("sockcore_can._native", CONTRACT, "decode_isotp")

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_can`` of ``(interface, rx_addr, tx_addr)``.

        Raises TypeError for another type or length or a part of the wrong type, and OverflowError for an identifier of
        more than 32 bits. Raises ValueError and OSError like :meth:`Can.encode`.
        """
        name, rx, tx = split_address(address, context, 3, "function takes exactly 3 arguments ({} given)")
        rx, tx = to_int(rx, 2), to_int(tx, 3)
        in_range(context, "rx_addr", rx, 32)
        in_range(context, "tx_addr", tx, 32)
        return SOCKADDR_CAN_ISOTP.pack(self.number, to_interface_index(name, context), rx, tx)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str, int, int]:
        """Return ``(interface, rx_addr, tx_addr)``."""
        interface, rx, tx = map(int, SOCKADDR_CAN_ISOTP.unpack(sockaddr))
        return to_interface_name(interface, context), rx, tx


class J1939(Family):
    """CAN_J1939 with the address ``(interface, name, pgn, addr)``. Linux 5.4."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # interface indexes depend on the network namespace of the socket
    proto: int | None = CAN_J1939
    size: int = SOCKADDR_CAN_J1939.size
    probe: tuple[int, int] | None = (SOCK_DGRAM, CAN_J1939)
    module: str | None = "can-j1939"

    quick_encode: Any = extension_function("sockcore_can._native", CONTRACT, "encode_j1939")
    quick_decode: Any = extension_function("sockcore_can._native", CONTRACT, "decode_j1939")

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True."""
        return True

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_can`` of ``(interface, name, pgn, addr)``.

        Raises TypeError for another type or length or a part of the wrong type. Raises OverflowError for a name of more
        than 64 bits, a pgn of more than 32 bits or an addr of more than 8 bits. Raises ValueError and OSError like
        :meth:`Can.encode`.
        """
        interface, name, pgn, addr = split_address(address, context, 4, "function takes exactly 4 arguments ({} given)")
        name, pgn, addr = to_int(name, 2), integer(pgn), integer(addr)
        in_range(context, "name", name, 64)
        in_range(context, "pgn", pgn, 32)
        in_range(context, "addr", addr, 8)
        return SOCKADDR_CAN_J1939.pack(self.number, to_interface_index(interface, context), name, pgn, addr)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str, int, int, int]:
        """Return ``(interface, name, pgn, addr)``."""
        interface, name, pgn, addr = map(int, SOCKADDR_CAN_J1939.unpack(sockaddr))
        return to_interface_name(interface, context), name, pgn, addr
