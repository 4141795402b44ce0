"""The frozen list of plugins: a start-up path that looks at no package metadata, for small devices.

A text file with a line for each plugin, of its name, module, distribution and version.
"""

from __future__ import annotations

import os

from sockcore._registry.entrypoints import Plugin, scan


def frozen_path() -> str | None:
    """Return the path of the frozen list that is in force, None if plugins are to be looked for."""
    chosen = os.environ.get("SOCKCORE_FROZEN")
    if chosen is not None:
        return chosen or None
    usual = default_frozen_path()
    return usual if os.path.exists(usual) else None


def default_frozen_path() -> str:
    """Return where the frozen list is looked for: beside the package's modules."""
    return os.path.join(os.path.dirname(os.path.dirname(__file__)), "frozen-plugins.txt")


def freeze(path: str | None = None) -> str:
    """Write the frozen list of all plugins that are installed now; return its path.

    A plugin that is installed or removed later is not seen until the list is written anew. OSError if the
    place cannot be written.
    """
    path = path or default_frozen_path()
    lines = [
        "# Written by `python -m sockcore freeze`: the plugins to load, without looking for any.\n",
        *(f"{p.name} {p.module} {p.distribution} {p.version}\n" for p in sorted(scan(), key=lambda p: p.name)),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def unfreeze(path: str | None = None) -> None:
    """Remove the frozen list, if there is one."""
    try:
        os.remove(path or default_frozen_path())
    except FileNotFoundError:
        pass


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
