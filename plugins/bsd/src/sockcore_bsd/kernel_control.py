"""AF_SYSTEM with SYSPROTO_CONTROL on macOS. Kernel extensions register kernel controls, and sockets connect to them.

1. An address is ``(id, unit)``, or the name of the control as a str in the file system encoding. Decoding returns
   ``(id, unit)``.
2. The ioctl CTLIOCGINFO on the socket returns the id of a name. The unit is then 0: the kernel chooses a unit.

Source: <sys/kern_control.h>.
"""

from __future__ import annotations

import os

from sockcore.plugin import Context, Family, Mapping, in_range, integer
from sockcore_bsd.structs import CTL_INFO, SOCKADDR_CTL

_NAME_SIZE = CTL_INFO.offsets()["ctl_name"][1]


class Control(Family):
    """SYSPROTO_CONTROL: ``(id, unit)`` or a name.

    Other protocols of AF_SYSTEM are not supported.
    """

    name = "AF_SYSTEM"
    size: int = SOCKADDR_CTL.size
    needs_descriptor = True

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.number: int = numbers["AF_SYSTEM"]
        self.proto: int | None = numbers["SYSPROTO_CONTROL"]
        self.probe: tuple[int, int] | None = (numbers["SOCK_DGRAM"], self.proto)
        self._sysaddr = numbers["af_sys_control"]
        self._request = numbers["CTLIOCGINFO"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_ctl`` of a name or a pair (id, unit).

        Raises TypeError for another type or length, and ValueError for a name that contains a NUL or has more than 96
        bytes. Raises OverflowError for a number not in 0-4294967295, and OSError for an unknown name.
        """
        identifier, unit = self._to_id_and_unit(address, context)
        return SOCKADDR_CTL.pack(self.number, self._sysaddr, identifier, unit)

    def _to_id_and_unit(self, address: object, context: Context) -> tuple[int, int]:
        if isinstance(address, str):
            return self._look_up(address, context), 0
        try:
            identifier, unit = map(integer, address if isinstance(address, tuple) else ())
        except (TypeError, ValueError):
            message = "PF_SYSTEM address must be a str or a pair (id, unit)"
            raise TypeError(f"{context.operation}(): {message}") from None
        return in_range(context, "id", identifier, 32), in_range(context, "unit", unit, 32)

    def _look_up(self, name: str, context: Context) -> int:
        encoded = os.fsencode(name)
        if b"\0" in encoded:
            raise ValueError("embedded null byte")
        if len(encoded) > _NAME_SIZE:
            raise ValueError("provided string is too long")
        info = bytearray(CTL_INFO.pack(0, encoded))
        try:
            context.ioctl(self._request, info)
        except OSError as exc:
            raise OSError("cannot find kernel control with provided name") from exc
        identifier, _ = CTL_INFO.unpack(bytes(info))
        return int(identifier)

    def decode(self, sockaddr: bytes, context: Context) -> tuple[int, int]:
        """Return (id, unit)."""
        _, identifier, unit = SOCKADDR_CTL.unpack(sockaddr)
        return int(identifier), int(unit)
