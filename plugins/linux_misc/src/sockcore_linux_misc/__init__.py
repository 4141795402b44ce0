"""sockcore-linux-misc: the families that Linux alone has, beside AF_CAN and AF_BLUETOOTH, for sockcore.

Each family is a module with a function ``bring(register)``, and needs none of the others.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl
from sockcore_linux_misc.constants import TABLE

__all__ = ["SOCKCORE_API", "sockcore_register"]

SOCKCORE_API = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Bring the families with their constants, functions, methods, options and control messages, on Linux."""
    register.constants({name: value for name, value in TABLE.items() if not name.islower()})
    if not TABLE:
        return
    from sockcore_linux_misc import alg, netlink, packet, qipcrtr, rds, tipc, vsock

    for family in (alg, netlink, packet, qipcrtr, rds, tipc, vsock):
        family.bring(register)


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller. Never called."""
    from sockcore_linux_misc import structs
    from sockcore_linux_misc.tables import everywhere, linux
