"""Discovery: which plugins there are, and the one registry that they fill.

1. Nothing is looked for before something first needs the registry; then all plugins are loaded, once.
2. Plugins are the entry points of the group ``sockcore``, or, with a valid startup cache, the modules it lists:
   then no folder is searched for metadata.
3. ``SOCKCORE_PLUGINS`` names the plugins to load and ``SOCKCORE_BLOCK`` those to leave out, by entry point name
   or module, separated by commas. A module that ``SOCKCORE_PLUGINS`` or a program (``later``) names needs
   no entry point. ``SOCKCORE_BLOCK`` also names address families (``AF_ALG``), which are then neither registered
   nor opened. ``SOCKCORE_FROZEN`` is the path of the startup cache; if it is empty, there is no cache. All but
   ``SOCKCORE_BLOCK`` are ignored under ``python -E`` and ``-I``.
4. A plugin that cannot be loaded costs a PluginWarning that names it, and nothing of it stays. An exception that the
   plugin did not cause (``_faults``) passes through, and the next use starts over.
5. There is no lock. A thread fills a registry of its own, and the first complete one is elected, by one dictionary
   operation. Threads that come at the same time do the work twice, and one result is dropped. So the hook of a plugin
   may be called again; its module is imported once, by Python's own locks.
6. Whatever runs in a thread while that thread discovers (the body of a plugin's module, a finalizer, a signal handler)
   gets the registry as it is by then. So does code that runs while its thread imports a plugin: as that plugin
   cannot have registered, such a registry is not elected, and the next use starts over.
7. A fork in another thread waits for a discovery, for ``_names.FORK_WAIT`` seconds at most.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from _warnings import warn  # the import of warnings takes longer than that of this package
from types import ModuleType

from sockcore._names import (
    ENUMS,
    HOME,
    MODULES,
    UNLISTED,
    cached_plugins,
    cached_registrations,
    delay_forks,
    environment,
    imported,
    is_being_imported,
    is_running,
)
from sockcore._platform import constants
from sockcore._registry.entrypoints import Plugin, scan
from sockcore._registry.hooks import API_VERSION, PROJECT
from sockcore._registry.registry import HalfImported, Register, RegistrationError, Registry
from sockcore._types import Any, Callable, Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._startup_cache.index import Registrations


class PluginWarning(RuntimeWarning):
    """A plugin was left out; the text names it and says why."""

    __module__ = "sockcore"


def _missing_family(number: int) -> str:
    text: str = imported("sockcore._registry.hints").missing_family(number)  # for messages alone
    return text


#: The complete registry, once there is one.
_registry: Registry | None = None
#: The registry that will be the complete one: a single entry.
_elected: dict[str, Registry] = {}
#: Thread -> the registry that it fills. An interrupted thread may leave its own behind: see is_running().
_filling: dict[int, Registry] = {}
#: What the core keeps for itself: (kind, name) -> PROJECT.
_reserved: dict[tuple[str, object], str] = {}
#: Modules that the program has named to ``later.load_modules()``.
_requested: set[str] = set()
_after: list[Callable[[Registry], None]] = []
#: Module -> the register of its plugin, if it was loaded after the discovery. All threads use the same register.
_loaded_later: dict[str, Register] = {}


def registry() -> Registry:
    """Return the registry, with every plugin in it.

    While plugins are being loaded (one may import this module's stand-in), the same thread gets what there is yet.
    """
    known = _registry
    return _load() if known is None else known


def with_codecs() -> Registry:
    """Return the registry with all codecs of options and control messages in it.

    Codecs whose module fails are left out with a warning: for good, unless an OSError or a MemoryError is behind it. A
    lack of memory or of file descriptors is raised, as are all exceptions that the module did not cause. The next call
    tries again.
    """
    known = all_loaded()
    for register in list(known.incomplete):
        handled = sys.exc_info()[1]
        try:
            known.add(register.with_codecs())
        except HalfImported:
            continue
        except Exception as problem:
            faults = imported("sockcore._faults")
            if not faults.is_plugins_fault(problem, handled):
                raise
            why = f"{type(problem).__name__}: {problem}"
            text = f"codecs of the distribution {register.owner} are left out: {why}"
            if faults.is_of_system(problem, handled) or _removed(register, known.incomplete):
                warn(text, PluginWarning, stacklevel=3)
        else:
            _removed(register, known.incomplete)
    return known


def all_loaded() -> Registry:
    """Return the registry, after loading the plugins whose registrations are from the startup cache."""
    known = registry()
    for module in list(known.unloaded):
        known.load(module)
    return known


def _removed(register: Register, registers: list[Register]) -> bool:
    """Remove a register from a list; return whether no other thread did it first."""
    try:
        registers.remove(register)
    except ValueError:
        return False
    return True


def plugins() -> list[Plugin]:
    """Return the plugins that discovery found, by name."""
    return list(registry().plugins)


def is_loaded() -> bool:
    """Return whether discovery has happened."""
    return _registry is not None


def is_published(known: Registry) -> bool:
    """Return whether a registry is the complete one, that all threads use."""
    return known is _registry


def when_loaded(call: Callable[[Registry], None]) -> None:
    """Call *call* with the registry when it is complete, at once if it is, and each time a plugin is loaded later.

    Two threads may call it at the same time with the same registry. It must not call :func:`registry`.
    """
    _after.append(call)
    # Whoever publishes the elected registry may have been through the list already.
    for known in list(_elected.values()):
        call(known)


def reserve(kind: str, names: Iterable[str]) -> None:
    """Make names the core's own: a plugin that registers one is refused."""
    _reserved.update(((kind, name), PROJECT) for name in names)


def _load() -> Registry:
    known = _elected.get("registry")
    if known is None:
        mine = _filling.get(get_ident())
        if mine is not None and is_running(_discover.__code__):
            return mine
        found, is_complete = delay_forks(_discover)
        if not is_complete:
            return found
        known = _elected.setdefault("registry", found)
    _publish(known)
    return known


def _publish(known: Registry) -> None:
    """Put the elected registry into force. Each thread that comes before that is done does it all, to the same effect.

    So nobody waits for a thread that was interrupted here, or that a fork left behind.
    """
    global _registry
    for call in list(_after):
        call(known)
    _registry = known
    # Last, since warnings may be errors: what could be loaded is in place by now.
    while known.warnings:
        try:
            text = known.warnings.pop(0)
        except IndexError:  # another thread took it
            break
        warn(text, PluginWarning, stacklevel=2)


def _discover() -> tuple[Registry, bool]:
    """Fill a new registry; return it, and whether all plugins could be asked."""
    me = get_ident()
    mine = Registry(_missing_family, _reserved, _load_cached)
    try:
        _filling[me] = mine
        is_complete = _fill(mine)
    finally:
        _filling.pop(me, None)
    return mine, is_complete


def _forget_other_threads() -> None:
    for thread in list(_filling):
        if thread != get_ident():
            _filling.pop(thread, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


def _fill(mine: Registry) -> bool:
    only = _names(environment("SOCKCORE_PLUGINS"))
    blocked = blocked_names()
    found = cached_plugins(mine.warnings)
    if found is None:
        found = scan()
    reserve("name", (*HOME, *UNLISTED, *ENUMS, *MODULES))
    core = Register(PROJECT)
    core.constants({name: value for name, value in constants().items() if name.isupper()})
    mine.add(core)
    families = _BlockedFamilies(mine, blocked)
    mine.plugins += sorted(found, key=lambda plugin: plugin.name)
    mine.plugins += [_from_module(name) for name in sorted(_unknown(only, mine)) if _is_module(name)]
    mine.plugins += [_from_module(name) for name in sorted(_requested.difference(_modules(mine)))]
    hooks = _Hooks()
    for plugin in mine.plugins:
        if not _is_selected(plugin, only, blocked):
            plugin.state = "blocked"
    if any(plugin.state != "blocked" for plugin in mine.plugins):
        imported("sockcore._backend.chosen")  # ImportError without one: plugins are not to blame, and need it
    cached = cached_registrations(mine.plugins)
    for plugin in list(mine.plugins):  # a plugin that calls plugin.load() adds others
        if plugin.state == "found":
            _load_one(plugin, mine, hooks, families, cached.get(plugin.module))
    mine.warnings += [
        plugin.problem for plugin in mine.plugins if plugin.state == "broken" and plugin.module not in _requested
    ]
    missing = sorted(_unknown(only, mine))
    mine.warnings += [f"SOCKCORE_PLUGINS names {name!r}, and no such plugin is installed" for name in missing]
    mine.warnings += families.warnings()
    mine.enums.clear()
    return all(plugin.state != "found" for plugin in mine.plugins)


def _is_selected(plugin: Plugin, only: frozenset[str] | None, blocked: frozenset[str]) -> bool:
    names = {plugin.name, plugin.module}
    return not names & blocked and (only is None or bool(names & only))


def _modules(known: Registry) -> list[str]:
    return [plugin.module for plugin in known.plugins]


def _unknown(only: frozenset[str] | None, known: Registry) -> frozenset[str]:
    """Return what SOCKCORE_PLUGINS names and is neither the name nor the module of a plugin."""
    return (only or frozenset()).difference(_modules(known), [plugin.name for plugin in known.plugins])


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _from_module(name: str) -> Plugin:
    """Return the plugin in a module that no entry point names. Its distribution should have the name of the package."""
    return Plugin(name, name, name.partition(".")[0].replace("_", "-"), "?")


def _names(value: str | None) -> frozenset[str] | None:
    return None if value is None else frozenset(name.strip() for name in value.split(",") if name.strip())


def blocked_names() -> frozenset[str]:
    """Return the plugins, modules and address families that SOCKCORE_BLOCK names."""
    return _names(os.environ.get("SOCKCORE_BLOCK")) or frozenset()


def _is_plain(module: ModuleType) -> bool:
    """Return whether the only hook of a plugin's module is as the specification has it: pluggy would just call it."""
    # A copy: in another thread the hook may be importing modules of the package.
    names = vars(module).copy()
    hooks = [name for name, value in names.items() if getattr(value, f"{PROJECT}_impl", None) is not None]
    code = getattr(module.sockcore_register, "__code__", None)
    return hooks == ["sockcore_register"] and code is not None and code.co_varnames[: code.co_argcount] == ("register",)


class _Hooks:
    """Calls the hooks of plugins: pluggy does it, with its checks and its words, unless there is nothing to check."""

    def __init__(self) -> None:
        self._modules: list[ModuleType] = []
        self._manager: Any = None

    def call(self, plugin: Plugin, module: ModuleType, register: Register) -> None:
        if module in self._modules:
            raise RegistrationError(f"the module {plugin.module} is registered already")
        self._modules.append(module)
        if _is_plain(module):
            module.sockcore_register(register)
            return
        if self._manager is None:
            self._manager = imported("sockcore._registry.hookcaller").Manager(PROJECT)
        self._manager.call(plugin.name, module, register)


class _BlockedFamilies:
    """The address families that SOCKCORE_BLOCK names."""

    def __init__(self, mine: Registry, blocked: frozenset[str]) -> None:
        self._mine = mine
        self._names = {name for name in blocked if name[:3].upper() == "AF_"}
        if self._names:
            # Those without a plugin are not to be opened either.
            numbers = imported("sockcore._registry.hints").family_numbers()
            mine.blocked.update({numbers[name]: name for name in self._names if name in numbers})

    def leave_out(self, register: Register) -> None:
        """Drop the blocked families of a plugin, with the constants that name them."""
        if not self._names:
            return
        blocked = self._mine.blocked
        for name in self._names:
            number = register.names.get(name)
            if isinstance(number, int):
                blocked.setdefault(int(number), name)
        for number, _ in register.families:
            if number in blocked:
                self._mine.owners["blocked", number] = register.owner
        register.leave_out(blocked)

    def warnings(self) -> list[str]:
        """Return a text for each name that is no family, as far as anybody here knows."""
        unknown = sorted(self._names.difference(self._mine.blocked.values()))
        return [
            f"SOCKCORE_BLOCK names {name!r}, and no such address family is known"
            for name in unknown
            if not imported("sockcore._registry.hints").is_family(name)
        ]


def _load_one(
    plugin: Plugin,
    mine: Registry,
    hooks: _Hooks,
    families: _BlockedFamilies,
    registrations: Registrations | None = None,
    elected: dict[str, Register] | None = None,
) -> None:
    """Load a plugin into a registry, or its *registrations* from the startup cache.

    With *elected*, all threads add the register of the thread that is first.
    """
    handled = sys.exc_info()[1]
    try:
        for other in mine.plugins:
            if other.name == plugin.name and other.state in ("loaded", "cached"):
                raise RegistrationError(f"{other.distribution} brings a plugin of this name too")
        if registrations is None:
            register = _call_hook(plugin, hooks)
            if register is None:
                return  # and its state stays "found"
        else:
            index = imported("sockcore._startup_cache.index")
            register = index.to_register(plugin.distribution, plugin.module, registrations, mine)
        families.leave_out(register)
        if elected is None:
            mine.add(register)
        else:
            chosen = elected.setdefault(plugin.module, register)
            try:
                mine.add(chosen, is_repeated=True)
            except RegistrationError:
                elected.pop(plugin.module, None)
                raise
    except Exception as exc:
        _mark_broken(plugin, exc, handled)
    else:
        if registrations is None:
            plugin.state = "loaded"
        else:
            plugin.state = "cached"
            mine.unloaded[plugin.module] = register


def _call_hook(plugin: Plugin, hooks: _Hooks) -> Register | None:
    """Import a plugin's module and return its registrations; None if the module is being imported."""
    module = imported(plugin.module)
    if is_being_imported(module):
        return None
    version = getattr(module, "SOCKCORE_API", None)
    if version != API_VERSION:
        raise RegistrationError(
            f"it is for version {version!r} of the plugin interface, and this sockcore has version {API_VERSION}"
            if version is not None
            else "it does not say SOCKCORE_API, the version of the plugin interface that it is for"
        )
    if not hasattr(getattr(module, "sockcore_register", None), "sockcore_impl"):
        raise RegistrationError("it has no function sockcore_register that is marked with hookimpl")
    register = Register(plugin.distribution)
    hooks.call(plugin, module, register)
    return register


def _mark_broken(plugin: Plugin, exc: Exception, handled: BaseException | None) -> None:
    """Note that a plugin cannot be loaded. Re-raises an exception that the plugin did not cause."""
    if not imported("sockcore._faults").is_plugins_fault(exc, handled):
        raise exc
    plugin.state = "broken"
    plugin.problem = (
        f"sockcore plugin {plugin.name!r} of the distribution {plugin.distribution} {plugin.version} is left out: "
        f"{type(exc).__name__}: {exc}"
    )


def call_hooks() -> dict[str, Register]:
    """Return the registrations of all loaded plugins by module, from another call of their hooks."""
    hooks = _Hooks()
    registers = {plugin.module: _call_hook(plugin, hooks) for plugin in plugins() if plugin.state == "loaded"}
    return {module: register for module, register in registers.items() if register is not None}


def _load_cached(known: Registry, module: str) -> None:
    """Load a plugin of which a registry has the registrations from the startup cache.

    Does nothing if the module is being imported. A plugin that fails is removed, with a warning. Exceptions that it did
    not cause are raised, and the next call starts over.
    """
    delay_forks(_replace_cached, known, module)


def _replace_cached(known: Registry, module: str) -> None:
    listed = known.unloaded.get(module)
    if listed is None:
        return
    [plugin] = [plugin for plugin in list(known.plugins) if plugin.module == module]
    handled = sys.exc_info()[1]
    message = ""
    try:
        register = _call_hook(plugin, _Hooks())
        if register is None:
            return
        register.leave_out(known.blocked)
        if is_published(known):
            register = _loaded_later.setdefault(module, register)
        if register.is_like(listed):
            known.replace(listed, register)
        else:
            message = (
                f"sockcore plugin {plugin.name!r} does not register what it did when the startup cache was written: "
                "write it again (python -m sockcore freeze)"
            )
            known.remove(listed)
            _forget_names(listed)
            known.add(register, is_repeated=True)
    except Exception as exc:
        _mark_broken(plugin, exc, handled)
        message = plugin.problem
        known.remove(listed)
        _forget_names(listed)
    else:
        plugin.state = "loaded"
    if is_published(known):
        for call in list(_after):
            call(known)
    # The first of several threads issues the warning.
    if known.unloaded.pop(module, None) is not None and message and module not in _requested:
        warn(message, PluginWarning, stacklevel=2)


def _forget_names(register: Register) -> None:
    """Remove the names of a plugin from the public module, and all names that depend on all plugins."""
    public = vars(sys.modules[PROJECT])
    for name in list(register.names):
        public.pop(name, None)
    forget_common_names()


def forget_common_names() -> None:
    """Remove the names that depend on all plugins from the public module: has_ipv6, the enums and their members."""
    vars(sys.modules[PROJECT]).pop("has_ipv6", None)
    enums = sys.modules.get("sockcore._enums")
    if enums is not None:
        enums.forget()
