"""``python -m benchmarks compare OLD.json NEW.json``: the differences between two runs.

Ratios are compared, because other work of the machine affects both values of a pair. A row has changed if its quartiles
in the two runs do not overlap, and the medians differ by at least `MINIMUM`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import report, results

if TYPE_CHECKING:
    from benchmarks.measuring import Spread
    from benchmarks.results import Run

MINIMUM = 0.03  # smaller differences of the medians are not shown


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit status."""
    parser = ArgumentParser("python -m benchmarks compare", description="Show the differences between two runs.")
    parser.add_argument("old", type=Path, metavar="OLD.json")
    parser.add_argument("new", type=Path, metavar="NEW.json")
    parser.add_argument("--all", action="store_true", help="show unchanged rows too")
    chosen = parser.parse_args(arguments)
    try:
        old, new = results.read(chosen.old), results.read(chosen.new)
    except (OSError, ValueError) as exc:
        print(f"python -m benchmarks compare: {exc}", file=sys.stderr)
        return 2
    print("\n".join(comparison(old, new, everything=chosen.all)))
    return 0


def comparison(old: Run, new: Run, everything: bool) -> list[str]:
    """Return the lines of the comparison."""
    lines = [f"old: {describe(old)}", f"new: {describe(new)}"]
    for key in ("machine", "python", "plugins", "editable", "seconds"):
        was, now = old.about[key], new.about[key]
        if key == "machine":
            was, now = ({name: value for name, value in one.items() if name != "load"} for one in (was, now))
        if was != now:
            lines.append(f"different {key}: {was} and {now}")
    lines += [report.LEGEND, "", f"{'':{report.NAME}}{'backend':10}{'old':{report.RATIO}}{'new':{report.RATIO}}change"]
    before, after = by_row(old), by_row(new)
    unchanged = 0
    for key in [*before, *(key for key in after if key not in before)]:
        name, backend = key
        if key not in before or key not in after:
            lines.append(f"{name:{report.NAME}}{backend:10}only in the {'old' if key in before else 'new'} run")
            continue
        was, now = before[key], after[key]
        word = verdict(was, now)
        unchanged += not word
        if word or everything:
            change = f"{(now.median / was.median - 1) * 100:+.0f} % {word}".rstrip()
            lines.append(
                f"{name:{report.NAME}}{backend:10}{report.ratio(was):{report.RATIO}}{report.ratio(now):{report.RATIO}}{change}"
            )
    lines.append(f"{unchanged} of {len(before.keys() & after.keys())} did not change")
    return lines


def verdict(was: Spread, now: Spread) -> str:
    """Return ``better``, ``worse``, or an empty string if two ratios may be the same."""
    if abs(now.median / was.median - 1) < MINIMUM:
        return ""
    if now.high < was.low:
        return "better"
    return "worse" if now.low > was.high else ""


def by_row(run: Run) -> dict[tuple[str, str], Spread]:
    """Return the ratios of a run, by row and backend."""
    return {
        (result.name, backend): measured.ratio
        for result in run.results
        for backend, measured in result.backends.items()
    }


def describe(run: Run) -> str:
    """Return the commit, Python, number of rounds and time of a run."""
    about = run.about
    changed = " with changes" if about["changed"] else ""
    return f"{about['commit'][:12]}{changed}, {about['python']}, {about['rounds']} rounds, {about['when']}"
