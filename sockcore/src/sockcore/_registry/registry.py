"""The registry: who owns which family, protocol, constant, function, method, option and control message.

1. One thing has one owner. A second owner is an error that names both, and nothing of the second stays. A constant
   that is just the number of a family (``AF_AX25``) is no claim to it: it is whose the family is, whoever is first.
2. A plugin registers all or nothing: it fills a :class:`Register`, which the registry then takes or refuses.
3. Afterwards all is plain dictionaries; no hook is called when data move. There is no lock: each thread fills a
   registry of its own, and what may be done by two threads at once is the same when it is done twice.
4. What a program may never ask for is named, and imported when it is: functions (:class:`Deferred`) and codecs.
"""

from __future__ import annotations

import errno
import os

from sockcore._names import imported, is_being_imported
from sockcore._registry.codecs import Ancillary, Option
from sockcore._registry.contract import Context
from sockcore._registry.family import Family, RawAddress, family_of
from sockcore._types import Any, Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._registry.entrypoints import Plugin

Resolver = Callable[["str | bytes", int], bytes]


class RegistrationError(Exception):
    """What a plugin registers is not what the contract asks for, or belongs to another plugin."""

    __module__ = "sockcore.plugin"


class HalfImported(Exception):
    """A module of a plugin is needed while it is being imported."""


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


class UnloadedFamily(Family):
    """A family of a plugin that is not loaded yet: the startup cache lists it. :meth:`Registry.family` loads it.

    Only sockets that are opened while their thread imports the plugin have this codec. It loads the plugin when the
    first address is converted.
    """

    def __init__(self, number: int, proto: int | None, name: str, module: str, known: Registry) -> None:
        self.number = number
        self.proto = proto
        self.name = name
        #: The plugin's module.
        self.module_of_plugin = module
        self._known = known

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr, by the plugin."""
        return self._codec(context).encode(address, context)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in a sockaddr, by the plugin."""
        return self._codec(context).decode(raw, context)

    def _codec(self, context: Context) -> Family:
        codec = self._known.family(self.number, context.proto)
        return RawFamily(self.number, self._known.hint) if isinstance(codec, UnloadedFamily) else codec


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
        """Compare with another one, or with the function itself."""
        if isinstance(other, Deferred):
            return (self.module, self.name) == (other.module, other.name)
        place = getattr(other, "__module__", None), getattr(other, "__qualname__", None)
        return (self.module, self.name) == place

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

    __module__ = "sockcore.plugin"

    def __init__(self, owner: str) -> None:
        super().__init__()
        self.owner = owner
        #: Modules of codecs, not imported yet.
        self.codec_modules: list[str] = []
        #: The codecs of these modules, once they are imported.
        self.codecs_of_modules: dict[str, Register] = {}
        #: Modules that functions of the plugin import when they are called.
        self.later_modules: list[str] = []

    def family(self, family: Family) -> None:
        """Bring an address family, or, where ``family.proto`` is set, one protocol of a family.

        A family's own name becomes a constant of the module; that of a protocol does not.
        """
        if not isinstance(family, Family):
            raise RegistrationError(f"{self.owner}: a family must be a sockcore.plugin.Family, not {family!r}")
        if not isinstance(family.number, int) or not (family.proto is None or isinstance(family.proto, int)):
            raise RegistrationError(f"{self.owner}: {family.name}: number and proto of a family must be ints")
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
        """Bring functions (or classes) of *module*, which is imported when one of them is first asked for.

        Without names: say that the plugin imports *module* itself when it first needs it, for ``sockcore.preload()``.
        """
        self.constants({name: Deferred(module, name) for name in names})
        self.later_modules.append(module)

    def methods(self, *functions: Callable[..., Any]) -> None:
        """Bring methods of the socket class, each under its ``__name__``; the first parameter is the socket."""
        for function in functions:
            self._put(self.socket_methods, function.__name__, function, f"the method socket.{function.__name__}")
            if not callable(function):
                raise RegistrationError(f"{self.owner}: a method must be a function, not {function!r}")

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
        """Return a register of the same owner, of the codecs in modules that were not imported.

        It is the same one for all threads. HalfImported if one of the modules is being imported now, further down the
        stack.
        """
        register = Register(self.owner)
        for name in self.codec_modules:
            module = imported(name)
            if is_being_imported(module):
                raise HalfImported(name)
            for option in module.options():
                register.option(option)
            for ancillary in module.ancillaries():
                register.ancillary(ancillary)
        return self.codecs_of_modules.setdefault("all", register)

    def resolver(self, resolve: Resolver) -> None:
        """Bring the system's name resolution: ``resolve(host, family) -> sockaddr``, for every codec's context."""
        if not callable(resolve):
            raise RegistrationError(f"{self.owner}: the resolver must be a function, not {resolve!r}")
        self._put(self.singles, "resolver", resolve, "the resolver")

    def default_family(self, family: int) -> None:
        """Say that ``socket()`` without a family opens this one."""
        self._put_default("socket", family)

    def default_pair_family(self, family: int) -> None:
        """Say that ``socketpair()`` without a family opens this one."""
        self._put_default("socketpair", family)

    def is_like(self, other: Register) -> bool:
        """Return whether the same things are registered, by their keys, constants and names of families."""
        return (
            self.names == other.names
            and [(key, family.name) for key, family in self.families.items()]
            == [(key, family.name) for key, family in other.families.items()]
            and all(mine.keys() == others.keys() for (_, mine), (_, others) in zip(self.things(), other.things()))
            and all(value == other.singles[name] for name, value in self.singles.items() if isinstance(value, int))
            and self.codec_modules == other.codec_modules
        )

    def leave_out(self, blocked: Mapping[int, str]) -> None:
        """Drop the blocked families with all their protocols, and their constants (``AF_ALG``, ``PF_ALG``)."""
        for key in [key for key in self.families if key[0] in blocked]:
            del self.families[key]
        for name, value in list(self.names.items()):
            if name.startswith(("AF_", "PF_")) and isinstance(value, int) and value in blocked:
                del self.names[name]
        if self.singles.get("socketpair") in blocked:
            del self.singles["socketpair"]  # pairs are then those of the default family

    def _put_default(self, of: str, family: int) -> None:
        what = f"the default family of {of}()"
        if not isinstance(family, int):
            raise RegistrationError(f"{self.owner}: {what} must be an int, not {family!r}")
        self._put(self.singles, of, family, what)

    def _put(self, where: dict[Any, Any], key: object, value: object, what: str) -> None:
        if key in where and where[key] != value:
            raise RegistrationError(f"{self.owner} registers {what} twice: {where[key]!r} and {value!r}")
        where[key] = value


