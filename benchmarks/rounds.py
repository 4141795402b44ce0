"""The rounds of one row, with a worker process for each backend.

A round is one sample of the standard module and one of sockcore, in each worker. Other work of the machine affects both
samples of a round, so the ratio is computed in each round. The order changes with every round.
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
    """A worker has no value. *reason* is ``skipped`` or ``failed``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Worker:
    """The process that measures a row with one backend."""

    def __init__(self, subject: Subject, backend: str, row: Row, seconds: float) -> None:
        self.pinned = False
        # A separate session, so that kill() also ends the children of the process.
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
        """Return a sample with *module*."""
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
            raise NoValue("failed", f"the worker ended without a sample, or took more than {LIMIT} seconds")
        answer: dict[str, Any] = json.loads(line)
        self.pinned = answer["pinned"]
        for reason in ("skipped", "failed"):
            if reason in answer:
                raise NoValue(reason, answer[reason])
        if not answer["value"]:
            raise NoValue("failed", "the value is zero: the clock is too coarse")
        return float(answer["value"])

    def kill(self) -> None:
        """End the process and its children."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """Let the process release its resources, and end it."""
        with self.process:
            try:
                self.process.communicate(timeout=LIMIT)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                pass
            finally:
                self.kill()


def measure(subject: Subject, row: Row, number: int, seconds: float) -> Result:
    """Measure *row* in *number* rounds."""
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
                    # Prepare both modules first: preparations must not separate the two samples of a pair.
                    if turn == 0:
                        for module in MODULES:
                            worker.value(module)
                    values[backend].append({module: worker.value(module) for module in order})
                except NoValue as exc:
                    (skipped if exc.reason == "skipped" else failed)[backend] = str(exc)
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
