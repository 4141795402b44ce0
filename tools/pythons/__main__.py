"""``python -m tools.pythons``: fetch a Python, or list the available ones.

python -m tools.pythons make ARCH [VERSION]     fetch a Python, and print the path of its launcher
python -m tools.pythons make native 3.13t       build one without a GIL, from the source of Debian
python -m tools.pythons make debug              fetch a debug build of this Debian release's python3
python -m tools.pythons make amd64-musl         build one for musl, from the source of this release's python3
python -m tools.pythons list                    list versions and interpreters
"""

from __future__ import annotations

import argparse
import sys

from . import found, headers, make


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.pythons", description="Fetch or list Pythons for tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("make", help="fetch a CPython and print its launcher")
    architectures = "Debian's name of the architecture: s390x, armhf, amd64, ...; amd64-musl; 'native' or 'debug'"
    fetch.add_argument("arch", help=architectures)
    fetch.add_argument("version", nargs="?", default="", help="such as 3.15 or 3.13t; default: that of this Debian")
    fetch.add_argument("--suite", default="", help="Debian's suite that has it (default: sid; trixie for 3.13t)")
    commands.add_parser("list", help="list the Pythons that were found")
    options = parser.parse_args()
    if options.command == "make":
        arch = make.native() if options.arch == "native" else options.arch
        try:
            launcher = make.make(arch, options.version, options.suite)
            if arch == make.native() and options.version and not options.version.endswith("t"):
                headers.place(launcher, arch, options.version)
            print(launcher)
        except make.CannotMake as exc:
            print(f"tools.pythons: {exc}", file=sys.stderr)
            return 2
        return 0
    for version in (*found.VERSIONS, *found.FREE_THREADED):
        print(version, found.python(version) or "-")
    return 0


if __name__ == "__main__":
    sys.exit(main())
