"""Plugins that a program names by module, before or after the discovery: ``sockcore.plugin.load()``."""

from __future__ import annotations

import sys

from sockcore._names import delay_forks, environment
from sockcore._plugins import discovery
from sockcore._plugins.entrypoints import Plugin
from sockcore._plugins.hooks import PROJECT
from sockcore._plugins.registry import Register, RegistrationError, Registry
from sockcore._types import Iterable

#: Module -> the register of its plugin, if it was loaded after the discovery. All threads use the same register.
_late: dict[str, Register] = {}


def load_modules(names: Iterable[str]) -> None:
    """Load the plugins in these modules, whether an entry point names them or not.

    A plugin that is loaded or blocked stays so. RegistrationError for one that cannot be loaded. Threads that load the
    same module at the same time take the first complete result, as in a discovery.
    """
    wanted = frozenset(names)
    discovery._requested.update(wanted)
    known = discovery.registry()
    for plugin in list(known.plugins):
        if plugin.module in wanted and plugin.state == "broken":
            raise RegistrationError(plugin.problem)
    for name in sorted(wanted.difference(discovery._modules(known))):
        delay_forks(_load_late, discovery._from_module(name), known)


def _load_late(plugin: Plugin, known: Registry) -> None:
    """Load a plugin into a registry that is complete already."""
    blocked = discovery.blocked_names()
    if not discovery._is_selected(plugin, discovery._names(environment("SOCKCORE_PLUGINS")), blocked):
        return
    discovery._load_one(
        plugin,
        known,
        discovery._Hooks(),
        discovery._BlockedFamilies(known, blocked),
        _late if discovery.is_published(known) else None,
    )
    if plugin.state == "found":
        raise RegistrationError(f"the module {plugin.module} is still being imported")
    if plugin.state == "broken":
        raise RegistrationError(plugin.problem)
    if plugin.module not in discovery._modules(known):
        known.plugins.append(plugin)
    if discovery.is_published(known):
        for call in list(discovery._after):
            call(known)
        _forget_names()


def _forget_names() -> None:
    """Remove the names that depend on all plugins from the public module: has_ipv6, the enums and their members."""
    vars(sys.modules[PROJECT]).pop("has_ipv6", None)
    enums = sys.modules.get("sockcore._enums")
    if enums is not None:
        enums.forget()
