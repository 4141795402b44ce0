"""``python -m sockcore options``."""

from __future__ import annotations

from argparse import ArgumentParser

from sockcore._cli import matches, table
from sockcore._plugins import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sockcore.plugin import Option


def main(arguments: list[str]) -> int:
    """Print a line for each matching option; return 1 without a match."""
    parser = ArgumentParser(
        "python -m sockcore options",
        description="List the socket options that sockcore.options reads and writes on this system, with the type of "
        "the value and the distribution of each. The exit status is 1 if no option matches.",
    )
    parser.add_argument(
        "pattern",
        metavar="PATTERN",
        nargs="?",
        default="*",
        help="a part of the name, or a pattern with * ? [...] for the whole name, in upper or lower case",
    )
    pattern: str = parser.parse_args(arguments).pattern.upper()
    registry = discovery.with_codecs()
    rows = [
        (option.name, option.level_name or option.level, option.type_name or "-", _access(option), owner)
        for key, option in sorted(registry.options.items(), key=lambda item: item[1].name)
        for owner in (registry.owners["option"][key],)
        if matches(option.name, pattern)
    ]
    if not rows:
        print(f"No option matches {pattern}")
        return 1
    print(table(("OPTION", "LEVEL", "TYPE", "ACCESS", "DISTRIBUTION"), rows))
    return 0


def _access(option: Option[Any]) -> str:
    return "/".join(
        word for word, is_possible in (("read", option.readable), ("write", option.encode is not None)) if is_possible
    )
