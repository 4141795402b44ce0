"""The choice between plugins that register the same thing.

1. By default, the plugin whose name is first in alphabetical order is loaded. The other one is left out as a whole, and
   a PluginWarning names both, and the settings that select the other one.
2. ``SOCKCORE_PREFER`` and ``sockcore.plugin.prefer()`` name plugins, by entry point or module. These are loaded first,
   in the order of the names. Those of ``prefer()`` come before those of the variable.
3. A plugin that conflicts with a preferred one is blocked, without a warning: the user has made the choice.
4. The startup cache has no preference. It contains the registrations of each plugin for itself.

Only a discovery with a preference or a conflict imports this module.
"""

from __future__ import annotations

from sockcore._names import environment, preferred_plugins
from sockcore._plugins.entrypoints import Plugin
from sockcore._types import Sequence


def preferred_names() -> list[str]:
    """Return the preferred plugins, the first one most."""
    names = (environment("SOCKCORE_PREFER") or "").split(",")
    return list(dict.fromkeys([*preferred_plugins, *filter(None, map(str.strip, names))]))


def in_order(plugins: Sequence[Plugin], preferred: Sequence[str]) -> list[Plugin]:
    """Return the plugins with the preferred ones first, in the order of their names."""

    def rank(plugin: Plugin) -> int:
        ranks = [preferred.index(name) for name in (plugin.name, plugin.module) if name in preferred]
        return min(ranks, default=len(preferred))

    return sorted(plugins, key=rank)


def settle(plugins: Sequence[Plugin], preferred: Sequence[str]) -> None:
    """Block the plugins that conflict with a preferred one. Add advice to the problem of the others."""
    for plugin in plugins:
        if plugin.state == "broken" and plugin.conflict:
            if is_preferred(plugin.conflict, plugins, preferred):
                plugin.state, plugin.problem = "blocked", ""
                continue
            others = [other for other in plugins if other.distribution == plugin.conflict and other is not plugin]
            plugin.problem += f". {advice(plugin, others)}" if others else ""


def is_preferred(distribution: str, plugins: Sequence[Plugin], preferred: Sequence[str]) -> bool:
    """Return True if a plugin of a distribution is preferred."""
    names = {name for plugin in plugins if plugin.distribution == distribution for name in (plugin.name, plugin.module)}
    return bool(names.intersection(preferred))


def advice(plugin: Plugin, others: Sequence[Plugin]) -> str:
    """Return the settings that select *plugin*, and those that keep the other one without a warning."""
    is_unique = all(plugin.name != other.name for other in others)
    name, other = (plugin.name, others[0].name) if is_unique else (plugin.module, others[0].module)
    return (
        f"SOCKCORE_PREFER={name} or sockcore.plugin.prefer({name!r}) selects this plugin, SOCKCORE_PREFER={other} "
        "the other one without a warning"
    )


def advice_about(distribution: str, other: str, plugins: Sequence[Plugin]) -> str:
    """Return the settings that select the plugin of *distribution* instead of that of *other*, or ""."""
    this, others = ([plugin for plugin in plugins if plugin.distribution == name] for name in (distribution, other))
    return f". {advice(this[0], others)}" if this and others else ""


def missing_names(plugins: Sequence[Plugin], preferred: Sequence[str]) -> list[str]:
    """Return a message for each preferred name without an installed plugin."""
    known = {name for plugin in plugins for name in (plugin.name, plugin.module)}
    return [
        f"SOCKCORE_PREFER names {name!r}, and no such plugin is installed" for name in preferred if name not in known
    ]
