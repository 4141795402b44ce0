"""The hook specification: all that the core asks of a plugin, on one screen.

A plugin is a module that a distribution names in the entry point group ``sockcore``::

    [project.entry-points.sockcore]
    xdp = "sockcore_xdp"

It says which version of this specification it was written for, and has one hook::

    from sockcore.plugin import Register, hookimpl

    SOCKCORE_API = 1

    @hookimpl
    def sockcore_register(register: Register) -> None:
        register.family(Xdp())
"""

from __future__ import annotations

from sockcore._plugins.registry import Register
from sockcore._types import Any, Callable, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: The entry point group, and the name of the project in pluggy.
PROJECT = "sockcore"

#: The version of this specification. It rises when a hook or the Register loses or changes something; a plugin
#: for another version is refused with a sentence that names both.
API_VERSION = 1


def hookimpl(function: F) -> F:
    """Mark a plugin's function as the implementation of the hook of its name."""
    # pluggy's own marker would cost its import where the frozen list makes it unnecessary.
    function.sockcore_impl = {}  # type: ignore[attr-defined]
    return function


def sockcore_register(register: Register) -> None:
    """Register what the plugin brings: families, protocols, constants, functions, methods, options, control messages.

    Called when something first needs the plugins: by each thread that does so at the same time, and again after an
    interruption, so it should do nothing but register. *register* has a method for each kind of thing. Raising an
    exception costs a warning that names the plugin, and none of what it registered stays. KeyboardInterrupt,
    SystemExit, MemoryError, a lack of file descriptors and what a signal handler raises are not the plugin's fault:
    they end the discovery, which starts over at the next use.
    """


SPECIFICATIONS = (sockcore_register,)
