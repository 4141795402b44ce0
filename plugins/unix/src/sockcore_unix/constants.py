"""AF_UNIX constants of this system, and the core constants that this plugin uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name to number, from ``tables``.
TABLE = load_table("sockcore_unix.tables")

#: The level of AF_UNIX socket options and control messages.
SOL_SOCKET = constants().get("SOL_SOCKET", -1)
SOCK_STREAM = constants().get("SOCK_STREAM", -1)
