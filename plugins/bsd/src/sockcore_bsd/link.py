"""AF_LINK: interfaces as the link layer knows them, ``(index, type, name, address)`` both ways.

1. An addition to the manual, which has the number of the family and not its addresses. NetBSD opens sockets of it;
   elsewhere such addresses come from routing sockets and control messages (IP_RECVIF).
2. *index* is the interface's, 0 for none; *type* is IANA's ifType (IFT_ETHER is 6); *name* is a str, '' for none, and
   *address* bytes, as many as the hardware has.
3. Name and address lie one behind the other and may go on behind the struct. A selector (``sdl_slen``) is left out.
<net/if_dl.h>
"""

from __future__ import annotations

import os

from sockcore.plugin import Context, Family, Struct, in_range, integer, sockaddr_header


class Link(Family):
    """AF_LINK: (index, type, name, address)."""

    name = "AF_LINK"

    def __init__(self, number: int, sockaddr: Struct) -> None:
        self.number = number
        self.sockaddr = sockaddr
        self._data_at, self._data_size = sockaddr.offsets()["sdl_data"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_dl`` of (index, type, name, address).

        TypeError for another shape or a part of a wrong type, ValueError for a name with a null in it, OverflowError
        for a number that does not fit, or more bytes than a sockaddr has.
        """
        index, kind, name, hardware = self._parts(address, context)
        in_range(context, "index", index, 16)
        in_range(context, "type", kind, 8)
        raw = os.fsencode(name)
        if b"\0" in raw:
            raise ValueError("embedded null byte")
        data = raw + hardware
        if len(data) > self.size - self._data_at:
            most = self.size - self._data_at
            raise OverflowError(f"{context.operation}(): name and address have at most {most} bytes, not {len(data)}")
        size = self._data_at + max(len(data), self._data_size)
        fixed = self.sockaddr.pack(self.number, index, kind, len(raw), len(hardware), 0, b"")
        return (sockaddr_header(self.number, size) + fixed[2 : self._data_at] + data).ljust(size, b"\0")

    def _parts(self, address: object, context: Context) -> tuple[int, int, str, bytes]:
        try:
            if isinstance(address, tuple):
                index, kind, name, hardware = address
                if isinstance(name, str):
                    return integer(index), integer(kind), name, bytes(memoryview(hardware))
        except (TypeError, ValueError):
            pass
        words = "AF_LINK address must be a tuple (index, type, name, address) of two int, a str and bytes"
        raise TypeError(f"{context.operation}(): {words}")

    def decode(self, raw: bytes, context: Context) -> tuple[int, int, str, bytes]:
        """Return (index, type, name, address)."""
        return self.read(raw)

    def read(self, raw: bytes) -> tuple[int, int, str, bytes]:
        """Return what a ``sockaddr_dl`` says, as far as it goes: (index, type, name, address)."""
        index, kind, name, hardware = map(int, self.sockaddr.unpack(raw)[:4])
        data = raw[self._data_at :]
        return index, kind, os.fsdecode(data[:name]), data[name : name + hardware]
