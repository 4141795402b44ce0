"""The addresses of AF_PHONET."""

from __future__ import annotations

from sockcore.plugin import Any, Context, Family, constants, named_integer, wrong_address_type
from sockcore_phonet.constants import AF_PHONET
from sockcore_phonet.structs import SOCKADDR_PN

_LARGEST_DEVICE = 0xFC
_LARGEST_PORT = 0x3FF


class Phonet(Family):
    """Addresses of AF_PHONET: ``(device, port[, resource])``. Decoded addresses have all three items.

    - ``device``: int from 0 to 252, a multiple of 4. bind(2) accepts 0 for every device.
    - ``port``: int from 0 to 1023. bind(2) selects one for 0.
    - ``resource``: int from 0 to 255, the type of the messages

    The sockaddr has the upper two bits of the port in the byte of the device.
    """

    number: int = AF_PHONET
    name: str = "AF_PHONET"
    size: int = SOCKADDR_PN.size
    #: Type and protocol of the socket that shows whether a kernel has the family.
    probe: tuple[int, int] | None = (constants().get("SOCK_DGRAM", -1), 0)
    module: str | None = "phonet"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_pn.

        Raises TypeError for a wrong type or number of items, OverflowError for a wrong value, and ValueError for a
        device that is not a multiple of 4.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        items: list[Any] = [*address]
        if not 2 <= len(items) <= 3:
            expected = "AF_PHONET address must be (device, port[, resource])"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        device = integer_item(context, "device", items[0], _LARGEST_DEVICE)
        if device % 4:
            raise ValueError(f"{context.operation}(): device must be a multiple of 4, not {device}")
        port = integer_item(context, "port", items[1], _LARGEST_PORT)
        resource = integer_item(context, "resource", items[2], 255) if len(items) == 3 else 0
        return SOCKADDR_PN.pack(self.number, port & 0xFF, device | port >> 8, resource)

    def decode(self, raw: bytes, context: Context) -> tuple[int, int, int]:
        """Return the items in the struct sockaddr_pn. Missing bytes are zeros."""
        values: Any = SOCKADDR_PN.unpack(raw)
        obj, dev, resource = values
        return (dev & _LARGEST_DEVICE, (dev & 3) << 8 | obj, resource)


def integer_item(context: Context, name: str, value: object, most: int) -> int:
    """Return an item of an address as an int.

    Raises TypeError if it is not an integer, and OverflowError if it is out of range.
    """
    number = named_integer(f"{context.operation}(): {name}", value)
    if not 0 <= number <= most:
        raise OverflowError(f"{context.operation}(): {name} must be 0 to {most}, not {number}")
    return number
