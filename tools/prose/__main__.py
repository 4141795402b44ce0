"""Measure the language of docstrings, comments and Markdown: ``python -m tools.prose [PATH ...]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import measure
from .habits import HABITS


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if --check found a figure above its limit."""
    parser = argparse.ArgumentParser(prog="python -m tools.prose", description=__doc__)
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="files and folders; default: all")
    parser.add_argument("--check", action="store_true", help="fail if a folder is above its limit in limits.txt")
    parser.add_argument("--lower", action="store_true", help="lower the limits of improved folders; needs no PATH")
    parser.add_argument("--worst", metavar="N", type=int, default=0, help="show the N worst lines of each habit")
    options = parser.parse_args(arguments)
    if options.lower and options.paths:
        parser.error("--lower measures all folders, and takes no PATH")
    figures = measure.measure(options.paths or [measure.ROOT])
    limits = measure.read_limits()
    if options.lower:
        measure.write_limits(measure.lowered(figures, limits))
        return 0
    exceeded = measure.exceeded(figures, limits)
    if not options.check:
        _print_table(figures, options.worst)
        return 0
    for folder, habit, limit in exceeded:
        rate = figures[folder].rate(habit)
        print(f"{folder}: {habit}: {rate:.1f} per 1,000 words, the limit is {limit:g}")
        _print_places(figures[folder], habit, options.worst or 5)
    return 1 if exceeded else 0


def _print_table(figures: dict[str, measure.Figures], worst: int) -> None:
    print(f"{'per 1,000 words':28}{'words':>8}" + "".join(f"{habit:>10}" for habit in HABITS))
    for folder, figure in figures.items():
        print(f"{folder:28}{figure.words:8}" + "".join(f"{figure.rate(habit):10.1f}" for habit in HABITS))
        for habit in HABITS:
            _print_places(figure, habit, worst)


def _print_places(figure: measure.Figures, habit: str, count: int) -> None:
    for path, line, text in figure.worst(habit, count):
        print(f"    {path}:{line}: {text[:120]}")


if __name__ == "__main__":
    sys.exit(main())
