"""The frozen list of plugins: a start-up path that looks at no package metadata, for small devices.

A text file with a line for each plugin, of its name, module, distribution and version.
"""

from __future__ import annotations

import os

from sockcore._names import frozen_list
from sockcore._registry.entrypoints import Plugin


def frozen_path() -> str | None:
    """Return the path of the frozen list that is in force, None if plugins are to be looked for."""
    path = frozen_list()
    named = "SOCKCORE_FROZEN" in os.environ
    return path if path and (named or os.path.exists(path)) else None


def read_frozen(path: str) -> list[Plugin]:
    """Return the plugins of a frozen list; ValueError for a line that is none, naming it."""
    found = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            words = line.split()
            if len(words) != 4:
                raise ValueError(f"{path}, line {number}: expected name, module, distribution and version: {line!r}")
            found.append(Plugin(*words))
    return found
