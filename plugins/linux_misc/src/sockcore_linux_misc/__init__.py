"""The sockcore-linux-misc plugin: all families that only Linux has, except AF_CAN and AF_BLUETOOTH.

Each family is a module with its codec, which is imported with the first socket of the family.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, load_table

__all__ = ["SOCKCORE_API", "sockcore_register"]

SOCKCORE_API = 1

#: Name -> number, as in the module ``constants``, which the discovery does not need.
TABLE = load_table("sockcore_linux_misc.tables")

#: Family -> its module and codec, which are imported with the first socket of the family.
_FAMILIES = {
    "AF_ALG": "alg:Alg",
    "AF_NETLINK": "netlink:Netlink",
    "AF_PACKET": "packet:Packet",
    "AF_QIPCRTR": "qipcrtr:Qipcrtr",
    "AF_RDS": "rds:Rds",
    "AF_TIPC": "tipc:Tipc",
    "AF_VSOCK": "vsock:Vsock",
}


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the families on Linux.

    This includes constants, address codecs, methods, socket options and control messages.
    """
    register.constants(TABLE)
    if not TABLE:
        return
    for name, codec in _FAMILIES.items():
        register.deferred_family(TABLE[name], name, f"{__name__}.{codec}")
    register.deferred_methods("sockcore_linux_misc.sendmsg_afalg", "sendmsg_afalg")
    register.codecs("sockcore_linux_misc.options")
    register.codecs("sockcore_linux_misc.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    import sockcore_linux_misc._native  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from sockcore_linux_misc import (
        alg,
        messages,
        netlink,
        options,
        packet,
        packet_ring,
        qipcrtr,
        rds,
        sendmsg_afalg,
        structs,
        tipc,
        vsock,
    )
    from sockcore_linux_misc.tables import linux
