"""The constants that this distribution brings, from the generated tables, and those of the core that it uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name to number, from ``tables``; empty on Linux and Windows, and the plugin then brings nothing. What is in lower
#: case belongs to another distribution, which need not be here: ``af_inet``, ``scm_creds``.
TABLE = load_table("sockcore_bsd.tables")

#: The same, with the core's.
NUMBERS = {**constants(), **TABLE}


def public() -> dict[str, int]:
    """Return the names of the module."""
    return {name: value for name, value in TABLE.items() if not name.islower()}
