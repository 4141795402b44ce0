"""Socket options of IP, TCP and UDP as values, for sockcore.options.

``from sockcore_inet.options import TCP_INFO`` imports an option, and the names of its values.

Addresses are text, and structs are NamedTuples. An interface is an index, and may be given by its name to set an
option. The modules ``option_*`` have the tables. Source: ip(7), ipv6(7), tcp(7), udp(7), RFC 3542.
"""

from __future__ import annotations

from sockcore.plugin import (  # noqa: F401  # the fields of NamedTuples use some of these names
    Any,
    Iterator,
    Option,
    Optional,
    Sequence,
)
from sockcore_inet import (
    option_flow_label,
    option_ip,
    option_ipv6,
    option_ktls,
    option_multicast,
    option_sctp,
    option_sctp_peers,
    option_tcp,
)
from sockcore_inet.option_flow_label import *  # noqa: F403
from sockcore_inet.option_ip import *  # noqa: F403
from sockcore_inet.option_ipv6 import *  # noqa: F403
from sockcore_inet.option_ktls import *  # noqa: F403
from sockcore_inet.option_multicast import *  # noqa: F403
from sockcore_inet.option_sctp import *  # noqa: F403
from sockcore_inet.option_sctp_peers import *  # noqa: F403
from sockcore_inet.option_tcp import *  # noqa: F403

for _value in list(globals().values()):
    if isinstance(_value, type) and _value.__module__.startswith("sockcore_inet.option_"):
        _value.__module__ = __name__


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options that this system supports."""
    for module in (
        option_flow_label,
        option_ip,
        option_ipv6,
        option_ktls,
        option_multicast,
        option_sctp,
        option_sctp_peers,
        option_tcp,
    ):
        yield from module.options()
