"""How the families of the installed plugins were proved on each system.

A plugin says so in a module ``proof`` of its package, by ``PROOF``: a family's name, with a protocol's behind it where
it matters, to a system (``'linux'``, ``'windows'``...) to ``'run'`` or ``'headers'``. It tells of all systems, also of
families that the plugin does not bring on this one.
"""

from __future__ import annotations

from sockcore._names import imported
from sockcore._platform import SYSTEMS
from sockcore._registry import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def proofs() -> tuple[tuple[str, ...], list[tuple[str, ...]]] | None:
    """Return head and rows of the table of families by systems, None if no plugin says anything."""
    systems = tuple(SYSTEMS.values())
    rows = [
        (family, *(proof.get(system, "-") for system in systems))
        for plugin in discovery.all_loaded().plugins
        if plugin.state == "loaded"
        for family, proof in _of(plugin.module).items()
    ]
    return (("FAMILY", *systems), rows) if rows else None


def _of(module: str) -> Mapping[str, Mapping[str, str]]:
    name = f"{module}.proof"
    try:
        found: Mapping[str, Mapping[str, str]] = imported(name).PROOF
    except ModuleNotFoundError as missing:
        if missing.name not in (name, module):
            raise
        return {}
    return found
