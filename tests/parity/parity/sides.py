"""A side: a module, names to call it by, and the lines that are run on it.

A line is Python source, so that a failing example reads as what to type. ``m`` is the module. Both sides run the same
lines, each on objects of its own; what a line returns or raises, the warnings that it gives, and what is then in
the buffers that it was passed (``hold(...)``), must be the same.
"""

from __future__ import annotations

import array
import ctypes
import decimal
import errno
import fractions
import gc
import io
import itertools
import os
import select
import socket as standard
import struct
import sys
import warnings
from contextlib import closing
from typing import TYPE_CHECKING, Any

import sockcore
from parity.known import parted, same
from parity.outcomes import Outcome, Words, differing
from parity.system import WINDOWS, only_possible, possible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType

MODULES: dict[str, ModuleType] = {"standard": standard, "sockcore": sockcore}

#: Calls that would wait for ever come back after this time, with the EAGAIN of SO_RCVTIMEO and SO_SNDTIMEO.
_GUARD = struct.pack("@L", 1) if WINDOWS else struct.pack("@ll", 0, 1_000)
#: Warnings of the newest Pythons about a number that is cut off, which is all that comes of it.
_UNHEARD = ("integer value out of range",)
#: Bytes of an option that are compared on Windows: Wine leaves the length that it was asked for as it is, and the
#: standard library then shows what was in its memory.
_OPTION = 4
_REFERENCE_COUNTS = hasattr(sys, "getrefcount")
_sides = itertools.count(1)


class Index:
    """An object that is an integer where one is asked for."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"Index({self.number})"


class BadIndex:
    """An object that raises where an integer is asked for."""

    def __index__(self) -> int:
        raise ZeroDivisionError("no integer today")


class Text(str):
    """A subclass of str."""


class Octets(bytes):
    """A subclass of bytes."""


class Number(int):
    """A subclass of int."""


class Pair(tuple):  # type: ignore[type-arg]
    """A subclass of tuple."""


class Side:
    """One module, with a namespace of its own."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.words = Words(module)
        self.held: list[Any] = []
        self._made: list[Any] = []
        self.names: dict[str, Any] = {
            "m": module, "guard": self.guard, "hold": self.hold, "label": self.label, "settle": settle,
            "keep": self.keep, "kept": self.kept,
            "Index": Index, "BadIndex": BadIndex, "Text": Text, "Octets": Octets, "Number": Number, "Pair": Pair,
            "array": array.array, "ctypes": ctypes, "Decimal": decimal.Decimal, "Fraction": fractions.Fraction,
            "io": io, "os": os, "errno": errno, "struct": struct,
        }  # fmt: skip
        self.names["names"] = self.names

    def close(self) -> None:
        """Close what the lines opened."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            for thing in [*self._made, *self.names.values()]:
                if isinstance(thing, (io.IOBase, self.module.socket)):
                    try:
                        thing.close()
                    except (OSError, ValueError):
                        pass
            for thing in self.held:
                if isinstance(thing, memoryview):
                    thing.release()
            self.names.clear()
            if not _REFERENCE_COUNTS and next(_sides) % 200 == 0:
                gc.collect()  # before descriptors run out

    def do(self, *lines: str) -> None:
        """Run statements that have to succeed."""
        for line in lines:
            exec(line, self.names)

    def run(self, line: str) -> Outcome:
        """Evaluate an expression and return what came of it."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = self.keep(eval(line, self.names))
                if WINDOWS and "getsockopt" in line and isinstance(value, bytes):
                    value = value[:_OPTION]
                outcome = Outcome(line, value=self.words.value(value))
            except Exception as problem:
                outcome = self.words.exception(line, problem)
                del problem
        return outcome._replace(
            # When an unclosed socket is found is the garbage collector's choice.
            warnings=tuple(
                f"{each.category.__name__}: {self.words.text(str(each.message))}"
                for each in caught
                if each.category is not ResourceWarning and str(each.message) not in _UNHEARD
            ),
            held=tuple(_content(each) for each in self.held),
        )

    # What lines may call.

    def keep(self, value: Any) -> Any:
        """Close what a line returned when the side is closed."""
        self._made.extend(value if isinstance(value, tuple) else (value,))
        return value

    def kept(self) -> list[Any]:
        """Return the sockets that lines returned."""
        return [each for each in self._made if isinstance(each, self.module.socket)]

    def hold(self, buffer: Any) -> Any:
        """Look into *buffer* after each line from now on."""
        self.held.append(buffer)
        return buffer

    def guard(self, *socks: Any) -> None:
        """Let no blocking call on these sockets last long."""
        for sock in socks:
            sock.setsockopt(self.module.SOL_SOCKET, self.module.SO_RCVTIMEO, _GUARD)
            sock.setsockopt(self.module.SOL_SOCKET, self.module.SO_SNDTIMEO, _GUARD)
            if WINDOWS and sock.getsockopt(self.module.SOL_SOCKET, self.module.SO_ACCEPTCONN):
                sock.settimeout(0.05)  # its timeouts are not for accept

    def label(self, **socks: Any) -> None:
        """Name the ports that the system chose for these sockets, by the names of the arguments."""
        for name, sock in socks.items():
            address = sock.getsockname() if sock.fileno() >= 0 else None
            if isinstance(address, tuple) and address[1]:
                self.words.labels[address[1]] = f"<port of {name}>"


def settle(*socks: Any) -> None:
    """Wait, for a moment at most, until there is something to be read: loopback is not always done when send is."""
    for sock in socks:
        if WINDOWS:
            if sock.fileno() >= 0:
                select.select([sock.fileno()], [], [], 0.01)
        elif sock.fileno() >= 0 and sock.family != standard.AF_UNIX:
            poller = select.poll()
            poller.register(sock.fileno(), select.POLLIN)
            poller.poll(2)


def _content(buffer: Any) -> str:
    try:
        return bytes(buffer).hex()
    except (TypeError, ValueError, BufferError) as problem:
        return repr(problem)


def agree(setup: Iterable[str], lines: Iterable[str], folder: Path | None = None) -> list[Outcome]:
    """Run *lines* on one side and then on the other, after *setup*; AssertionError at the first that does not agree.

    Lines that are not possible on this system are left out. *folder* is emptied before each side, for the paths that
    are bound in it.
    """
    setup, lines = list(setup), only_possible(lines)
    done: list[list[Outcome]] = []
    for module in MODULES.values():
        for path in folder.iterdir() if folder else ():
            path.unlink()
        with closing(Side(module)) as side:
            side.do(*setup)
            done.append([side.run(line) for line in lines])
    for theirs, ours in zip(*done):
        compare(theirs, ours)
        if parted(theirs, ours):
            break
    return done[0]


class Both:
    """A side of each module, on which one line after the other is run."""

    def __init__(self, setup: Iterable[str]) -> None:
        self.sides = [Side(module) for module in MODULES.values()]
        self.parted = False
        for side in self.sides:
            side.do(*setup)

    def run(self, line: str) -> None:
        """Run a line on both sides; AssertionError if they do not agree."""
        if not self.parted and possible(line):
            theirs, ours = (side.run(line) for side in self.sides)
            compare(theirs, ours)
            self.parted = parted(theirs, ours)

    def close(self) -> None:
        """Close what the lines opened."""
        for side in self.sides:
            side.close()


def compare(theirs: Outcome, ours: Outcome) -> Outcome:
    """Return the standard library's outcome; AssertionError if sockcore's does not agree."""
    assert same(theirs, ours), f"{theirs.line}\n{differing({'standard': theirs, 'sockcore': ours})}"
    return theirs
