"""``python -m sockcore plugins``."""

from __future__ import annotations

import warnings
from argparse import ArgumentParser

from sockcore._cli.columns import table
from sockcore._registry import discovery
from sockcore._registry.frozen import frozen_path


def main(arguments: list[str]) -> int:
    """Print a line for each plugin, and why, for those that are broken; 1 if one is."""
    parser = ArgumentParser(
        "python -m sockcore plugins",
        description="List the plugins that are installed: entry point, module, distribution, version and state, which "
        "is loaded, blocked (by SOCKCORE_PLUGINS or SOCKCORE_BLOCK) or broken. Exit status 1 if one is broken.",
    )
    parser.parse_args(arguments)
    with warnings.catch_warnings():
        # Said below, in the table's own way.
        warnings.simplefilter("ignore", discovery.PluginWarning)
        found = discovery.plugins()
    if not found:
        print("No plugin is installed: pip install 'sockcore[all]'")
    else:
        rows = [(p.name, p.module, p.distribution, p.version, p.state) for p in found]
        print(table(("PLUGIN", "MODULE", "DISTRIBUTION", "VERSION", "STATE"), rows))
    blocked = discovery.registry().blocked
    if blocked:
        print(
            f"\nBlocked address families (SOCKCORE_BLOCK): {', '.join(blocked[number] for number in sorted(blocked))}"
        )
    frozen = frozen_path()
    if frozen:
        print(f"\nFrozen: only the plugins in {frozen} are loaded.")
    problems = [plugin.problem for plugin in found if plugin.problem]
    for problem in problems:
        print(f"\n{problem}")
    return 1 if problems else 0
