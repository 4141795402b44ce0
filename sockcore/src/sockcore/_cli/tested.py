"""How the families of the installed plugins were tested on each system.

A plugin lists this in a dictionary of its package (see ``_read()``). The dictionary maps the name of a family, followed
by the name of a protocol where that matters, to {system: ``'run'`` or ``'headers'``}, with systems like ``'linux'``
and ``'windows'``. It lists families of all systems, including those that the plugin does not register on this one.
"""

from __future__ import annotations

from sockcore._names import import_module
from sockcore._platform import SYSTEMS
from sockcore._plugins import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def tested_families() -> dict[str, dict[str, str]]:
    """Return how each family was tested: family -> system -> value.

    The value is ``'run'``, ``'headers'`` or ``'-'``. Only loaded plugins are included.
    """
    return {
        family: {system: tested.get(system, "-") for system in SYSTEMS.values()}
        for plugin in discovery.all_loaded().plugins
        if plugin.state == "loaded"
        for family, tested in _read(plugin.module).items()
    }


def _read(module: str) -> Mapping[str, Mapping[str, str]]:
    name = f"{module}.support"
    try:
        tested: Mapping[str, Mapping[str, str]] = import_module(name).SUPPORT
    except ModuleNotFoundError as exc:
        if exc.name not in (name, module):
            raise
        return {}
    return tested
