"""``python -m sockcore constants``."""

from __future__ import annotations

from argparse import ArgumentParser
from fnmatch import fnmatchcase

from sockcore._cli.columns import table
from sockcore._registry import discovery
from sockcore._registry.hints import distribution_of


def main(arguments: list[str]) -> int:
    """Print a line for each constant that matches; 1 if none does."""
    parser = ArgumentParser(
        "python -m sockcore constants",
        description="List the constants that the module has on this system: name, value, and the distribution that "
        "brings each. Exit status 1 if none matches.",
    )
    parser.add_argument(
        "pattern",
        metavar="PATTERN",
        nargs="?",
        default="*",
        help="a part of the name, or all of it with * ? [...] in it; upper and lower case are the same",
    )
    pattern: str = parser.parse_args(arguments).pattern.upper()
    registry = discovery.all_loaded()
    rows = [
        (name, _text(value), registry.owners["name", name])
        for name, value in sorted(registry.names.items())
        if name.isupper() and not callable(value) and matches(name, pattern)
    ]
    if not rows:
        origin = distribution_of(pattern)
        hint = f": names like it come with {origin}, where the system has them" if origin else ""
        print(f"No constant matches {pattern}{hint}")
        return 1
    print(table(("CONSTANT", "VALUE", "DISTRIBUTION"), rows))
    return 0


def matches(name: str, pattern: str) -> bool:
    """Return whether *name* is what *pattern* asks for."""
    if any(character in pattern for character in "*?["):
        return fnmatchcase(name, pattern)
    return pattern in name


def _text(value: object) -> object:
    return int(value) if isinstance(value, int) else repr(value)
