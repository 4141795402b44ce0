"""AF_QIPCRTR, the IPC router of Qualcomm: ``(node, port)``. <linux/qrtr.h>.

Sockets are SOCK_DGRAM. The name service listens on port QRTR_PORT_CTRL of the local node. It announces services with
messages of the format :data:`CTRL_SERVER`.
"""

from __future__ import annotations

import errno
from _operator import index

from sockcore.plugin import (
    LE32,
    U32,
    Any,
    Context,
    Struct,
    integer,
    padding,
    wrong_address_type,
)
from sockcore_linux_misc.address import NumericFamily
from sockcore_linux_misc.constants import constant

SOCKADDR_QRTR = Struct(
    "struct sockaddr_qrtr",
    "<linux/qrtr.h>",
    ("hole", padding(2)),
    ("sq_node", U32),
    ("sq_port", U32),
    sockaddr=True,
)

#: A message to or from the name service: QRTR_TYPE_NEW_SERVER and others. The name service ignores node and port of the
#: messages that a program sends, and uses the address of the sender.
CTRL_SERVER = Struct(
    "struct qrtr_ctrl_pkt",
    "<linux/qrtr.h>",
    ("cmd", LE32),
    ("server.service", LE32),
    ("server.instance", LE32),
    ("server.node", LE32),
    ("server.port", LE32),
)

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = (SOCKADDR_QRTR, CTRL_SERVER)


class Qipcrtr(NumericFamily):
    """AF_QIPCRTR: ``(node, port)``, two unsigned 32-bit integers."""

    number: int = constant("AF_QIPCRTR")
    name = "AF_QIPCRTR"
    module: str | None = "qrtr"
    size: int = SOCKADDR_QRTR.size
    probe: tuple[int, int] | None = (constant("SOCK_DGRAM"), 0)

    def to_sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_qrtr`` of a pair (node, port).

        Raises TypeError for another type or length or a part that is not an integer, and OSError (EINVAL) for a number
        that does not fit into 32 bits.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type("getsockaddrarg", self.name, address)
        if len(address) != 2:
            raise TypeError(f"getsockaddrarg() takes exactly 2 arguments ({len(address)} given)")
        for part, value in zip(("node", "port"), [integer(part) for part in address]):
            if not 0 <= value < 1 << 32:
                # CPython truncates the number, and the kernel then refuses the node with EINVAL.
                message = f"{context.operation}(): AF_QIPCRTR {part} must be 0-{(1 << 32) - 1}, not {value}"
                raise OSError(errno.EINVAL, message)
        return SOCKADDR_QRTR.pack(self.number, *map(index, address))

    def from_sockaddr(self, sockaddr: bytes) -> tuple[Any, ...]:
        """Return (node, port)."""
        return SOCKADDR_QRTR.unpack(sockaddr)
