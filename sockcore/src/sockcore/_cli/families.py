"""``python -m sockcore families``: the families of plugins, whether this kernel opens them, and where they were tested.

A plugin says in a module ``proof`` of its package, by ``PROOF``, how its families were tested on each system: a
family's name, with a protocol's behind it where it matters, to a system (``'linux'``, ``'windows'``...) to ``'run'`` or
``'headers'``. It names all systems, also of families that the plugin does not bring on this one.
"""

from __future__ import annotations

from argparse import ArgumentParser
from errno import errorcode

from sockcore._cli.columns import table
from sockcore._names import imported
from sockcore._platform import SYSTEMS
from sockcore._plugins import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockcore.plugin import Family

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
    registry = discovery.registry()
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


#: Tried in this order where the family does not say what to try.
USUAL = ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW")


class Probe:
    """What came of trying to open a family: *opens*, and *text*, the type that did or the error's name."""

    __slots__ = ("opens", "text")

    def __init__(self, opens: bool, text: str) -> None:
        self.opens = opens
        self.text = text


def probe(family: Family) -> Probe:
    """Open a socket of *family*, and close it: with the type and protocol that it names, or the usual types."""
    import sockcore

    usual = [(int(getattr(sockcore, name)), family.proto or 0) for name in USUAL if hasattr(sockcore, name)]
    failures = []
    for type, proto in [family.probe] if family.probe else usual:
        try:
            sockcore.socket(family.number, type, proto).close()
        except OSError as problem:
            failures.append(errorcode.get(problem.errno or 0, str(problem)))
        else:
            return Probe(True, _type_name(type))
    # That of the first type: the most usual one. "No such type" says less than any other.
    telling = [name for name in failures if name.removeprefix("WSA") not in ("ESOCKTNOSUPPORT", "EPROTONOSUPPORT")]
    return Probe(False, (telling or failures)[0])


def _type_name(number: int) -> str:
    import sockcore

    for name in (*USUAL, "SOCK_RDM"):
        if getattr(sockcore, name, None) == number:
            return name
    return f"type {number}"


def proofs() -> tuple[tuple[str, ...], list[tuple[str, ...]]] | None:
    """Return head and rows of the table of families by systems, None if no plugin says anything."""
    systems = tuple(SYSTEMS.values())
    rows = [
        (family, *(proof.get(system, "-") for system in systems))
        for plugin in discovery.plugins()
        if plugin.state == "loaded"
        for family, proof in _of(plugin.module).items()
    ]
    return (("FAMILY", *systems), rows) if rows else None


def _of(module: str) -> Mapping[str, Mapping[str, str]]:
    name = f"{module}.proof"
    try:
        found: Mapping[str, Mapping[str, str]] = imported(name).PROOF
    except ModuleNotFoundError as missing:
        if missing.name not in (name, module):
            raise
        return {}
    return found
