"""The registry of everything that plugins register, with owners.

1. Each registration has one owner. If two plugins register the same thing, RegistrationError names both, and nothing of
   the second plugin is added. The constant of a family (``AF_AX25``) is an exception. Another plugin may register the
   same number, and the owner is the plugin with the family.
2. A plugin fills a :class:`Register`. The registry adds all of it or nothing.
3. The result is plain dictionaries, and data transfer calls no hook. There is no lock. Each thread fills a private
   registry, and an operation that two threads perform at the same time has the effect of one.
"""

from __future__ import annotations

import errno
import os
import sys

from sockcore._families import Context, Family
from sockcore._families.structs import family_of
from sockcore._names import delay_forks
from sockcore._plugins.placeholders import Deferred, DeferredFamily, RawFamily, UnloadedFamily
from sockcore._plugins.registrations import Register, Registrations, conflict
from sockcore._types import Any, Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._plugins.entrypoints import Plugin

#: Handles the exception of a codec that cannot be imported. The last argument is the exception that was handled before.
LeaveOut = Callable[["Registry", DeferredFamily, Exception, "BaseException | None"], None]


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
        reserved: Mapping[str, Mapping[str, str]] | None = None,
        load: Callable[[Registry, str], None] = lambda registry, module: None,
        leave_out: LeaveOut = _raise,
    ) -> None:
        super().__init__()
        #: The same as :attr:`owners`, without the names of the registers in the list below.
        self._owners: dict[str, dict[Any, str]] = {noun: {} for noun in (*self.NOUNS.values(), "blocked")}
        #: Registers whose names are not in ``_owners`` yet. There are thousands of names, and only messages and
        #: commands need their owners.
        self._pending: list[Register] = []
        #: Noun -> name -> owner, for the names that the core reserves.
        self.reserved: Mapping[str, Mapping[str, str]] = {} if reserved is None else reserved
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

    @property
    def owners(self) -> dict[str, dict[Any, str]]:
        """Noun -> key -> owner, for messages and for ``python -m sockcore constants``.

        "blocked" has the families in SOCKCORE_BLOCK.
        """
        names = self._owners["name"]
        for register in list(self._pending):
            names.update(dict.fromkeys(register.names, register.owner))
            for family_key, family in list(self.families.items()):
                owner = self._owners["family"].get(family_key)
                if family.proto is None and owner is not None:
                    names[family.name] = owner
            # After the update: another thread does the same, or reads the result.
            self._pending[:] = [other for other in self._pending if other is not register]
        return self._owners

    def add(self, register: Register, is_repeated: bool = False) -> None:
        """Add all registrations of a plugin, or nothing and raise RegistrationError.

        The message names both owners. Another thread may add the same register of codecs at the same time, or any
        register if *is_repeated*.
        """
        tables = [(noun, table, new) for (noun, table), (_, new) in zip(self.tables(), register.tables()) if new]
        for noun, table, new in tables:
            # There are thousands of keys and rarely a conflict.
            taken, reserved = table if noun == "name" else self._owners[noun], self.reserved.get(noun, {})
            is_free = new.keys().isdisjoint(taken.keys()) and new.keys().isdisjoint(reserved.keys())
            for key in () if is_free else [key for key in new if key in taken or key in reserved]:
                other = self.owners[noun].get(key) or reserved[key]
                if noun == "name" and self._is_just_a_number(key, register):
                    continue
                is_same = table.get(key) is new[key] or isinstance(new[key], Deferred)
                if other != register.owner or not (is_repeated or noun in self._CODECS) or not is_same:
                    what = {"single": f"default of {key}()"}.get(noun, f"{noun} {key}")
                    raise conflict(f"{register.owner} and {other} both register the {what}", other)
        if register.codec_modules and not any(register is other for other in list(self.incomplete)):
            self.incomplete.append(register)
        self.later_modules += register.later_modules
        for noun, table, new in tables:
            # Codecs from the startup cache have only a key.
            table.update(new if noun not in self._CODECS else {key: new[key] for key in new if new[key] is not None})
            if noun != "name":
                self._owners[noun].update(dict.fromkeys(new, register.owner))
        self._pending.append(register)
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
            if noun == "family":
                # A codec that is in use stays, and a codec that failed stays removed.
                placeholders = (UnloadedFamily, DeferredFamily)
                table.update({key: new[key] for key in new if isinstance(table.get(key), placeholders)})
            elif noun != "name":
                table.update(new)
        for name, value in listed.names.items():
            if isinstance(value, Deferred) and not isinstance(register.names[name], Deferred):
                self.names[name] = register.names[name]
        notify_change()

    def remove(self, register: Register) -> None:
        """Remove all registrations of a plugin."""
        for (noun, table), (_, new) in zip(self.tables(), register.tables()):
            owners = self.owners[noun]
            for key in new:
                if owners.get(key) == register.owner:
                    owners.pop(key, None)
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
        for noun, table in self.tables():
            table.clear()
            self.owners[noun].clear()
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
