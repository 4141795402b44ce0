"""The socket without its files and enums: what stands for ``_socket.socket``."""

from __future__ import annotations

from sockcore._backend.chosen import native
from sockcore._object.batches import Batches
from sockcore._object.options import Options
from sockcore._registry import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._registry.registry import Registry
    from sockcore._typing import Methods

    class Endpoint(Methods, Batches, Options):
        """The socket, with the methods that plugins bring."""

else:
    #: With the native backend its methods come first, and leave to those of the other classes what they cannot do.
    _FAST = (native.Fast,) if native else ()

    class Endpoint(*_FAST, Batches, Options):
        """A socket whose numbers are plain ints; the base of :class:`sockcore.socket`."""

        __slots__ = ()


def _add_methods(registry: Registry) -> None:
    for name, function in registry.socket_methods.items():
        setattr(Endpoint, name, function)


# Methods that plugins bring are there once the plugins are.
discovery.when_loaded(_add_methods)
