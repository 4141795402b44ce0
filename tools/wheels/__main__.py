"""Cross-build the wheels with C code, and print their paths: ``python -m tools.wheels ARCH``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools.pythons.make import CannotMake

from . import build, targets


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description="Wheels for other machines.")
    parser.add_argument("arch", metavar="ARCH", help=f"Debian name: {', '.join(targets.TARGETS)}")
    parser.add_argument(
        "--python", default="", metavar="VERSION", help="for example 3.15; default: that of this Debian"
    )
    parser.add_argument("--out", default="dist", type=Path, metavar="FOLDER", help="default: %(default)s")
    options = parser.parse_args()
    try:
        print(*build.wheels(options.arch, options.python, options.out), sep="\n")
    except (CannotMake, ImportError) as exc:
        print(f"tools.wheels: {exc}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as exc:  # the program has printed an error message
        return exc.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
