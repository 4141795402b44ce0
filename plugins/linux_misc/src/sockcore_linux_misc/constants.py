"""The constants of this distribution, from the generated tables, and the constants of the core that it uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name -> number, from ``tables``. Empty on all systems except Linux: the plugin then registers nothing.
TABLE = load_table("sockcore_linux_misc.tables")

_CORE = constants()


def constant(name: str) -> int:
    """Return a constant of this distribution or of the core.

    Returns -1 if the system does not define it.
    """
    return TABLE.get(name, _CORE.get(name, -1))
