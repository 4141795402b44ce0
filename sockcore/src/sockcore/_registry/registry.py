"""The registry: who owns which family, protocol, constant, function, method, option and control message.

1. One thing has one owner. A second owner is an error that names both, and nothing of the second stays. A constant
   that is just the number of a family (``AF_AX25``) is no claim to it: it is whose the family is, whoever is first.
2. A plugin registers all or nothing: it fills a :class:`Register`, which the registry then takes or refuses.
3. Afterwards all is plain dictionaries; no hook is called when data move.
4. What a program may never ask for is named, and imported when it is: functions (:class:`Deferred`) and codecs.
"""

from __future__ import annotations

from sockcore._names import imported
from sockcore._registry.codecs import Ancillary, Option
from sockcore._registry.contract import Context
from sockcore._registry.family import Family, RawAddress, family_of
from sockcore._types import Any, Callable, Mapping

Resolver = Callable[["str | bytes", int], bytes]


class RegistrationError(Exception):
    """What a plugin registers is not what the contract asks for, or belongs to another plugin."""


class RawFamily(Family):
    """A family (or protocol) without a plugin: its addresses are :class:`RawAddress`, whole, both ways."""

    def __init__(self, number: int, hint: Callable[[int], str]) -> None:
        self.number = number
        self.name = f"address family {number}"
        self._hint = hint

    def encode(self, address: object, context: Context) -> bytes:
        """Refuse: a RawAddress does not come here."""
        raise OSError(
            f"{context.operation}(): {self.name}: no plugin knows its addresses, pass sockcore.RawAddress, "
            f"not {type(address).__name__}{self._hint(self.number)}"
        )

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the bytes as a RawAddress."""
        return RawAddress(raw)


class Deferred:
    """A function (or class) of a module that is imported when somebody wants it."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def get(self) -> Any:
        """Import it; without ctypes, which some Pythons lack, return a function that raises ImportError."""
        try:
            module = imported(self.module)
        except ImportError as problem:
            if problem.name not in ("_ctypes", "ctypes"):
                raise
            return _without_ctypes(self.name)
        return getattr(module, self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deferred) and (self.module, self.name) == (other.module, other.name)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.module}.{self.name}"


def _without_ctypes(name: str) -> Callable[..., Any]:
    """Return a function in place of one that needs ctypes: the names of the module stay complete."""

    def function(*arguments: object, **keywords: object) -> Any:
        raise ImportError(f"{name}() needs the module _ctypes, which this Python lacks", name="_ctypes")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raise ImportError: {name}() needs the module _ctypes, which this Python lacks."
    return function


class Things:
    """All kinds of thing that have an owner, by what tells them apart."""

    #: Attribute -> the word for one of its things, in messages and in :attr:`Registry.owners`.
    KINDS = {
        "families": "family",
        "names": "name",
        "socket_methods": "method",
        "options": "option",
        "ancillaries": "control message",
        "singles": "single",
    }

    def __init__(self) -> None:
        #: (number, protocol or None for all others) -> codec.
        self.families: dict[tuple[int, int | None], Family] = {}
        #: Constants and functions of the module.
        self.names: dict[str, Any] = {}
        self.socket_methods: dict[str, Callable[..., Any]] = {}
        #: (level, number), or (level, number, family) -> codec.
        self.options: dict[tuple[int, ...], Option] = {}
        #: (level, number), or (level, number, family) -> codec.
        self.ancillaries: dict[tuple[int, ...], Ancillary] = {}
        #: What there is one of: the resolver, and the default families of socket() and socketpair().
        self.singles: dict[str, Any] = {}

    def things(self) -> list[tuple[str, dict[Any, Any]]]:
        """Return each kind's word and its things."""
        return [(kind, getattr(self, attribute)) for attribute, kind in self.KINDS.items()]


