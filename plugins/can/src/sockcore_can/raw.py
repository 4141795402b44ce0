"""AF_CAN without more: ``(interface,)``, of CAN_RAW, CAN_BCM and every protocol that has no addresses of its own."""

from __future__ import annotations

from sockcore.plugin import Context, Family
from sockcore_can.constants import AF_CAN, CAN_RAW, SOCK_RAW
from sockcore_can.interface import index_of, name_of, parts
from sockcore_can.structs import SOCKADDR_CAN


class Can(Family):
    """AF_CAN: ``(interface,)`` both ways, ``('',)`` for all interfaces. Linux >= 2.6.25, NetBSD >= 8; <linux/can.h>."""

    number = AF_CAN
    name = "AF_CAN"
    needs_descriptor = True  # an interface is one of the socket's own network namespace
    size = SOCKADDR_CAN.size
    probe = (SOCK_RAW, CAN_RAW)
    module = "can"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of ``(interface,)``.

        TypeError for another type or length, or a name that is none; ValueError for a NUL in it; OSError for one
        that is too long, or that no interface has (ENODEV).
        """
        (name,) = parts(address, context, 1, "AF_CAN address must be a tuple (interface, )")
        return SOCKADDR_CAN.pack(self.number, index_of(name, context))

    def decode(self, raw: bytes, context: Context) -> tuple[str]:
        """Return ``(interface,)``."""
        (index,) = SOCKADDR_CAN.unpack(raw)
        return (name_of(int(index), context),)
