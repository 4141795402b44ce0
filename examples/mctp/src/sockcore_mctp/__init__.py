"""AF_MCTP for sockcore: messages between the controllers of a machine (Linux 5.15), with a twin of the codec in C."""

from __future__ import annotations

from operator import index
from struct import error

from sockcore.plugin import (
    U8,
    U32,
    Any,
    Context,
    Family,
    Register,
    Struct,
    extension_module,
    hookimpl,
    keep,
    padding,
    system_name,
    wrong_address_type,
)

SOCKCORE_API = 1
CONTRACT = 1  # equal to that of the C code, src/native/mctp.c

# AF_MCTP is from <sys/socket.h>, the rest from <linux/mctp.h>.
AF_MCTP, SOCK_DGRAM = 45, 2
CONSTANTS = {"MCTP_NET_ANY": 0, "MCTP_ADDR_NULL": 0, "MCTP_ADDR_ANY": 255, "MCTP_TAG_MASK": 7, "MCTP_TAG_OWNER": 8}

FIELDS = (("smctp_network", U32), ("smctp_addr", U8), ("smctp_type", U8), ("smctp_tag", U8))
PADDING = ("__smctp_pad0", padding(2)), ("__smctp_pad1", padding(1))
SOCKADDR_MCTP = Struct("struct sockaddr_mctp", "<linux/mctp.h>", PADDING[0], *FIELDS, PADDING[1], sockaddr=True)


class Mctp(Family):
    """Addresses are ``(network, eid, type, tag)``."""

    number, name, size, probe = AF_MCTP, "AF_MCTP", SOCKADDR_MCTP.size, (SOCK_DGRAM, 0)

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    def quick_encode(self, address: object, /) -> bytes | None:
        """Use the function in C, from the first address on."""
        vars(self)["quick_encode"] = function = native_function("encode")
        return function(address) if function else None

    def quick_decode(self, raw: bytes, /) -> object:
        """Use the function in C, from the first sockaddr on."""
        vars(self)["quick_decode"] = function = native_function("decode")
        return function(raw) if function else None

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_mctp.

        Raises TypeError for another type or length, and OverflowError for a number that does not fit its field.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != len(FIELDS):
            expected = "AF_MCTP address must be (network, eid, type, tag)"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        numbers = tuple(map(index, address))
        try:
            raw = SOCKADDR_MCTP.pack(self.number, *numbers)
        except error as exc:
            raise OverflowError(f"{context.operation}(): a number of {address!r} is out of range") from exc
        return keep(self.encoded, numbers, raw)

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return ``(network, eid, type, tag)``."""
        return keep(self.decoded, raw, SOCKADDR_MCTP.unpack(raw))


def native_function(name: str) -> Any:
    """Return a function of the C code, or None if this process does not use it."""
    return getattr(extension_module("sockcore_mctp._native", CONTRACT), name, None)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family and its constants on Linux."""
    if system_name() == "linux":
        register.family(Mctp())
        register.constants(CONSTANTS)
