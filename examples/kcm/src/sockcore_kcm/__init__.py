"""AF_KCM for sockcore: the kernel finds the messages in the data of TCP connections (Linux 4.6).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_kcm.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_kcm.address import Kcm
from sockcore_kcm.constants import AF_KCM, CONSTANTS

__all__ = ["AF_KCM", "CONSTANTS", "SOCKCORE_API", "Kcm", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, its option and the methods of its sockets on Linux."""
    if system_name() == "linux":
        register.family(Kcm())
        register.constants(CONSTANTS)
        register.codecs("sockcore_kcm.options")
        register.deferred_methods("sockcore_kcm.multiplexor", "kcm_attach", "kcm_unattach", "kcm_clone")
