"""The socket options of the families of Linux, for sockcore.options.

``from sockcore_linux_misc.options import PACKET_FANOUT`` imports an option, and the names of its values. The modules
``option_*`` have the tables.
"""

from __future__ import annotations

from sockcore.plugin import Any, Iterator, Option, Optional  # noqa: F401  # the fields of NamedTuples use these names
from sockcore_linux_misc import option_families, option_packet, option_rds
from sockcore_linux_misc.option_families import *  # noqa: F403
from sockcore_linux_misc.option_packet import *  # noqa: F403
from sockcore_linux_misc.option_rds import *  # noqa: F403
from sockcore_linux_misc.packet_structs import TPACKET_AUXDATA as TPACKET_AUXDATA

for _value in list(globals().values()):
    if isinstance(_value, type) and _value.__module__.startswith("sockcore_linux_misc.option_"):
        _value.__module__ = __name__


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options."""
    for module in (option_packet, option_families, option_rds):
        yield from module.options()
