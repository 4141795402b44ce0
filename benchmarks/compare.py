"""``python -m benchmarks compare OLD.json NEW.json``: what changed between two runs.

It is the ratios that are compared: what the machine did meanwhile is in both of a pair. A row has changed if its
quartiles in the two runs do not overlap, and the medians are some way apart.
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

APART = 0.03  # less is not worth a line


def main(arguments: list[str]) -> int:
    """Run the command line; the exit status."""
    parser = ArgumentParser("python -m benchmarks compare", description="What changed between two runs.")
    parser.add_argument("old", type=Path, metavar="OLD.json")
    parser.add_argument("new", type=Path, metavar="NEW.json")
    parser.add_argument("--all", action="store_true", help="also rows that did not change")
    chosen = parser.parse_args(arguments)
    try:
        old, new = results.read(chosen.old), results.read(chosen.new)
    except (OSError, ValueError) as problem:
        print(f"python -m benchmarks compare: {problem}", file=sys.stderr)
        return 2
    print("\n".join(comparison(old, new, everything=chosen.all)))
    return 0


def comparison(old: Run, new: Run, everything: bool) -> list[str]:
    """The lines of the comparison."""
    lines = [f"old: {of(old)}", f"new: {of(new)}"]
    for what in ("machine", "python", "plugins", "editable", "seconds"):
        was, now = old.about[what], new.about[what]
        if what == "machine":
            was, now = ({key: value for key, value in one.items() if key != "load"} for one in (was, now))
        if was != now:
            lines.append(f"not the same: {what}, {was} and {now}")
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
    """``better``, ``worse``, or nothing if two ratios may be the same."""
    if abs(now.median / was.median - 1) < APART:
        return ""
    if now.high < was.low:
        return "better"
    return "worse" if now.low > was.high else ""


def by_row(run: Run) -> dict[tuple[str, str], Spread]:
    """The ratios of a run, by row and backend."""
    return {
        (result.name, backend): measured.ratio
        for result in run.results
        for backend, measured in result.backends.items()
    }


def of(run: Run) -> str:
    """What a run is of."""
    about = run.about
    changed = " with changes" if about["changed"] else ""
    return f"{about['commit'][:12]}{changed}, {about['python']}, {about['rounds']} rounds, {about['when']}"
