"""One process that measures one row with both modules, sample by sample, as it is told.

    python -m benchmarks.worker ROW SECONDS

It reads the name of a module (socket, sockcore) from each line and answers with a line of JSON: a value, or why there
is none. The two modules are thus measured in one process, a moment apart.
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
    """A row with one of the modules."""

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
        """Make everything ready and warm."""
        for name in self.row.needs:
            if not hasattr(self.module, name):
                raise Skip(f"{self.module.__name__} has no {name} here")
        try:
            work = self.open.enter_context(contextmanager(self.row.make)(self.module, **self.row.arguments))
            if self.count:
                measuring.sample(work, max(self.count // 4 // self.row.cycle, 1) * self.row.cycle)
            elif self.row.once:
                self.count = 1
                measuring.sample(work, 1)
            else:
                self.count = measuring.enough(work, self.seconds, self.row.cycle, self.row.wall)
        except OSError as error:
            if self.module.__name__ != STANDARD:
                raise
            raise Skip(f"not possible here: {error}") from error
        return work

    def close(self) -> None:
        """Clear away what was made ready."""
        self.open.close()
        self.work = None


def answer(side: Side) -> dict[str, object]:
    """A sample, in the words of the answer."""
    try:
        return {"value": side.value()}
    except Skip as why:
        return {"skipped": str(why)}
    except Exception:
        return {"failed": traceback.format_exc()}


def main(name: str, seconds: str) -> None:
    """Answer each line."""
    # What anything else prints must not get between the answers.
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
