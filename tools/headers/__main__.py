"""Make the tables anew from the headers, or with --check compare; with --layouts prove every struct as well.

``python -m tools.headers --check --layouts`` in the root of the repository, with the distributions installed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import layouts, measuring, tables

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if --check found a difference, or --layouts a wrong struct."""
    parser = argparse.ArgumentParser(prog="python -m tools.headers", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change no file; print what differs")
    parser.add_argument("--layouts", action="store_true", help="prove the layouts of all structs")
    options = parser.parse_args(arguments)
    made = tables.files(measuring.measure_all())
    failed = False
    if options.check:
        difference = tables.drift(made, ROOT)
        sys.stdout.writelines(difference)
        failed = bool(difference)
    else:
        for path in tables.write(made, ROOT):
            print(f"wrote {path}")
    if options.layouts:
        proof = layouts.check_all()
        print(*proof.wrong, f"{proof.assertions} assertions about layouts, {len(proof.wrong)} wrong", sep="\n")
        failed = failed or bool(proof.wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