#: Called when families have come or gone: the C code keeps their properties.
on_change: list[Callable[[], object]] = []


def changed() -> None:
    """Tell those who keep properties of families that these may have changed."""
    for call in on_change:
        call()


class Registry(Things):
    """All that the plugins brought, as dictionaries, with the owner of each thing."""

    _CODECS = ("option", "control message")

    def __init__(
        self,
        hint: Callable[[int], str] = lambda number: "",
        reserved: Mapping[tuple[str, object], str] | None = None,
        load: Callable[[Registry, str], None] = lambda registry, module: None,
    ) -> None:
        super().__init__()
        #: (kind, key) -> owner, for messages and for ``python -m sockcore constants``.
        self.owners: dict[tuple[str, object], str] = {}
        #: The same of what the core keeps for itself.
        self.reserved = {} if reserved is None else reserved
        #: Enum -> its class, of the constants that are here now.
        self.enums: dict[str, Any] = {}
        #: What plugins registered, and has codecs still to be imported.
        self.incomplete: list[Register] = []
        #: Modules that plugins import when they first need them.
        self.later_modules: list[str] = []
        #: Numbers of families that SOCKCORE_BLOCK names -> the name there.
        self.blocked: dict[int, str] = {}
        #: All plugins that were found, by name.
        self.plugins: list[Plugin] = []
        #: Texts of warnings that nobody has been given yet.
        self.warnings: list[str] = []
        #: Module of a plugin -> its registrations from the startup cache, until the plugin is loaded.
        self.unloaded: dict[str, Register] = {}
        self.hint = hint
        self._load = load

    def add(self, register: Register, is_repeated: bool = False) -> None:
        """Take all that a plugin registered, or raise RegistrationError, naming both owners, and take nothing.

        Another thread may add the same register of codecs at the same time, or any register if *is_repeated*.
        """
        for (kind, mine), (_, things) in zip(self.things(), register.things()):
            for key in things:
                other = self.owners.get((kind, key)) or self.reserved.get((kind, key))
                if other is None or (kind == "name" and self._is_just_a_number(key, register)):
                    continue
                is_same = mine.get(key) is things[key] or isinstance(things[key], Deferred)
                if other != register.owner or not (is_repeated or kind in self._CODECS) or not is_same:
                    what = {"single": f"default of {key}()"}.get(kind, f"{kind} {key}")
                    raise RegistrationError(f"{register.owner} and {other} both register the {what}")
        if register.codec_modules and not any(register is other for other in list(self.incomplete)):
            self.incomplete.append(register)
        self.later_modules += register.later_modules
        for (kind, mine), (_, new) in zip(self.things(), register.things()):
            # Codecs in the startup cache have a key only.
            mine.update(new if kind not in self._CODECS else {key: new[key] for key in new if new[key] is not None})
            self.owners.update(((kind, key), register.owner) for key in new)
        for family_key, family in list(self.families.items()):
            if family.proto is None:
                self.owners["name", family.name] = self.owners["family", family_key]
        # What was made of what was here before. Codecs come last, and change no name.
        changed()
        if register.names:
            self.enums.clear()

    def load(self, module: str) -> None:
        """Load the plugin in *module* if only its registrations from the startup cache are here."""
        if module in self.unloaded:
            self._load(self, module)

    def replace(self, listed: Register, register: Register) -> None:
        """Put the things of a plugin that is loaded now in the place of its registrations from the startup cache.

        Two threads may do it at the same time with the same *register*, which :meth:`Register.is_like` *listed*.
        """
        for (kind, mine), (_, new) in zip(self.things(), register.things()):
            if kind != "name":
                mine.update(new)
        for name, value in listed.names.items():
            if isinstance(value, Deferred) and not isinstance(register.names[name], Deferred):
                self.names[name] = register.names[name]
        changed()

    def remove(self, register: Register) -> None:
        """Remove the things of a plugin."""
        for (kind, mine), (_, things) in zip(self.things(), register.things()):
            for key in things:
                if self.owners.get((kind, key)) == register.owner:
                    self.owners.pop((kind, key), None)
                    mine.pop(key, None)
        self.incomplete[:] = [other for other in self.incomplete if other is not register]
        changed()
        self.enums.clear()

    def _is_just_a_number(self, name: str, register: Register) -> bool:
        """Return whether *name* is the same number on both sides, and one of them brings the family of that name."""
        families = (*list(self.families.values()), *register.families.values())
        return self.names.get(name) == register.names[name] and any(
            family.name == name and family.proto is None for family in families
        )

    def clear(self) -> None:
        """Forget all that plugins brought; names that the core reserved stay its own."""
        for _, things in self.things():
            things.clear()
        for key in [key for key in self.owners if key[0] != "blocked"]:
            del self.owners[key]
        self.unloaded.clear()
        changed()
        self.enums.clear()
        self.incomplete.clear()
        self.later_modules.clear()

    def refuse_blocked(self, family: int) -> None:
        """Raise OSError (EAFNOSUPPORT) if SOCKCORE_BLOCK names the address family."""
        if family in self.blocked:
            text = f"{os.strerror(errno.EAFNOSUPPORT)}: SOCKCORE_BLOCK names {self.blocked[family]}"
            raise OSError(errno.EAFNOSUPPORT, text)

    def name(self, name: str) -> Any:
        """Return a constant or function of the module, imported now if it was put off; KeyError if nobody brings it."""
        found = self.names[name]
        if isinstance(found, Deferred):
            found = self.names[name] = found.get()
        return found

    def family(self, number: int, proto: int) -> Family:
        """Return who codes the addresses of a socket: the protocol's entry, else the family's, else a RawFamily."""
        found = self.families.get((number, proto)) or self.families.get((number, None))
        if type(found) is UnloadedFamily:
            # Without effect if this thread is importing the plugin.
            self.load(found.module_of_plugin)
            found = self.families.get((number, proto)) or self.families.get((number, None))
        return found or RawFamily(number, self.hint)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in any sockaddr's bytes, by the family that they name."""
        return self.family(family_of(raw), context.proto).decode(raw, context)
