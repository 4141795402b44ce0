"""AF_PPPOX for sockcore: sessions of PPP over Ethernet (Linux 2.4).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_pppox.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_pppox.address import Pppoe
from sockcore_pppox.constants import AF_PPPOX, CONSTANTS

__all__ = ["AF_PPPOX", "CONSTANTS", "SOCKCORE_API", "Pppoe", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family and its constants on Linux."""
    if system_name() == "linux":
        register.family(Pppoe())
        register.constants(CONSTANTS)
