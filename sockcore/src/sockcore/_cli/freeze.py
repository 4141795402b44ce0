"""``python -m sockcore freeze``."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser

from sockcore._names import FROZEN
from sockcore._registry import freezing, frozen


def main(arguments: list[str]) -> int:
    """Write the frozen list, or remove it; 1 if that cannot be done."""
    parser = ArgumentParser(
        "python -m sockcore freeze",
        description="Write down which plugins are installed, and the code that a first socket needs, in one file. "
        "From then on sockcore loads those, without looking for any, which is most of its start-up time. Do it again "
        "after installing or removing a plugin.",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="where to write it; name it in SOCKCORE_FROZEN. Default: inside the package",
    )
    parser.add_argument("--undo", action="store_true", help="remove the list: plugins are looked for again")
    chosen = parser.parse_args(arguments)
    path = chosen.output or FROZEN
    try:
        if chosen.undo:
            freezing.unfreeze(path)
            print(f"Removed {path}")
            return 0
        freezing.freeze(path)
        plugins = frozen.read_frozen(path)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"python -m sockcore freeze: {problem}", file=sys.stderr)
        return 1
    names = ", ".join(plugin.name for plugin in plugins) or "no plugin"
    print(f"Wrote {path}: {names}")
    return 0
