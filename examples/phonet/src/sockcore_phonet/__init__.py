"""AF_PHONET for sockcore: messages to the modems of phones (Linux 2.6.28).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_phonet.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_phonet.address import Phonet
from sockcore_phonet.constants import AF_PHONET, CONSTANTS

__all__ = ["AF_PHONET", "CONSTANTS", "SOCKCORE_API", "Phonet", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, options and the methods of its sockets on Linux."""
    if system_name() == "linux":
        register.family(Phonet())
        register.constants(CONSTANTS)
        register.codecs("sockcore_phonet.options")
        register.deferred_methods("sockcore_phonet.resources", "phonet_add_resource", "phonet_remove_resource")
