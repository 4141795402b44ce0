"""The sockcore-can plugin: AF_CAN with CAN_RAW, CAN_BCM, CAN_ISOTP and CAN_J1939.

The modules ``frames`` and ``bcm`` pack and unpack the data of CAN_RAW and CAN_BCM sockets.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl
from sockcore_can.constants import TABLE
from sockcore_can.protocols import J1939, Can, Isotp

__all__ = ["J1939", "SOCKCORE_API", "Can", "Isotp", "sockcore_register"]

SOCKCORE_API = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_CAN and its constants.

    Also registers address codecs, socket options and control messages.
    """
    register.constants(TABLE)
    if "AF_CAN" not in TABLE:
        return
    register.family(Can())
    if "CAN_ISOTP" in TABLE:
        register.family(Isotp())
    if "CAN_J1939" in TABLE:
        register.family(J1939())
    register.codecs("sockcore_can.options")
    register.codecs("sockcore_can.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_can import bcm, frames, messages, options
    from sockcore_can.tables import everywhere, linux, netbsd
