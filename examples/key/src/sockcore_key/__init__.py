"""AF_KEY for sockcore: the security associations of IPsec, RFC 2367 (Linux 2.5).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_key.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_key.address import Key
from sockcore_key.constants import AF_KEY, CONSTANTS, PF_KEY_V2
from sockcore_key.messages import KeyMessage, pack_message, unpack_message

__all__ = [
    "AF_KEY",
    "CONSTANTS",
    "PF_KEY_V2",
    "SOCKCORE_API",
    "Key",
    "KeyMessage",
    "pack_message",
    "sockcore_register",
    "unpack_message",
]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family and its constants on Linux."""
    if system_name() == "linux":
        register.family(Key())
        register.constants(CONSTANTS)
