"""Plugins: their discovery, and the registry of their registrations.

This module is the hook specification, the complete interface between the core and a plugin.

A plugin is a module that a distribution names in the entry point group ``sockcore``::

    [project.entry-points.sockcore]
    xdp = "sockcore_xdp"

The module has the version of the specification for which it was written, and one hook::

    from sockcore.plugin import Register, hookimpl

    SOCKCORE_API = 1

    @hookimpl
    def sockcore_register(register: Register) -> None:
        register.family(Xdp())
"""

from __future__ import annotations

from sockcore._types import Any, Callable, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._plugins.registrations import Register

F = TypeVar("F", bound=Callable[..., Any])

#: The entry point group, and the project name for pluggy.
PROJECT = "sockcore"

#: The version of this specification. It increases when a hook or the Register changes or loses a feature. A plugin for
#: another version is rejected with a message that names both versions.
API_VERSION = 1


def hookimpl(function: F) -> F:
    """Mark a function of a plugin as the implementation of the hook with its name."""
    # pluggy's own marker would import pluggy, which a start with a startup cache does not need.
    if not callable(function):
        raise TypeError(f"hookimpl marks a function, not {function!r}")
    function.sockcore_impl = {}  # type: ignore[attr-defined]
    return function


def sockcore_register(register: Register) -> None:
    """Register the families, constants, functions, methods and codecs of a plugin.

    The core calls it when it first needs the plugins. It may be called again, by another thread at the same time or
    after an interruption. So it should do nothing but register. *register* has a method for each type of registration.
    If the hook raises an exception, a PluginWarning names the plugin, and all its registrations are removed.
    KeyboardInterrupt, SystemExit, MemoryError, a lack of file descriptors and exceptions of signal handlers are not the
    fault of the plugin. They end the discovery, which starts over at the next use.
    """


SPECIFICATIONS = (sockcore_register,)
