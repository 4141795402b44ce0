"""The address codecs of L2CAP, RFCOMM, SCO, ISO and HCI.

1. L2CAP and RFCOMM addresses contain a device, and a service or channel on it. L2CAP addresses also contain the type of
   the device address: BR/EDR, or a public or random Low Energy address. Sources: Bluetooth Core Specification, Vol 3
   Part A (L2CAP); TS 07.10 (RFCOMM).
2. An SCO address is a device.
3. An ISO address is a Low Energy device, and the broadcast source to receive from, if any. Sources: Bluetooth Core
   Specification, Vol 6 Part G; include/net/bluetooth/iso.h of Linux, isotest(1) of BlueZ.
4. An HCI address is a controller of this machine. Linux numbers the controllers, and has several channels
   (<bluetooth/hci.h> of BlueZ). NetBSD and DragonFly use the device address, see bluetooth(4). FreeBSD uses the names
   of netgraph(4) nodes, which contain a number, see ng_ubt(4) and ng_btsocket(4).
"""

from __future__ import annotations

import os

from sockcore.plugin import Any, Context, Sequence, Struct, in_range
from sockcore_bluetooth.address import Bluetooth, parse_bdaddr, to_text
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.structs import SOCKADDR_ISO_BROADCAST

_BREDR = TABLE.get("BDADDR_BREDR")
_HCI_CHANNEL_RAW = TABLE.get("HCI_CHANNEL_RAW")
_ULONG_MAX, _SIGN = 0xFFFFFFFF, 0x80000000


class L2cap(Bluetooth):
    """L2CAP: ``(bdaddr, psm[, cid[, bdaddr_type]])``.

    Some systems do not have *cid* and *bdaddr_type*.

    *psm* is the number of a service and *cid* the number of a fixed channel. One of them is 0. Decoding returns
    ``(bdaddr, psm)`` for BR/EDR, ``(bdaddr, 0, cid)`` for a fixed channel, and all four parts for Low Energy.
    """

    def __init__(self, number: int, proto: int, type: int, struct: Struct) -> None:
        super().__init__(number, proto, type, struct)
        #: The parts that follow the bdaddr, in this order.
        self.parts: list[str] = [name for name in ("psm", "cid", "bdaddr_type") if name in self.fields]
        optional = "[, cid[, bdaddr_type]]" if len(self.parts) > 1 else ""
        self.address_format = f"an L2CAP address is (bdaddr, psm{optional})"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for another format or an invalid bdaddr, and OverflowError for a number that does not fit its
        field.
        """
        if not isinstance(address, tuple) or not 2 <= len(address) <= 1 + len(self.parts):
            raise self.wrong_format_error(context)
        return self.encode_parts(address, self.parts, context)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str | int, ...]:
        """Return ``(bdaddr, psm)``, followed by cid and bdaddr_type if they are needed."""
        fields = self.unpack(sockaddr)
        address = (to_text(fields["bdaddr"]), fields["psm"])
        cid, bdaddr_type = fields.get("cid", 0), fields.get("bdaddr_type")
        if bdaddr_type is not None and bdaddr_type != _BREDR:
            return (*address, cid, bdaddr_type)
        # If there is a psm, cid is the channel of this connection. Kernels refuse addresses with both, so a program
        # could not connect to such an address.
        return (*address, cid) if cid and not fields["psm"] else address


class Rfcomm(Bluetooth):
    """RFCOMM: ``(bdaddr, channel)``.

    Channels are 1 to 30. With 0, the system chooses a channel.
    """

    address_format = "an RFCOMM address is (bdaddr, channel)"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for another format or an invalid bdaddr, and OverflowError for a channel that does not fit its
        field.
        """
        if not isinstance(address, tuple) or len(address) != 2:
            raise self.wrong_format_error(context)
        return self.encode_parts(address, ("channel",), context)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str, int]:
        """Return ``(bdaddr, channel)``."""
        fields = self.unpack(sockaddr)
        return to_text(fields["bdaddr"]), fields["channel"]


