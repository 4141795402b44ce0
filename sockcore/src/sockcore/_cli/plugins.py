"""``python -m sockcore plugins``."""

from __future__ import annotations

import os
import warnings
from argparse import ArgumentParser

from sockcore import _startup_cache
from sockcore._cli.columns import table
from sockcore._names import startup_cache
from sockcore._registry import discovery


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
        found = discovery.all_loaded().plugins
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
    cache = startup_cache()
    if _startup_cache.list_in_use:
        print(f"\nStartup cache: only the plugins in {_startup_cache.list_in_use} are loaded.")
    elif _startup_cache.list_problem or os.path.exists(cache):
        problem = _startup_cache.list_problem or "it is out of date or damaged: write it again"
        print(f"\nThe startup cache {cache} is not used: {problem}")
    problems = [plugin.problem for plugin in found if plugin.problem]
    for problem in problems:
        print(f"\n{problem}")
    return 1 if problems else 0
