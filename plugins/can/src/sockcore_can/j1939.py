"""CAN_J1939: messages between the control units of a vehicle, SAE J1939; the kernel's networking/j1939.

A unit has a static *addr* (J1939_NO_ADDR: none, or all) or a *name* of 64 bits (J1939_NO_NAME: none) whose address
it claims. The *pgn* is the number of a parameter group (J1939_NO_PGN: any); where its format has the destination in
the low byte (PDU1), that byte has to be 0, or the kernel refuses it (EINVAL).
"""

from __future__ import annotations

from sockcore.plugin import Context, Family, in_range, integer
from sockcore_can.constants import AF_CAN, CAN_J1939, SOCK_DGRAM
from sockcore_can.interface import argument, index_of, name_of, parts
from sockcore_can.structs import SOCKADDR_CAN_J1939


class J1939(Family):
    """CAN_J1939: ``(interface, name, pgn, addr)`` both ways. Linux >= 5.4; <linux/can/j1939.h>."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # an interface is one of the socket's own network namespace
    proto = CAN_J1939
    size = SOCKADDR_CAN_J1939.size
    probe = (SOCK_DGRAM, CAN_J1939)
    module = "can-j1939"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of ``(interface, name, pgn, addr)``.

        TypeError for another type or length, or a part that is none; OverflowError for a name of more than 64
        bits, a pgn of more than 32 or an addr of more than 8; ValueError and OSError as for
        :meth:`Can.encode <sockcore_can.raw.Can.encode>`.
        """
        interface, name, pgn, addr = parts(address, context, 4, "function takes exactly 4 arguments ({} given)")
        name, pgn, addr = argument(name, 2), integer(pgn), integer(addr)
        in_range(context, "name", name, 64)
        in_range(context, "pgn", pgn, 32)
        in_range(context, "addr", addr, 8)
        return SOCKADDR_CAN_J1939.pack(self.number, index_of(interface, context), name, pgn, addr)

    def decode(self, raw: bytes, context: Context) -> tuple[str, int, int, int]:
        """Return ``(interface, name, pgn, addr)``."""
        index, name, pgn, addr = map(int, SOCKADDR_CAN_J1939.unpack(raw))
        return name_of(index, context), name, pgn, addr
