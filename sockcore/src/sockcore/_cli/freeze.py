"""``python -m sockcore freeze``."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser

from sockcore._names import STARTUP_CACHE, startup_code
from sockcore._startup_cache import UntrustedFile, read_trusted, writer


def main(arguments: list[str]) -> int:
    """Write the startup cache, or remove it; return 1 if that is not possible."""
    parser = ArgumentParser(
        "python -m sockcore freeze",
        description="Write the startup cache: the list of the installed plugins, their registrations, and the code for "
        "a first socket. Later starts search no folder for plugins and import only those that are used. If one of "
        "these distributions is upgraded or uninstalled, the cache is ignored. A plugin that is installed later is not "
        "loaded until the cache is written again.",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="path of the cache; set SOCKCORE_FROZEN to the absolute path to use it. Default: inside the package. A "
        "file that is not a startup cache is never replaced",
    )
    parser.add_argument("--undo", action="store_true", help="remove the startup cache")
    options = parser.parse_args(arguments)
    path = options.output or STARTUP_CACHE
    try:
        if options.undo:
            removed = writer.remove(path)
            for removed_path in removed:
                print(f"Removed {removed_path}")
            if not removed:
                print(f"There is no startup cache at {path}")
            return 0
        written = writer.write(path)
    except (OSError, subprocess.CalledProcessError, writer.CannotWrite) as exc:
        print(f"python -m sockcore freeze: {exc}", file=sys.stderr)
        return 1
    names = ", ".join(plugin.name for plugin in written.plugins) or "no plugin"
    print(f"Wrote {written.path}: {names}")
    for name, problem in written.without_code.items():
        print(f"Without the code of {name}: {problem}")
    _warn_if_unusable(written)
    return 0


def _warn_if_unusable(written: writer.Report) -> None:
    for path in (written.path, startup_code(written.path)):
        try:
            read_trusted(path)
        except FileNotFoundError:
            pass
        except (OSError, UntrustedFile) as exc:
            print(f"python -m sockcore freeze: this process would not use the startup cache: {exc}", file=sys.stderr)
            return
