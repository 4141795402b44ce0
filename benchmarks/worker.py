"""A process that measures one row with both modules, one sample for each request.

    python -m benchmarks.worker ROW SECONDS

Each input line is the name of a module (socket, sockcore). Each output line is JSON: a value, or the reason why it is
missing. Thus one process measures both modules, one shortly after the other.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks import measuring, rows
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from benchmarks.rows.row import Row, Work

STANDARD = "socket"


class Side:
    """A row, measured with one of the modules."""

    def __init__(self, row: Row, module: str, seconds: float) -> None:
        self.row = row
        self.seconds = seconds
        self.module = import_module(module)
        self.count = 0
        self.open = ExitStack()
        self.work: Work | None = None

    def value(self) -> float:
        """Take a sample."""
        try:
            if self.work is None:
                self.work = self.ready()
            return measuring.sample(self.work, self.count, self.row.wall)
        finally:
            if self.row.alone:
                self.close()

    def ready(self) -> Work:
        """Prepare the work, and warm it up."""
        for name in self.row.needs:
            if not hasattr(self.module, name):
                raise Skip(f"{self.module.__name__} does not have {name}")
        try:
            work = self.open.enter_context(contextmanager(self.row.make)(self.module, **self.row.arguments))
            if self.count:
                measuring.sample(work, max(self.count // 4 // self.row.cycle, 1) * self.row.cycle)
            elif self.row.once:
                self.count = 1
                measuring.sample(work, 1)
            else:
                self.count = measuring.enough(work, self.seconds, self.row.cycle, self.row.wall)
        except OSError as exc:
            if self.module.__name__ != STANDARD:
                raise
            raise Skip(f"not possible on this machine: {exc}") from exc
        return work

    def close(self) -> None:
        """Release the resources of the work."""
        self.open.close()
        self.work = None


def answer(side: Side) -> dict[str, object]:
    """Return the output for a sample."""
    try:
        return {"value": side.value()}
    except Skip as exc:
        return {"skipped": str(exc)}
    except Exception:
        return {"failed": traceback.format_exc()}


def main(name: str, seconds: str) -> None:
    """Read lines, and write a sample for each."""
    # Other output goes to stderr, not between the samples.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    pinned = measuring.stay_on_cpu()
    sides: dict[str, Side] = {}
    for line in sys.stdin:
        module = line.strip()
        if module not in sides:
            sides[module] = Side(rows.named(name), module, float(seconds))
        print(json.dumps({"pinned": pinned, **answer(sides[module])}), file=answers, flush=True)
    for side in sides.values():
        side.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
