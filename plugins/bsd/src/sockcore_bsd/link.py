"""AF_LINK, the link-layer addresses of interfaces: ``(index, type, name, address)``. <net/if_dl.h>.

1. The standard library defines the number of the family, but does not support its addresses. Only NetBSD supports
   sockets of this family. On other systems, routing messages and control messages (IP_RECVIF) contain such addresses.
2. *index* is the index of the interface, or 0. *type* is an ifType of IANA (IFT_ETHER is 6). *name* is a str, which may
   be empty. *address* is the hardware address as bytes.
3. In the struct, the address follows the name. Both may extend beyond the end of the struct. A selector (``sdl_slen``)
   is ignored.
"""

from __future__ import annotations

import os

from sockcore.plugin import Context, Family, Struct, in_range, integer, sockaddr_header


class Link(Family):
    """AF_LINK: ``(index, type, name, address)``."""

    name = "AF_LINK"

    def __init__(self, number: int, struct: Struct) -> None:
        self.number = number
        self.struct = struct
        self._data_offset, self._data_size = struct.offsets()["sdl_data"]

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_dl`` of (index, type, name, address).

        Raises TypeError for another type or length or a part of the wrong type, and ValueError for a NUL in the name.
        Raises OverflowError for a number that does not fit its field, or for a name and address that do not fit.
        """
        index, link_type, name, hardware = self._check_types(address, context)
        in_range(context, "index", index, 16)
        in_range(context, "type", link_type, 8)
        encoded = os.fsencode(name)
        if b"\0" in encoded:
            raise ValueError("embedded null byte")
        data = encoded + hardware
        if len(data) > self.size - self._data_offset:
            capacity = self.size - self._data_offset
            raise OverflowError(
                f"{context.operation}(): name and address have at most {capacity} bytes, not {len(data)}"
            )
        size = self._data_offset + max(len(data), self._data_size)
        fixed = self.struct.pack(self.number, index, link_type, len(encoded), len(hardware), 0, b"")
        return (sockaddr_header(self.number, size) + fixed[2 : self._data_offset] + data).ljust(size, b"\0")

    def _check_types(self, address: object, context: Context) -> tuple[int, int, str, bytes]:
        try:
            if isinstance(address, tuple):
                index, link_type, name, hardware = address
                if isinstance(name, str):
                    return integer(index), integer(link_type), name, bytes(memoryview(hardware))
        except (TypeError, ValueError):
            pass
        message = "AF_LINK address must be a tuple (index, type, name, address) of two int, a str and bytes"
        raise TypeError(f"{context.operation}(): {message}")

    def decode(self, sockaddr: bytes, context: Context) -> tuple[int, int, str, bytes]:
        """Return (index, type, name, address)."""
        return self.decode_sockaddr(sockaddr)

    def decode_sockaddr(self, sockaddr: bytes) -> tuple[int, int, str, bytes]:
        """Return (index, type, name, address) of a ``sockaddr_dl``, possibly truncated."""
        index, link_type, name_size, hardware_size = map(int, self.struct.unpack(sockaddr)[:4])
        data = sockaddr[self._data_offset :]
        return index, link_type, os.fsdecode(data[:name_size]), data[name_size : name_size + hardware_size]
