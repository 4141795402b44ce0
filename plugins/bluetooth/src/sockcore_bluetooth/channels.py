"""L2CAP and RFCOMM: a device, and which of its services or channels.

L2CAP, which needs no other protocol, also says with what kind of address the device goes: BR/EDR, or Low Energy with
a public or random one. Bluetooth Core Specification, Vol 3 Part A; RFCOMM with TS 07.10.
"""

from __future__ import annotations

from sockcore.plugin import Any, Context, Sequence, Struct
from sockcore_bluetooth.address import Bluetooth, text
from sockcore_bluetooth.constants import TABLE

_BREDR = TABLE.get("BDADDR_BREDR")
_ULONG, _SIGN = 0xFFFFFFFF, 0x80000000


class L2cap(Bluetooth):
    """L2CAP: ``(bdaddr, psm[, cid[, bdaddr_type]])``, the last two where the system's sockaddr has them.

    *psm* names a service and *cid* a fixed channel, each 0 where the other is meant. What comes out is (bdaddr, psm)
    for BR/EDR, with the cid of a fixed channel, and all four parts for Low Energy.
    """

    def __init__(self, number: int, proto: int, type: int, sockaddr: Struct) -> None:
        super().__init__(number, proto, type, sockaddr)
        #: What may follow the bdaddr, in this order.
        self.parts = [name for name in ("psm", "cid", "bdaddr_type") if name in self.fields]
        optional = "[, cid[, bdaddr_type]]" if len(self.parts) > 1 else ""
        self.shape = f"an L2CAP address is (bdaddr, psm{optional})"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        OSError for another shape or a bdaddr that is none, OverflowError for a number that does not fit its field.
        """
        if not isinstance(address, tuple) or not 2 <= len(address) <= 1 + len(self.parts):
            raise self.wrong_format(context)
        return self.located(address, self.parts, context)

    def decode(self, raw: bytes, context: Context) -> tuple[str | int, ...]:
        """Return (bdaddr, psm), and behind them cid and bdaddr_type as far as they say something."""
        fields = self.unpack(raw)
        found = (text(fields["bdaddr"]), fields["psm"])
        cid, kind = fields.get("cid", 0), fields.get("bdaddr_type")
        if kind is not None and kind != _BREDR:
            return (*found, cid, kind)
        # Behind a psm the cid is that of the connection, and no kernel takes both: the pair can be connected to again.
        return (*found, cid) if cid and not fields["psm"] else found


class Rfcomm(Bluetooth):
    """RFCOMM: ``(bdaddr, channel)`` both ways; channels are 1 to 30, and 0 has the system choose one."""

    shape = "an RFCOMM address is (bdaddr, channel)"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        OSError for another shape or a bdaddr that is none, OverflowError for a channel that does not fit its field.
        """
        if not isinstance(address, tuple) or len(address) != 2:
            raise self.wrong_format(context)
        return self.located(address, ("channel",), context)

    def decode(self, raw: bytes, context: Context) -> tuple[str, int]:
        """Return (bdaddr, channel)."""
        fields = self.unpack(raw)
        return text(fields["bdaddr"]), fields["channel"]


class WindowsRfcomm(Rfcomm):
    """RFCOMM of Windows: ``(bdaddr, channel)`` both ways; -1 for the channel is BT_PORT_ANY, any that is free.

    What the standard library leaves unwritten, the class of the service, is zeros here: none.
    """

    def pack(self, **values: Any) -> bytes:
        """Return the SOCKADDR_BTH of a device's six bytes and a channel."""
        device = int.from_bytes(values["bdaddr"], "little")
        return self.sockaddr.pack(self.number, device, b"", values["channel"] & _ULONG)

    def unpack(self, raw: bytes) -> dict[str, Any]:
        """Return the device's six bytes and the channel of a SOCKADDR_BTH."""
        fields: Any = self.sockaddr.unpack(raw)
        device, _, port = fields
        return {"bdaddr": device.to_bytes(8, "little")[:6], "channel": port - (port & _SIGN) * 2}

    def integers(self, values: Sequence[object], context: Context) -> list[int]:
        """Return *values* as integers; OSError if one is none, or has more than 32 bits."""
        numbers = super().integers(values, context)
        if not all(-_SIGN <= number <= _ULONG for number in numbers):
            raise self.wrong_format(context)
        return numbers

    def fitting(self, numbers: dict[str, int], context: Context) -> dict[str, int]:
        """Return *numbers*: they were looked at before the device was, as by the standard library."""
        return numbers
