"""A suite on the standard library and on sockcore, compared; what differs is run again, alone, before it counts."""

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
MOST_RERUN = 30  # more than that is no accident


@dataclass
class SuiteProof:
    """What came of one suite on one interpreter."""

    suite: str
    version: str
    standard: Results
    sockcore: Results
    regressions: list[Regression]
    listed: list[Regression]
    stale: list[Entry]
    unsteady: list[str] = field(default_factory=list)  # good when run again, or bad with the standard library too

    def count(self, outcome: str) -> int:
        """How many tests have this outcome on sockcore."""
        return sum(one.outcome == outcome for one in self.sockcore.tests.values())

    @property
    def passed_before(self) -> int:
        """How many tests pass with the standard library."""
        return sum(one.outcome in compare.GOOD for one in self.standard.tests.values())

    @property
    def row(self) -> list[str]:
        """For the table: version, suite, run, passed, skipped, other, in the list, regressions, standard's passed."""
        tests = len(self.sockcore.tests)
        passed = self.count("pass") + self.count("xfail")
        skipped = self.count("skip")
        numbers = [tests, passed, skipped, tests - passed - skipped, len(self.listed), len(self.regressions)]
        return [self.version, self.suite, *map(str, numbers), str(self.passed_before)]


HEADER = ["Python", "suite", "run", "passed", "skipped", "other", "in the list", "regressions", "stdlib passed"]


def prove(
    interpreter: Interpreter,
    suites: Sequence[str],
    site: Path,
    accepted: list[Entry],
    *,
    use_cache: bool = True,
    jobs: int = 2,
    say: Callable[[str], None] = print,
) -> list[SuiteProof]:
    """Run *suites* with *interpreter* on the standard library and on sockcore from *site*, and compare."""
    names = [(suite, module) for suite in suites for module in modules.modules(suite, interpreter.package)]

    def both(name: tuple[str, str]) -> tuple[Results, Results]:
        standard = baseline.run_or_recall(interpreter, name[1], use_cache)
        return standard, run_module(interpreter, name[1], site)

    with ThreadPoolExecutor(jobs) as pool:
        ran = dict(zip(names, pool.map(both, names)))

    proofs = []
    for suite in suites:
        proof = SuiteProof(suite, interpreter.version, Results(), Results(), [], [], [])
        for (owner, module), (standard, sockcore) in ran.items():
            if owner != suite:
                continue
            proof.unsteady += _settle(interpreter, module, site, standard, sockcore, accepted, say)
            proof.standard.update(standard)
            proof.sockcore.update(sockcore)
        found = compare.regressions(proof.standard, proof.sockcore)
        proof.regressions, proof.listed = compare.split(found, accepted, interpreter.version)
        proof.stale = compare.stale(accepted, interpreter.version, suite, proof.standard, proof.sockcore)
        proofs.append(proof)
    return proofs


def _settle(
    interpreter: Interpreter,
    module: str,
    site: Path,
    standard: Results,
    sockcore: Results,
    accepted: list[Entry],
    say: Callable[[str], None],
) -> list[str]:
    """Run what differs again, alone, on both sides, and correct the results. The names of what was corrected."""
    unsteady: list[str] = []
    for _ in range(RERUNS):
        found, _listed = compare.split(compare.regressions(standard, sockcore), accepted, interpreter.version)
        again = sorted({one.test for one in found if one.test in standard.tests})
        if not again or len(again) > MOST_RERUN:
            break
        say(f"{interpreter.version} {module}: {len(again)} run again")
        on_sockcore = run_module(interpreter, module, site, again)
        bad = [one.test for one in compare.regressions(_only(standard, again), on_sockcore)]
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
