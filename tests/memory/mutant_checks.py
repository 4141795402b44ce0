"""The tests that must detect the mutants of a module: run by ``mutants.py``, with a plan on standard input.

Each check is a test of pytest, or an operation of this folder that is repeated, or some of whose allocations fail. This
process imports and collects them once, and a forked process runs them for one mutant.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import math
import mmap
import os
import re
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import allocations
import pytest
import test_repeated_operations as repeated
from operations import OPERATIONS, Scene

from sockcore import _families
from sockcore._plugins.discovery import registry

#: Rounds of a repeated operation. A leak of one object in each round is found, and a cache of a few objects is not. An
#: operation with a larger cache has the second number of rounds.
ROUNDS = (60, 600)
#: Rounds of an operation whose allocations fail.
FAILING_ROUNDS = 20
#: The allocations of an operation that fail are among the first ones.
MOST_FAILING = 400
#: A check hangs if it takes this number of seconds, and this multiple of its duration without a mutant.
PATIENCE, SLOWER = 10, 10
RESULTS = ("caught", "SURVIVES", "UNDECIDED", "NOT REACHED")
#: The status of a forked process whose time was over.
OVER = 2

#: A range of allocations that fail: the number of the first, and of the first one that succeeds again.
Range = "tuple[int, int]"


class Check(NamedTuple):
    """A check, the mutants that it reaches, and its duration in seconds.

    It is a test with the node identifier *name*, or a repeated operation, or an operation some of whose allocations
    fail.
    """

    sort: str
    name: str
    #: Of the allocations that fail; (0, rounds) for a repeated operation.
    ranges: list[Range]
    reached: list[int]
    seconds: float

    def __str__(self) -> str:
        return f"{self.sort} {self.name} {self.ranges or ''}".strip()


class Count(NamedTuple):
    """Numbers that a leak increases: as in test_repeated_operations.py, and all references to old objects."""

    before: repeated.Count
    references: int


#: The objects that exist before the first mutant, and so, most of those that the C code refers to.
old_objects: list[Any] = []


def count(watched: list[Any]) -> Count:
    """Count the things that a leak increases. Addresses in the caches of codecs are not counted."""
    for codec in registry().families.values():
        for cache in (codec.encoded, codec.decoded):
            if cache:
                cache.clear()
    counted = repeated.count(watched)
    return Count(counted, sum(map(sys.getrefcount, old_objects)))


def is_leak(before: Count, after: Count, rounds: int) -> bool:
    """Return whether most of the rounds have leaked something."""
    minimum = rounds * 3 // 4
    then, now = before.before, after.before
    grown = [late - early for early, late in zip(then.references, now.references)]
    return (
        now.descriptors != then.descriptors
        or max(map(abs, grown), default=0) >= minimum
        or now.blocks - then.blocks >= minimum
        or now.heap - then.heap >= 16 * minimum
        or abs(after.references - before.references) >= minimum
    )


def repeat_operation(name: str, rounds: int) -> bool:
    """Repeat an operation. Return False, or raise an exception, for a leak or an error."""
    prepare, _ = OPERATIONS[name]
    scene = Scene()
    with scene.open, warnings.catch_warnings():
        warnings.simplefilter("error")
        run_round = prepare(scene)
        repeated.repeat(run_round, rounds)
        before = count(scene.watched)
        repeated.repeat(run_round, rounds)
        after = count(scene.watched)
    return not is_leak(before, after, rounds)


def fail_allocations(name: str, ranges: list[Range]) -> bool:
    """Make allocations of an operation fail. Return False for a leak; raises AssertionError for another exception."""

    def run_round() -> None:
        for start, stop in ranges:
            allocations.attempt(name, start, stop)

    gc.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            allocations.attempt(name, allocations.MAX_ALLOCATIONS, 0)
        repeated.repeat(run_round, 3)
        before = count([])
        repeated.repeat(run_round, FAILING_ROUNDS)
        after = count([])
    gc.enable()
    return not is_leak(before, after, FAILING_ROUNDS)


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
        #: Shared with the forked process: the index of the check that it runs.
        self.position = mmap.mmap(-1, 4)
        #: The checks that have failed without a mutant.
        self.flaky: set[str] = set()
        self.items: dict[str, pytest.Item] = {}
        self.kept: Any = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failed test."""
        self.has_failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything."""
        self.kept = Session(session)
        self.items = {item.nodeid: item for item in session.items}
        file = Path(self.plan["measured"]) if self.plan["measured"] else None
        saved = json.loads(file.read_text(encoding="utf-8")) if file and file.exists() else None
        known: set[tuple[str, str]] = set()
        if saved is not None and saved["mutants"] == self.plan["mutants"]:
            known.update((sort, name) for sort, name, *_ in saved["checks"])
            self.checks = [Check(*fields) for fields in saved["checks"] if self.is_included(*fields[:2])]
        self.measure_all(known)
        if file:
            file.write_text(json.dumps({"mutants": self.plan["mutants"], "checks": self.checks}), encoding="utf-8")
        report(f"{len(self.checks)} checks, {sum(check.seconds for check in self.checks):.0f} s")
        self.run_mutants()
        return True

    def is_included(self, sort: str, name: str) -> bool:
        """Return whether the plan has this test or operation."""
        if sort == "test":
            return name in self.items
        return re.match(self.plan["operations"], name) is not None

    def measure_all(self, known: set[tuple[str, str]]) -> None:
        """Run the checks without a mutant, except those that are known."""
        for sort, names in (("test", self.items), ("repeated", OPERATIONS), ("allocations", allocations.OPERATIONS)):
            for name in names:
                if (sort, name) in known or not self.is_included(sort, name):
                    continue
                if sort != "allocations":
                    self.measure(sort, name)
                    continue
                try:
                    self.measure_allocations(name)
                except Exception as exc:
                    report(f"left out, fails without a mutant: allocations of {name}: {exc!r}")

    def passes(self, check: Check) -> bool:
        """Run a check. Return False, or raise an exception, if it fails."""
        if check.sort == "repeated":
            return repeat_operation(check.name, check.ranges[0][1])
        if check.sort == "allocations":
            return fail_allocations(check.name, check.ranges)
        item = self.items[check.name]
        self.has_failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.kept)
        return not self.has_failed

    def take_reached(self) -> list[int]:
        """Return the mutants that were reached since the last call."""
        flags = self.reached[: len(self.plan["mutants"])]
        self.reached[:] = bytes(len(self.reached))
        return [number for number, flag in enumerate(flags) if flag]

    def measure(self, sort: str, name: str) -> None:
        """Run a check without a mutant. One that fails twice is left out, with a message."""
        for rounds in ROUNDS:
            check = Check(sort, name, [(0, rounds)] if sort == "repeated" else [], [], 0)
            self.take_reached()
            start = time.monotonic()
            try:
                problem = "" if self.passes(check) else "failed"
            except Exception as exc:
                problem = repr(exc)
            if not problem:
                break
        if problem:
            report(f"left out, fails without a mutant: {check}: {problem}")
        else:
            seconds = time.monotonic() - start
            self.checks.append(check._replace(reached=self.take_reached(), seconds=seconds))

    def measure_allocations(self, name: str) -> None:
        """Make the allocations of an operation fail, in the ways of allocations.py.

        The ranges that reach the same mutants become one check, which uses at most three of them.
        """
        groups: dict[tuple[int, ...], list[Range]] = {}
        start = time.monotonic()
        gc.disable()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(3):
                allocations.attempt(name, allocations.MAX_ALLOCATIONS, 0)
            number, succeeds = -1, False
            while not succeeds and number < MOST_FAILING:
                number += 1
                # The interpreter may hang if it lacks memory from the first allocation on.
                for stop in (number + 1, number + allocations.CONSECUTIVE_FAILURES)[: 2 if number else 1]:
                    self.take_reached()
                    succeeds = allocations.attempt(name, number, stop) and number > 0
                    groups.setdefault(tuple(self.take_reached()), []).append((number, stop))
        gc.enable()
        seconds = (time.monotonic() - start) / (2 * number + 3)
        for reached, ranges in groups.items():
            chosen = sorted({ranges[0], ranges[len(ranges) // 2], ranges[-1]})
            duration = 0.1 + seconds * len(chosen) * (FAILING_ROUNDS + 5)
            self.checks.append(Check("allocations", name, chosen, [*reached], duration))

    def run_mutants(self) -> None:
        """Run the mutants until the time is over; print the result."""
        library = ctypes.CDLL(importlib.import_module(f"{self.plan['module']}._native").__file__)
        selected = ctypes.c_int.in_dll(library, "mutant_selected")
        gc.collect()
        old_objects.extend(gc.get_objects())
        gc.freeze()  # the forked processes collect new objects only
        end = time.monotonic() + 60 * self.plan["minutes"]
        results: dict[str, Counter[str]] = {}
        for number in self.plan["numbers"]:
            if time.monotonic() > end:
                break
            file, line, text = self.plan["mutants"][number]
            result, detail = self.run_mutant(number, selected)
            results.setdefault(file, Counter())[result] += 1
            report(f"{result} {detail}: {file}:{line}: {text}")
        total = Counter(self.plan["mutants"][number][0] for number in self.plan["numbers"])
        for file, counts in sorted(results.items()):
            parts = ", ".join(f"{counts[result]} {result}" for result in RESULTS)
            report(f"{file}: {total[file]} mutants, {parts}, {total[file] - sum(counts.values())} not run")

    def run_mutant(self, number: int, selected: ctypes.c_int) -> tuple[str, str]:
        """Run the checks that reach a mutant until one fails. Return the result, and a detail."""
        is_release = self.plan["mutants"][number][2].endswith(";")
        checks = [check for check in self.checks if number in check.reached]
        # The operations find leaks; the tests find other results.
        checks.sort(key=lambda check: ((check.sort == "test") == is_release, check.seconds))
        if not checks:
            return "NOT REACHED", ""
        start = time.monotonic()
        checks = [check for check in checks if str(check) not in self.flaky]
        while checks:
            status, index = self.run_forked(number, selected, checks, start + self.plan["seconds"])
            if status == 0:
                break
            if status == OVER:
                return "UNDECIDED", f"{len(checks) - index} checks are left"
            failed, checks = checks[index], checks[index + 1 :]
            if self.run_forked(-1, selected, [failed], math.inf)[0] == 0:
                return "caught", f"by {failed}"
            if failed.sort == "repeated" and failed.ranges == [(0, ROUNDS[0])]:
                longer = failed._replace(ranges=[(0, ROUNDS[1])], seconds=failed.seconds * ROUNDS[1] / ROUNDS[0])
                self.checks[self.checks.index(failed)] = longer
                checks.insert(0, longer)
                continue
            report(f"left out from now on, fails without a mutant: {failed}")
            self.flaky.add(str(failed))
        return "SURVIVES", f"in {time.monotonic() - start:.0f} s"

    def run_forked(self, number: int, selected: ctypes.c_int, checks: list[Check], end: float) -> tuple[int, int]:
        """Run checks with a mutant in a forked process. Return its status, and the index of the last check.

        The status is 0 if all checks pass, OVER if the time was over before, and otherwise another number.
        """
        self.position[:] = bytes(4)
        pid = os.fork()
        if not pid:
            self.run_checks(number, selected, checks, end)
        last, since = 0, time.monotonic()
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            index = int.from_bytes(self.position[:], sys.byteorder)
            if done:
                return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1), index
            if index != last:
                last, since = index, time.monotonic()
            elif time.monotonic() - since > PATIENCE + SLOWER * checks[index].seconds:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return 1, index
            time.sleep(0.01)

    def run_checks(self, number: int, selected: ctypes.c_int, checks: list[Check], end: float) -> None:
        """Run checks, and end the process with the status."""
        os.setsid()
        # CPython keeps that of the parent. Tests read the state of the thread in /proc before they send a signal.
        threading.main_thread()._set_native_id()  # type: ignore[attr-defined]
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(1, 2)
        os.environ["MUTANT_SELECTED"] = str(number)
        selected.value = number
        try:
            for index, check in enumerate(checks):
                self.position[:] = index.to_bytes(4, sys.byteorder)
                if time.monotonic() > end:
                    os._exit(OVER)
                if not self.passes(check):
                    os._exit(1)
            os._exit(0)
        except BaseException:
            os._exit(1)


def report(line: str) -> None:
    """Print a line at once."""
    print(line, file=sys.__stdout__, flush=True)


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    _families.MOST_KEPT = 8  # a bounded cache must not look like a leak
    repeated.read_limit_in_c()
    sys.unraisablehook = lambda unraisable: None
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-s", "--timeout=0"]
    sys.exit(pytest.main([*options, *plan["tests"]], plugins=[Runner(plan)]))


if __name__ == "__main__":
    main()