class WindowsRfcomm(Rfcomm):
    """RFCOMM on Windows: ``(bdaddr, channel)``.

    The channel -1 (BT_PORT_ANY) means any free channel.

    The class of the service is always zero. The standard library leaves it uninitialized.
    """

    def pack(self, **values: Any) -> bytes:
        """Return the SOCKADDR_BTH with these fields, *bdaddr* and *channel*."""
        bdaddr = int.from_bytes(values["bdaddr"], "little")
        return self.struct.pack(self.number, bdaddr, b"", values["channel"] & _ULONG_MAX)

    def unpack(self, sockaddr: bytes) -> dict[str, Any]:
        """Return the fields *bdaddr* and *channel* of a SOCKADDR_BTH."""
        fields: Any = self.struct.unpack(sockaddr)
        bdaddr, _, port = fields
        return {"bdaddr": bdaddr.to_bytes(8, "little")[:6], "channel": port - (port & _SIGN) * 2}

    def to_integers(self, values: Sequence[object], context: Context) -> list[int]:
        """Return *values* as integers.

        Raises OSError if one is not an integer or has more than 32 bits.
        """
        numbers = super().to_integers(values, context)
        if not all(-_SIGN <= number <= _ULONG_MAX for number in numbers):
            raise self.wrong_format_error(context)
        return numbers

    def check_ranges(self, values: dict[str, int], context: Context) -> None:
        """Do nothing.

        Matches CPython: to_integers() checks the range before the format of the bdaddr.
        """


class BdaddrOnly(Bluetooth):
    """The base class of codecs whose address is a single ``bdaddr``, bytes or str.

    Decoding returns a str.
    """

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for a type other than str and bytes or an invalid bdaddr, and ValueError for a NUL.
        """
        return self.pack(bdaddr=self.to_bdaddr(address, context))

    def to_bdaddr(self, address: object, context: Context) -> bytes:
        """Return the six bytes of a device address in a str or bytes."""
        if isinstance(address, str):
            if "\0" in address:
                raise ValueError("embedded null character")
            return parse_bdaddr(address.encode())
        if not isinstance(address, bytes):
            raise self.wrong_format_error(context)
        if b"\0" in address:
            raise ValueError("embedded null byte")
        return parse_bdaddr(address)

    def decode(self, sockaddr: bytes, context: Context) -> str:
        """Return the bdaddr."""
        return to_text(self.unpack(sockaddr)["bdaddr"])


class Sco(BdaddrOnly):
    """SCO: ``bdaddr``, bytes or str."""

    address_format = "an SCO address is a bdaddr, str or bytes"


class Iso(Bluetooth):
    """ISO: ``(bdaddr, bdaddr_type[, (bc_bdaddr, bc_bdaddr_type, bc_sid, [bis, ...])])``. Linux 6.0.

    The address BDADDR_ANY in ``connect()`` sends a broadcast. The third part, in ``bind()``, is the broadcast source to
    receive: device, advertising set, and indexes of the streams (BIS), 1 to 31. Decoding returns the third part if the
    sockaddr contains it.
    """

    address_format = "an ISO address is (bdaddr, bdaddr_type[, (bc_bdaddr, bc_bdaddr_type, bc_sid, [bis, ...])])"

    def __init__(self, number: int, proto: int, type: int, struct: Struct) -> None:
        super().__init__(number, proto, type, struct)
        self.size: int = SOCKADDR_ISO_BROADCAST.size
        self.fields: dict[str, int] = {
            name[len("iso_") :]: size for name, (_, size) in SOCKADDR_ISO_BROADCAST.offsets().items()
        }

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for another format or an invalid bdaddr, OverflowError for a number that does not fit its field,
        and ValueError for more than 31 streams.
        """
        if not isinstance(address, tuple) or not 2 <= len(address) <= 3:
            raise self.wrong_format_error(context)
        device, device_type, *broadcast = address
        unicast = self.encode_parts((device, device_type), ("bdaddr_type",), context)
        if not broadcast:
            return unicast
        source = broadcast[0]
        if not isinstance(source, tuple) or len(source) != 4 or not isinstance(source[3], (list, tuple)):
            raise self.wrong_format_error(context)
        bc_device, *numbers, streams = source
        values = dict(zip(("bc_bdaddr_type", "bc_sid"), self.to_integers(numbers, context)))
        bis = self.to_integers(streams, context)
        bc_bdaddr = self.bdaddr_bytes(bc_device, context)
        self.check_ranges(values, context)
        if len(bis) > self.fields["bc_bis"]:
            raise ValueError(f"{context.operation}(): at most {self.fields['bc_bis']} bis, not {len(bis)}")
        for stream in bis:
            in_range(context, "bis", stream, 8)
        bdaddr, bdaddr_type = self.struct.unpack(unicast)
        return SOCKADDR_ISO_BROADCAST.pack(
            self.number, bdaddr, bdaddr_type, bc_bdaddr, *values.values(), len(bis), bytes(bis)
        )

    def decode(self, sockaddr: bytes, context: Context) -> tuple[object, ...]:
        """Return ``(bdaddr, bdaddr_type)``, followed by the broadcast source if there is one."""
        fields: Any = SOCKADDR_ISO_BROADCAST.unpack(sockaddr)
        bdaddr, bdaddr_type, bc_bdaddr, bc_bdaddr_type, bc_sid, bc_num_bis, bc_bis = fields
        address = (to_text(bdaddr), bdaddr_type)
        if len(sockaddr) <= self.struct.size:
            return address
        return (*address, (to_text(bc_bdaddr), bc_bdaddr_type, bc_sid, list(bc_bis[:bc_num_bis])))


