"""Calls of hooks through pluggy, which reports hooks that differ from the specification."""

from __future__ import annotations

import pluggy

from sockcore import _plugins
from sockcore._plugins import PROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from sockcore._plugins.registrations import Register


class Manager(pluggy.PluginManager):
    """A pluggy manager that reads the marks of sockcore's own hookimpl."""

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.add_hookspecs(_plugins)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the options of a hook, or None if it is not marked."""
        mark = getattr(getattr(plugin, name, None), f"{PROJECT}_impl", None)
        if mark is None:
            return None
        return {
            "wrapper": False,
            "hookwrapper": False,
            "optionalhook": False,
            "tryfirst": False,
            "trylast": False,
            "specname": None,
        }

    def parse_hookspec_opts(self, module_or_class: object, name: str) -> pluggy.HookspecOpts | None:
        """Return the options of a hook in the specification, or None for any other name."""
        if getattr(module_or_class, name) not in _plugins.SPECIFICATIONS:
            return None
        return {"firstresult": False, "historic": False, "warn_on_impl": None, "warn_on_impl_args": None}

    def call(self, name: str, module: ModuleType, register: Register) -> None:
        """Call the hook of one plugin.

        Raises PluginValidationError for a hook that is not in the specification.
        """
        self.register(module, name)
        try:
            self.check_pending()
        except BaseException:
            self.unregister(module)  # otherwise the check of the next plugin would fail for this hook
            raise
        others = [other for other in self.get_plugins() if other is not module]
        self.subset_hook_caller("sockcore_register", others)(register=register)
