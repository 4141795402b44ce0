"""The C structs of all families, for ``tools/headers``. Each struct is declared in the module of its family."""

from __future__ import annotations

from sockcore.plugin import Struct
from sockcore_linux_misc.alg import STRUCTS as ALG
from sockcore_linux_misc.netlink import STRUCTS as NETLINK
from sockcore_linux_misc.option_rds import STRUCTS as RDS_LISTS
from sockcore_linux_misc.packet import STRUCTS as PACKET
from sockcore_linux_misc.qipcrtr import STRUCTS as QIPCRTR
from sockcore_linux_misc.rds import STRUCTS as RDS
from sockcore_linux_misc.tipc import STRUCTS as TIPC
from sockcore_linux_misc.vsock import STRUCTS as VSOCK

_ALL = (*ALG, *NETLINK, *PACKET, *QIPCRTR, *RDS, *RDS_LISTS, *TIPC, *VSOCK)


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system*: an empty tuple except on Linux."""
    return _ALL if system == "linux" else ()
