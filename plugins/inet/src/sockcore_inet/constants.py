"""The constants of this machine, from the generated tables: all for the module, a few for the plugin itself."""

from __future__ import annotations

import sys

from sockcore.plugin import constants, load_table

#: Name to number; empty on a system without a table, and the plugin then brings nothing.
TABLE = load_table("sockcore_inet.tables")

# No family has a negative number: one that the system lacks equals none.
AF_INET = TABLE.get("AF_INET", -1)
AF_INET6 = TABLE.get("AF_INET6", -2)

#: The socket types of TCP and UDP.
SOCK_STREAM = constants().get("SOCK_STREAM", -1)
SOCK_DGRAM = constants().get("SOCK_DGRAM", -1)

#: MPTCP falls back to TCP where the peer has none (RFC 8684); the accepted socket is then one of TCP.
MAY_FALL_BACK = frozenset({TABLE["IPPROTO_MPTCP"]} if "IPPROTO_MPTCP" in TABLE else ())

#: The h_errno of a server that did not answer: <netdb.h> of every system, and WSATRY_AGAIN of <winsock2.h>.
TRY_AGAIN = 11002 if sys.platform == "win32" else 2
