"""The command line: ``python -m sockcore COMMAND``.

Each command is a module of this package with ``main(arguments) -> exit status``. Only the module of the given command
is imported. Exit status: 0 for success, 1 for failure, 2 for wrong usage. ``run`` has the exit status of the program.
The functions at the end are for commands that print a table.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMANDS = {
    "demo": "exchange data over sockcore, and list the address families",
    "run": "run a Python program with sockcore as its socket module",
    "families": "list the address families, and whether this kernel opens them",
    "plugins": "list the installed plugins, and whether each is loaded",
    "constants": "list the constants, and the distribution of each",
    "options": "list the socket options with the type of each value",
    "freeze": "write the startup cache: later starts do not search for plugins",
    "new-family": "create a distribution for an address family, from a C header or by hand",
    "check-layout": "compare the structs of a plugin with their C headers",
}

#: The errno of a write to a closed pipe; on Windows it is EINVAL.
_CLOSED_PIPE = {errno.EPIPE, *([errno.EINVAL] if os.name == "nt" else [])}
#: The errno of a write to a full disk, or to one with errors.
_NOT_WRITTEN = {errno.ENOSPC, errno.EFBIG, errno.EIO}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in *argv* (default: ``sys.argv[1:]``); return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        return _print_usage(arguments)
    command = import_module(f"sockcore._cli.{arguments[0].replace('-', '_')}")
    try:
        status: int = command.main(arguments[1:])
        if arguments[0] != "run":
            sys.stdout.flush()
    except OSError as exc:
        is_not_written = exc.errno in _NOT_WRITTEN and exc.filename is None
        if arguments[0] == "run" or not (is_not_written or exc.errno in _CLOSED_PIPE):
            raise
        if is_not_written:
            print(f"python -m sockcore {arguments[0]}: error: cannot write the output: {exc.strerror}", file=sys.stderr)
        # Or the reader has ended (`| head`). Without this, the interpreter prints an error when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _print_usage(arguments: list[str]) -> int:
    """Handle --help and --version; print an error for an unknown command."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter

    import sockcore

    width = max(map(len, COMMANDS))
    parser = ArgumentParser(
        "python -m sockcore",
        usage="python -m sockcore [-h] [--version] COMMAND [ARGUMENT ...]",
        description="The socket module as a plugin framework: a core, and a plugin for each address family.",
        epilog="commands:\n" + "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items()) + "\n\n"
        "`python -m sockcore COMMAND --help` describes a command.",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sockcore {sockcore.__version__}")
    parser.add_argument("command", metavar="COMMAND", choices=list(COMMANDS), help="see below")
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    parser.parse_args(arguments[:1])
    return 2


def matches(name: str, pattern: str) -> bool:
    """Return True if *pattern* is a part of *name*, or matches it."""
    from fnmatch import fnmatchcase

    if any(character in pattern for character in "*?["):
        return fnmatchcase(name, pattern)
    return pattern in name


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return *head* and *rows* in aligned columns.

    Columns of numbers are aligned to the right.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells)]
    right = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            f"{cell:>{width}}" if to_right else f"{cell:{width}}" for cell, width, to_right in zip(row, widths, right)
        ).rstrip()

    return "\n".join(map(line, [head, *cells]))


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").isdigit()
