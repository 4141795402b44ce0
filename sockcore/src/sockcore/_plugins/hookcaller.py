"""Calling a plugin's hooks by pluggy, which says what is wrong with those that are not as specified."""

from __future__ import annotations

import pluggy

from sockcore._plugins import hooks
from sockcore._plugins.hooks import PROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from sockcore._plugins.registry import Register


class Manager(pluggy.PluginManager):
    """pluggy's manager, reading the marks that sockcore's own hookimpl leaves."""

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.add_hookspecs(hooks)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the options of a hook that is marked."""
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
        """Return the options of what the specification has."""
        if getattr(module_or_class, name) not in hooks.SPECIFICATIONS:
            return None
        return {"firstresult": False, "historic": False, "warn_on_impl": None, "warn_on_impl_args": None}

    def call(self, name: str, module: ModuleType, register: Register) -> None:
        """Call the hook of one plugin. PluginValidationError for what is none of the specification's."""
        self.register(module, name)
        try:
            self.check_pending()
        except BaseException:
            self.unregister(module)  # or the next plugin's check would fail for this one's hook
            raise
        others = [other for other in self.get_plugins() if other is not module]
        self.subset_hook_caller("sockcore_register", others)(register=register)
