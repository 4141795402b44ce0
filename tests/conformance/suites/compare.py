"""What differs between a run on the standard library and one on sockcore, and which of it is accepted.

A test that passes with the standard library must pass on sockcore. If it fails, errs, hangs, is skipped or is
missing there, that is a regression, unless the list has it. A test that does not pass with the standard library on
this machine proves nothing and is not compared.

The list is a text file: ``test ids | Pythons | reason``, a line each. An id may have ``*``; Pythons are versions and
ranges (``3.9-3.11 3.13``) or ``*``. It can only shrink: an entry whose tests pass is reported as stale.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .session import Outcome, Results

if TYPE_CHECKING:
    from pathlib import Path

GOOD = ("pass", "xfail")


@dataclass(frozen=True)
class Regression:
    """A test that is good with the standard library and not on sockcore."""

    id: str
    test: str  # what to run for it: the test that it is part of, for a subtest
    outcome: str
    detail: str


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    tests: str
    pythons: str
    reason: str

    def concerns(self, version: str) -> bool:
        """Whether it is about this version."""
        return any(_within(version, word) for word in self.pythons.split())

    def matches(self, test: str) -> bool:
        """Whether it is about this test."""
        return any(fnmatch.fnmatchcase(test, pattern) for pattern in self.tests.split())

    def is_about(self, suite: str) -> bool:
        """Whether it has tests of this suite."""
        return any(pattern.startswith((f"test.{suite}.", "*")) for pattern in self.tests.split())


def regressions(standard: Results, sockcore: Results) -> list[Regression]:
    """What is good in *standard* and not in *sockcore*."""
    found = []
    missing = Outcome("missing", _fixtures(sockcore))
    for name, was in standard.tests.items():
        now = sockcore.tests.get(name, missing)
        if was.outcome in GOOD and now.outcome not in GOOD:
            found.append(Regression(name, name, now.outcome, now.detail))
    told = {regression.test for regression in found}
    for name, was_part in standard.subtests.items():
        now_part = sockcore.subtests.get(name, "")
        owner = _owner(name, sockcore)
        if was_part == "pass" and now_part in ("fail", "error") and owner and owner not in told:
            found.append(Regression(name, owner, now_part, sockcore.tests[owner].detail))
    for name, now in sockcore.fixtures.items():
        if now.outcome not in (*GOOD, "skip") and name not in standard.fixtures:
            found.append(Regression(name, name, now.outcome, now.detail))
    return found


def entries(path: Path) -> list[Entry]:
    """Read the list. ValueError names the line that is wrong."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|", 2)]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{path.name}:{number}: expected 'test ids | Pythons | reason': {line!r}")
        found.append(Entry(*parts))
    return found


def split(found: list[Regression], listed: list[Entry], version: str) -> tuple[list[Regression], list[Regression]]:
    """*found* as those that the list does not have, and those that it has."""
    relevant = [entry for entry in listed if entry.concerns(version)]
    accepted = [one for one in found if any(entry.matches(one.id) or entry.matches(one.test) for entry in relevant)]
    return [one for one in found if one not in accepted], accepted


def stale(listed: list[Entry], version: str, suite: str, standard: Results, sockcore: Results) -> list[Entry]:
    """The entries for *version* and *suite* that nothing needs any more.

    That is so if all tests that an entry names pass, or if there is none of that name. If the standard library
    does not pass on this machine, nothing is known.
    """
    unused = []
    for entry in listed:
        if not entry.concerns(version) or not entry.is_about(suite):
            continue
        if any(entry.matches(one.id) or entry.matches(one.test) for one in regressions(standard, sockcore)):
            continue
        named = [outcome for name, outcome in standard.tests.items() if entry.matches(name)]
        if not named or any(outcome.outcome in GOOD for outcome in named):
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
    """The test that a subtest belongs to: its id begins with the test's."""
    while part and part not in results.tests:
        part = part.rpartition(" ")[0]
    return part


def _fixtures(results: Results) -> str:
    """Why tests may be missing."""
    return "\n".join(f"{name}: {one.outcome}: {one.detail}" for name, one in results.fixtures.items()) or "no such test"
