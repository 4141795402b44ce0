"""The registry of everything that plugins register, with owners.

1. Each registration has one owner. If two plugins register the same thing, RegistrationError names both, and nothing of
   the second plugin is added. The constant of a family (``AF_AX25``) is an exception. Another plugin may register the
   same number, and the owner is the plugin with the family.
2. A plugin fills a :class:`Register`. The registry adds all of it or nothing.
3. The result is plain dictionaries, and data transfer calls no hook. There is no lock. Each thread fills a private
   registry, and an operation that two threads perform at the same time has the effect of one.
4. Functions (:class:`Deferred`) and codecs are registered by the name of their module, which is imported at first use.
"""

from __future__ import annotations

import errno
import os
import sys
from itertools import repeat

from sockcore._families.family import Context, Family
from sockcore._families.messages import Ancillary
from sockcore._families.options import Option
from sockcore._families.structs import family_of
from sockcore._names import delay_forks, import_module, is_being_imported
from sockcore._plugins.placeholders import Deferred, DeferredFamily, DeferredMethod, RawFamily, UnloadedFamily
from sockcore._types import Any, Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._plugins.entrypoints import Plugin

Resolver = Callable[["str | bytes", int], bytes]
#: Handles the exception of a codec that cannot be imported. The last argument is the exception that was handled before.
LeaveOut = Callable[["Registry", DeferredFamily, Exception, "BaseException | None"], None]


