"""``python -m sockcore constants``."""

from __future__ import annotations

from argparse import ArgumentParser

from sockcore._cli import matches, table
from sockcore._plugins import discovery
from sockcore._plugins.hints import distribution_of


def main(arguments: list[str]) -> int:
    """Print a line for each matching constant; return 1 without a match."""
    parser = ArgumentParser(
        "python -m sockcore constants",
        description="List the constants of the module on this system, with the value and the distribution of each. The "
        "exit status is 1 if no constant matches.",
    )
    parser.add_argument(
        "pattern",
        metavar="PATTERN",
        nargs="?",
        default="*",
        help="a part of the name, or a pattern with * ? [...] for the whole name, in upper or lower case",
    )
    pattern: str = parser.parse_args(arguments).pattern.upper()
    registry = discovery.all_loaded()
    rows = [
        (name, _to_text(value), registry.owners["name"][name])
        for name, value in sorted(registry.names.items())
        if name.isupper() and not callable(value) and matches(name, pattern)
    ]
    if not rows:
        origin = distribution_of(pattern)
        hint = f": {origin} has such names, on systems that support them (pip install {origin})" if origin else ""
        print(f"No constant matches {pattern}{hint}")
        return 1
    print(table(("CONSTANT", "VALUE", "DISTRIBUTION"), rows))
    return 0


def _to_text(value: object) -> object:
    return int(value) if isinstance(value, int) else repr(value)
