"""The plugins that installed distributions name in their entry points of the group ``sockcore``."""

from __future__ import annotations

import sys

from sockcore._registry.hooks import PROJECT


class Plugin:
    """A plugin that discovery found: where it is from and what became of it.

    *state* is ``'loaded'``, ``'blocked'`` or ``'broken'``; *problem* is the sentence of a broken one.
    """

    __slots__ = ("distribution", "module", "name", "problem", "state", "version")

    def __init__(self, name: str, module: str, distribution: str, version: str) -> None:
        self.name = name
        self.module = module
        self.distribution = distribution
        self.version = version
        self.state = "found"
        self.problem = ""


def scan() -> list[Plugin]:
    """Return the plugins that installed distributions name in their entry points."""
    if sys.version_info >= (3, 10):
        from importlib.metadata import entry_points
    else:
        from importlib_metadata import entry_points
    found: dict[tuple[str, str, str], Plugin] = {}
    for entry in entry_points(group=PROJECT):
        name = entry.dist.metadata["Name"] if entry.dist else "?"
        version = entry.dist.version if entry.dist else "?"
        # An editable and an ordinary install of one distribution are one plugin.
        found.setdefault((entry.name, entry.value, name), Plugin(entry.name, entry.value, name, version))
    return list(found.values())
