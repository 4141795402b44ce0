"""The version, the address of the repository, and the archives of all distributions.

    python -m tools.release version            print the version; the exit status is 1 if distributions differ
    python -m tools.release version 0.2.0      write a version to all distributions
    python -m tools.release address            print the address of the repository; 1 if files differ
    python -m tools.release address https://host/owner/sockcore       write it to all files
    python -m tools.release build              build all source archives and pure wheels in dist/
    python -m tools.release build --check      and check them: metadata, contents, a second build

``tools/release/requirements.txt`` lists what ``build`` needs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from . import address, archives, versions


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    version = commands.add_parser("version", help="print or change the version of all distributions")
    version.add_argument("new", nargs="?", metavar="VERSION", help="for example 0.2.0 or 0.2.0rc1")
    place = commands.add_parser("address", help="print or change the address of the repository")
    place.add_argument("new", nargs="?", metavar="ADDRESS", help="for example https://example.org/team/sockcore")
    build = commands.add_parser("build", help="build all distributions")
    build.add_argument("--out", type=Path, default=Path("dist"), metavar="FOLDER", help="default: %(default)s")
    build.add_argument("--check", action="store_true", help="check the archives too")
    options = parser.parse_args(arguments)
    if options.command == "build":
        return _build(options.out, options.check)
    is_version = options.command == "version"
    if options.new is None:
        differences = versions.differences() if is_version else address.differences()
        print(*(differences or [versions.version() if is_version else address.read()]), sep="\n")
        return 1 if differences else 0
    try:
        changed = (versions.change_version if is_version else address.change)(options.new)
    except ValueError as exc:
        parser.error(str(exc))
    print(*(f"{path.relative_to(versions.CHECKOUT)}: written" for path in changed), sep="\n")
    return 0


def _build(out: Path, check: bool) -> int:
    if out.exists() and any(path.name.startswith("sockcore") for path in out.iterdir()):
        advice = "remove them, or name another folder with --out"
        print(f"tools.release: {out} has older archives: {advice}", file=sys.stderr)
        return 2
    try:
        built = archives.build(out)
    except subprocess.CalledProcessError as exc:  # the program has printed an error message
        return exc.returncode
    print(*built, sep="\n")
    found = archives.problems(built) if check else []
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
