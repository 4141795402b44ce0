"""The constants that this distribution brings, from the generated tables, and those of the core that it uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name to number, from ``tables``; empty on every system but Linux, and the plugin then brings nothing.
TABLE = load_table("sockcore_linux_misc.tables")

_CORE = constants()


def constant(name: str) -> int:
    """Return a constant of this distribution or of the core, -1 where the system has none of that name."""
    return TABLE.get(name, _CORE.get(name, -1))
