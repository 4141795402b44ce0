"""A registry whose changes end with a test."""

from __future__ import annotations

import sys

from sockcore._families import Family
from sockcore._plugins import discovery
from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry, notify_change
from sockcore._types import Any, Callable, Self
from sockcore.plugin import load

#: The attributes of the registry that a plugin changes, besides the tables of registrations.
_OTHERS = ("blocked", "unloaded", "incomplete", "later_modules", "plugins")


class IsolatedRegistry:
    """The registry of this process, as a context manager that undoes the registrations of its block.

    Sockets that the block has opened keep their codecs. Another thread must not load plugins at the same time.
    """

    def __init__(self) -> None:
        self._saved: list[tuple[Any, Any]] = []
        self._late: dict[str, Any] = {}
        self._requested: set[str] = set()
        self._enums: dict[str, Any] = {}

    def __enter__(self) -> Self:
        from sockcore._plugins import late_loading

        current = discovery.all_loaded()
        containers = [table for _, table in current.tables()] + [getattr(current, name) for name in _OTHERS]
        containers += current.owners.values()
        self._saved = [(container, container.copy()) for container in containers]
        self._late = late_loading._registers.copy()
        self._requested = discovery._requested_modules.copy()
        self._enums = current.enums.copy()
        return self

    def __exit__(self, *_: object) -> None:
        from sockcore._plugins import late_loading

        current = discovery.registry()
        names, methods = set(current.names), set(current.socket_methods)
        for container, saved in self._saved:
            if isinstance(container, list):
                container[:] = saved
            else:
                container.clear()
                container.update(saved)
        late_loading._registers.clear()
        late_loading._registers.update(self._late)
        discovery._requested_modules.clear()
        discovery._requested_modules.update(self._requested)
        self._forget(names - set(current.names), methods - set(current.socket_methods))
        # The same classes as before: programs may have kept members.
        current.enums.update(self._enums)

    @property
    def registry(self) -> Registry:
        """The registry of this process."""
        return discovery.registry()

    def load(self, *modules: Any) -> None:
        """Load the plugins in modules, like ``sockcore.plugin.load()``."""
        load(*modules)

    def register(self, hook: Callable[[Register], None], owner: str = "tested") -> Register:
        """Call the hook of a plugin, and add its registrations.

        Raises RegistrationError if they conflict with another plugin.
        """
        register = Register(owner)
        hook(register)
        self.registry.add(register)
        for call in list(discovery._callbacks):
            call(self.registry)
        self._forget(set(register.names), set())
        return register

    def family(self, family: Family, owner: str = "tested") -> None:
        """Register an address family."""
        self.register(lambda register: register.family(family), owner)

    def _forget(self, names: set[str], methods: set[str]) -> None:
        """Remove names from the public module, and methods from the socket class."""
        from sockcore._plugins.late_loading import _forget_common_names
        from sockcore._sockets import delete_class_attribute

        public = vars(sys.modules["sockcore"])
        for name in names:
            public.pop(name, None)
        for name in methods:
            delete_class_attribute(name)
        self.registry.enums.clear()
        _forget_common_names()
        notify_change()
