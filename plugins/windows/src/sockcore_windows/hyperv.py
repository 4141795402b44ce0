"""AF_HYPERV, communication between a Hyper-V virtual machine and its host: ``(vm_id, service_id)``. <hvsocket.h>.

1. Both parts are UUIDs as text: 32 hexadecimal digits in five groups, without braces. Decoding returns lower-case
   digits.
2. A protocol other than HV_PROTOCOL_RAW raises OSError with the message of CPython. Windows has no other protocol.
"""

from __future__ import annotations

from sockcore.plugin import (
    Any,
    Context,
    Family,
    guid_bytes,
    guid_text,
    wrong_address_type,
)
from sockcore_windows.structs import SOCKADDR_HV


class HyperV(Family):
    """AF_HYPERV: ``(vm_id, service_id)``, two str."""

    name = "AF_HYPERV"
    size: int = SOCKADDR_HV.size

    def __init__(self, number: int, sock_stream: int, hv_protocol_raw: int) -> None:
        """Create the codec from the family, SOCK_STREAM and HV_PROTOCOL_RAW numbers."""
        self.number = number
        self.probe: tuple[int, int] | None = (sock_stream, hv_protocol_raw)
        self._hv_protocol_raw = hv_protocol_raw

    def encode(self, address: object, context: Context) -> bytes:
        """Return the SOCKADDR_HV.

        Raises TypeError for another type or length, ValueError for an invalid UUID, and OSError for another protocol.
        """
        if context.proto != self._hv_protocol_raw:
            raise OSError(f"{context.operation}(): unsupported AF_HYPERV protocol: {context.proto}")
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != 2 or not all(isinstance(part, str) for part in address):
            raise TypeError("AF_HYPERV address must be a str tuple (vm_id, service_id)")
        parts = []
        for name, text in zip(("vm_id", "service_id"), address):
            try:
                parts.append(guid_bytes(text))
            except ValueError:
                message = f"AF_HYPERV address {name} is not a valid UUID string"
                raise ValueError(f"{context.operation}(): {message}") from None
        return SOCKADDR_HV.pack(self.number, 0, *parts)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[str, str]:
        """Return (vm_id, service_id)."""
        fields: Any = SOCKADDR_HV.unpack(sockaddr)
        _, vm, service = fields
        return guid_text(vm), guid_text(service)