class RegistrationError(Exception):
    """A registration violates the contract or conflicts with another plugin.

    Registrations conflict if another plugin has registered the same thing.
    """

    __module__ = "sockcore.plugin"


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
        """Register an address family, or one protocol of it if ``family.proto`` is set.

        The name of a family becomes a constant of the module. The name of a protocol does not.
        """
        if not isinstance(family, Family):
            raise RegistrationError(f"{self.owner}: a family must be a sockcore.plugin.Family, not {family!r}")
        if not isinstance(family.number, int) or not (family.proto is None or isinstance(family.proto, int)):
            raise RegistrationError(f"{self.owner}: {family.name}: number and proto of a family must be ints")
        self._put(self.families, (family.number, family.proto), family, f"{family!r}")
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

        ``AF_``, ``SOCK_``, ``MSG_`` and ``AI_`` become enum members.
        """
        names = self.names
        for name, value in table.items():  # a table has a thousand entries
            if not name.isidentifier() or name[0] == "_":
                raise RegistrationError(f"{self.owner}: {name!r} is not a public name")
            if name in names:
                self._put(names, name, value, f"the name {name}")
            names[name] = value

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

    def _put(self, table: dict[Any, Any], key: object, value: object, what: str) -> None:
        if key in table and table[key] != value:
            raise RegistrationError(f"{self.owner} registers {what} twice: {table[key]!r} and {value!r}")
        table[key] = value


#: Called before a plugin registers methods. It loads the socket class, which reserves the names of its methods.
before_methods: list[Callable[[], object]] = []

#: Functions that are called when families are added or removed. The C code caches properties of families.
on_change: list[Callable[[], object]] = []


def notify_change() -> None:
    """Call the functions that clear caches of properties of families."""
    for call in on_change:
        call()


def _raise(registry: Registry, deferred: DeferredFamily, exc: Exception, handled: BaseException | None) -> None:
    raise exc


class Registry(Registrations):
    """The registrations of all plugins, as dictionaries, with their owners."""

    _CODECS = ("option", "control message")

    def __init__(
        self,
        hint: Callable[[int], str] = lambda number: "",
        reserved: Mapping[tuple[str, object], str] | None = None,
        load: Callable[[Registry, str], None] = lambda registry, module: None,
        leave_out: LeaveOut = _raise,
    ) -> None:
        super().__init__()
        #: (noun, key) -> owner, for messages and for ``python -m sockcore constants``.
        self.owners: dict[tuple[str, object], str] = {}
        #: The owners of the names that the core reserves.
        self.reserved = {} if reserved is None else reserved
        #: Name of an enum -> its class, created from the constants in this registry.
        self.enums: dict[str, Any] = {}
        #: Registers of plugins whose modules of codecs are not imported yet.
        self.incomplete: list[Register] = []
        #: Modules that plugins import when they first need them.
        self.later_modules: list[str] = []
        #: Number of a family in SOCKCORE_BLOCK -> its name there.
        self.blocked: dict[int, str] = {}
        #: All installed plugins, by name.
        self.plugins: list[Plugin] = []
        #: Messages of warnings that have not been issued yet.
        self.warnings: list[str] = []
        #: Module of a plugin -> its registrations from the startup cache, until the plugin is loaded.
        self.unloaded: dict[str, Register] = {}
        self.hint = hint
        self._load = load
        self._leave_out = leave_out

    def add(self, register: Register, is_repeated: bool = False) -> None:
        """Add all registrations of a plugin, or nothing and raise RegistrationError.

        The message names both owners. Another thread may add the same register of codecs at the same time, or any
        register if *is_repeated*.
        """
        for (noun, table), (_, new) in zip(self.tables(), register.tables()):
            # There are thousands of keys and rarely a conflict. Operations on sets of keys find it fast.
            keys = dict.fromkeys(zip(repeat(noun), new)).keys()
            taken = keys & self.owners.keys() | keys & self.reserved.keys()
            for key in [key for key in new if (noun, key) in taken] if taken else ():
                other = self.owners.get((noun, key)) or self.reserved[noun, key]
                if noun == "name" and self._is_just_a_number(key, register):
                    continue
                is_same = table.get(key) is new[key] or isinstance(new[key], Deferred)
                if other != register.owner or not (is_repeated or noun in self._CODECS) or not is_same:
                    what = {"single": f"default of {key}()"}.get(noun, f"{noun} {key}")
                    raise RegistrationError(f"{register.owner} and {other} both register the {what}")
        if register.codec_modules and not any(register is other for other in list(self.incomplete)):
            self.incomplete.append(register)
        self.later_modules += register.later_modules
        for (noun, table), (_, new) in zip(self.tables(), register.tables()):
            # Codecs from the startup cache have only a key.
            table.update(new if noun not in self._CODECS else {key: new[key] for key in new if new[key] is not None})
            self.owners.update(dict.fromkeys(zip(repeat(noun), new), register.owner))
        for family_key, family in list(self.families.items()):
            if family.proto is None:
                self.owners["name", family.name] = self.owners["family", family_key]
        # Codecs are added last and change no name, so the enums remain valid.
        notify_change()
        if register.names:
            self.enums.clear()

    def load(self, module: str) -> None:
        """Load the plugin in *module* if its registrations are from the startup cache."""
        if module in self.unloaded:
            self._load(self, module)

    def load_codec(self, deferred: DeferredFamily) -> None:
        """Replace a deferred family by its codec.

        Does nothing if the module of the codec is being imported. A codec that fails is removed, with a warning.
        Exceptions that it did not cause are raised, and the next call starts over.
        """
        handled = sys.exc_info()[1]
        key = deferred.number, deferred.proto
        try:
            codec = delay_forks(deferred.codec)
        except Exception as exc:
            self._leave_out(self, deferred, exc, handled)
        else:
            if codec is not None and self.families.get(key) is deferred:
                self.families[key] = codec
        notify_change()

    def replace(self, listed: Register, register: Register) -> None:
        """Replace the registrations from the startup cache by those of the loaded plugin.

        *register* must be like *listed* (:meth:`Register.is_like`). Two threads may do this at the same time with the
        same *register*.
        """
        for (noun, table), (_, new) in zip(self.tables(), register.tables()):
            if noun != "name":
                table.update(new)
        for name, value in listed.names.items():
            if isinstance(value, Deferred) and not isinstance(register.names[name], Deferred):
                self.names[name] = register.names[name]
        notify_change()

    def remove(self, register: Register) -> None:
        """Remove all registrations of a plugin."""
        for (noun, table), (_, new) in zip(self.tables(), register.tables()):
            for key in new:
                if self.owners.get((noun, key)) == register.owner:
                    self.owners.pop((noun, key), None)
                    table.pop(key, None)
        self.incomplete[:] = [other for other in self.incomplete if other is not register]
        notify_change()
        self.enums.clear()

    def _is_just_a_number(self, name: str, register: Register) -> bool:
        """Return True if *name* is a family of one owner and a constant of the other.

        The constant has the same value as the family.
        """
        families = (*list(self.families.values()), *register.families.values())
        return self.names.get(name) == register.names[name] and any(
            family.name == name and family.proto is None for family in families
        )

    def clear(self) -> None:
        """Remove all registrations, except for the names that the core reserved."""
        for _, table in self.tables():
            table.clear()
        for key in [key for key in self.owners if key[0] != "blocked"]:
            del self.owners[key]
        self.unloaded.clear()
        notify_change()
        self.enums.clear()
        self.incomplete.clear()
        self.later_modules.clear()

    def refuse_blocked(self, family: int) -> None:
        """Raise OSError (EAFNOSUPPORT) if SOCKCORE_BLOCK names the address family."""
        if family in self.blocked:
            text = f"{os.strerror(errno.EAFNOSUPPORT)}: SOCKCORE_BLOCK names {self.blocked[family]}"
            raise OSError(errno.EAFNOSUPPORT, text)

    def name(self, name: str) -> Any:
        """Return a constant or function of the module.

        Imports the module of a deferred function. Raises KeyError if the name is not registered.
        """
        value = self.names[name]
        if isinstance(value, Deferred):
            value = self.names[name] = value.get()
        return value

    def family(self, number: int, proto: int) -> Family:
        """Return the codec for the addresses of a socket.

        It is the codec of the protocol, otherwise of the family, otherwise a RawFamily.
        """
        value = self.families.get((number, proto)) or self.families.get((number, None))
        if type(value) is UnloadedFamily:
            # This has no effect if this thread is importing the plugin.
            self.load(value.module_of_plugin)
            value = self.families.get((number, proto)) or self.families.get((number, None))
        if type(value) is DeferredFamily:
            # This has no effect if this thread is importing the codec.
            self.load_codec(value)
            value = self.families.get((number, proto)) or self.families.get((number, None))
        return value or RawFamily(number, self.hint)

    def decode(self, sockaddr: bytes, context: Context) -> object:
        """Return the address in a sockaddr, decoded by the codec of its family."""
        return self.family(family_of(sockaddr), context.proto).decode(sockaddr, context)
