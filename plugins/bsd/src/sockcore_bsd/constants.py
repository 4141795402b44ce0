"""The constants of this distribution, from the generated tables, and the constants of the core that it uses."""

from __future__ import annotations

from sockcore.plugin import constants, load_table

#: Name -> number, from ``tables``. Empty on Linux and Windows: the plugin then registers nothing. Lower-case names are
#: constants of other distributions, which may not be installed: ``af_inet``, ``scm_creds``.
TABLE = load_table("sockcore_bsd.tables")

#: The constants of the core and of ``TABLE``.
NUMBERS = {**constants(), **TABLE}
