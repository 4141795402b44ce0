"""The sockcore-linux-misc plugin: all families that only Linux has, except AF_CAN and AF_BLUETOOTH.

Each family is a module with a function ``register_family(register)``. The modules do not depend on each other.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl
from sockcore_linux_misc.constants import TABLE

__all__ = ["SOCKCORE_API", "sockcore_register"]

SOCKCORE_API = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the families on Linux.

    This includes constants, address codecs, methods, socket options and control messages.
    """
    register.constants({name: value for name, value in TABLE.items() if not name.islower()})
    if not TABLE:
        return
    from sockcore_linux_misc import alg, netlink, packet, qipcrtr, rds, tipc, vsock

    for module in (alg, netlink, packet, qipcrtr, rds, tipc, vsock):
        module.register_family(register)
    register.codecs("sockcore_linux_misc.options")
    register.codecs("sockcore_linux_misc.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_linux_misc import messages, options, structs
    from sockcore_linux_misc.tables import everywhere, linux
