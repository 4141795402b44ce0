"""AF_LLC for sockcore: frames of IEEE 802.2, and connections of LLC type 2 (Linux 2.6).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_llc.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_llc.address import Llc
from sockcore_llc.constants import AF_LLC, CONSTANTS

__all__ = ["AF_LLC", "CONSTANTS", "SOCKCORE_API", "Llc", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, options and control message on Linux."""
    if system_name() == "linux":
        register.family(Llc())
        register.constants(CONSTANTS)
        register.codecs("sockcore_llc.options")
