"""The command line: ``python -m sockcore COMMAND``.

Each command is a module of this package, imported when it is asked for, with ``main(arguments) -> exit status``.
Exit status: 0 done, 1 not done, 2 wrong usage; that of ``run`` is the program's.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": "show the families that are here, and do real work over each",
    "run": "run a Python program with sockcore as its socket module",
    "families": "list the address families, who brings them, and whether this kernel opens them",
    "plugins": "list the plugins that are installed, and what became of each",
    "constants": "list the constants of the module, and who brings them",
    "freeze": "write the startup cache, so that later starts need not look for plugins",
}

#: What writing says when nobody reads any more; on Windows it is the second.
_READER_GONE = {errno.EPIPE, *([errno.EINVAL] if os.name == "nt" else [])}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names (``sys.argv[1:]`` if None); return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        return _about(arguments)
    command = import_module(f"sockcore._cli.{arguments[0]}")
    try:
        status: int = command.main(arguments[1:])
        if arguments[0] != "run":
            sys.stdout.flush()
    except OSError as problem:
        if arguments[0] == "run" or problem.errno not in _READER_GONE:
            raise
        # The reader has seen enough (`| head`); the interpreter is not to complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _about(arguments: list[str]) -> int:
    """Serve --help and --version, and complain of anything else that is no command."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter

    import sockcore

    width = max(map(len, COMMANDS))
    parser = ArgumentParser(
        "python -m sockcore",
        usage="python -m sockcore [-h] [--version] COMMAND [ARGUMENT ...]",
        description="The socket module, taken apart: a core, and a plugin for each address family.",
        epilog="commands:\n" + "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items()) + "\n\n"
        "`python -m sockcore COMMAND --help` tells more of each.",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sockcore {sockcore.__version__}")
    parser.add_argument("command", metavar="COMMAND", choices=list(COMMANDS), help="see below")
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    parser.parse_args(arguments[:1])
    return 2
