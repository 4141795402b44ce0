"""The registrations of plugins in the startup cache.

They fill a registry without importing the plugins.

1. A plugin is in the index if all its registrations can be stored: constants of plain types, families, and functions
   that can be imported by module and name. The discovery imports other plugins, as without a cache.
2. Functions and the codecs of families that a plugin registers by the name of their module are imported from there.
   Otherwise a plugin is loaded when a socket of its family is opened, when a codec calls its resolver, or when a codec
   of options or control messages is first needed.
3. A table of constants is stored as text and numbers, so that it is not loaded again with the codec of a family.
"""

from __future__ import annotations

import marshal
import os
import sys

from sockcore import _startup_cache as cache
from sockcore._platform import add_table, platform_tags
from sockcore._plugins.placeholders import Deferred, DeferredFamily, DeferredMethod, UnloadedFamily
from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry
from sockcore._system import native
from sockcore._types import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from sockcore._plugins.entrypoints import Plugin

    #: Families (number, protocol, name, location of a deferred codec or ""), tables of constants (package, names,
    #: values, facts), other constants (None for a function), functions and methods by name (module, name), keys of
    #: options, keys of control messages, singles, modules of codecs, modules imported later.
    Registrations = tuple[
        list[tuple[int, Any, str, str]],
        list[tuple[str, str, tuple[int, ...], list[str]]],
        dict[str, Any],
        dict[str, tuple[str, str]],
        dict[str, tuple[str, str]],
        list[tuple[int, ...]],
        list[tuple[int, ...]],
        dict[str, Any],
        list[str],
        list[str],
    ]

#: The types of constants that marshal preserves.
_PLAIN = frozenset({int, str, bytes, bool, float, type(None)})


def system() -> list[str]:
    """Return the conditions on which constants and functions of plugins depend."""
    return [*sorted(platform_tags()), "native" if native else "pure"]


def registrations(plugins: list[Plugin]) -> dict[str, Registrations]:
    """Return the valid registrations of the plugins to load, by the plugin's module.

    For the conditions see rule 7 of the package.
    """
    if not cache.list_in_use or not cache.finders:
        return {}
    [finder] = cache.finders
    written_for, index = marshal.loads(finder.index)
    if written_for != system():
        return {}
    modules = [plugin.module for plugin in plugins]
    valid = {}
    for plugin in plugins:
        name, distribution, values = index.get(plugin.module, ("", "", None))
        if (
            (name, distribution) == (plugin.name, plugin.distribution)
            and plugin.state == "found"
            and plugin.module not in sys.modules
            and modules.count(plugin.module) == 1
            and _has_current_sources(finder, distribution, plugin.module.partition(".")[0])
        ):
            valid[plugin.module] = values
    return valid


def _has_current_sources(finder: cache.CodeFinder, distribution: str, module: str) -> bool:
    """Return True if the list's check found the distribution with current sources."""
    # The import of the module, which may be much later, checks RECORD again.
    spec, sys_path = cache.specs.pop(module, (None, None))
    folder = cache.folder_of(spec)
    if folder is None or sys_path != sys.path:
        return False
    metadata, digest, _ = finder.distributions[distribution]
    record = cache.join(folder, metadata)
    if (record, digest) not in cache.verified:
        return False
    cache.verified.discard((record, digest))
    installed = os.stat(record).st_mtime_ns
    return all(
        cache.is_current(cache.join(folder, relative), size, (changed, installed), check)
        for owner, relative, _, size, changed, check in list(finder.modules.values())
        if owner == distribution
    )


def from_register(register: Register) -> Registrations | None:
    """Return the registrations of a plugin, or None if they cannot be stored."""
    in_tables: dict[str, int] = {}
    for table in register.constant_tables:
        in_tables.update(table)
    constants = {
        name: value if type(value) in _PLAIN else None
        for name, value in register.names.items()
        if in_tables.get(name) is not value
    }
    functions = {name: _location(value) for name, value in register.names.items() if type(value) not in _PLAIN}
    methods = {name: _location(value) for name, value in register.socket_methods.items()}
    if not all((*functions.values(), *methods.values())):
        return None
    return (
        [
            (int(number), proto, family.name, family.location if isinstance(family, DeferredFamily) else "")
            for (number, proto), family in register.families.items()
        ],
        [
            (table.package, "\n".join(table), tuple(table.values()), [*table.facts])
            for table in register.constant_tables
        ],
        constants,
        functions,
        methods,
        list(register.options),
        list(register.ancillaries),
        {name: value if isinstance(value, int) else None for name, value in register.singles.items()},
        register.codec_modules,
        register.later_modules,
    )


def _location(function: Any) -> Any:
    """Return the module and name that identify a function or class, or ()."""
    if isinstance(function, Deferred):
        return function.module, function.name
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    return (module, name) if getattr(sys.modules.get(str(module)), str(name), None) is function else ()


def to_register(owner: str, module: str, registrations: Registrations, registry: Registry) -> Register:
    """Return a register of placeholders for the registrations of a plugin.

    *module* is the module of the plugin, and *registry* the registry to fill.
    """
    families, tables, constants, functions, methods, options, ancillaries, singles, codec_modules, later_modules = (
        registrations
    )
    register = Register(owner)
    register.families = {
        (number, proto): DeferredFamily(number, proto, name, location)
        if location
        else UnloadedFamily(number, proto, name, module, registry)
        for number, proto, name, location in families
    }
    for table in tables:
        register.constants(add_table(*table))
    register.names.update(constants)
    register.names.update((name, Deferred(*location)) for name, location in functions.items())
    register.socket_methods = {name: DeferredMethod(*location) for name, location in methods.items()}
    register.options = _without_codecs(options)
    register.ancillaries = _without_codecs(ancillaries)
    register.singles = dict(singles)
    if "resolver" in singles:
        register.singles["resolver"] = _UnloadedResolver(module, registry)
    register.codec_modules = list(codec_modules)
    register.later_modules = list(later_modules)
    return register


def _without_codecs(keys: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], Any]:
    return dict.fromkeys(keys)


class _UnloadedResolver:
    """The resolver of a plugin that is loaded by the first call."""

    def __init__(self, module: str, registry: Registry) -> None:
        self._module = module
        self._registry = registry

    def __call__(self, host: str | bytes, family: int) -> bytes:
        self._registry.load(self._module)
        resolve = self._registry.singles.get("resolver", self)
        if resolve is self:
            raise OSError(f"the resolver of {self._module} is needed while that module is being imported")
        valid: bytes = resolve(host, family)
        return valid
