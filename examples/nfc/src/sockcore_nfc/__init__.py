"""AF_NFC for sockcore: near field communication (Linux 3.1).

The constants are names of ``sockcore``. Type checkers know them as names of :mod:`sockcore_nfc.constants`.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_nfc.address import NfcLlcp, NfcRaw
from sockcore_nfc.constants import AF_NFC, CONSTANTS

__all__ = ["AF_NFC", "CONSTANTS", "SOCKCORE_API", "NfcLlcp", "NfcRaw", "sockcore_register"]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register both protocols of the family, the constants and the options on Linux."""
    if system_name() == "linux":
        register.family(NfcRaw())
        register.family(NfcLlcp())
        register.constants(CONSTANTS)
        register.codecs("sockcore_nfc.options")
