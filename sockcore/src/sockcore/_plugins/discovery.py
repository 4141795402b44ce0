"""Discovery of plugins, and the registry that they fill.

1. Discovery runs when the registry is first needed. It happens once in a process.
2. Plugins are the entry points of the group ``sockcore`` or, with a valid startup cache, the modules in its list. In
   the second case no folder is searched for metadata.
3. The discovery imports the plugins. Those whose registrations are in the startup cache are imported at first use
   (:meth:`Registry.load`).
4. Environment variables: ``SOCKCORE_PLUGINS`` names the plugins to load, and ``SOCKCORE_BLOCK`` those to leave out, by
   entry point or module, separated by commas. A module that ``SOCKCORE_PLUGINS`` or a program (``late_loading``) names
   needs no entry point. ``SOCKCORE_BLOCK`` also names address families (``AF_ALG``), which are then neither registered
   nor opened. ``SOCKCORE_FROZEN`` is the path of the startup cache. An empty value means no cache. ``SOCKCORE_PREFER``
   selects a plugin if several register the same thing (``preference``). ``python -E`` and ``-I`` ignore all but
   ``SOCKCORE_BLOCK``.
5. If a plugin cannot be loaded, a PluginWarning names it, and its registrations are removed. Exceptions that the plugin
   did not cause (``_faults``) propagate, and the next use starts over.
6. Discovery has no lock. Each thread fills a private registry, and one dictionary operation publishes the first
   complete one. Threads that start at the same time do the same work, and all results but one are discarded. So the
   hook of a plugin may be called again. Its module is imported once, by the import locks of Python.
7. Code that runs in a thread during its discovery (the module of a plugin, a finalizer, a signal handler) gets the
   unfinished registry of that thread. If a thread needs the registry while it imports a plugin for another reason, that
   plugin cannot register yet. The registry is then not published, and the next use starts over.
8. A fork in another thread waits until the discovery has finished, but at most ``_names.FORK_WAIT`` seconds.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from _warnings import warn  # the import of warnings takes longer than that of this package

from sockcore._names import (
    ENUMS,
    HOME,
    MODULES,
    UNLISTED,
    cached_plugins,
    cached_registrations,
    delay_forks,
    environment,
    import_module,
    is_running,
    preferred_plugins,
)
from sockcore._platform import constants
from sockcore._plugins import PROJECT
from sockcore._plugins.entrypoints import Plugin, scan
from sockcore._plugins.loading import BlockedFamilies, Hooks, call_hook, load_plugin
from sockcore._plugins.placeholders import DeferredFamily
from sockcore._plugins.registrations import HalfImported, Register
from sockcore._plugins.registry import Registry
from sockcore._types import Callable, Iterable


class PluginWarning(RuntimeWarning):
    """Issued for a plugin that is not loaded.

    The message names the plugin and the cause.
    """

    __module__ = "sockcore"


def _missing_family(number: int) -> str:
    text: str = import_module("sockcore._plugins.hints").missing_family(number)  # only for messages
    return text


#: The complete registry, or None before the discovery.
_registry: Registry | None = None
#: The first complete registry, under the key "registry", before it is published.
_first_complete: dict[str, Registry] = {}
#: Thread -> the registry that it fills. An interrupted thread may leave its entry behind: see is_running().
_unfinished: dict[int, Registry] = {}
#: Noun -> name -> PROJECT, for the names of the core. A plugin that registers one is rejected.
_reserved_names: dict[str, dict[str, str]] = {"name": {}, "method": {}}
#: Modules that the program has passed to ``late_loading.load_modules()``.
_requested_modules: set[str] = set()
#: Functions that are called with a complete registry. Bound: one for each call of when_loaded() in the core.
_callbacks: list[Callable[[Registry], None]] = []


def registry() -> Registry:
    """Return the registry with all plugins. Runs the discovery if necessary.

    The thread that runs a discovery gets its unfinished registry.
    """
    current = _registry
    return _load() if current is None else current


def with_codecs() -> Registry:
    """Return the registry with all codecs of options and control messages.

    If a module of codecs fails, a warning is issued, and its codecs are left out. The next call tries again only if the
    cause was an OSError or a MemoryError. Exceptions that the module did not cause are raised, such as those for a lack
    of memory or of file descriptors.
    """
    current = all_loaded()
    for register in list(current.incomplete):
        handled = sys.exc_info()[1]
        try:
            current.add(register.with_codecs())
        except HalfImported:
            continue
        except Exception as exc:
            faults = import_module("sockcore._faults")
            if not faults.is_plugins_fault(exc, handled):
                raise
            why = f"{type(exc).__name__}: {exc}"
            text = f"codecs of the distribution {register.owner} are left out: {why}"
            other = getattr(exc, "other", "")
            if other:
                preference = import_module("sockcore._plugins.preference")
                if preference.is_preferred(other, current.plugins, preference.preferred_names()):
                    _remove_once(register, current.incomplete)
                    continue  # the user has made the choice
                text += preference.advice_about(register.owner, other, current.plugins)
            if faults.is_from_system(exc, handled) or _remove_once(register, current.incomplete):
                warn(text, PluginWarning, stacklevel=3)
        else:
            _remove_once(register, current.incomplete)
    return current


def all_loaded() -> Registry:
    """Load the plugins that are only cached, and return the registry."""
    current = registry()
    for module in list(current.unloaded):
        current.load(module)
    return current


def all_families() -> Registry:
    """Load all plugins and the codecs of all families, and return the registry."""
    current = all_loaded()
    for family in list(current.families.values()):
        if isinstance(family, DeferredFamily):
            current.load_codec(family)
    return current


def _remove_once(register: Register, registers: list[Register]) -> bool:
    """Remove a register from a list. Return False if another thread has removed it."""
    try:
        registers.remove(register)
    except ValueError:
        return False
    return True


def plugins() -> list[Plugin]:
    """Return all installed plugins in alphabetical order."""
    return list(registry().plugins)


def is_loaded() -> bool:
    """Return True after the discovery."""
    return _registry is not None


def is_published(current: Registry) -> bool:
    """Return True for the complete registry, which all threads use."""
    return current is _registry


def when_loaded(call: Callable[[Registry], None]) -> None:
    """Call *call* with the registry when it is complete, and after each later plugin.

    If the registry is complete, the first call is made at once. Two threads may call *call* at the same time with the
    same registry. *call* must not call :func:`registry`.
    """
    _callbacks.append(call)
    # A thread that publishes the registry may have called the functions in the list already.
    for current in list(_first_complete.values()):
        call(current)


def reserve(noun: str, names: Iterable[str]) -> None:
    """Reserve names for the core. A plugin that registers one is rejected."""
    _reserved_names[noun].update(dict.fromkeys(names, PROJECT))


def _load() -> Registry:
    current = _first_complete.get("registry")
    if current is None:
        draft = _unfinished.get(get_ident())
        if draft is not None and is_running(_discover.__code__):
            return draft
        draft, is_complete = delay_forks(_discover)
        if not is_complete:
            return draft
        current = _first_complete.setdefault("registry", draft)
    _publish(current)
    return current


def _publish(current: Registry) -> None:
    """Publish the first complete registry.

    Two threads may do this at the same time with the same effect. So no thread waits for one that was interrupted, or
    that does not exist in a forked child.
    """
    global _registry
    for call in list(_callbacks):
        call(current)
    _registry = current
    # Last, because warnings may be errors. The registry is complete by now.
    while current.warnings:
        try:
            text = current.warnings.pop(0)
        except IndexError:  # another thread issued it
            break
        warn(text, PluginWarning, stacklevel=2)


def _discover() -> tuple[Registry, bool]:
    """Fill a new registry.

    Return it, and False if this thread is importing one of its plugins.
    """
    thread = get_ident()
    draft = Registry(_missing_family, _reserved_names, _load_cached, _leave_out_codec)
    try:
        _unfinished[thread] = draft
        is_complete = _fill(draft)
    finally:
        _unfinished.pop(thread, None)
    return draft, is_complete


def _forget_other_threads() -> None:
    for thread in list(_unfinished):
        if thread != get_ident():
            _unfinished.pop(thread, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


def _fill(draft: Registry) -> bool:
    only = _split_names(environment("SOCKCORE_PLUGINS"))
    blocked = blocked_names()
    candidates = cached_plugins(draft.warnings)
    if candidates is None:
        candidates = scan()
    reserve("name", (*HOME, *UNLISTED, *ENUMS, *MODULES))
    core = Register(PROJECT)
    core.constants(constants())
    core.codecs("sockcore.messages")
    core.codecs("sockcore._options.sol_socket")
    draft.add(core)
    families = BlockedFamilies(draft, blocked)
    draft.plugins += sorted(candidates, key=lambda plugin: plugin.name)
    draft.plugins += [_from_module(name) for name in sorted(_unknown(only, draft)) if _is_module(name)]
    draft.plugins += [_from_module(name) for name in sorted(_requested_modules.difference(_modules(draft)))]
    hooks = Hooks()
    for plugin in draft.plugins:
        if not _is_selected(plugin, only, blocked):
            plugin.state = "blocked"
    if any(plugin.state != "blocked" for plugin in draft.plugins):
        # Not in load_plugin(): an ImportError is not the fault of a plugin here.
        import_module("sockcore._system").load_backend()
    cached = cached_registrations(draft.plugins)
    order = list(draft.plugins)  # a copy: a plugin that calls plugin.load() adds others
    preferred: list[str] = []
    if preferred_plugins or environment("SOCKCORE_PREFER"):
        preference = import_module("sockcore._plugins.preference")
        preferred = preference.preferred_names()
        order = preference.in_order(order, preferred)
        draft.warnings += preference.missing_names(order, preferred)
    for plugin in order:
        if plugin.state == "found":
            load_plugin(plugin, draft, hooks, families, cached.get(plugin.module))
    if any(plugin.conflict for plugin in order):
        import_module("sockcore._plugins.preference").settle(order, preferred)
    broken = [plugin for plugin in draft.plugins if plugin.state == "broken"]
    draft.warnings += [plugin.problem for plugin in broken if plugin.module not in _requested_modules]
    missing = sorted(_unknown(only, draft))
    draft.warnings += [f"SOCKCORE_PLUGINS names {name!r}, and no such plugin is installed" for name in missing]
    draft.warnings += families.warnings()
    draft.enums.clear()
    return all(plugin.state != "found" for plugin in draft.plugins)


def _is_selected(plugin: Plugin, only: frozenset[str] | None, blocked: frozenset[str]) -> bool:
    names = {plugin.name, plugin.module}
    return not names & blocked and (only is None or bool(names & only))


def _modules(current: Registry) -> list[str]:
    return [plugin.module for plugin in current.plugins]


def _unknown(only: frozenset[str] | None, current: Registry) -> frozenset[str]:
    """Return the names in SOCKCORE_PLUGINS that match no plugin or module."""
    return (only or frozenset()).difference(_modules(current), [plugin.name for plugin in current.plugins])


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _from_module(name: str) -> Plugin:
    """Return the plugin in a module without an entry point.

    Its distribution is assumed to have the name of the package.
    """
    return Plugin(name, name, name.partition(".")[0].replace("_", "-"), "?")


def _split_names(value: str | None) -> frozenset[str] | None:
    return None if value is None else frozenset(name.strip() for name in value.split(",") if name.strip())


def blocked_names() -> frozenset[str]:
    """Return the plugins, modules and address families in SOCKCORE_BLOCK."""
    return _split_names(os.environ.get("SOCKCORE_BLOCK")) or frozenset()


def _load_cached(current: Registry, module: str) -> None:
    import_module("sockcore._plugins.late_loading").load_cached(current, module)


def _leave_out_codec(
    current: Registry, deferred: DeferredFamily, exc: Exception, handled: BaseException | None
) -> None:
    import_module("sockcore._plugins.late_loading").leave_out_codec(current, deferred, exc, handled)


def call_hooks() -> dict[str, Register]:
    """Call the hooks of all loaded plugins again.

    Return their registrations by module.
    """
    hooks = Hooks()
    registers = {plugin.module: call_hook(plugin, hooks) for plugin in plugins() if plugin.state == "loaded"}
    return {module: register for module, register in registers.items() if register is not None}
