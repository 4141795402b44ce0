"""What a plugin registers: the argument of its hook.

Functions, methods, codecs of families, and modules with codecs of options and control messages can be registered by the
name of their module, which is imported at first use (:mod:`sockcore._plugins.placeholders`).
"""

from __future__ import annotations

from sockcore._families import Family
from sockcore._names import import_module, is_being_imported
from sockcore._platform import Table
from sockcore._plugins.placeholders import Deferred, DeferredFamily, DeferredMethod
from sockcore._types import Ancillary, Any, Callable, Mapping, Option, Sequence

Resolver = Callable[["str | bytes", int], bytes]


class RegistrationError(Exception):
    """A registration violates the contract or conflicts with another plugin.

    Registrations conflict if another plugin has registered the same thing.
    """

    __module__ = "sockcore.plugin"

    #: The distribution with which a registration conflicts, or "".
    other = ""


def conflict(message: str, other: str) -> RegistrationError:
    """Return the exception for a registration that conflicts with the distribution *other*."""
    exc = RegistrationError(message)
    exc.other = other
    return exc


class HalfImported(Exception):
    """A module of a plugin is needed while this thread imports it."""


class Registrations:
    """Everything that a plugin can register, keyed for the detection of conflicts."""

    #: Attribute -> the noun for one of its entries, in messages and in :attr:`Registry.owners`.
    NOUNS = {
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
        self.options: dict[tuple[int, ...], Option[Any]] = {}
        #: (level, number), or (level, number, family) -> codec.
        self.ancillaries: dict[tuple[int, ...], Ancillary[Any]] = {}
        #: Registrations that only one plugin can make: the resolver, the default families of socket() and socketpair().
        self.singles: dict[str, Any] = {}

    def tables(self) -> list[tuple[str, dict[Any, Any]]]:
        """Return all dictionaries, each with the noun for its entries."""
        return [(noun, getattr(self, attribute)) for attribute, noun in self.NOUNS.items()]


class Register(Registrations):
    """The argument of a plugin's hook, with a method for each type of registration.

    Nothing takes effect before the hook returns. Then all of it does, or nothing if a part has another owner.

    A method that registers raises RegistrationError for an invalid argument, and if the plugin has already registered
    the same name, number or default.
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
        #: The tables of constants, which the startup cache stores as a whole.
        self.constant_tables: list[Table] = []

    def family(self, family: Family) -> None:
        """Register an address family, or one protocol of it if ``family.proto`` is set.

        The name of a family becomes a constant of the module. The name of a protocol does not.
        """
        if not isinstance(family, Family):
            raise RegistrationError(f"{self.owner}: a family must be a sockcore.plugin.Family, not {family!r}")
        if not isinstance(family.number, int) or not (family.proto is None or isinstance(family.proto, int)):
            raise RegistrationError(f"{self.owner}: {family.name}: number and proto of a family must be ints")
        self._put(self.families, (family.number, family.proto), family)
        if family.proto is None:
            self.constants({family.name: family.number})

    def deferred_family(self, number: int, name: str, location: str, proto: int | None = None) -> None:
        """Register an address family, or one protocol of it, whose codec is imported with its first socket.

        *location* is ``"module:name"``. The name is that of a class or function without parameters, which returns the
        :class:`Family`.
        """
        if not all(isinstance(text, str) for text in (name, location)) or not all(location.partition(":")):
            raise RegistrationError(f'{self.owner}: {name}: the codec must be "module:name", not {location!r}')
        self.family(DeferredFamily(number, proto, name, location))

    def constants(self, table: Mapping[str, object]) -> None:
        """Register constants of the module, by name.

        ``AF_``, ``SOCK_``, ``MSG_`` and ``AI_`` become enum members. The facts in a table of
        :func:`sockcore.plugin.load_table`, whose names are in lower case, are left out.
        """
        facts: Sequence[str] = ()
        if type(table) is Table:
            # Generated from headers, so its names are valid. To check them would take 1 % of the start-up.
            self.constant_tables.append(table)
            facts = table.facts
        else:
            invalid = [name for name in table if not name.isidentifier() or name[0] == "_"]
            if invalid:
                raise RegistrationError(f"{self.owner}: {invalid[0]!r} is not a public name")
        # The copy of a whole table to an empty dictionary takes a tenth of the instructions.
        new = {} if self.names else self.names
        new.update(table)
        for name in facts:
            new.pop(name, None)
        if new is self.names:
            return
        repeated = new.keys() & self.names.keys()
        for name in [name for name in new if name in repeated] if repeated else ():
            self._put(self.names, name, new[name], f"the name {name}")
        self.names.update(new)

    def functions(self, *functions: Callable[..., Any]) -> None:
        """Register functions (or classes) of the public module by their ``__name__``."""
        self.constants({function.__name__: function for function in functions})

    def deferred(self, module: str, *names: str) -> None:
        """Register functions (or classes) of a module that is imported later.

        *module* is imported when a program first uses one of them, or by ``sockcore.preload()``. Without names, only
        ``preload()`` imports it: use this for modules that the plugin itself imports late.
        """
        self.constants({name: Deferred(module, name) for name in names})
        self.later_modules.append(module)

    def methods(self, *functions: Callable[..., Any]) -> None:
        """Register methods of the socket class, each under its ``__name__``.

        The first parameter of a method is the socket.
        """
        for call in before_methods:
            call()
        for function in functions:
            name = function.name if isinstance(function, DeferredMethod) else function.__name__
            self._put(self.socket_methods, name, function, f"the method socket.{name}")
            if not callable(function):
                raise RegistrationError(f"{self.owner}: a method must be a function, not {function!r}")

    def deferred_methods(self, module: str, *names: str) -> None:
        """Register methods of the socket class, functions of a module that is imported when one of them is used."""
        self.methods(*(DeferredMethod(module, name) for name in names))
        self.later_modules.append(module)

    def option(self, option: Option[Any]) -> None:
        """Register the codec of a socket option, for :mod:`sockcore.options`."""
        if self.options.get(option.key, option) is not option:  # options with the same number are equal
            other = self.options[option.key]
            raise RegistrationError(f"{self.owner} registers option {option.key} twice: {other!r} and {option!r}")
        self.options[option.key] = option

    def ancillary(self, ancillary: Ancillary[Any]) -> None:
        """Register the codec of a control message type, for :mod:`sockcore.ancillary`."""
        if ancillary.discard is not None and ancillary.family is not None:
            raise RegistrationError(f"{self.owner}: {ancillary.name}: a control message of one family has no discard")
        self._put(self.ancillaries, ancillary.key, ancillary, f"the control message {ancillary.name}")

    def codecs(self, module: str) -> None:
        """Register the codecs that *module* returns.

        The functions ``options()`` and ``ancillaries()`` of the module return them. It may have only one of them. The
        module is imported when a codec is first needed.
        """
        self.codec_modules.append(module)

    def with_codecs(self) -> Register:
        """Import the modules of codecs; return a register with their codecs.

        The returned register has the same owner. All threads get the same register. Raises HalfImported if this thread
        is importing one of the modules.
        """
        register = Register(self.owner)
        for name in self.codec_modules:
            module = import_module(name)
            if is_being_imported(module):
                raise HalfImported(name)
            for option in getattr(module, "options", tuple)():
                register.option(option)
            for ancillary in getattr(module, "ancillaries", tuple)():
                register.ancillary(ancillary)
        return self.codecs_of_modules.setdefault("all", register)

    def resolver(self, resolve: Resolver) -> None:
        """Register the name resolution: ``resolve(host, family) -> sockaddr``.

        All codecs use it.
        """
        if not callable(resolve):
            raise RegistrationError(f"{self.owner}: the resolver must be a function, not {resolve!r}")
        self._put(self.singles, "resolver", resolve, "the resolver")

    def default_family(self, family: int) -> None:
        """Register the family of ``socket()`` without arguments."""
        self._put_default("socket", family)

    def default_pair_family(self, family: int) -> None:
        """Register the family of ``socketpair()`` without arguments."""
        self._put_default("socketpair", family)

    def is_like(self, other: Register) -> bool:
        """Return True if both have the same keys, constants and names of families."""
        return (
            self.names == other.names
            and [(key, family.name) for key, family in self.families.items()]
            == [(key, family.name) for key, family in other.families.items()]
            and all(table.keys() == others.keys() for (_, table), (_, others) in zip(self.tables(), other.tables()))
            and all(value == other.singles[name] for name, value in self.singles.items() if isinstance(value, int))
            and self.codec_modules == other.codec_modules
        )

    def leave_out(self, blocked: Mapping[int, str]) -> None:
        """Remove the blocked families and their constants.

        All protocols of a family are removed, and both constants (``AF_ALG``, ``PF_ALG``).
        """
        for key in [key for key in self.families if key[0] in blocked]:
            del self.families[key]
        for name, value in list(self.names.items()):
            if name.startswith(("AF_", "PF_")) and isinstance(value, int) and value in blocked:
                del self.names[name]
        if self.singles.get("socketpair") in blocked:
            del self.singles["socketpair"]  # socketpair() then uses the default family

    def _put_default(self, of: str, family: int) -> None:
        what = f"the default family of {of}()"
        if not isinstance(family, int):
            raise RegistrationError(f"{self.owner}: {what} must be an int, not {family!r}")
        self._put(self.singles, of, family, what)

    def _put(self, table: dict[Any, Any], key: object, value: object, what: str = "") -> None:
        if key in table and table[key] != value:
            raise RegistrationError(f"{self.owner} registers {what or repr(value)} twice: {table[key]!r} and {value!r}")
        table[key] = value


#: Called before a plugin registers methods. It loads the socket class, which reserves the names of its methods.
before_methods: list[Callable[[], object]] = []
