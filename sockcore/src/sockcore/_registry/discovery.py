"""Discovery: which plugins there are, and the one registry that they fill.

1. Nothing is looked for before something first needs the registry; then all plugins are loaded, once.
2. Plugins are the entry points of the group ``sockcore``, or, with a valid startup cache, the modules it lists:
   then no folder is searched for metadata.
3. ``SOCKCORE_PLUGINS`` names the plugins to load and ``SOCKCORE_BLOCK`` those to leave out, by entry point name,
   separated by commas. ``SOCKCORE_FROZEN`` is the path of the startup cache; if it is empty, there is no cache.
   ``python -E`` and ``-I`` ignore all of them but ``SOCKCORE_BLOCK``.
4. A plugin that cannot be loaded costs a PluginWarning that names it, and nothing of it stays.
"""

from __future__ import annotations

import os
from _thread import RLock  # that of threading, and of warnings: their import takes longer than that of this package
from _warnings import warn

from sockcore._names import ENUMS, HOME, MODULES, cached_plugins, environment, imported
from sockcore._platform import constants
from sockcore._registry.entrypoints import Plugin, scan
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
            only = _names(environment("SOCKCORE_PLUGINS"))
            problems: list[str] = []
            _fill(only, _names(os.environ.get("SOCKCORE_BLOCK")) or frozenset(), problems)
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
        for problem in problems:
            warn(problem, PluginWarning, stacklevel=2)
        for plugin in _plugins:
            if plugin.state == "broken":
                warn(plugin.problem, PluginWarning, stacklevel=2)
        for name in sorted((only or frozenset()) - {plugin.name for plugin in _plugins}):
            warn(
                f"SOCKCORE_PLUGINS names {name!r}, and no such plugin is installed",
                PluginWarning,
                stacklevel=2,
            )


def _fill(only: frozenset[str] | None, blocked: frozenset[str], problems: list[str]) -> None:
    found = cached_plugins(problems)
    if found is None:
        found = scan()
    reserve("name", (*HOME, *ENUMS, *MODULES))
    core = Register(PROJECT)
    core.constants({name: value for name, value in constants().items() if name.isupper()})
    _registry.add(core)
    for plugin in sorted(found, key=lambda plugin: plugin.name):
        _plugins.append(plugin)
        if plugin.name in blocked or (only is not None and plugin.name not in only):
            plugin.state = "blocked"
    hooks = _Hooks()
    for plugin in _plugins:
        if plugin.state != "blocked":
            _load_one(plugin, hooks)


def _names(value: str | None) -> frozenset[str] | None:
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
