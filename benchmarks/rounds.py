"""The rounds of one row: a worker for each backend, asked in turns.

A round is one sample of the standard module and one of sockcore, in each worker. Neighbours in time share what the
machine does meanwhile, so that it is their ratio that is kept, round by round; who is first changes with every round.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import spread
from benchmarks.results import Measured, Result
from benchmarks.subject import CHECKOUT

if TYPE_CHECKING:
    from benchmarks.rows.row import Row
    from benchmarks.subject import Subject

LIMIT = 180  # seconds for one sample; the first one includes all preparations
MODULES = ("socket", "sockcore")


class NoValue(Exception):
    """A worker has no value: the *kind* is ``skipped`` or ``failed``."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class Worker:
    """The process that measures a row with one backend."""

    def __init__(self, subject: Subject, backend: str, row: Row, seconds: float) -> None:
        self.pinned = False
        # A session of its own, so that its end is the end of all that it started.
        self.process = subprocess.Popen(
            [subject.command, "-m", "benchmarks.worker", row.name, str(seconds)],
            cwd=CHECKOUT,
            env=subject.environments[backend],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def value(self, module: str) -> float:
        """A sample with *module*."""
        assert self.process.stdin
        assert self.process.stdout
        limit = threading.Timer(LIMIT, self.kill)
        limit.start()
        try:
            self.process.stdin.write(f"{module}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        if not line:
            raise NoValue("failed", f"the worker ended without an answer (or was ended, after {LIMIT} seconds)")
        answer: dict[str, Any] = json.loads(line)
        self.pinned = answer["pinned"]
        for kind in ("skipped", "failed"):
            if kind in answer:
                raise NoValue(kind, answer[kind])
        return float(answer["value"])

    def kill(self) -> None:
        """End it now, with everything that it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """Have it clear away and end."""
        with self.process:
            try:
                self.process.communicate(timeout=LIMIT)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                pass
            finally:
                self.kill()


def measure(subject: Subject, row: Row, number: int, seconds: float) -> Result:
    """Measure *row* in so many rounds."""
    workers = {backend: Worker(subject, backend, row, seconds) for backend in subject.environments}
    values: dict[str, list[dict[str, float]]] = {backend: [] for backend in workers}
    skipped: dict[str, str] = {}
    failed: dict[str, str] = {}
    try:
        for turn in range(number):
            order = MODULES if turn % 2 == 0 else MODULES[::-1]
            for backend, worker in workers.items():
                if backend in skipped or backend in failed:
                    continue
                try:
                    # The first round also makes ready, which must not come between the two samples of a pair.
                    if turn == 0:
                        for module in MODULES:
                            worker.value(module)
                    values[backend].append({module: worker.value(module) for module in order})
                except NoValue as problem:
                    (skipped if problem.kind == "skipped" else failed)[backend] = str(problem)
    finally:
        for worker in workers.values():
            worker.close()
    pairs = {backend: found for backend, found in values.items() if len(found) == number}
    standard = [pair["socket"] for found in pairs.values() for pair in found]
    measured = {
        backend: Measured(
            spread([pair["sockcore"] for pair in found]),
            spread([pair["sockcore"] / pair["socket"] for pair in found]),
        )
        for backend, found in pairs.items()
    }
    pinned = all(worker.pinned for worker in workers.values())
    return Result(
        row.name, row.what, row.unit, spread(standard) if standard else None, measured, skipped, failed, pinned
    )
