"""``python -m sockcore families``."""

from __future__ import annotations

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from sockcore._cli import table
from sockcore._cli.kernel_support import KernelSupport, kernel_support
from sockcore._names import import_module
from sockcore._platform import SYSTEMS
from sockcore._plugins import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockcore.plugin import Family

    Row = dict[str, object]

NO_FAMILIES = "No plugin registers an address family: pip install 'sockcore[all]'"
DESCRIPTION = """\
List the address families that the installed plugins register. A protocol with
an address format of its own has its own line.

  FAMILY        name of the address family
  PROTOCOL      the protocol, or "any" for every protocol without a line
  DISTRIBUTION  the distribution that registers it
  OPENS         whether this kernel opens a socket of it
  TYPE          the type of the opened socket
  REASON        why no socket was opened

With --tested, list how each family was tested on each system:

  run      the tests exchanged data on that system
  headers  constants, structs and addresses were compared with the system's
           headers; nothing ran
  -        not tested, or the system does not have the family

The exit status is 1 if there is no family.
"""


def main(arguments: list[str]) -> int:
    """Print a line for each family and protocol; return 1 without a family."""
    parser = ArgumentParser(
        "python -m sockcore families", description=DESCRIPTION, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--tested", action="store_true", help="list how each family was tested on each system")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    found = [*_tested_rows()] if options.tested else [*rows()]
    if options.json:
        import json

        print(json.dumps({"tested" if options.tested else "families": found}, indent=2))
    elif not found:
        print("No plugin lists how its families were tested." if options.tested else NO_FAMILIES)
    elif options.tested:
        print(table([str(key).upper() if key == "family" else key for key in found[0]], [[*r.values()] for r in found]))
    else:
        print(listing(found))
    return 0 if found else 1


def rows() -> Iterator[Row]:
    """Yield the values of each family and protocol, with the keys of --json.

    Opens a socket of each.
    """
    registry = discovery.all_families()
    for key in sorted(registry.families, key=lambda key: (key[0], -1 if key[1] is None else key[1])):
        family = registry.families[key]
        yield _row(family.name, family.number, family, registry.owners["family"][key], kernel_support(family))
    for number, name in sorted(registry.blocked.items()):
        owner = registry.owners["blocked"].get(number)
        yield _row(name, number, None, owner, KernelSupport(reason="blocked by SOCKCORE_BLOCK"))


def _row(name: str, number: int, family: Family | None, owner: str | None, support: KernelSupport) -> Row:
    proto = family.proto if family else None
    return {
        "family": name,
        "number": int(number),
        "protocol": None if family is None or proto is None else protocol_name(family, owner),
        "protocol_number": None if proto is None else int(proto),
        "distribution": owner,
        "opens": support.opens,
        "type": support.type or None,
        "reason": support.reason or None,
    }


def listing(found: list[Row]) -> str:
    """Return the table of *found*, the values of rows()."""
    cells = [
        (
            row["family"],
            row["protocol"] or "any",
            row["distribution"] or "-",
            "yes" if row["opens"] else "no",
            row["type"] or "-",
            row["reason"] or "",
        )
        for row in found
    ]
    return table(("FAMILY", "PROTOCOL", "DISTRIBUTION", "OPENS", "TYPE", "REASON"), cells)


def protocol_name(family: Family, owner: str | None) -> str:
    """Return the protocol constant of *family* (BTPROTO_HCI, CAN_ISOTP) or number.

    The constant is registered by the plugin of the family. Its name is XPROTO_NAME or, for AF_X, X_NAME.
    """
    registry = discovery.registry()
    pattern = re.compile(rf"[A-Z]+PROTO_\w+|{re.escape(family.name.removeprefix('AF_'))}_[A-Z0-9]+")
    names = [
        name
        for name, value in registry.names.items()
        if isinstance(value, int)
        and value == family.proto
        and registry.owners["name"][name] == owner
        and pattern.fullmatch(name)
    ]
    return min(names, key=lambda name: ("PROTO_" not in name, name), default=str(family.proto))


def _tested_rows() -> Iterator[Row]:
    """Yield how each family was tested: its name, and ``'run'``, ``'headers'`` or ``'-'`` for each system.

    Only families of loaded plugins are included.
    """
    for plugin in discovery.all_loaded().plugins:
        if plugin.state == "loaded":
            for family, tested in _support(plugin.module).items():
                yield {"family": family, **{system: tested.get(system, "-") for system in SYSTEMS.values()}}


def _support(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return the dictionary ``SUPPORT`` in the module ``support`` of a plugin, or an empty one.

    It maps the name of a family, followed by the name of a protocol where that matters, to {system: ``'run'`` or
    ``'headers'``}, with systems like ``'linux'`` and ``'windows'``. It has the families of all systems, including those
    that the plugin does not register on this one.
    """
    name = f"{module}.support"
    try:
        support: Mapping[str, Mapping[str, str]] = import_module(name).SUPPORT
    except ModuleNotFoundError as exc:
        if exc.name not in (name, module):
            raise
        return {}
    return support
