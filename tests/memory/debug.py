"""Run the tests of memory on the native backend on a debug build of CPython, which checks each reference and block.

    python tests/memory/debug.py [--junit FOLDER] [-- PYTEST ARGUMENTS]

tools.pythons fetches the debug build of the Debian release; the native backend is compiled for it. The exit status is
that of pytest, and 2 if something is missing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tools.pythons import found, make, target  # noqa: E402

TESTS = ("tests/memory",)
LIMIT = 1800  # seconds


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write debug.xml there")
    arguments, tests = parser.parse_known_args()
    tests = [each for each in tests if each != "--"] or [*TESTS]
    try:
        python = make.make(make.DEBUG)
    except make.CannotMake as problem:
        print(f"debug: {problem}", file=sys.stderr)
        return 2
    site = target.site(found.read_version(python), ("-r", str(CHECKOUT / "tests/requirements.txt")), python)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600"]
    if arguments.junit:
        command.append(f"--junitxml={arguments.junit.resolve() / 'debug.xml'}")
    variables = {**os.environ, "PYTHONPATH": str(site), "SOCKCORE_BACKEND": "native"}
    return subprocess.run([*command, *tests], cwd=CHECKOUT, env=variables, timeout=LIMIT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
