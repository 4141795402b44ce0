"""The tests that every address family should pass, for authors of plugins.

1. :class:`FamilyTests` and :class:`PluginTests` test the codec and the hook with literals. They open no socket, and run
   on a machine without the family.
2. :class:`ConnectedTests`, :class:`DatagramTests` and :class:`RequestTests` test sockets of the family on the running
   kernel. All are :class:`SocketTests`. A subclass describes the family. The tests are skipped if the kernel lacks it.
3. :class:`SimulatedKernel` adds a family to this process that the kernel lacks. :class:`IsolatedRegistry` undoes the
   registrations of a test. :class:`NetworkNamespaces` has network interfaces of its own.
4. pytest runs subclasses as they are. :mod:`unittest` does if they also inherit from ``unittest.TestCase``.
5. ``sockcore.testing.pytest_plugin`` has fixtures for pytest. pytest loads it by its entry point.

``docs/writing-a-family.md`` in the repository shows the classes in use.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore.testing._codecs import FakeContext as FakeContext
    from sockcore.testing._codecs import FamilyTests as FamilyTests
    from sockcore.testing._codecs import PluginTests as PluginTests
    from sockcore.testing._codecs import registered_by as registered_by
    from sockcore.testing._connections import ConnectedTests as ConnectedTests
    from sockcore.testing._datagrams import DatagramTests as DatagramTests
    from sockcore.testing._kernel import SimulatedKernel as SimulatedKernel
    from sockcore.testing._namespaces import NetworkNamespaces as NetworkNamespaces
    from sockcore.testing._registry import IsolatedRegistry as IsolatedRegistry
    from sockcore.testing._requests import RequestTests as RequestTests
    from sockcore.testing._sockets import FEATURES as FEATURES
    from sockcore.testing._sockets import SocketTests as SocketTests

#: Public name -> its module. A name is imported at its first use, because pytest imports this package for its plugin.
_HOME: dict[str, str] = {
    "FEATURES": "_sockets",
    "ConnectedTests": "_connections",
    "DatagramTests": "_datagrams",
    "FakeContext": "_codecs",
    "FamilyTests": "_codecs",
    "IsolatedRegistry": "_registry",
    "NetworkNamespaces": "_namespaces",
    "PluginTests": "_codecs",
    "RequestTests": "_requests",
    "SimulatedKernel": "_kernel",
    "SocketTests": "_sockets",
    "registered_by": "_codecs",
}

__all__ = [
    "FEATURES",
    "ConnectedTests",
    "DatagramTests",
    "FakeContext",
    "FamilyTests",
    "IsolatedRegistry",
    "NetworkNamespaces",
    "PluginTests",
    "RequestTests",
    "SimulatedKernel",
    "SocketTests",
    "registered_by",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from sockcore._names import import_module

        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        setattr(sys.modules[__name__], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOME})
