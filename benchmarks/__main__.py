"""Measure sockcore beside the standard library, and print a table.

    python -m benchmarks [--rows PATTERN] [--rounds N] [--quick] [--python PY] [--json FILE] [--svg FILE]
    python -m benchmarks compare OLD.json NEW.json [--all]

In the repository's root, on a machine that does nothing else. The exit status is 1 if a row failed, 2 if nothing could
be measured; how fast anything is has no influence on it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import chart, compare, report, results, rounds, rows
from benchmarks.subject import CannotMeasure, subject

ROUNDS, SECONDS = 11, 0.1  # of one sample
QUICK_ROUNDS, QUICK_SECONDS = 3, 0.02


def main(words: list[str]) -> int:
    """Run the command line; the exit status."""
    if words[:1] == ["compare"]:
        return compare.main(words[1:])
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="", metavar="PATTERN", help="rows whose names contain this; * is anything")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default {ROUNDS}; {QUICK_ROUNDS} with --quick")
    parser.add_argument("--quick", action="store_true", help="few and short samples, to see that it works")
    parser.add_argument("--python", metavar="PY", help="a version or a path; default: this one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the ratios there")
    parser.add_argument("--list", action="store_true", help="print the rows, and measure nothing")
    chosen = parser.parse_args(words)
    table = rows.matching(chosen.rows)
    if not table:
        parser.error(f"no row is called {chosen.rows!r}")
    number = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    if number < 1:
        parser.error("there must be a round")
    if chosen.list:
        print("\n".join(f"{row.name:{report.NAME}}{row.what}" for row in table))
        return 0
    seconds = QUICK_SECONDS if chosen.quick else SECONDS
    try:
        measured = subject(chosen.python)
    except CannotMeasure as problem:
        print(f"python -m benchmarks: {problem}", file=sys.stderr)
        return 2
    about = results.about(measured, number, seconds)
    for name, why in measured.missing.items():
        print(f"no {name} backend: {why}")
    print(report.heading(about), flush=True)
    run = results.Run(about, [])
    for row in table:
        result = rounds.measure(measured, row, number, seconds)
        run.results.append(result)
        print(report.line(result, about["backends"]), flush=True)
    if not all(result.pinned for result in run.results):
        print("the system does not keep a process on one processor: expect more spread")
    if chosen.json:
        results.write(run, chosen.json)
    if chosen.svg:
        chart.write(run, chosen.svg)
    return int(any(result.failed for result in run.results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
