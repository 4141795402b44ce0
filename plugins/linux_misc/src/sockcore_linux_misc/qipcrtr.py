"""AF_QIPCRTR: ``(node, port)`` to ``struct sockaddr_qrtr`` and back, for Qualcomm's IPC router.

Sockets are SOCK_DGRAM. The name service, which tells where services are, listens at port QRTR_PORT_CTRL of one's own
node; its messages are :data:`CTRL_SERVER`. <linux/qrtr.h>.
"""

from __future__ import annotations

import errno
from operator import index

from sockcore.plugin import (
    LE32,
    U32,
    Any,
    Context,
    Register,
    Struct,
    integer,
    padding,
    wrong_address_type,
)
from sockcore_linux_misc.constants import constant
from sockcore_linux_misc.numeric import NumericFamily

SOCKADDR_QRTR = Struct(
    "struct sockaddr_qrtr",
    "<linux/qrtr.h>",
    ("hole", padding(2)),
    ("sq_node", U32),
    ("sq_port", U32),
    sockaddr=True,
)

#: A message to or from the name service about a service: QRTR_TYPE_NEW_SERVER and others. Of those that a program
#: sends, the name service fills in node and port itself.
CTRL_SERVER = Struct(
    "struct qrtr_ctrl_pkt",
    "<linux/qrtr.h>",
    ("cmd", LE32),
    ("server.service", LE32),
    ("server.instance", LE32),
    ("server.node", LE32),
    ("server.port", LE32),
)

#: What ``tools/headers`` proves.
STRUCTS = (SOCKADDR_QRTR, CTRL_SERVER)


class Qipcrtr(NumericFamily):
    """AF_QIPCRTR: pairs of a node and a port, both of 32 bits."""

    number = constant("AF_QIPCRTR")
    name = "AF_QIPCRTR"
    module = "qrtr"
    size = SOCKADDR_QRTR.size
    probe = (constant("SOCK_DGRAM"), 0)

    def sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_qrtr`` of a pair (node, port).

        TypeError for another type or length, or a part that is no integer; OSError (EINVAL) for one that 32 bits do not
        hold.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type("getsockaddrarg", self.name, address)
        if len(address) != 2:
            raise TypeError(f"getsockaddrarg() takes exactly 2 arguments ({len(address)} given)")
        for part, value in zip(("node", "port"), [integer(part) for part in address]):
            if not 0 <= value < 1 << 32:
                # The standard library cuts it, and the kernel refuses the node that comes of that.
                words = f"{context.operation}(): AF_QIPCRTR {part} must be 0-{(1 << 32) - 1}, not {value}"
                raise OSError(errno.EINVAL, words)
        return SOCKADDR_QRTR.pack(self.number, *map(index, address))

    def numbers(self, raw: bytes) -> tuple[Any, ...]:
        """Return (node, port)."""
        return SOCKADDR_QRTR.unpack(raw)


def bring(register: Register) -> None:
    """Bring AF_QIPCRTR."""
    register.family(Qipcrtr())
