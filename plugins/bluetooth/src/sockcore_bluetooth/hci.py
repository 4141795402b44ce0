"""HCI, the controllers of this machine themselves: each system names them in its own way.

Linux numbers them, and has channels beside that of commands and events; netbt has their device addresses; FreeBSD has
nodes of netgraph(4), whose names ng_ubt(4) makes of a number. <bluetooth/hci.h> of BlueZ, bluetooth(4) of NetBSD,
ng_btsocket(4) of FreeBSD.
"""

from __future__ import annotations

import os

from sockcore.plugin import Context
from sockcore_bluetooth.address import Bluetooth
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.sco import BareAddress

_RAW = TABLE.get("HCI_CHANNEL_RAW")


class HciByNumber(Bluetooth):
    """HCI on Linux: ``device_id`` or ``(device_id[, channel])``, where HCI_DEV_NONE is no device or all of them.

    What comes out is the device_id alone on HCI_CHANNEL_RAW, the pair on other channels.
    """

    shape = "an HCI address is device_id or (device_id[, channel])"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr: OSError for another shape, OverflowError for a number that does not fit its field."""
        parts = address if isinstance(address, tuple) else (address,)
        if not 1 <= len(parts) <= 2:
            raise self.wrong_format(context)
        numbers = dict(zip(("dev", "channel"), self.integers(parts, context)))
        return self.pack(**self.fitting(numbers, context))

    def decode(self, raw: bytes, context: Context) -> int | tuple[int, int]:
        """Return device_id, or (device_id, channel)."""
        fields = self.unpack(raw)
        device, channel = fields["dev"], fields["channel"]
        return device if channel == _RAW else (device, channel)


class HciByAddress(BareAddress):
    """HCI on NetBSD and DragonFly: ``bdaddr`` or ``(bdaddr,)``, the controller's address, bytes or str in, str out."""

    shape = "an HCI address is a bdaddr or (bdaddr,), str or bytes"

    def device(self, address: object, context: Context) -> bytes:
        """Return the six bytes of a device address in a str or bytes, alone or in a tuple."""
        if isinstance(address, tuple) and len(address) == 1:
            (address,) = address
        if isinstance(address, (str, bytes)) and ("\0" if isinstance(address, str) else b"\0") in address:  # type: ignore[operator]
            raise self.wrong_format(context)
        return super().device(address, context)


class HciByNode(Bluetooth):
    """HCI on FreeBSD: ``device_id`` or ``(device_id,)``, a number or the name of a netgraph node; the name comes out.

    The number 0 is the node ``ubt0hci``, of the first controller at USB.
    """

    shape = "an HCI address is device_id or (device_id,), a number or the name of a node"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr: OSError for another shape, ValueError for too long a name, OverflowError below zero."""
        if isinstance(address, tuple) and len(address) == 1:
            (address,) = address
        if not isinstance(address, str):
            (number,) = self.integers((address,), context)
            if number < 0:
                raise OverflowError(f"{context.operation}(): device_id must not be negative.")
            address = f"ubt{number}hci"
        node = os.fsencode(address)
        if b"\0" in node:
            raise self.wrong_format(context)
        if len(node) >= self.fields["node"]:
            raise ValueError(f"{context.operation}(): node too long")
        return self.pack(node=node)

    def decode(self, raw: bytes, context: Context) -> str:
        """Return the node's name."""
        return os.fsdecode(self.unpack(raw)["node"].partition(b"\0")[0])
