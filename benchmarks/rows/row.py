"""A row: work that is measured with the standard module and with sockcore."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any, Callable, Optional

    # The module under measurement: socket, or sockcore.
    Net = ModuleType
    # Repeats the work. Returns None, or the seconds (or bytes) if the work measures itself. For example, work that
    # needs preparations between its repetitions does so.
    Work = Callable[[int], Optional[float]]


class Skip(Exception):
    """The machine cannot run the row. The message has the reason."""


class Row(NamedTuple):
    """A row of the table."""

    name: str  # its first word is the theme
    what: str
    make: Callable[..., Iterator[Work]]  # prepares, yields the work, releases resources
    arguments: dict[str, Any] = {}  # never changed
    needs: tuple[str, ...] = ("AF_INET",)  # names that both modules must have
    unit: str = "s"  # or "B", of memory
    once: bool = False  # a sample is one repetition, in a separate process
    alone: bool = False  # the work of the two modules cannot exist at the same time
    wall: bool = False  # measured in wall-clock time, because the work needs other threads or processes
    cycle: int = 1  # the repetitions of a sample are a multiple of this

    @property
    def theme(self) -> str:
        """The theme of the row."""
        return self.name.split()[0]
