"""Run the interpreter's own tests on sockcore, and compare with the standard library, test by test.

    python tests/conformance/run.py [--python PY ...] [--all] [--suites test_socket,...] [--backend pure|native]

PY is a version (3.13) or an interpreter; without it, the Python that runs this. ``--all``: every CPython from 3.9 on
that is found. Prints a table; the exit status is 1 if there is a regression or a stale entry in the list
(expected.txt), 2 if a Python could not be tested.
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

from suites import compare, modules, proof  # noqa: E402
from suites.session import Interpreter  # noqa: E402
from tools.pythons import found, target  # noqa: E402

LISTS = {"posix": HERE / "expected.txt", "windows": HERE / "expected_windows.txt"}
GIST = 15  # lines of a traceback


def interpreter(named: str) -> Interpreter:
    """The interpreter that is named: a version, a path, or what describes one. LookupError if it is not there."""
    if named.endswith(".json"):
        return Interpreter.read(Path(named))
    path = found.python(named) if named.replace(".", "").isdigit() else Path(named)
    if path is None:
        raise LookupError(f"no Python {named} here")
    return Interpreter.ask(path)


def site_of(under_test: Interpreter, backend: str) -> Path:
    """The folder that sockcore is imported from."""
    if under_test.site is not None:
        return under_test.site
    return target.site(under_test.version, native=under_test.path if backend == "native" else None)


def table(rows: list[list[str]]) -> str:
    """*rows* in columns, text to the left and numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < 2 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )


def report(proofs: list[proof.SuiteProof]) -> bool:
    """Print what differs, and the table; whether all is well."""
    for one in proofs:
        for regression in one.regressions:
            lines = regression.detail.strip().splitlines()[-GIST:]
            print(f"\nREGRESSION {one.version} {regression.id}: {regression.outcome}", *lines, sep="\n    ")
        for name in one.unsteady:
            print(f"unsteady   {one.version} {name}")
        for entry in one.stale:
            print(f"STALE      {one.version} {entry.tests}: passes, or is no test; take it out of the list")
    print("\n" + table([proof.HEADER, *(one.row for one in proofs)]))
    return not any(one.regressions or one.stale for one in proofs)


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="PY", help="a version or an interpreter")
    parser.add_argument("--all", action="store_true", help="every CPython from 3.9 on that is found")
    parser.add_argument("--suites", default=",".join(modules.SUITES), help="names, with commas between")
    parser.add_argument(
        "--no-cache", action="store_true", help="run the standard library even if its outcomes are kept"
    )
    parser.add_argument("--backend", default="pure", choices=("pure", "native"), help="what makes the system calls")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="modules at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome of every test")
    options = parser.parse_args()
    named = list(options.python)
    if options.all:
        named += [version for version in found.VERSIONS if found.python(version)]
    proofs: list[proof.SuiteProof] = []
    unready = 0
    for name in named or [sys._base_executable]:  # type: ignore[attr-defined]  # not a venv's
        try:
            under_test = interpreter(name)
        except LookupError as error:
            print(error, file=sys.stderr)
            unready += 1
            continue
        site = site_of(under_test, options.backend)
        suites = options.suites.split(",")
        accepted = compare.entries(LISTS[under_test.system])
        proofs += proof.prove(under_test, suites, site, accepted, use_cache=not options.no_cache, jobs=options.jobs)
    fine = report(proofs)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(one) for one in proofs], indent=1), encoding="utf-8")
    return 2 if unready else 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
