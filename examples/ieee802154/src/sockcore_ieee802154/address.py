"""The addresses of AF_IEEE802154: ``(pan_id, address)``.

1. A short address is an int of 16 bits. The extended address of a device is 8 bytes, in the order in which it is
   written. A frame may have no source: its address is then None.
2. 0xFFFF is broadcast, as the PAN and as the address.
"""

from __future__ import annotations

from sockcore.plugin import Any, Context, Family, Union, constants, named_integer, wrong_address_type
from sockcore_ieee802154.constants import (
    AF_IEEE802154,
    IEEE802154_ADDR_LONG,
    IEEE802154_ADDR_NONE,
    IEEE802154_ADDR_SHORT,
)
from sockcore_ieee802154.structs import SHORT_ADDRESS, SOCKADDR_IEEE802154

Address = tuple[int, Union[int, bytes, None]]


class Ieee802154(Family):
    """Addresses are ``(pan_id, address)``."""

    number: int = AF_IEEE802154
    name: str = "AF_IEEE802154"
    size: int = SOCKADDR_IEEE802154.size
    probe: tuple[int, int] | None = (constants().get("SOCK_DGRAM", -1), 0)
    module: str = "ieee802154_socket"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_ieee802154.

        Raises TypeError for a wrong type or number of items, OverflowError for a number of more than 16 bits, and
        ValueError for an extended address that does not have 8 bytes.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != 2:
            expected = "AF_IEEE802154 address must be (pan_id, address)"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        pan_id, device = number_of_16_bits(context, "pan_id", address[0]), address[1]
        if device is None:
            mode, packed = IEEE802154_ADDR_NONE, b""
        elif isinstance(device, (bytes, bytearray)):
            if len(device) != 8:
                raise ValueError(f"{context.operation}(): an extended address must have 8 bytes, not {len(device)}")
            mode, packed = IEEE802154_ADDR_LONG, bytes(device)
        else:
            mode, packed = IEEE802154_ADDR_SHORT, SHORT_ADDRESS.pack(number_of_16_bits(context, "address", device))
        return SOCKADDR_IEEE802154.pack(self.number, mode, pan_id, packed)

    def decode(self, raw: bytes, context: Context) -> Address:
        """Return ``(pan_id, address)``. Raises ValueError for an unknown type of address."""
        values: Any = SOCKADDR_IEEE802154.unpack(raw)
        mode, pan_id, packed = values
        if mode == IEEE802154_ADDR_LONG:
            return pan_id, packed
        if mode == IEEE802154_ADDR_SHORT:
            return pan_id, int(SHORT_ADDRESS.unpack(packed[: SHORT_ADDRESS.size])[0])
        if mode == IEEE802154_ADDR_NONE:
            return pan_id, None
        raise ValueError(f"{context.operation}(): the address has the unknown type {mode}")


def number_of_16_bits(context: Context, name: str, value: object) -> int:
    """Return an item of an address as an int.

    Raises TypeError if it is not an integer, and OverflowError if it is out of range.
    """
    number = named_integer(f"{context.operation}(): {name}", value)
    if not 0 <= number <= 0xFFFF:
        raise OverflowError(f"{context.operation}(): {name} must be from 0 to 0xFFFF, not {number}")
    return number
