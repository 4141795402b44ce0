"""The tests that must detect the mutants of a module: run by ``mutants.py``, with a plan on standard input.

Each check is a test of pytest, or an operation of this folder that is repeated, or whose allocations fail. This process
imports and collects them once, and a forked process runs them for one mutant.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import mmap
import os
import re
import signal
import sys
import time
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import allocations
import pytest
import test_repeated_operations as repeated
from operations import OPERATIONS, Scene

from sockcore._families import family

if TYPE_CHECKING:
    from collections.abc import Callable

#: Rounds of a repeated operation. A leak of one object in each round is found, and a cache of a few objects is not.
ROUNDS = 60


class Check(NamedTuple):
    """A check, the mutants that it reaches, and its duration in seconds."""

    name: str
    passes: Callable[[], bool]
    reached: frozenset[int]
    seconds: float


def repeat_operation(name: str) -> bool:
    """Repeat an operation. Return False, or raise an exception, for a leak or an error."""
    prepare, _ = OPERATIONS[name]
    scene = Scene()
    with scene.open, warnings.catch_warnings():
        warnings.simplefilter("error")
        run_round = prepare(scene)
        repeated.repeat(run_round, ROUNDS)
        before = repeated.count(scene.watched)
        repeated.repeat(run_round, ROUNDS)
        after = repeated.count(scene.watched)
    minimum = ROUNDS * 3 // 4
    grown = [now - then for then, now in zip(before.references, after.references)]
    return (
        after.descriptors == before.descriptors
        and max(map(abs, grown)) < minimum
        and after.blocks - before.blocks < minimum
        and after.heap - before.heap < 16 * minimum
    )


def fail_allocations(name: str) -> bool:
    """Make each allocation of an operation fail. Raises AssertionError for a leak or another exception."""
    gc.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            allocations.attempt(name, allocations.MAX_ALLOCATIONS, 0)
        for start in range(1, 400):
            if allocations.attempt(name, start, start + 1) and start > 60:
                break
    gc.enable()
    return True


class Session:
    """The nodes of pytest that stay set up between two tests: the session with its fixtures."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[Any]:
        """Return the nodes, as a node of pytest does."""
        return [self.session]


class Runner:
    """A plugin of pytest that runs the collected tests, and then the mutants."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.has_failed = False
        with open(plan["reached"], "r+b") as file:
            self.reached = mmap.mmap(file.fileno(), 0)
        self.checks: list[Check] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failed test."""
        self.has_failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything."""
        kept = Session(session)

        def run_test(item: pytest.Item) -> bool:
            self.has_failed = False
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=kept)
            return not self.has_failed

        for item in session.items:
            self.measure(item.nodeid, lambda item=item: run_test(item))
        for name in OPERATIONS:
            if re.match(self.plan["operations"], name):
                self.measure(f"repeated {name}", lambda name=name: repeat_operation(name))
        for name in allocations.OPERATIONS:
            if re.match(self.plan["operations"], name):
                self.measure(f"allocations of {name}", lambda name=name: fail_allocations(name))
        sys.__stdout__.write(f"{len(self.checks)} checks, {sum(c.seconds for c in self.checks):.0f} s\n")
        self.run_mutants()
        return True

    def measure(self, name: str, passes: Callable[[], bool]) -> None:
        """Run a check without a mutant. One that fails is left out, with a message."""
        self.reached[:] = bytes(len(self.reached))
        start = time.monotonic()
        try:
            is_passed = passes()
        except Exception as exc:
            is_passed = False
            name = f"{name}: {exc!r}"
        if not is_passed:
            sys.__stdout__.write(f"left out, fails without a mutant: {name}\n")
            return
        numbers = frozenset(number for number in range(len(self.plan["mutants"])) if self.reached[number])
        self.checks.append(Check(name, passes, numbers, time.monotonic() - start))

    def run_mutants(self) -> None:
        """Run the mutants until the time is over; print the result."""
        library = ctypes.CDLL(importlib.import_module(f"{self.plan['module']}._native").__file__)
        selected = ctypes.c_int.in_dll(library, "mutant_selected")
        end = time.monotonic() + 60 * self.plan["minutes"]
        tried: Counter[str] = Counter()
        detected: Counter[str] = Counter()
        for number in self.plan["numbers"]:
            if time.monotonic() > end:
                break
            file, line, text = self.plan["mutants"][number]
            checks = sorted((check for check in self.checks if number in check.reached), key=lambda c: c.seconds)
            tried[file] += 1
            if any(self.is_detected(number, selected, checks[at : at + 40]) for at in range(0, len(checks), 40)):
                detected[file] += 1
            else:
                message = f"not detected by {len(checks)} checks" if checks else "not reached"
                sys.__stdout__.write(f"{message}: {file}:{line}: {text}\n")
                sys.__stdout__.flush()
        total = Counter(self.plan["mutants"][number][0] for number in self.plan["numbers"])
        for file in sorted(tried):
            sys.__stdout__.write(f"{file}: {detected[file]} of {tried[file]} detected; there are {total[file]}\n")
        sys.__stdout__.write(f"all: {sum(detected.values())} of {sum(tried.values())} detected\n")
        sys.__stdout__.flush()

    def is_detected(self, number: int, selected: ctypes.c_int, checks: list[Check]) -> bool:
        """Run checks with a mutant in a forked process. Return True if one fails, or does not end."""
        limit = time.monotonic() + 60 + 20 * sum(check.seconds for check in checks)
        pid = os.fork()
        if not pid:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.dup2(1, 2)
            os.environ["MUTANT_SELECTED"] = str(number)
            selected.value = number
            try:
                os._exit(0 if all(check.passes() for check in checks) else 1)
            except BaseException:
                os._exit(1)
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status != 0
            if time.monotonic() > limit:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return True
            time.sleep(0.005)


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    family.MOST_KEPT = 8  # a bounded cache must not look like a leak
    repeated.read_limit_in_c()
    sys.unraisablehook = lambda unraisable: None
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-s", "--timeout=0"]
    sys.exit(pytest.main([*options, *plan["tests"]], plugins=[Runner(plan)]))


if __name__ == "__main__":
    main()
