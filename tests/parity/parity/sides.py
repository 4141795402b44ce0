"""A side: a module with a namespace, in which lines run.

A line is Python source, so that a failing example can be typed in. ``m`` is the module. Both sides run the same lines
with separate objects. Results, exceptions, warnings, and the content of buffers (``hold(...)``) must be equal.
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
from parity.known import outcomes_agree, states_differ
from parity.outcomes import Formatter, Outcome, format_difference
from parity.system import WINDOWS, only_possible, possible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType

MODULES: dict[str, ModuleType] = {"standard": standard, "sockcore": sockcore}

#: Timeout for SO_RCVTIMEO and SO_SNDTIMEO, after which blocking calls fail with EAGAIN.
_GUARD = struct.pack("@L", 1) if WINDOWS else struct.pack("@ll", 0, 1_000)
#: Ignored warnings: new versions of Python warn about a truncated number.
_IGNORED_WARNINGS = ("integer value out of range",)
#: Compared bytes of an option on Windows: Wine does not set the length, and the standard library then returns
#: uninitialised memory.
_OPTION = 4
_REFERENCE_COUNTS = hasattr(sys, "getrefcount")
_sides = itertools.count(1)


class Index:
    """An object with __index__."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"Index({self.number})"


class BadIndex:
    """An object whose __index__ raises."""

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
    """One module with a namespace."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.formatter = Formatter(module)
        self.buffers: list[Any] = []
        self._results: list[Any] = []
        self.names: dict[str, Any] = {
            "m": module, "guard": self.guard, "hold": self.hold, "label": self.label, "settle": settle,
            "keep": self.keep, "kept": self.kept,
            "Index": Index, "BadIndex": BadIndex, "Text": Text, "Octets": Octets, "Number": Number, "Pair": Pair,
            "array": array.array, "ctypes": ctypes, "Decimal": decimal.Decimal, "Fraction": fractions.Fraction,
            "io": io, "os": os, "errno": errno, "struct": struct,
        }  # fmt: skip
        self.names["names"] = self.names

    def close(self) -> None:
        """Close all sockets and files that lines have opened."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            for value in [*self._results, *self.names.values()]:
                if isinstance(value, (io.IOBase, self.module.socket)):
                    try:
                        value.close()
                    except (OSError, ValueError):
                        pass
            for buffer in self.buffers:
                if isinstance(buffer, memoryview):
                    buffer.release()
            self.names.clear()
            if not _REFERENCE_COUNTS and next(_sides) % 200 == 0:
                gc.collect()  # before descriptors run out

    def execute(self, *lines: str) -> None:
        """Run statements that must succeed."""
        for line in lines:
            exec(line, self.names)

    def run(self, line: str) -> Outcome:
        """Evaluate an expression and return its outcome."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = self.keep(eval(line, self.names))
                if WINDOWS and "getsockopt" in line and isinstance(value, bytes):
                    value = value[:_OPTION]
                outcome = Outcome(line, value=self.formatter.value(value))
            except Exception as exc:
                outcome = self.formatter.exception(line, exc)
                del exc
        return outcome._replace(
            # The garbage collector decides when to report unclosed sockets.
            warnings=tuple(
                f"{caught_warning.category.__name__}: {self.formatter.text(str(caught_warning.message))}"
                for caught_warning in caught
                if caught_warning.category is not ResourceWarning
                and str(caught_warning.message) not in _IGNORED_WARNINGS
            ),
            buffers=tuple(_content(buffer) for buffer in self.buffers),
        )

    # Functions for lines.

    def keep(self, value: Any) -> Any:
        """Close the result of a line when the side is closed."""
        self._results.extend(value if isinstance(value, tuple) else (value,))
        return value

    def kept(self) -> list[Any]:
        """Return the sockets that lines have returned."""
        return [value for value in self._results if isinstance(value, self.module.socket)]

    def hold(self, buffer: Any) -> Any:
        """Compare the content of *buffer* after each following line."""
        self.buffers.append(buffer)
        return buffer

    def guard(self, *socks: Any) -> None:
        """Limit the duration of blocking calls on these sockets."""
        for sock in socks:
            sock.setsockopt(self.module.SOL_SOCKET, self.module.SO_RCVTIMEO, _GUARD)
            sock.setsockopt(self.module.SOL_SOCKET, self.module.SO_SNDTIMEO, _GUARD)
            if WINDOWS and sock.getsockopt(self.module.SOL_SOCKET, self.module.SO_ACCEPTCONN):
                sock.settimeout(0.05)  # SO_RCVTIMEO does not apply to accept on Windows

    def label(self, **socks: Any) -> None:
        """Replace the ports of these sockets in outcomes by the names of the arguments."""
        for name, sock in socks.items():
            address = sock.getsockname() if sock.fileno() >= 0 else None
            if isinstance(address, tuple) and address[1]:
                self.formatter.labels[address[1]] = f"<port of {name}>"


def settle(*socks: Any) -> None:
    """Wait briefly for data: loopback may deliver data after send has returned."""
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
    except (TypeError, ValueError, BufferError) as exc:
        return repr(exc)


def check_parity(setup: Iterable[str], lines: Iterable[str], folder: Path | None = None) -> list[Outcome]:
    """Run *lines* after *setup* on both sides.

    Raises AssertionError for the first difference.

    Lines that are not possible on this system are left out. *folder*, in which paths are bound, is emptied before each
    side.
    """
    setup, lines = list(setup), only_possible(lines)
    outcomes: list[list[Outcome]] = []
    for module in MODULES.values():
        for path in folder.iterdir() if folder else ():
            path.unlink()
        with closing(Side(module)) as side:
            side.execute(*setup)
            outcomes.append([side.run(line) for line in lines])
    for expected, actual in zip(*outcomes):
        compare(expected, actual)
        if states_differ(expected, actual):
            break
    return outcomes[0]


class SidePair:
    """A side of each module, for lines that run one after the other."""

    def __init__(self, setup: Iterable[str]) -> None:
        self.sides = [Side(module) for module in MODULES.values()]
        self.states_differ = False
        for side in self.sides:
            side.execute(*setup)

    def run(self, line: str) -> None:
        """Run a line on both sides. Raises AssertionError if the outcomes differ."""
        if not self.states_differ and possible(line):
            expected, actual = (side.run(line) for side in self.sides)
            compare(expected, actual)
            self.states_differ = states_differ(expected, actual)

    def close(self) -> None:
        """Close all sockets and files that lines have opened."""
        for side in self.sides:
            side.close()


def compare(expected: Outcome, actual: Outcome) -> Outcome:
    """Return the standard library's outcome.

    Raises AssertionError if that of sockcore differs.
    """
    difference = format_difference({"standard": expected, "sockcore": actual})
    assert outcomes_agree(expected, actual), f"{expected.line}\n{difference}"
    return expected
