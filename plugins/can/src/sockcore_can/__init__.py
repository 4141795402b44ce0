"""sockcore-can: AF_CAN for sockcore. Beside what it registers, `frames` and `bcm` make and read what travels."""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl
from sockcore_can.constants import TABLE
from sockcore_can.isotp import Isotp
from sockcore_can.j1939 import J1939
from sockcore_can.raw import Can

__all__ = ["J1939", "SOCKCORE_API", "Can", "Isotp", "sockcore_register"]

SOCKCORE_API = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Bring AF_CAN, its two protocols with addresses of their own, its constants, options and control messages."""
    register.constants(TABLE)
    if "AF_CAN" not in TABLE:
        return
    register.family(Can())
    if "CAN_ISOTP" in TABLE:
        register.family(Isotp())
    if "CAN_J1939" in TABLE:
        register.family(J1939())
    register.codecs("sockcore_can.options")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller. Never called."""
    from sockcore_can import bcm, frames, options
    from sockcore_can.tables import everywhere, linux, netbsd
