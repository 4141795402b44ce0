"""Plugins that a program names by module, before or after the discovery: ``sockcore.plugin.load()``."""

from __future__ import annotations

from sockcore._names import delay_forks, environment
from sockcore._registry import discovery
from sockcore._registry.entrypoints import Plugin
from sockcore._registry.registry import RegistrationError, Registry
from sockcore._types import Iterable


def load_modules(names: Iterable[str]) -> None:
    """Load the plugins in these modules, whether an entry point names them or not.

    A plugin that is loaded or blocked stays so. RegistrationError for one that cannot be loaded. Threads that load the
    same module at the same time take the first complete result, as in a discovery.
    """
    wanted = frozenset(names)
    discovery._requested.update(wanted)
    known = discovery.registry()
    for module in sorted(wanted):
        known.load(module)
        if module in known.unloaded:
            raise RegistrationError(f"the module {module} is still being imported")
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
        None,
        discovery._loaded_later if discovery.is_published(known) else None,
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
        discovery.forget_common_names()
