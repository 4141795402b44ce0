"""``python -m sockcore families``."""

from __future__ import annotations

from argparse import ArgumentParser

from sockcore._cli.columns import table
from sockcore._cli.probe import probe
from sockcore._cli.proofs import proofs
from sockcore._registry import discovery

NOTHING = "No plugin brings an address family here: pip install 'sockcore[all]'"


def main(arguments: list[str]) -> int:
    """Print a line for each family and each protocol that plugins bring; 1 if there are none."""
    parser = ArgumentParser(
        "python -m sockcore families",
        description="List the address families that plugins bring, and whether this kernel opens a socket of each. "
        "Where a protocol has addresses of its own it has its own line. Below, for each family and system: 'run' where "
        "its tests moved data through a system of the kind, 'headers' where numbers, layouts and codecs were checked "
        "against its headers, '-' where neither was done or the system lacks the family.",
    )
    parser.parse_args(arguments)
    text = listing()
    print(text or NOTHING)
    if found := proofs():
        print("\n" + table(*found))
    return 0 if text else 1


def listing() -> str:
    """Return the table of families, empty if there are none. Opens a socket of each."""
    registry = discovery.all_loaded()
    rows = []
    for key in sorted(registry.families, key=lambda key: (key[0], -1 if key[1] is None else key[1])):
        family = registry.families[key]
        found = probe(family)
        rows.append(
            (
                family.name,
                family.number,
                "" if family.proto is None else family.proto,
                registry.owners["family", key],
                "yes" if found.opens else "no",
                found.text,
            )
        )
    for number, name in sorted(registry.blocked.items()):
        rows.append((name, number, "", registry.owners.get(("blocked", number), "-"), "no", "blocked (SOCKCORE_BLOCK)"))
    return table(("FAMILY", "NUMBER", "PROTOCOL", "DISTRIBUTION", "OPENS", "BY"), rows) if rows else ""
