"""Generate the tables of constants from the headers, or compare them with --check; check structs with --layouts.

``python -m tools.headers --check --layouts`` in the root of the repository, with the distributions installed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import layouts, measuring, tables

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns 1 if --check found a difference, or --layouts a wrong struct.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.headers", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change no file; print the differences")
    parser.add_argument("--layouts", action="store_true", help="compare the layouts of all structs with the headers")
    options = parser.parse_args(arguments)
    generated = tables.files(measuring.measure_all())
    failed = False
    if options.check:
        difference = tables.diff(generated, ROOT)
        sys.stdout.writelines(difference)
        failed = bool(difference)
    else:
        for path in tables.write(generated, ROOT):
            print(f"wrote {path}")
    if options.layouts:
        result = layouts.check_all()
        print(*result.errors, f"{result.assertions} assertions about layouts, {len(result.errors)} failed", sep="\n")
        failed = failed or bool(result.errors)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
