"""What a row is: a piece of work that is done with the standard module and with sockcore, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any, Callable, Optional

    # The module under measurement: socket, or sockcore.
    Net = ModuleType
    # Does a thing so many times. It returns the seconds (or bytes) of that if it knows better than the clock around
    # it: work that prepares something between its repetitions.
    Work = Callable[[int], Optional[float]]


class Skip(Exception):
    """A row that this machine cannot do. The text says why."""


class Row(NamedTuple):
    """A row of the table."""

    name: str  # its first word is the theme
    what: str
    make: Callable[..., Iterator[Work]]  # makes ready, yields the work, clears away
    arguments: dict[str, Any] = {}  # never changed
    needs: tuple[str, ...] = ("AF_INET",)  # names that both modules must have
    unit: str = "s"  # or "B", of memory
    once: bool = False  # a sample is one repetition, in a process of its own
    alone: bool = False  # the two modules' work cannot be ready at the same time
    wall: bool = False  # other threads or processes have a part in it
    cycle: int = 1  # a sample is a multiple of so many repetitions

    @property
    def theme(self) -> str:
        """The theme that the row belongs to."""
        return self.name.split()[0]
