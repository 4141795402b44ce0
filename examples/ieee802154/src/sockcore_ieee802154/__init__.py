"""AF_IEEE802154 for sockcore: frames of low-rate wireless networks (Linux 2.6.31).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_ieee802154.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_ieee802154.address import Ieee802154
from sockcore_ieee802154.constants import AF_IEEE802154, CONSTANTS

__all__ = ["AF_IEEE802154", "CONSTANTS", "SOCKCORE_API", "Ieee802154", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, options and control message on Linux."""
    if system_name() == "linux":
        register.family(Ieee802154())
        register.constants(CONSTANTS)
        register.codecs("sockcore_ieee802154.options")
        register.codecs("sockcore_ieee802154.messages")
