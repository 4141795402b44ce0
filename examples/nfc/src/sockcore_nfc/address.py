"""The addresses of AF_NFC.

1. Of a raw socket: ``(device, target, protocol)``, the indexes of an adapter and of a target, and NFC_PROTO_*.
2. Of LLCP: ``(device, target, protocol, dsap, ssap, service_name)``. *dsap* and *ssap* are the access points of the
   destination and of the source. A server is bound to a service name. A client connects to a name or to *dsap*.
"""

from __future__ import annotations

import os

from sockcore.plugin import Any, Context, Family, constants, named_integer, wrong_address_type
from sockcore_nfc.constants import AF_NFC, NFC_LLCP_MAX_SERVICE_NAME, NFC_SOCKPROTO_LLCP, NFC_SOCKPROTO_RAW
from sockcore_nfc.structs import SOCKADDR_NFC, SOCKADDR_NFC_LLCP

NUMBERS = (("device", 32), ("target", 32), ("protocol", 32), ("dsap", 8), ("ssap", 8))


class NfcRaw(Family):
    """Addresses are ``(device, target, protocol)``."""

    number: int = AF_NFC
    name: str = "AF_NFC"
    size: int = SOCKADDR_NFC.size
    proto: int | None = NFC_SOCKPROTO_RAW
    probe: tuple[int, int] | None = (constants().get("SOCK_SEQPACKET", -1), NFC_SOCKPROTO_RAW)
    module: str = "nfc"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_nfc.

        Raises TypeError for a wrong type or number of items, and OverflowError for a number of more than 32 bits.
        """
        items = to_items(context, address, "(device, target, protocol)", 3)
        return SOCKADDR_NFC.pack(self.number, *to_numbers(context, items))

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return ``(device, target, protocol)``."""
        return SOCKADDR_NFC.unpack(raw)[1:]


class NfcLlcp(Family):
    """Addresses are ``(device, target, protocol, dsap, ssap, service_name)``."""

    number: int = AF_NFC
    name: str = "AF_NFC"
    size: int = SOCKADDR_NFC_LLCP.size
    proto: int | None = NFC_SOCKPROTO_LLCP
    probe: tuple[int, int] | None = (constants().get("SOCK_STREAM", -1), NFC_SOCKPROTO_LLCP)
    module: str = "nfc"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_nfc_llcp.

        Raises TypeError for a wrong type or number of items, OverflowError for a number that does not fit its field,
        and ValueError for a service name of more than 63 bytes.
        """
        items = to_items(context, address, "(device, target, protocol, dsap, ssap, service_name)", 6)
        if not isinstance(items[5], str):
            raise TypeError(f"{context.operation}(): service_name must be a str, not {items[5]!r}")
        name = os.fsencode(items[5])
        if len(name) > NFC_LLCP_MAX_SERVICE_NAME:
            limit = NFC_LLCP_MAX_SERVICE_NAME
            raise ValueError(f"{context.operation}(): service_name must have at most {limit} bytes, not {len(name)}")
        return SOCKADDR_NFC_LLCP.pack(self.number, *to_numbers(context, items[:5]), name, len(name))

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return ``(device, target, protocol, dsap, ssap, service_name)``."""
        values: Any = SOCKADDR_NFC_LLCP.unpack(raw)
        _, *numbers, name, length = values
        return (*numbers, os.fsdecode(name[:length]))


def to_items(context: Context, address: object, expected: str, count: int) -> tuple[Any, ...]:
    """Return the items of an address. Raises TypeError for another type or number of items."""
    if not isinstance(address, tuple):
        raise wrong_address_type(f"{context.operation}()", "AF_NFC", address)
    if len(address) != count:
        raise TypeError(f"{context.operation}(): AF_NFC address must be {expected}, not {address!r}")
    return address


def to_numbers(context: Context, items: tuple[Any, ...]) -> list[int]:
    """Return the first items of an address as numbers of their sizes."""
    numbers = []
    for (name, bits), item in zip(NUMBERS, items):
        number = named_integer(f"{context.operation}(): {name}", item)
        if not 0 <= number < 1 << bits:
            raise OverflowError(f"{context.operation}(): {name} must be from 0 to {(1 << bits) - 1}, not {number}")
        numbers.append(number)
    return numbers
