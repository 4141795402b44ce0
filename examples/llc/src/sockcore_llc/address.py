"""The addresses of AF_LLC."""

from __future__ import annotations

from sockcore.plugin import Any, Context, Family, constants, named_integer, to_bytes, wrong_address_type
from sockcore_llc.constants import AF_LLC
from sockcore_llc.structs import SOCKADDR_LLC

_EXPECTED = "AF_LLC address must be (mac, sap[, arphrd[, test[, xid[, ua]]]])"
_MAC_SIZE = 6


class Llc(Family):
    """Addresses of AF_LLC: ``(mac, sap[, arphrd[, test[, xid[, ua]]]])``. Decoded addresses have all six items.

    - ``mac``: bytes, the hardware address of an interface
    - ``sap``: int from 0 to 255, the service access point. bind(2) selects one for 0.
    - ``arphrd``: int from 0 to 65535, the type of the interface. bind(2) uses ARPHRD_ETHER for 0.
    - ``test``, ``xid``, ``ua``: int from 0 to 255, not 0 for TEST, XID and UI frames. UI frames carry datagrams.
    """

    number: int = AF_LLC
    name: str = "AF_LLC"
    size: int = SOCKADDR_LLC.size
    #: Type and protocol of the socket that shows whether a kernel has the family.
    probe: tuple[int, int] | None = (constants().get("SOCK_DGRAM", -1), 0)
    module: str | None = "llc2"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_llc.

        Raises TypeError for a wrong type or number of items, and OverflowError or ValueError for a wrong value.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        items: list[Any] = [*address]
        if not 2 <= len(items) <= 6:
            raise TypeError(f"{context.operation}(): {_EXPECTED}, not {address!r}")
        mac, sap, arphrd, test, xid, ua = (*items, 0, 0, 0, 0)[:6]
        hardware = to_bytes(mac, f"{context.operation}(): mac")
        if len(hardware) != _MAC_SIZE:
            raise ValueError(f"{context.operation}(): mac must have {_MAC_SIZE} bytes, not {len(hardware)}")
        return SOCKADDR_LLC.pack(
            self.number,
            integer_item(context, "arphrd", arphrd, 65535),
            integer_item(context, "test", test, 255),
            integer_item(context, "xid", xid, 255),
            integer_item(context, "ua", ua, 255),
            integer_item(context, "sap", sap, 255),
            hardware,
        )

    def decode(self, raw: bytes, context: Context) -> tuple[bytes, int, int, int, int, int]:
        """Return the items in the struct sockaddr_llc. Missing bytes are zeros."""
        values: Any = SOCKADDR_LLC.unpack(raw)
        arphrd, test, xid, ua, sap, mac = values
        return (mac, sap, arphrd, test, xid, ua)


def integer_item(context: Context, name: str, value: object, most: int) -> int:
    """Return an item of an address as an int.

    Raises TypeError if it is not an integer, and OverflowError if it is out of range.
    """
    number = named_integer(f"{context.operation}(): {name}", value)
    if not 0 <= number <= most:
        raise OverflowError(f"{context.operation}(): {name} must be 0 to {most}, not {number}")
    return number
