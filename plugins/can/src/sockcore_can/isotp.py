"""CAN_ISOTP: messages of up to 4095 bytes and more between two identifiers, ISO 15765-2.

An identifier is as in a frame: of 11 bits, or of 29 bits with CAN_EFF_FLAG. The kernel refuses others (EINVAL,
EADDRNOTAVAIL). A socket receives what has *rx_addr*, and sends with *tx_addr*.
"""

from __future__ import annotations

from sockcore.plugin import Context, Family, in_range
from sockcore_can.constants import AF_CAN, CAN_ISOTP, SOCK_DGRAM
from sockcore_can.interface import argument, index_of, name_of, parts
from sockcore_can.structs import SOCKADDR_CAN_ISOTP


class Isotp(Family):
    """CAN_ISOTP: ``(interface, rx_addr, tx_addr)`` both ways. Linux >= 5.10; <linux/can/isotp.h>."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # an interface is one of the socket's own network namespace
    proto = CAN_ISOTP
    size = SOCKADDR_CAN_ISOTP.size
    probe = (SOCK_DGRAM, CAN_ISOTP)
    module = "can-isotp"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of ``(interface, rx_addr, tx_addr)``.

        TypeError for another type or length, or a part that is none; OverflowError for an identifier of more than
        32 bits; ValueError and OSError as for :meth:`Can.encode <sockcore_can.raw.Can.encode>`.
        """
        name, rx, tx = parts(address, context, 3, "function takes exactly 3 arguments ({} given)")
        rx, tx = argument(rx, 2), argument(tx, 3)
        in_range(context, "rx_addr", rx, 32)
        in_range(context, "tx_addr", tx, 32)
        return SOCKADDR_CAN_ISOTP.pack(self.number, index_of(name, context), rx, tx)

    def decode(self, raw: bytes, context: Context) -> tuple[str, int, int]:
        """Return ``(interface, rx_addr, tx_addr)``."""
        index, rx, tx = map(int, SOCKADDR_CAN_ISOTP.unpack(raw))
        return name_of(index, context), rx, tx
