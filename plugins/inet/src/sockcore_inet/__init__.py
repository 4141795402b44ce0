"""sockcore-inet: AF_INET and AF_INET6 for sockcore, name resolution, and what programs build on them."""

from __future__ import annotations

from sockcore.plugin import hookimpl
from sockcore_inet import (
    byteorder,
    connection,
    databases,
    hostnames,
    hosts,
    interfaces,
    machine,
    textform,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6
from sockcore_inet.readable import ancillaries, options
from sockcore_inet.resolver import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore.plugin import Register

__all__ = ["SOCKCORE_API", "Inet4", "Inet6", "sockcore_register"]

SOCKCORE_API = 1

_MODULES = (byteorder, connection, databases, hostnames, hosts, interfaces, machine, textform)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Bring AF_INET, AF_INET6, their constants, name resolution, and the functions that work with them."""
    register.constants({name: value for name, value in TABLE.items() if name.isupper()})
    if "AF_INET" not in TABLE:
        return
    register.family(Inet4())
    register.default_family(TABLE["AF_INET"])
    if "AF_INET6" in TABLE:
        register.family(Inet6())
    register.constants({"has_ipv6": "AF_INET6" in TABLE})
    register.resolver(resolve)
    for module in _MODULES:
        register.functions(*module.FUNCTIONS)
    for option in options():
        register.option(option)
    for ancillary in ancillaries():
        register.ancillary(ancillary)
