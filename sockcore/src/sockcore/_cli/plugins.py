"""``python -m sockcore plugins``."""

from __future__ import annotations

import os
import warnings
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from sockcore import _startup_cache
from sockcore._cli import table
from sockcore._names import startup_cache
from sockcore._plugins import discovery

DESCRIPTION = """\
List the installed plugins.

  PLUGIN        name of the entry point, for SOCKCORE_PLUGINS and SOCKCORE_BLOCK
  MODULE        the module that registers the plugin
  DISTRIBUTION  the distribution that installed it
  VERSION       version of the distribution
  STATE         loaded, blocked (by SOCKCORE_PLUGINS or SOCKCORE_BLOCK, or because a plugin of SOCKCORE_PREFER registers
                the same thing), or broken

The exit status is 1 if a plugin is broken, or if an environment variable names a plugin or an address family that does
not exist. The reason is printed below.
"""


#: The variables with names of plugins and address families. A warning about one begins with its name.
VARIABLES = ("SOCKCORE_PLUGINS", "SOCKCORE_PREFER", "SOCKCORE_BLOCK")


def main(arguments: list[str]) -> int:
    """Print a line for each plugin, and the problems of broken plugins.

    Return 1 if there are such problems, or if an environment variable has an unknown name.
    """
    parser = ArgumentParser(
        "python -m sockcore plugins", description=DESCRIPTION, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    with warnings.catch_warnings(record=True) as issued:
        # Printed below.
        warnings.simplefilter("always", discovery.PluginWarning)
        found = discovery.all_loaded().plugins
    blocked = discovery.registry().blocked
    blocked_families = [blocked[number] for number in sorted(blocked)]
    problems = [plugin.problem for plugin in found if plugin.problem]
    # The other warnings are those about the startup cache and the plugins, which are printed from other sources.
    unknown_names = [text for text in (str(warning.message) for warning in issued) if text.startswith(VARIABLES)]
    status = 1 if problems or unknown_names else 0
    if options.json:
        import json

        keys = ("name", "module", "distribution", "version", "state")
        plugins = [{**{key: getattr(p, key) for key in keys}, "problem": p.problem or None} for p in found]
        cache = _startup_cache.list_in_use
        print(
            json.dumps(
                {
                    "plugins": plugins,
                    "blocked_families": blocked_families,
                    "startup_cache": str(cache) if cache else None,
                    "unknown_names": unknown_names,
                },
                indent=2,
            )
        )
        return status
    if not found:
        print("No plugin is installed: pip install 'sockcore[all]'")
    else:
        rows = [(p.name, p.module, p.distribution, p.version, p.state) for p in found]
        print(table(("PLUGIN", "MODULE", "DISTRIBUTION", "VERSION", "STATE"), rows))
    if blocked_families:
        print(f"\nBlocked address families (SOCKCORE_BLOCK): {', '.join(blocked_families)}")
    path = startup_cache()
    if _startup_cache.list_in_use:
        print(f"\nStartup cache: only the plugins in {_startup_cache.list_in_use} are loaded.")
    elif _startup_cache.list_problem or os.path.exists(path):
        problem = _startup_cache.list_problem or "it is out of date or damaged: write it again"
        print(f"\nThe startup cache {path} is not used: {problem}")
    for problem in unknown_names + problems:
        print(f"\n{problem}")
    return status
