"""AF_SYSTEM of macOS with SYSPROTO_CONTROL: sockets of kernel controls, as extensions of the kernel register them.

1. An address is the control's name, a str in the file system's encoding, or ``(id, unit)``; ``(id, unit)`` comes out.
2. The system gives out the id of a name (CTLIOCGINFO on the socket itself); the unit is then 0, which lets it choose.
<sys/kern_control.h>
"""

from __future__ import annotations

import os

from sockcore.plugin import Context, Family, Mapping, in_range, integer
from sockcore_bsd.structs import CTL_INFO, SOCKADDR_CTL

_, _NAME_SIZE = CTL_INFO.offsets()["ctl_name"]


class Control(Family):
    """SYSPROTO_CONTROL: a name or ``(id, unit)`` in, ``(id, unit)`` out. Other protocols of AF_SYSTEM are not here."""

    name = "AF_SYSTEM"
    size = SOCKADDR_CTL.size
    needs_descriptor = True

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.number = numbers["AF_SYSTEM"]
        self.proto = numbers["SYSPROTO_CONTROL"]
        self.probe = (numbers["SOCK_DGRAM"], self.proto)
        self._sysaddr = numbers["af_sys_control"]
        self._request = numbers["CTLIOCGINFO"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_ctl`` of a name or a pair (id, unit).

        TypeError for anything else, ValueError for a name with a null in it or of more than 96 bytes, OverflowError for
        a number that is not in 0-4294967295, OSError for a name that no kernel control has.
        """
        identifier, unit = self._parts(address, context)
        return SOCKADDR_CTL.pack(self.number, self._sysaddr, identifier, unit)

    def _parts(self, address: object, context: Context) -> tuple[int, int]:
        if isinstance(address, str):
            return self._identifier(address, context), 0
        try:
            identifier, unit = map(integer, address if isinstance(address, tuple) else ())
        except (TypeError, ValueError):
            words = "PF_SYSTEM address must be a str or a pair (id, unit)"
            raise TypeError(f"{context.operation}(): {words}") from None
        return in_range(context, "id", identifier, 32), in_range(context, "unit", unit, 32)

    def _identifier(self, name: str, context: Context) -> int:
        raw = os.fsencode(name)
        if b"\0" in raw:
            raise ValueError("embedded null byte")
        if len(raw) > _NAME_SIZE:
            raise ValueError("provided string is too long")
        info = bytearray(CTL_INFO.pack(0, raw))
        try:
            context.ioctl(self._request, info)
        except OSError as problem:
            raise OSError("cannot find kernel control with provided name") from problem
        identifier, _ = CTL_INFO.unpack(bytes(info))
        return int(identifier)

    def decode(self, raw: bytes, context: Context) -> tuple[int, int]:
        """Return (id, unit)."""
        _, identifier, unit = SOCKADDR_CTL.unpack(raw)
        return int(identifier), int(unit)
