"""Discovery: which plugins there are, and the one registry that they fill.

1. Nothing is looked for before something first needs the registry; then all plugins are loaded, once.
2. Plugins are the entry points of the group ``sockcore``, or, where there is a frozen list, the modules it names:
   then no package metadata are touched.
3. ``SOCKCORE_PLUGINS`` names the plugins to load and ``SOCKCORE_BLOCK`` those to leave out, by entry point name or
   module, separated by commas. A module that ``SOCKCORE_PLUGINS`` or a program (:func:`load_modules`) names needs no
   entry point. ``SOCKCORE_FROZEN`` is the path of the frozen list; empty means: look for plugins.
4. A plugin that cannot be loaded costs a PluginWarning that names it, and nothing of it stays.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock  # that of threading, and of warnings: their import takes longer than that of this package
from _warnings import warn

from sockcore._names import ENUMS, HOME, MODULES, imported
from sockcore._platform import constants
from sockcore._registry.entrypoints import Plugin, scan
from sockcore._registry.frozen import frozen_path, read_frozen
from sockcore._registry.hooks import API_VERSION, PROJECT
from sockcore._registry.registry import Register, RegistrationError, Registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType
    from typing import Any


class PluginWarning(RuntimeWarning):
    """A plugin was left out; the text names it and says why."""


def _missing_family(number: int) -> str:
    from sockcore._registry import hints  # for messages alone

    return hints.missing_family(number)


_lock = RLock()
_registry = Registry(_missing_family)
_plugins: list[Plugin] = []
#: Modules that the program has named to :func:`load_modules`.
_requested: set[str] = set()
_state = "untouched"  # then "loading", then "loaded"
_after: list[Callable[[Registry], None]] = []


def registry() -> Registry:
    """Return the registry, with every plugin in it.

    While plugins are being loaded (one may import this module's stand-in), the same thread gets what there is yet.
    """
    if _state != "loaded":
        _load()
    return _registry


def with_codecs() -> Registry:
    """Return the registry with all codecs of options and control messages in it."""
    found = registry()
    if found.incomplete:
        with _lock:
            while found.incomplete:
                register = found.incomplete[0]
                try:
                    found.add(register.with_codecs())
                except Exception as problem:
                    del found.incomplete[0]
                    why = f"{type(problem).__name__}: {problem}"
                    text = f"codecs of the distribution {register.owner} are left out: {why}"
                    warn(text, PluginWarning, stacklevel=3)
                else:
                    del found.incomplete[0]
    return found


def plugins() -> list[Plugin]:
    """Return the plugins that discovery found, by name."""
    registry()
    return list(_plugins)


def is_loaded() -> bool:
    """Return whether discovery has happened."""
    return _state == "loaded"


def when_loaded(call: Callable[[Registry], None]) -> None:
    """Have *call* called with the registry once it is complete: at once, if it is.

    Two threads may come to call it at the same time.
    """
    # Without the lock: whoever holds it may be importing the module that is calling.
    _after.append(call)
    if _state == "loaded":
        call(_registry)


def reserve(kind: str, names: Iterable[str]) -> None:
    """Make names the core's own: a plugin that registers one is refused."""
    for name in names:
        _registry.owners.setdefault((kind, name), PROJECT)


def _load() -> None:
    global _state
    with _lock:
        if _state != "untouched":
            return
        _state = "loading"
        try:
            only = _names("SOCKCORE_PLUGINS")
            _fill(only, _names("SOCKCORE_BLOCK") or frozenset())
            for call in (done := list(_after)):
                call(_registry)
        except BaseException:  # interrupted: whoever needs it next begins anew
            _registry.clear()
            _plugins.clear()
            _state = "untouched"
            raise
        _state = "loaded"
        for call in _after[len(done) :]:
            call(_registry)
        # Last, since warnings may be errors: what could be loaded is in place by now.
        for plugin in _plugins:
            if plugin.state == "broken" and plugin.module not in _requested:
                warn(plugin.problem, PluginWarning, stacklevel=2)
        for name in sorted(_unknown(only)):
            warn(
                f"SOCKCORE_PLUGINS names {name!r}, and no such plugin is installed",
                PluginWarning,
                stacklevel=2,
            )


def _fill(only: frozenset[str] | None, blocked: frozenset[str]) -> None:
    frozen = frozen_path()
    found = read_frozen(frozen) if frozen else scan()
    reserve("name", (*HOME, *ENUMS, *MODULES))
    core = Register(PROJECT)
    core.constants({name: value for name, value in constants().items() if name.isupper()})
    _registry.add(core)
    _plugins.extend(sorted(found, key=lambda plugin: plugin.name))
    _plugins.extend(_from_module(name) for name in sorted(_unknown(only)) if _is_module(name))
    _plugins.extend(_from_module(name) for name in sorted(_requested - {plugin.module for plugin in _plugins}))
    hooks = _Hooks()
    for plugin in _plugins:
        if not _is_selected(plugin, only, blocked):
            plugin.state = "blocked"
    if any(plugin.state != "blocked" for plugin in _plugins):
        imported("sockcore._backend.chosen")  # ImportError without one: plugins are not to blame, and need it
    for plugin in _plugins:
        if plugin.state != "blocked":
            _load_one(plugin, hooks)


def _is_selected(plugin: Plugin, only: frozenset[str] | None, blocked: frozenset[str]) -> bool:
    names = {plugin.name, plugin.module}
    return not names & blocked and (only is None or bool(names & only))


def _unknown(only: frozenset[str] | None) -> frozenset[str]:
    """Return what SOCKCORE_PLUGINS names and is neither the name nor the module of a plugin."""
    return (only or frozenset()).difference(*((plugin.name, plugin.module) for plugin in _plugins))


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _from_module(name: str) -> Plugin:
    """Return the plugin in a module that no entry point names. Its distribution should have the name of the package."""
    return Plugin(name, name, name.partition(".")[0].replace("_", "-"), "?")


def load_modules(names: Iterable[str]) -> None:
    """Load the plugins in these modules, whether an entry point names them or not.

    A plugin that is loaded or blocked stays so. RegistrationError for one that cannot be loaded.
    """
    wanted = frozenset(names)
    _requested.update(wanted)
    for plugin in plugins():
        if plugin.module in wanted and plugin.state == "broken":
            raise RegistrationError(plugin.problem)
    only, blocked = _names("SOCKCORE_PLUGINS"), _names("SOCKCORE_BLOCK") or frozenset()
    with _lock:
        for name in sorted(wanted - {plugin.module for plugin in _plugins}):
            plugin = _from_module(name)
            if not _is_selected(plugin, only, blocked):
                continue
            _load_one(plugin, _Hooks())
            if plugin.state == "broken":
                raise RegistrationError(plugin.problem)
            _plugins.append(plugin)
            for call in list(_after):
                call(_registry)
            _forget_names()


def _forget_names() -> None:
    """Remove from the public module what depends on all plugins: has_ipv6, and the enums with their members."""
    public = sys.modules.get(PROJECT)
    vars(public).pop("has_ipv6", None)
    enums = sys.modules.get("sockcore._enums")
    if enums is not None:
        enums._forget(_registry)


def _names(variable: str) -> frozenset[str] | None:
    value = os.environ.get(variable)
    return None if value is None else frozenset(name.strip() for name in value.split(",") if name.strip())


def _is_plain(module: ModuleType) -> bool:
    """Return whether the only hook of a plugin's module is as the specification has it: pluggy would just call it."""
    hooks = [name for name, value in vars(module).items() if getattr(value, f"{PROJECT}_impl", None) is not None]
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
            from sockcore._registry.hookcaller import Manager

            self._manager = Manager(PROJECT)
        self._manager.call(plugin.name, module, register)


def _load_one(plugin: Plugin, hooks: _Hooks) -> None:
    try:
        for other in _plugins:
            if other.name == plugin.name and other.state == "loaded":
                raise RegistrationError(f"{other.distribution} brings a plugin of this name too")
        module = imported(plugin.module)
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
        _registry.add(register)
    except (Exception, SystemExit) as problem:
        plugin.state = "broken"
        plugin.problem = (
            f"sockcore plugin {plugin.name!r} of the distribution {plugin.distribution} {plugin.version} is left out: "
            f"{type(problem).__name__}: {problem}"
        )
    else:
        plugin.state = "loaded"
