"""``python -m tools.pythons``: fetch a Python, or list what there is.

python -m tools.pythons make ARCH [VERSION]     fetch; prints the launcher
python -m tools.pythons make debug              a debug build of this Debian release's own version
python -m tools.pythons list                    version and interpreter, a line each
"""

from __future__ import annotations

import argparse
import sys

from . import found, headers, make


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.pythons", description="Pythons to test on.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("make", help="fetch a CPython and print its launcher")
    architectures = "Debian's name of the architecture: s390x, armhf, mips64el, amd64, ...; 'native' or 'debug'"
    fetch.add_argument("arch", help=architectures)
    fetch.add_argument("version", nargs="?", default="", help="3.15, say; default: that of this Debian release")
    fetch.add_argument("--suite", default="sid", help="Debian's suite that has the version (default: sid)")
    commands.add_parser("list", help="the Pythons that are found")
    options = parser.parse_args()
    if options.command == "make":
        arch = make.native() if options.arch == "native" else options.arch
        try:
            launcher = make.make(arch, options.version, options.suite)
            if arch == make.native() and options.version:
                headers.place(launcher, arch, options.version)
            print(launcher)
        except make.CannotMake as error:
            print(f"tools.pythons: {error}", file=sys.stderr)
            return 2
        return 0
    for version in found.VERSIONS:
        print(version, found.python(version) or "-")
    return 0


if __name__ == "__main__":
    sys.exit(main())
