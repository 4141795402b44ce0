"""Loading of plugins after the discovery, in two cases.

1. A program passes the modules of plugins to ``sockcore.plugin.load()``.
2. A plugin is needed whose registrations the discovery has read from the startup cache.
"""

from __future__ import annotations

import sys
from _warnings import warn

from sockcore._names import delay_forks, environment, import_module
from sockcore._plugins import PROJECT, discovery
from sockcore._plugins.entrypoints import Plugin
from sockcore._plugins.loading import BlockedFamilies, Hooks, call_hook, load_plugin, mark_broken
from sockcore._plugins.placeholders import DeferredFamily
from sockcore._plugins.registrations import Register, RegistrationError
from sockcore._plugins.registry import Registry
from sockcore._types import Iterable

#: Module -> the register of its plugin, if it was loaded after the discovery. All threads use the same register.
_registers: dict[str, Register] = {}


def load_modules(names: Iterable[str]) -> None:
    """Load the plugins in these modules, with or without an entry point.

    A plugin that is loaded or blocked remains as it is. Threads that load the same module at the same time use the
    first complete result, as in a discovery. Raises RegistrationError for a plugin that cannot be loaded.
    """
    modules = frozenset(names)
    discovery._requested_modules.update(modules)
    registry = discovery.registry()
    for module in sorted(modules):
        registry.load(module)
        if module in registry.unloaded:
            raise RegistrationError(f"the module {module} is still being imported")
    for plugin in list(registry.plugins):
        if plugin.module in modules and plugin.state == "broken":
            raise RegistrationError(plugin.problem)
    for name in sorted(modules.difference(discovery._modules(registry))):
        delay_forks(_load_late, discovery._from_module(name), registry)


def _load_late(plugin: Plugin, registry: Registry) -> None:
    """Load a plugin into a complete registry."""
    blocked = discovery.blocked_names()
    if not discovery._is_selected(plugin, discovery._split_names(environment("SOCKCORE_PLUGINS")), blocked):
        return
    load_plugin(
        plugin,
        registry,
        Hooks(),
        BlockedFamilies(registry, blocked),
        None,
        _registers if discovery.is_published(registry) else None,
    )
    if plugin.state == "found":
        raise RegistrationError(f"the module {plugin.module} is still being imported")
    if plugin.state == "broken":
        raise RegistrationError(plugin.problem)
    if plugin.module not in discovery._modules(registry):
        registry.plugins.append(plugin)
    if discovery.is_published(registry):
        for call in list(discovery._callbacks):
            call(registry)
        _forget_common_names()


def load_cached(registry: Registry, module: str) -> None:
    """Load a plugin whose registrations a registry has from the startup cache.

    Does nothing if the module is being imported. A plugin that fails is removed, with a warning. Exceptions that it did
    not cause are raised, and the next call starts over.
    """
    delay_forks(_replace_cached, registry, module)


def _replace_cached(registry: Registry, module: str) -> None:
    cached = registry.unloaded.get(module)
    if cached is None:
        return
    [plugin] = [plugin for plugin in list(registry.plugins) if plugin.module == module]
    handled = sys.exc_info()[1]
    message = ""
    try:
        register = call_hook(plugin, Hooks())
        if register is None:
            return
        register.leave_out(registry.blocked)
        if discovery.is_published(registry):
            register = _registers.setdefault(module, register)
        if register.is_like(cached):
            registry.replace(cached, register)
        else:
            message = (
                f"sockcore plugin {plugin.name!r} does not register what it did when the startup cache was written: "
                "write it again (python -m sockcore freeze)"
            )
            registry.remove(cached)
            _forget_names(cached)
            registry.add(register, is_repeated=True)
    except Exception as exc:
        mark_broken(plugin, exc, handled)
        message = plugin.problem
        registry.remove(cached)
        _forget_names(cached)
    else:
        plugin.state = "loaded"
    if discovery.is_published(registry):
        for call in list(discovery._callbacks):
            call(registry)
    # The first of several threads issues the warning.
    if registry.unloaded.pop(module, None) is not None and message and module not in discovery._requested_modules:
        warn(message, discovery.PluginWarning, stacklevel=2)


def leave_out_codec(
    registry: Registry, deferred: DeferredFamily, exc: Exception, handled: BaseException | None
) -> None:
    """Remove a family whose codec cannot be imported, with a warning.

    Re-raises an exception that the plugin did not cause.
    """
    if not import_module("sockcore._faults").is_plugins_fault(exc, handled):
        raise exc
    # The first of several threads issues the warning.
    if registry.families.pop((deferred.number, deferred.proto), None) is not None:
        text = f"the codec {deferred.location} of {deferred!r} is left out: {type(exc).__name__}: {exc}"
        warn(text, discovery.PluginWarning, stacklevel=2)


def _forget_names(register: Register) -> None:
    """Remove the names of a plugin from the public module.

    All names that depend on all plugins are removed too.
    """
    public = vars(sys.modules[PROJECT])
    for name in list(register.names):
        public.pop(name, None)
    _forget_common_names()


def _forget_common_names() -> None:
    """Remove the names that depend on all plugins from the public module.

    These are has_ipv6, and the enums and their members.
    """
    vars(sys.modules[PROJECT]).pop("has_ipv6", None)
    enums = sys.modules.get("sockcore._enums")
    if enums is not None:
        enums.clear_enums()
