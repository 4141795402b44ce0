"""Run the tests of CPython on sockcore, and compare each outcome with the standard library.

    python tests/conformance/run.py [--python PY ...] [--all] [--suites test_socket,...] [--backend pure|native]

PY is a version (3.13) or an interpreter. The default is the running one. ``--all`` uses every installed CPython from
3.9 on. The command prints a table. The exit status is 1 for a regression, or for a stale entry in the list
(expected.txt), and 2 if a Python could not be tested.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from suites import compare, modules, suite_run  # noqa: E402
from suites.session import Interpreter  # noqa: E402
from tools.pythons import found, target  # noqa: E402

LISTS = {"posix": HERE / "expected.txt", "windows": HERE / "expected_windows.txt"}
TRACEBACK_LINES = 15  # printed lines of a traceback


def interpreter(argument: str) -> Interpreter:
    """Return an interpreter for a version, a path, or a JSON description.

    Raises LookupError if it is not found.
    """
    if argument.endswith(".json"):
        return Interpreter.from_description(Path(argument))
    path = found.python(argument) if argument.replace(".", "").isdigit() else Path(argument)
    if path is None:
        raise LookupError(f"Python {argument} is not installed")
    return Interpreter.from_path(path)


def site_of(under_test: Interpreter, backend: str) -> Path:
    """Return the folder from which sockcore is imported."""
    if under_test.site is not None:
        return under_test.site
    return target.site(under_test.version, native=under_test.path if backend == "native" else None)


def table(rows: list[list[str]]) -> str:
    """Return *rows* as a text table, with numbers aligned to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < 2 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )


def report(runs: list[suite_run.SuiteRun]) -> bool:
    """Print differences and the table; return False for regressions or stale entries."""
    for run in runs:
        for regression in run.regressions:
            lines = regression.detail.strip().splitlines()[-TRACEBACK_LINES:]
            print(f"\nREGRESSION {run.version} {regression.id}: {regression.outcome}", *lines, sep="\n    ")
        for name in run.unsteady:
            print(f"unsteady   {run.version} {name}")
        for entry in run.stale:
            print(f"STALE      {run.version} {entry.tests}: passes, or does not exist; remove it from the list")
    print("\n" + table([suite_run.HEADER, *(run.row for run in runs)]))
    return not any(run.regressions or run.stale for run in runs)


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="PY", help="a version or an interpreter")
    parser.add_argument("--all", action="store_true", help="every installed CPython from 3.9 on")
    parser.add_argument("--suites", default=",".join(modules.SUITES), help="names, separated by commas")
    parser.add_argument("--no-cache", action="store_true", help="do not use cached outcomes of the standard library")
    parser.add_argument("--backend", default="pure", choices=("pure", "native"), help="backend of sockcore")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="number of modules that run at the same time"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome of every test")
    options = parser.parse_args()
    pythons = list(options.python)
    if options.all:
        pythons += [version for version in found.VERSIONS if found.python(version)]
    runs: list[suite_run.SuiteRun] = []
    missing = 0
    for name in pythons or [sys._base_executable]:  # type: ignore[attr-defined]  # outside of the virtual environment
        try:
            under_test = interpreter(name)
        except LookupError as exc:
            print(exc, file=sys.stderr)
            missing += 1
            continue
        site = site_of(under_test, options.backend)
        suites = options.suites.split(",")
        accepted = compare.entries(LISTS[under_test.system], options.backend)
        runs += suite_run.run_suites(
            under_test, suites, site, accepted, use_cache=not options.no_cache, jobs=options.jobs
        )
    succeeded = report(runs)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(run) for run in runs], indent=1), encoding="utf-8")
    return 2 if missing else 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
