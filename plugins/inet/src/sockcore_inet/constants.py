"""Constants of this system: the generated tables, and the values that this plugin uses itself."""

from __future__ import annotations

import sys

from sockcore.plugin import constants, load_table

#: The version of the interface between the Python code and the C code of this package: see native.h.
CONTRACT = 6

#: Name to number. Empty on a system without a table, where the plugin registers nothing.
TABLE = load_table("sockcore_inet.tables")

# Family numbers are never negative. The defaults therefore differ from the family of every socket.
AF_INET = TABLE.get("AF_INET", -1)
AF_INET6 = TABLE.get("AF_INET6", -2)

#: The socket types of TCP and UDP.
SOCK_STREAM = constants().get("SOCK_STREAM", -1)
SOCK_DGRAM = constants().get("SOCK_DGRAM", -1)

#: MPTCP falls back to TCP if the peer does not support it (RFC 8684). The accepted socket is then a TCP socket.
MAY_FALL_BACK = frozenset({TABLE["IPPROTO_MPTCP"]} if "IPPROTO_MPTCP" in TABLE else ())

#: Linux has error queues. SCTP is the only protocol of IP without one: it would return received data.
HAS_ERROR_QUEUE: bool = "IP_RECVERR" in TABLE and sys.platform != "win32"
IPPROTO_SCTP: int = TABLE.get("IPPROTO_SCTP", -1)

#: The h_errno for a name server that did not answer: TRY_AGAIN of <netdb.h>, WSATRY_AGAIN of <winsock2.h>.
TRY_AGAIN = 11002 if sys.platform == "win32" else 2