class Register(Things):
    """What a plugin's hook is given: each method takes one kind of thing that the plugin brings.

    Nothing takes effect until the hook returns; then all of it does, or, if a part has an owner, none.
    """

    def __init__(self, owner: str) -> None:
        super().__init__()
        self.owner = owner
        #: Modules of codecs, not imported yet.
        self.codec_modules: list[str] = []

    def family(self, family: Family) -> None:
        """Bring an address family, or, where ``family.proto`` is set, one protocol of a family.

        A family's own name becomes a constant of the module; that of a protocol does not.
        """
        if not isinstance(family, Family):
            raise RegistrationError(f"{self.owner}: a family must be a sockcore.plugin.Family, not {family!r}")
        self._put(self.families, (family.number, family.proto), family, f"{family!r}")
        if family.proto is None:
            self.constants({family.name: family.number})

    def constants(self, table: Mapping[str, object]) -> None:
        """Bring constants of the module, by name. ``AF_``, ``SOCK_``, ``MSG_`` and ``AI_`` become enum members."""
        names = self.names
        for name, value in table.items():  # a thousand of them
            if not name.isidentifier() or name[0] == "_":
                raise RegistrationError(f"{self.owner}: {name!r} is not a public name")
            if name in names:
                self._put(names, name, value, f"the name {name}")
            names[name] = value

    def functions(self, *functions: Callable[..., Any]) -> None:
        """Bring functions (or classes) of the module, each under its ``__name__``."""
        self.constants({function.__name__: function for function in functions})

    def deferred(self, module: str, *names: str) -> None:
        """Bring functions (or classes) of *module*, which is imported when one of them is first asked for."""
        self.constants({name: Deferred(module, name) for name in names})

    def methods(self, *functions: Callable[..., Any]) -> None:
        """Bring methods of the socket class, each under its ``__name__``; the first parameter is the socket."""
        for function in functions:
            self._put(self.socket_methods, function.__name__, function, f"the method socket.{function.__name__}")

    def option(self, option: Option) -> None:
        """Bring the codec of a socket option, for :mod:`sockcore.options`."""
        self._put(self.options, option.key, option, f"the option {option.name}")

    def ancillary(self, ancillary: Ancillary) -> None:
        """Bring the codec of a kind of control message, for :mod:`sockcore.ancillary`."""
        if ancillary.discard is not None and ancillary.family is not None:
            raise RegistrationError(f"{self.owner}: {ancillary.name}: a control message of one family has no discard")
        self._put(self.ancillaries, ancillary.key, ancillary, f"the control message {ancillary.name}")

    def codecs(self, module: str) -> None:
        """Bring the codecs that ``options()`` and ``ancillaries()`` of *module* give; it is imported for the first."""
        self.codec_modules.append(module)

    def with_codecs(self) -> Register:
        """Return a register of the same owner, of the codecs in modules that were not imported."""
        register = Register(self.owner)
        for name in self.codec_modules:
            module = imported(name)
            for option in module.options():
                register.option(option)
            for ancillary in module.ancillaries():
                register.ancillary(ancillary)
        return register

    def resolver(self, resolve: Resolver) -> None:
        """Bring the system's name resolution: ``resolve(host, family) -> sockaddr``, for every codec's context."""
        self._put(self.singles, "resolver", resolve, "the resolver")

    def default_family(self, family: int) -> None:
        """Say that ``socket()`` without a family opens this one."""
        self._put(self.singles, "socket", family, "the default family of socket()")

    def default_pair_family(self, family: int) -> None:
        """Say that ``socketpair()`` without a family opens this one."""
        self._put(self.singles, "socketpair", family, "the default family of socketpair()")

    def _put(self, where: dict[Any, Any], key: object, value: object, what: str) -> None:
        if key in where and where[key] != value:
            raise RegistrationError(f"{self.owner} registers {what} twice: {where[key]!r} and {value!r}")
        where[key] = value


class Registry(Things):
    """All that the plugins brought, as dictionaries, with the owner of each thing."""

    def __init__(self, hint: Callable[[int], str] = lambda number: "") -> None:
        super().__init__()
        #: (kind, key) -> owner, for messages and for ``python -m sockcore constants``.
        self.owners: dict[tuple[str, object], str] = {}
        #: What sockets were opened as -> what is known of all that are: the native backend's alone.
        self.kinds: dict[tuple[int, int, int], Any] = {}
        #: What plugins registered, and has codecs still to be imported.
        self.incomplete: list[Register] = []
        self._hint = hint

    def add(self, register: Register) -> None:
        """Take all that a plugin registered, or raise RegistrationError, naming both owners, and take nothing."""
        for kind, things in register.things():
            for key in things:
                other = self.owners.get((kind, key))
                if other is not None and not (kind == "name" and self._is_just_a_number(key, register)):
                    what = {"single": f"default of {key}()"}.get(kind, f"{kind} {key}")
                    raise RegistrationError(f"{register.owner} and {other} both register the {what}")
        self.kinds.clear()
        if register.codec_modules:
            self.incomplete.append(register)
        for (kind, mine), (_, new) in zip(self.things(), register.things()):
            mine.update(new)
            self.owners.update(((kind, key), register.owner) for key in new)
        for family_key, family in self.families.items():
            if family.proto is None:
                self.owners["name", family.name] = self.owners["family", family_key]

    def _is_just_a_number(self, name: str, register: Register) -> bool:
        """Return whether *name* is the same number on both sides, and one of them brings the family of that name."""
        families = (*self.families.values(), *register.families.values())
        return self.names.get(name) == register.names[name] and any(
            family.name == name and family.proto is None for family in families
        )

    def clear(self) -> None:
        """Forget all that plugins brought; names that the core reserved stay its own."""
        for kind, things in self.things():
            for key in things:
                del self.owners[kind, key]
            things.clear()
        self.kinds.clear()
        self.incomplete.clear()

    def name(self, name: str) -> Any:
        """Return a constant or function of the module, imported now if it was put off; KeyError if nobody brings it."""
        found = self.names[name]
        if isinstance(found, Deferred):
            found = self.names[name] = found.get()
        return found

    def family(self, number: int, proto: int) -> Family:
        """Return who codes the addresses of a socket: the protocol's entry, else the family's, else a RawFamily."""
        found = self.families.get((number, proto)) or self.families.get((number, None))
        return found or RawFamily(number, self._hint)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in any sockaddr's bytes, by the family that they name."""
        return self.family(family_of(raw), context.proto).decode(raw, context)
