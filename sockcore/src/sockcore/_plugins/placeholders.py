"""Stand-ins in a registry: for families without a plugin or with one that is not loaded, and for deferred functions."""

from __future__ import annotations

from sockcore._families.family import Context, Family, RawAddress
from sockcore._names import import_module
from sockcore._types import Any, Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._plugins.registry import Registry


class RawFamily(Family):
    """A family (or protocol) without a plugin. Its addresses are :class:`RawAddress` in both directions."""

    def __init__(self, number: int, hint: Callable[[int], str]) -> None:
        self.number = number
        self.name = f"address family {number}"
        self._hint = hint

    def encode(self, address: object, context: Context) -> bytes:
        """Raise OSError. The core itself handles a RawAddress."""
        raise OSError(
            f"{context.operation}(): {self.name}: no plugin knows its addresses, pass sockcore.RawAddress, "
            f"not {type(address).__name__}{self._hint(self.number)}"
        )

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the bytes as a RawAddress."""
        return RawAddress(raw)


class UnloadedFamily(Family):
    """A family of a plugin that is not loaded yet: the startup cache lists it. :meth:`Registry.family` loads it.

    Only sockets that are opened while their thread imports the plugin have this codec. It loads the plugin when the
    first address is converted.
    """

    def __init__(self, number: int, proto: int | None, name: str, module: str, registry: Registry) -> None:
        self.number = number
        self.proto = proto
        self.name = name
        #: The plugin's module.
        self.module_of_plugin = module
        self._registry = registry

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr, by the plugin."""
        return self._codec(context).encode(address, context)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in a sockaddr, by the plugin."""
        return self._codec(context).decode(raw, context)

    def _codec(self, context: Context) -> Family:
        codec = self._registry.family(self.number, context.proto)
        return RawFamily(self.number, self._registry.hint) if isinstance(codec, UnloadedFamily) else codec


class Deferred:
    """A function (or class) of a module that is imported when the function is first used."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def get(self) -> Any:
        """Import and return it. On a Python without ctypes, return a function that raises ImportError."""
        try:
            module = import_module(self.module)
        except ImportError as exc:
            if exc.name not in ("_ctypes", "ctypes"):
                raise
            return _without_ctypes(self.name)
        return getattr(module, self.name)

    def __eq__(self, other: object) -> bool:
        """Compare with another one, or with the function itself."""
        if isinstance(other, Deferred):
            return (self.module, self.name) == (other.module, other.name)
        place = getattr(other, "__module__", None), getattr(other, "__qualname__", None)
        return (self.module, self.name) == place

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.module}.{self.name}"


def _without_ctypes(name: str) -> Callable[..., Any]:
    """Return a replacement for a function that needs ctypes, so that the public module has all names."""

    def function(*arguments: object, **keywords: object) -> Any:
        raise ImportError(f"{name}() needs the module _ctypes, which this Python lacks", name="_ctypes")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raise ImportError: {name}() needs the module _ctypes, which this Python lacks."
    return function
