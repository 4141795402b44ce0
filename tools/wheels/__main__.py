"""``python -m tools.wheels ARCH``: cross-build the wheels that have C code; prints their paths."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools.pythons.make import CannotMake

from . import build, targets


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description="Wheels for other machines.")
    parser.add_argument("arch", metavar="ARCH", help=f"Debian's name: {', '.join(targets.TARGETS)}")
    parser.add_argument("--python", default="", metavar="VERSION", help="3.15, say; default: that of this Debian")
    parser.add_argument("--out", default="dist", type=Path, metavar="FOLDER", help="default: %(default)s")
    options = parser.parse_args()
    try:
        print(*build.wheels(options.arch, options.python, options.out), sep="\n")
    except (CannotMake, ImportError) as error:
        print(f"tools.wheels: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:  # it has said why
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
