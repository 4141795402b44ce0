"""The plugins that installed distributions name in their entry points of the group ``sockcore``."""

from __future__ import annotations

import os
import sys

from sockcore._names import imported
from sockcore._plugins.hooks import PROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


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
    found: dict[tuple[str, str, str], Plugin] = {}
    for plugin in scan_folders() if are_folders() else scan_metadata():
        # An editable and an ordinary install of one distribution are one plugin.
        found.setdefault((plugin.name, plugin.module, plugin.distribution), plugin)
    return list(found.values())


def are_folders() -> bool:
    """Return whether all that can be imported is in folders: nobody else can say what is installed then."""
    # zipimport, and finders that programs install, may bring distributions of their own. Those that look in folders
    # are the interpreter's, and that of importlib_metadata.
    return not any(os.path.isfile(entry) for entry in sys.path) and not any(
        hasattr(finder, "find_distributions")
        and getattr(finder, "__name__", type(finder).__name__) not in ("PathFinder", "MetadataPathFinder")
        for finder in sys.meta_path
    )


def scan_folders() -> Iterator[Plugin]:
    """Yield what importlib.metadata would, whose import takes longer than all else that sockcore does at its start."""
    seen = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError as problem:
            _raise_if_passing(problem)
            continue
        for name in names:
            stem, _, kind = name.rpartition(".")
            if kind not in ("dist-info", "egg-info"):
                continue
            distribution = stem.partition("-")[0].replace(".", "_").lower()
            if distribution in seen:
                continue  # another one of this name comes first on the path
            seen.add(distribution)
            path = os.path.join(folder, name)
            for plugin, module in _of_group(_text(path, "entry_points.txt")):
                headers = _headers(_text(path, "METADATA") or _text(path, "PKG-INFO"))
                yield Plugin(plugin, module, headers.get("Name", "?"), headers.get("Version", "?"))


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except OSError as problem:
        _raise_if_passing(problem)
        return ""


def _raise_if_passing(problem: OSError) -> None:
    """Raise an error that says nothing about what is installed: no more file descriptors, for example."""
    if imported("sockcore._faults").is_passing(problem):
        raise problem


def _of_group(entry_points: str) -> Iterator[tuple[str, str]]:
    """Yield names and values of sockcore's group in the text of an entry_points.txt."""
    if f"[{PROJECT}]" not in entry_points:
        return
    group = ""
    for line in map(str.strip, entry_points.splitlines()):
        if line.startswith("["):
            group = line.strip("[]")
        elif group == PROJECT and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def _headers(metadata: str) -> dict[str, str]:
    """Return name and version in a distribution's metadata."""
    head, _, _ = metadata.partition("\n\n")
    lines = [line.partition(":") for line in head.splitlines()]
    return {name: value.strip() for name, _, value in lines if name in ("Name", "Version")}


def scan_metadata() -> Iterator[Plugin]:
    """Yield the plugins of all distributions, wherever they are."""
    if sys.version_info >= (3, 10):
        from importlib.metadata import entry_points
    else:
        from importlib_metadata import entry_points
    # It takes a folder that it cannot list for an empty one.
    _need_descriptors()
    entries = list(entry_points(group=PROJECT))
    _need_descriptors()
    for entry in entries:
        name = entry.dist.metadata["Name"] if entry.dist else "?"
        version = entry.dist.version if entry.dist else "?"
        yield Plugin(entry.name, entry.value, name, version)


def _need_descriptors() -> None:
    """Raise OSError (EMFILE, ENFILE) if this process cannot open another file."""
    for fd in os.pipe():
        os.close(fd)
