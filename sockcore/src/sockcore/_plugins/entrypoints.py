"""Search for plugins: the entry points of the group ``sockcore`` in installed distributions."""

from __future__ import annotations

import os
import sys
from errno import ENOENT, ENOTDIR

from sockcore._names import import_module
from sockcore._plugins import PROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Plugin:
    """A plugin: its entry point, its distribution, and its state.

    *state* is ``'found'`` before it is loaded, and then ``'loaded'``, ``'cached'`` (its registrations are from the
    startup cache, and its module is not imported), ``'blocked'`` or ``'broken'``. *problem* is the message for a broken
    plugin. *conflict* is the distribution that has registered the same thing, or "".
    """

    __slots__ = ("conflict", "distribution", "module", "name", "problem", "state", "version")

    def __init__(self, name: str, module: str, distribution: str, version: str) -> None:
        self.name = name
        self.module = module
        self.distribution = distribution
        self.version = version
        self.state = "found"
        self.problem = ""
        self.conflict = ""


def scan() -> list[Plugin]:
    """Return the plugins in the entry points of installed distributions."""
    plugins: dict[tuple[str, str, str], Plugin] = {}
    for plugin in scan_folders() if are_folders() else scan_metadata():
        # An editable and an ordinary install of one distribution are one plugin.
        plugins.setdefault((plugin.name, plugin.module, plugin.distribution), plugin)
    return list(plugins.values())


def are_folders() -> bool:
    """Return True if all distributions are in folders.

    Then :func:`scan_folders` finds all of them.
    """
    # An archive, or a finder that a program has installed, may have distributions too. The finders of the interpreter
    # and of importlib_metadata search folders only.
    return not any(os.path.isfile(entry) for entry in sys.path) and not any(
        hasattr(finder, "find_distributions")
        and getattr(finder, "__name__", type(finder).__name__) not in ("PathFinder", "MetadataPathFinder")
        for finder in sys.meta_path
    )


def scan_folders() -> Iterator[Plugin]:
    """Yield the plugins in the folders of sys.path, as :func:`scan_metadata` does.

    The import of importlib.metadata takes longer than the rest of sockcore's start-up.
    """
    seen = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError as exc:
            _raise_if_temporary(exc)
            continue
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            stem, _, _ = name.rpartition(".")
            distribution = stem.partition("-")[0].replace(".", "_").lower()
            if distribution in seen:
                continue  # an earlier folder has a distribution of this name
            seen.add(distribution)
            path = os.path.join(folder, name)
            for plugin, module in _entries_of_group(_text(path, "entry_points.txt")):
                headers = _headers(path, "METADATA") or _headers(path, "PKG-INFO")
                yield Plugin(plugin, module, headers.get("Name", "?"), headers.get("Version", "?"))


def _text(folder: str, name: str) -> str:
    """Return the content of a file of metadata, or "" without the file."""
    # An object of open() takes 60,000 instructions, and there are two files for each plugin.
    content = b""
    try:
        fd = os.open(os.path.join(folder, name), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            while more := os.read(fd, 1 << 16):
                content += more
        finally:
            os.close(fd)
    except OSError as exc:
        _raise_if_temporary(exc)
        return ""
    return content.decode()


def _raise_if_temporary(exc: OSError) -> None:
    """Raise a temporary error, such as a lack of file descriptors.

    Such an error does not mean that a file is missing.
    """
    # A folder of sys.path may be missing, or may be an archive. The import of another module is not necessary then.
    if exc.errno not in (ENOENT, ENOTDIR) and import_module("sockcore._faults").is_temporary(exc):
        raise exc


def _entries_of_group(entry_points: str) -> Iterator[tuple[str, str]]:
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


def _headers(folder: str, name: str) -> dict[str, str]:
    """Return the fields Name and Version in a file of metadata, or nothing without the file."""
    headers: dict[str, str] = {}
    text = _text(folder, name)
    # The two fields are at the beginning. The rest, which may be long, is not split into lines.
    start = 0
    while start < len(text) and len(headers) < 2:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        field, _, value = text[start:end].partition(":")
        if not field.strip():
            break  # an empty line separates the headers from the description of the distribution
        if field in ("Name", "Version"):
            headers[field] = value.strip()
        start = end + 1
    return headers


def scan_metadata() -> Iterator[Plugin]:
    """Yield the plugins of all distributions that importlib.metadata finds."""
    if sys.version_info >= (3, 10):
        from importlib.metadata import entry_points
    else:
        from importlib_metadata import entry_points
    # importlib.metadata treats a folder that it cannot list as an empty one.
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
