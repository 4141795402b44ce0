"""Placeholders in a registry: for families without a loaded plugin or codec, and for deferred functions."""

from __future__ import annotations

from sockcore._families import Context, Family, RawAddress
from sockcore._names import import_module, is_being_imported
from sockcore._types import Any, Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._plugins.registry import Registry


class RawFamily(Family):
    """A family or protocol without a plugin.

    Its addresses are :class:`RawAddress` in both directions.
    """

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
    """A family of a plugin that is in the startup cache and not loaded.

    :meth:`Registry.family` loads the plugin. Only a socket that is opened while its thread imports the plugin has this
    codec. The first conversion of an address loads the plugin.
    """

    def __init__(self, number: int, proto: int | None, name: str, module: str, registry: Registry) -> None:
        self.number = number
        self.proto = proto
        self.name = name
        #: The module of the plugin.
        self.module_of_plugin = module
        self._registry = registry

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of an address, by the codec of the plugin."""
        return self._codec(context).encode(address, context)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in a sockaddr, by the codec of the plugin."""
        return self._codec(context).decode(raw, context)

    def _codec(self, context: Context) -> Family:
        codec = self._registry.family(self.number, context.proto)
        return RawFamily(self.number, self._registry.hint) if isinstance(codec, UnloadedFamily) else codec


class DeferredFamily(Family):
    """A family whose codec is imported with its first socket.

    :meth:`Registry.family` imports it. Only a socket that is opened while its thread imports the codec has this one.
    """

    def __init__(self, number: int, proto: int | None, name: str, location: str) -> None:
        self.number = number
        self.proto = proto
        self.name = name
        #: The module, and the name of a class or function without parameters that returns the codec: "module:name".
        self.location = location
        #: The codec, under the key "codec". All threads use the first one.
        self._created: dict[str, Family] = {}

    def codec(self) -> Family | None:
        """Import and return the codec, or return None while its module is being imported.

        Raises TypeError if the codec is not one of this family.
        """
        name, _, attribute = self.location.partition(":")
        module = import_module(name)
        if is_being_imported(module):
            return None
        codec = getattr(module, attribute)()
        if not isinstance(codec, Family) or (codec.number, codec.proto) != (self.number, self.proto):
            raise TypeError(f"{self.location} must return a codec of {self!r}, not {codec!r}")
        return self._created.setdefault("codec", codec)

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of an address, by the codec. Raises OSError while it is being imported."""
        codec = self.codec()
        if codec is None:
            raise OSError(f"{context.operation}(): {self.name}: its codec is still being imported")
        return codec.encode(address, context)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in a sockaddr, by the codec, or a RawAddress while the codec is being imported."""
        codec = self.codec()
        return RawAddress(raw) if codec is None else codec.decode(raw, context)


class Deferred:
    """A function or class whose module is imported at first use."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def get(self) -> Any:
        """Import and return the function.

        Without ctypes in this Python, return one that raises ImportError.
        """
        try:
            module = import_module(self.module)
        except ImportError as exc:
            if exc.name not in ("_ctypes", "ctypes"):
                raise
            return _without_ctypes(self.name)
        return getattr(module, self.name)

    def __eq__(self, other: object) -> bool:
        """Compare with another Deferred, or with the function itself."""
        if isinstance(other, Deferred):
            return (self.module, self.name) == (other.module, other.name)
        location = getattr(other, "__module__", None), getattr(other, "__qualname__", None)
        return (self.module, self.name) == location

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.module}.{self.name}"


class DeferredMethod(Deferred):
    """A method whose module is imported at first use."""

    __slots__ = ()

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self.get().__get__(instance, owner)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.get()(*arguments, **keywords)


def _without_ctypes(name: str) -> Callable[..., Any]:
    """Return a replacement for a function that needs ctypes.

    It keeps the names of the public module complete.
    """

    def function(*arguments: object, **keywords: object) -> Any:
        raise ImportError(f"{name}() needs the module _ctypes, which this Python lacks", name="_ctypes")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raise ImportError: {name}() needs the module _ctypes, which this Python lacks."
    return function
