"""Compare sockcore with the standard library, and print a table.

    python -m benchmarks [--rows PATTERN] [--rounds N] [--quick] [--python PY] [--json FILE [--add]] [--svg FILE]
    python -m benchmarks --lab [uml|qemu] [...]
    python -m benchmarks --wine [3.9|3.13] [...]
    python -m benchmarks compare OLD.json NEW.json [--all]
    python -m benchmarks page [FILE.json ...]
    python -m benchmarks instructions [--check]

Run it in the root of the repository, on an otherwise idle machine. With --lab, the rows run in the guest of tests/lab,
whose kernel supports CAN. The default there is the rows of CAN and netlink. With --wine, they run on a Python for
Windows, and measure the pure backend, the only one there. The exit status is 1 if a row failed, and 2
if nothing could be measured. It does not depend on the measured times.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chart, compare, instructions, lab, page, report, results, rounds, rows, wine
from benchmarks.results import Run
from benchmarks.subject import CannotMeasure, subject

if TYPE_CHECKING:
    from benchmarks.rows.row import Row
    from benchmarks.subject import Subject

ROUNDS, SECONDS = 11, 0.1  # of one sample
QUICK_ROUNDS, QUICK_SECONDS = 3, 0.02


def main(words: list[str]) -> int:
    """Run the command line; return the exit status."""
    if words[:1] == ["compare"]:
        return compare.main(words[1:])
    if words[:1] == ["page"]:
        return page.main(words[1:])
    if words[:1] == ["instructions"]:
        return instructions.main(words[1:])
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows",
        action="append",
        metavar="PATTERN",
        help="rows whose names contain this, or one of several; * is anything",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default {ROUNDS}; {QUICK_ROUNDS} with --quick")
    parser.add_argument("--quick", action="store_true", help="few and short samples, to see that it works")
    parser.add_argument("--python", metavar="PY", help="a version or a path; default: this one")
    parser.add_argument(
        "--lab",
        nargs="?",
        const=lab.BACKENDS[0],
        choices=lab.BACKENDS,
        help="in a guest, of User-Mode Linux or of qemu",
    )
    parser.add_argument(
        "--wine",
        nargs="?",
        const=wine.VERSION,
        metavar="VERSION",
        help=f"the Python for Windows, under Wine; default {wine.VERSION}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results there")
    parser.add_argument("--add", action="store_true", help="add the rows to the results in the file of --json")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the ratios there")
    parser.add_argument("--list", action="store_true", help="print the rows, and measure nothing")
    chosen = parser.parse_args(words)
    if chosen.add and not (chosen.json and chosen.json.exists()):
        parser.error("--add needs the existing file of --json")
    if chosen.wine and (chosen.lab or chosen.python):
        parser.error("--wine has a Python of its own")
    patterns = chosen.rows or (lab.PATTERNS if chosen.lab else [""])
    wanted = [row.name for pattern in patterns for row in rows.matching(pattern)]
    table = [row for row in rows.TABLE if row.name in wanted]
    if not table:
        parser.error(f"no row is called {' or '.join(map(repr, patterns))}")
    number = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    if number < 1:
        parser.error("there must be a round")
    if chosen.list:
        print("\n".join(f"{row.name:{report.NAME}}{row.what}" for row in table))
        return 0
    try:
        if chosen.wine:
            with wine.subject(chosen.wine) as measured:
                run = here(measured, table, number, QUICK_SECONDS if chosen.quick else SECONDS)
        elif chosen.lab:
            measured = subject(chosen.python)
            words = ["--rounds", str(number), *(["--quick"] if chosen.quick else [])]
            run = lab.run(chosen.lab, measured, [*words, *(f"--rows={pattern}" for pattern in patterns)])
        else:
            run = here(subject(chosen.python), table, number, QUICK_SECONDS if chosen.quick else SECONDS)
    except CannotMeasure as problem:
        print(f"python -m benchmarks: {problem}", file=sys.stderr)
        return 2
    if chosen.json:
        order = [row.name for row in rows.TABLE]
        kept = results.combined(results.read(chosen.json), run) if chosen.add else run
        kept.results.sort(key=lambda result: order.index(result.name) if result.name in order else len(order))
        results.write(kept, chosen.json)
    if chosen.svg:
        chart.write(run, chosen.svg)
    return int(any(result.failed for result in run.results))


def here(measured: Subject, table: list[Row], number: int, seconds: float) -> Run:
    """Measure the rows of *table* on this kernel, and print them."""
    run = Run(results.about(measured, number, seconds), [])
    for name, why in measured.missing.items():
        print(f"no {name} backend: {why}")
    print(report.heading(run.about), flush=True)
    for row in table:
        result = rounds.measure(measured, row, number, seconds)
        run.results.append(result)
        print(report.line(result, run.about["backends"]), flush=True)
    if not all(result.pinned for result in run.results):
        print("the system does not keep a process on one processor: expect more spread")
    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
