"""Differences between a run on the standard library and a run on sockcore, and the list of accepted ones.

1. A test that passes with the standard library must pass on sockcore. If it fails, hangs, is skipped or is missing, it
   is a regression, unless the list contains it.
2. A test that does not pass with the standard library on this machine is not compared.
3. The list is a text file with lines ``test ids | Pythons | reason``. An id may contain ``*``. Pythons are versions and
   ranges (``3.9-3.11 3.13``) or ``*``, and a backend if only one fails (``3.13 pure``). An entry whose tests pass is
   reported as stale.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .session import Outcome, Results

if TYPE_CHECKING:
    from pathlib import Path

GOOD = ("pass", "xfail")
BACKENDS = frozenset({"pure", "native"})


@dataclass(frozen=True)
class Regression:
    """A test that passes with the standard library but not on sockcore."""

    id: str
    test: str  # the test to run; for a subtest, its test
    outcome: str
    detail: str


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    tests: str
    pythons: str
    reason: str

    def concerns(self, version: str) -> bool:
        """Return whether the entry applies to a version."""
        return any(_within(version, word) for word in self.pythons.split() if word not in BACKENDS)

    def concerns_backend(self, backend: str) -> bool:
        """Return whether the entry names the backend, or none."""
        named = BACKENDS.intersection(self.pythons.split())
        return not named or backend in named

    def matches(self, test: str) -> bool:
        """Return whether the entry contains a test."""
        return any(fnmatch.fnmatchcase(test, pattern) for pattern in self.tests.split())

    def is_about(self, suite: str) -> bool:
        """Return whether the entry contains tests of a suite."""
        return any(pattern.startswith((f"test.{suite}.", "*")) for pattern in self.tests.split())


def regressions(standard: Results, sockcore: Results) -> list[Regression]:
    """Return the tests that pass in *standard* but not in *sockcore*."""
    differences = []
    missing = Outcome("missing", _fixtures(sockcore))
    for name, expected in standard.tests.items():
        actual = sockcore.tests.get(name, missing)
        if expected.outcome in GOOD and actual.outcome not in GOOD:
            differences.append(Regression(name, name, actual.outcome, actual.detail))
    reported = {regression.test for regression in differences}
    for name, expected_part in standard.subtests.items():
        actual_part = sockcore.subtests.get(name, "")
        owner = _owner(name, sockcore)
        if expected_part == "pass" and actual_part in ("fail", "error") and owner and owner not in reported:
            differences.append(Regression(name, owner, actual_part, sockcore.tests[owner].detail))
    for name, actual in sockcore.fixtures.items():
        if actual.outcome not in (*GOOD, "skip") and name not in standard.fixtures:
            differences.append(Regression(name, name, actual.outcome, actual.detail))
    return differences


def entries(path: Path, backend: str = "") -> list[Entry]:
    """Read the list. Raises ValueError with the number of an invalid line.

    If *backend* is given, entries for the other backend are omitted.
    """
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|", 2)]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{path.name}:{number}: expected 'test ids | Pythons | reason': {line!r}")
        entry = Entry(*parts)
        if not backend or entry.concerns_backend(backend):
            lines.append(entry)
    return lines


def split(items: list[Regression], listed: list[Entry], version: str) -> tuple[list[Regression], list[Regression]]:
    """Return the regressions that are not in the list, and those that are."""
    relevant = [entry for entry in listed if entry.concerns(version)]
    accepted = [item for item in items if any(entry.matches(item.id) or entry.matches(item.test) for entry in relevant)]
    return [item for item in items if item not in accepted], accepted


def stale(listed: list[Entry], version: str, suite: str, standard: Results, sockcore: Results) -> list[Entry]:
    """Return the unnecessary entries for *version* and *suite*.

    An entry is stale if all its tests pass, or if they do not exist. Entries whose tests do not pass with the standard
    library on this machine are not reported.
    """
    unused = []
    for entry in listed:
        if not entry.concerns(version) or not entry.is_about(suite):
            continue
        if any(entry.matches(item.id) or entry.matches(item.test) for item in regressions(standard, sockcore)):
            continue
        outcomes = [outcome for name, outcome in standard.tests.items() if entry.matches(name)]
        if not outcomes or any(outcome.outcome in GOOD for outcome in outcomes):
            unused.append(entry)
    return unused


def _within(version: str, word: str) -> bool:
    if word == "*":
        return True
    first, _, last = word.partition("-")
    return _number(first) <= _number(version) <= _number(last or first)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _owner(part: str, results: Results) -> str:
    """Return the test of a subtest. The id of a subtest starts with that of its test."""
    while part and part not in results.tests:
        part = part.rpartition(" ")[0]
    return part


def _fixtures(results: Results) -> str:
    """Return the outcomes of fixtures, which explain missing tests."""
    lines = [f"{name}: {fixture.outcome}: {fixture.detail}" for name, fixture in results.fixtures.items()]
    return "\n".join(lines) or "no such test"
