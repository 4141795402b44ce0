"""Run the memory tests with the native backend on a debug build of CPython, which checks references and blocks.

    python tests/memory/debug.py [--junit FOLDER] [-- PYTEST ARGUMENTS]

tools.pythons downloads the debug build of the Debian release, for which the native backend is compiled. The exit status
is that of pytest, or 2 if a requirement is missing.
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
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write debug.xml to this folder")
    arguments, tests = parser.parse_known_args()
    tests = [argument for argument in tests if argument != "--"] or [*TESTS]
    try:
        python = make.make(make.DEBUG)
    except make.CannotMake as exc:
        print(f"debug: {exc}", file=sys.stderr)
        return 2
    site = target.site(found.read_version(python), ("-r", str(CHECKOUT / "tests/requirements.txt")), python)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600"]
    if arguments.junit:
        command.append(f"--junitxml={arguments.junit.resolve() / 'debug.xml'}")
    variables = {**os.environ, "PYTHONPATH": str(site), "SOCKCORE_BACKEND": "native"}
    return subprocess.run([*command, *tests], cwd=CHECKOUT, env=variables, timeout=LIMIT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
