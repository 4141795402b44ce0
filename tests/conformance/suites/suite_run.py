"""Runs of suites on the standard library and on sockcore. Tests that differ are run again alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import baseline, compare, modules
from .session import Interpreter, Results, run_module

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .compare import Entry, Regression

RERUNS = 2
MOST_RERUN = 30  # more differences are not caused by timing, and are not run again


@dataclass
class SuiteRun:
    """Results of one suite on one interpreter."""

    suite: str
    version: str
    standard: Results
    sockcore: Results
    regressions: list[Regression]
    listed: list[Regression]
    stale: list[Entry]
    unsteady: list[str] = field(default_factory=list)  # passed when run again, or failed with the standard library too

    def count(self, outcome: str) -> int:
        """Return the number of tests with this outcome on sockcore."""
        return sum(test.outcome == outcome for test in self.sockcore.tests.values())

    @property
    def passed_before(self) -> int:
        """Return the number of tests that pass with the standard library."""
        return sum(test.outcome in compare.GOOD for test in self.standard.tests.values())

    @property
    def row(self) -> list[str]:
        """Return a row of the table, with the columns of `HEADER`."""
        tests = len(self.sockcore.tests)
        passed = self.count("pass") + self.count("xfail")
        skipped = self.count("skip")
        numbers = [tests, passed, skipped, tests - passed - skipped, len(self.listed), len(self.regressions)]
        return [self.version, self.suite, *map(str, numbers), str(self.passed_before)]


HEADER = ["Python", "suite", "run", "passed", "skipped", "other", "in the list", "regressions", "stdlib passed"]


def run_suites(
    interpreter: Interpreter,
    suites: Sequence[str],
    site: Path,
    accepted: list[Entry],
    *,
    use_cache: bool = True,
    jobs: int = 2,
    print_progress: Callable[[str], None] = print,
) -> list[SuiteRun]:
    """Run *suites* on both modules, and compare the results.

    *interpreter* runs them on the standard library and on sockcore from *site*.
    """
    names = [(suite, module) for suite in suites for module in modules.modules(suite, interpreter.package)]

    def run_both(name: tuple[str, str]) -> tuple[Results, Results]:
        standard = baseline.run_or_load(interpreter, name[1], use_cache)
        return standard, run_module(interpreter, name[1], site)

    with ThreadPoolExecutor(jobs) as pool:
        results = dict(zip(names, pool.map(run_both, names)))

    runs = []
    for suite in suites:
        run = SuiteRun(suite, interpreter.version, Results(), Results(), [], [], [])
        for (owner, module), (standard, sockcore) in results.items():
            if owner != suite:
                continue
            run.unsteady += _run_again(interpreter, module, site, standard, sockcore, accepted, print_progress)
            run.standard.update(standard)
            run.sockcore.update(sockcore)
        differences = compare.regressions(run.standard, run.sockcore)
        run.regressions, run.listed = compare.split(differences, accepted, interpreter.version)
        run.stale = compare.stale(accepted, interpreter.version, suite, run.standard, run.sockcore)
        runs.append(run)
    return runs


def _run_again(
    interpreter: Interpreter,
    module: str,
    site: Path,
    standard: Results,
    sockcore: Results,
    accepted: list[Entry],
    print_progress: Callable[[str], None],
) -> list[str]:
    """Run tests that differ again alone on both modules, and correct the results.

    Return the corrected tests.
    """
    unsteady: list[str] = []
    for _ in range(RERUNS):
        unlisted, _ = compare.split(compare.regressions(standard, sockcore), accepted, interpreter.version)
        again = sorted({regression.test for regression in unlisted if regression.test in standard.tests})
        if not again or len(again) > MOST_RERUN:
            break
        print_progress(f"{interpreter.version} {module}: {len(again)} run again")
        on_sockcore = run_module(interpreter, module, site, again)
        bad = [regression.test for regression in compare.regressions(_only(standard, again), on_sockcore)]
        on_standard = run_module(interpreter, module, None, bad) if bad else Results()
        for name in again:
            if name in on_standard.tests and on_standard.tests[name].outcome not in compare.GOOD:
                standard.tests[name] = on_standard.tests[name]
                unsteady.append(f"{name} (standard library)")
            elif name not in bad:
                _replace(sockcore, on_sockcore, name)
                unsteady.append(name)
    return unsteady


def _only(results: Results, names: list[str]) -> Results:
    return Results({name: results.tests[name] for name in names})


def _replace(results: Results, newer: Results, name: str) -> None:
    results.tests[name] = newer.tests[name]
    for part in [part for part in results.subtests if part.startswith(f"{name} ")]:
        del results.subtests[part]