class HciByNumber(Bluetooth):
    """HCI on Linux: ``device_id`` or ``(device_id[, channel])``.

    HCI_DEV_NONE means no device or all devices.

    Decoding returns device_id for HCI_CHANNEL_RAW, and the pair for all other channels.
    """

    address_format = "an HCI address is device_id or (device_id[, channel])"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for another format and OverflowError for a number that does not fit its field.
        """
        parts = address if isinstance(address, tuple) else (address,)
        if not 1 <= len(parts) <= 2:
            raise self.wrong_format_error(context)
        values = dict(zip(("dev", "channel"), self.to_integers(parts, context)))
        self.check_ranges(values, context)
        return self.pack(**values)

    def decode(self, sockaddr: bytes, context: Context) -> int | tuple[int, int]:
        """Return ``device_id`` or ``(device_id, channel)``."""
        fields = self.unpack(sockaddr)
        device_id, channel = fields["dev"], fields["channel"]
        return device_id if channel == _HCI_CHANNEL_RAW else (device_id, channel)


class HciByAddress(BdaddrOnly):
    """HCI on NetBSD and DragonFly: ``bdaddr`` or ``(bdaddr,)``.

    The bdaddr is the address of the controller, bytes or str.
    """

    address_format = "an HCI address is a bdaddr or (bdaddr,), str or bytes"

    def to_bdaddr(self, address: object, context: Context) -> bytes:
        """Return the six bytes of a device address.

        The address is a str, bytes, or a tuple with one of them.
        """
        if isinstance(address, tuple) and len(address) == 1:
            (address,) = address
        if isinstance(address, (str, bytes)) and ("\0" if isinstance(address, str) else b"\0") in address:  # type: ignore[operator]
            raise self.wrong_format_error(context)
        return super().to_bdaddr(address, context)


class HciByNode(Bluetooth):
    """HCI on FreeBSD: ``device_id`` or ``(device_id,)``, a number or a node name.

    The node is a netgraph node. The number 0 stands for the node ``ubt0hci``, the first USB controller. Decoding
    returns the name.
    """

    address_format = "an HCI address is device_id or (device_id,), a number or the name of a node"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        Raises OSError for another format, ValueError for a name that is too long, and OverflowError for a negative
        number.
        """
        if isinstance(address, tuple) and len(address) == 1:
            (address,) = address
        if not isinstance(address, str):
            (number,) = self.to_integers((address,), context)
            if number < 0:
                raise OverflowError(f"{context.operation}(): device_id must not be negative.")
            address = f"ubt{number}hci"
        node = os.fsencode(address)
        if b"\0" in node:
            raise self.wrong_format_error(context)
        if len(node) >= self.fields["node"]:
            raise ValueError(f"{context.operation}(): node too long")
        return self.pack(node=node)

    def decode(self, sockaddr: bytes, context: Context) -> str:
        """Return the name of the node."""
        return os.fsdecode(self.unpack(sockaddr)["node"].partition(b"\0")[0])
