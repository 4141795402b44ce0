"""Loading of one plugin into a registry: its module, its hook, and blocked families."""

from __future__ import annotations

import sys
from types import ModuleType

from sockcore._names import import_module, is_being_imported
from sockcore._plugins import API_VERSION, PROJECT
from sockcore._plugins.entrypoints import Plugin
from sockcore._plugins.registrations import Register, RegistrationError, conflict
from sockcore._plugins.registry import Registry
from sockcore._types import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._startup_cache.index import Registrations


def _is_plain(module: ModuleType) -> bool:
    """Return True if a module needs no checks by pluggy.

    Its only hook has the specified parameter.
    """
    # A copy, because the hook may be importing modules of the package in another thread.
    names = vars(module).copy()
    mark = f"{PROJECT}_impl"
    hooks = [name for name, value in names.items() if getattr(value, mark, None) is not None]
    code = getattr(module.sockcore_register, "__code__", None)
    return hooks == ["sockcore_register"] and code is not None and code.co_varnames[: code.co_argcount] == ("register",)


class Hooks:
    """Calls of the hooks of plugins. pluggy is used for hooks that it must check."""

    def __init__(self) -> None:
        self._modules: list[ModuleType] = []
        self._manager: Any = None

    def call(self, plugin: Plugin, module: ModuleType, register: Register) -> None:
        """Call the hook of a plugin once."""
        if module in self._modules:
            raise RegistrationError(f"the module {plugin.module} is registered already")
        self._modules.append(module)
        if _is_plain(module):
            module.sockcore_register(register)
            return
        if self._manager is None:
            self._manager = import_module("sockcore._plugins.hookcaller").Manager(PROJECT)
        self._manager.call(plugin.name, module, register)


class BlockedFamilies:
    """The address families in SOCKCORE_BLOCK."""

    def __init__(self, registry: Registry, blocked: frozenset[str]) -> None:
        self._registry = registry
        self._names = {name for name in blocked if name[:3].upper() == "AF_"}
        if self._names:
            # Families without a plugin are blocked too.
            numbers = import_module("sockcore._plugins.hints").family_numbers()
            registry.blocked.update({numbers[name]: name for name in self._names if name in numbers})

    def leave_out(self, register: Register) -> None:
        """Remove the blocked families of a plugin, and their constants."""
        if not self._names:
            return
        blocked = self._registry.blocked
        for name in self._names:
            number = register.names.get(name)
            if isinstance(number, int):
                blocked.setdefault(int(number), name)
        for number, _ in register.families:
            if number in blocked:
                self._registry.owners["blocked"][number] = register.owner
        register.leave_out(blocked)

    def warnings(self) -> list[str]:
        """Return a message for each blocked name that is not an address family."""
        unknown = sorted(self._names.difference(self._registry.blocked.values()))
        return [
            f"SOCKCORE_BLOCK names {name!r}, and no such address family is known"
            for name in unknown
            if not import_module("sockcore._plugins.hints").is_family(name)
        ]


def load_plugin(
    plugin: Plugin,
    registry: Registry,
    hooks: Hooks,
    families: BlockedFamilies,
    registrations: Registrations | None = None,
    registers: dict[str, Register] | None = None,
) -> None:
    """Load a plugin into a registry, or its *registrations* from the startup cache.

    With *registers*, all threads add the register of the first thread.
    """
    handled = sys.exc_info()[1]
    try:
        for other in registry.plugins:
            if other.name == plugin.name and other.state in ("loaded", "cached"):
                raise conflict(f"{other.distribution} has a plugin of this name too", other.distribution)
        if registrations is None:
            register = call_hook(plugin, hooks)
            if register is None:
                return  # its state stays "found"
        else:
            index = import_module("sockcore._startup_cache.index")
            register = index.to_register(plugin.distribution, plugin.module, registrations, registry)
        families.leave_out(register)
        if registers is None:
            registry.add(register)
        else:
            first_register = registers.setdefault(plugin.module, register)
            try:
                registry.add(first_register, is_repeated=True)
            except RegistrationError:
                registers.pop(plugin.module, None)
                raise
    except Exception as exc:
        mark_broken(plugin, exc, handled)
    else:
        if registrations is None:
            plugin.state = "loaded"
        else:
            plugin.state = "cached"
            registry.unloaded[plugin.module] = register


def call_hook(plugin: Plugin, hooks: Hooks) -> Register | None:
    """Import the module of a plugin, and return its registrations.

    None if the module is being imported.
    """
    module = import_module(plugin.module)
    if is_being_imported(module):
        return None
    version = getattr(module, "SOCKCORE_API", None)
    if version != API_VERSION:
        raise RegistrationError(
            f"it is for version {version!r} of the plugin interface, and this sockcore has version {API_VERSION}"
            if version is not None
            else "it does not define SOCKCORE_API, the version of the plugin interface that it is for"
        )
    if not hasattr(getattr(module, "sockcore_register", None), "sockcore_impl"):
        raise RegistrationError("it has no function sockcore_register that is marked with hookimpl")
    register = Register(plugin.distribution)
    hooks.call(plugin, module, register)
    return register


def mark_broken(plugin: Plugin, exc: Exception, handled: BaseException | None) -> None:
    """Record that a plugin cannot be loaded.

    Re-raises an exception that the plugin did not cause.
    """
    if not import_module("sockcore._faults").is_plugins_fault(exc, handled):
        raise exc
    plugin.state = "broken"
    plugin.conflict = getattr(exc, "other", "") if isinstance(exc, RegistrationError) else ""
    plugin.problem = (
        f"sockcore plugin {plugin.name!r} of the distribution {plugin.distribution} {plugin.version} is left out: "
        f"{type(exc).__name__}: {exc}"
    )
