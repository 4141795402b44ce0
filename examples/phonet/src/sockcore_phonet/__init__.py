"""AF_PHONET for sockcore: messages to the modems of phones (Linux 2.6.28).

The constants have types here: type checkers know them as ``sockcore_phonet.AF_PHONET``. At run time they are names of
``sockcore`` too.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_phonet.address import Phonet
from sockcore_phonet.constants import (
    AF_PHONET,
    CONSTANTS,
    PN_COMM_ISA_ENTITY_NOT_REACHABLE_RESP,
    PN_COMM_SERVICE_NOT_IDENTIFIED_RESP,
    PN_COMMGR,
    PN_COMMON_MESSAGE,
    PN_DEV_PC,
    PN_PREFIX,
    PN_PROTO_PHONET,
    PN_PROTO_PIPE,
    PN_PROTO_TRANSPORT,
    PNADDR_ANY,
    PNADDR_BROADCAST,
    PNPIPE_ENCAP,
    PNPIPE_ENCAP_IP,
    PNPIPE_ENCAP_NONE,
    PNPIPE_HANDLE,
    PNPIPE_IFINDEX,
    PNPIPE_INITSTATE,
    PNPORT_RESOURCE_ROUTING,
    SIOCPNADDRESOURCE,
    SIOCPNDELRESOURCE,
    SOL_PNPIPE,
)

__all__ = [
    "AF_PHONET",
    "CONSTANTS",
    "PNADDR_ANY",
    "PNADDR_BROADCAST",
    "PNPIPE_ENCAP",
    "PNPIPE_ENCAP_IP",
    "PNPIPE_ENCAP_NONE",
    "PNPIPE_HANDLE",
    "PNPIPE_IFINDEX",
    "PNPIPE_INITSTATE",
    "PNPORT_RESOURCE_ROUTING",
    "PN_COMMGR",
    "PN_COMMON_MESSAGE",
    "PN_COMM_ISA_ENTITY_NOT_REACHABLE_RESP",
    "PN_COMM_SERVICE_NOT_IDENTIFIED_RESP",
    "PN_DEV_PC",
    "PN_PREFIX",
    "PN_PROTO_PHONET",
    "PN_PROTO_PIPE",
    "PN_PROTO_TRANSPORT",
    "SIOCPNADDRESOURCE",
    "SIOCPNDELRESOURCE",
    "SOCKCORE_API",
    "SOL_PNPIPE",
    "Phonet",
    "sockcore_register",
]

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
