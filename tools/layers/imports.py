"""The import graph of the core: the early and the late imports of each module.

An import inside a function is a late import. So is a call of ``import_module`` with a literal, such as
``import_module("sockcore._plugins.hints")``. An import inside ``if TYPE_CHECKING:`` does not count.
``sockcore._imports`` lists modules for packaging tools, and is not part of the graph.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

#: The layers from the bottom to the top, as prefixes of module names. The longest matching prefix counts.
LAYERS = (
    ("_types", "_names", "_faults"),
    ("_platform",),
    ("_exceptions", "_families.structs"),
    ("_arguments", "_invalid_hosts", "_timeouts", "_families"),
    ("_system",),
    (
        "_plugins",
        "_plugins.registry",
        "_plugins.registrations",
        "_plugins.placeholders",
        "_plugins.entrypoints",
        "_startup_cache",
    ),
    (
        "_plugins.discovery",
        "_plugins.hints",
        "_plugins.hookcaller",
        "_plugins.late_loading",
        "_plugins.loading",
        "_plugins.preference",
    ),
    ("_enums", "_options", "ancillary", "messages", "_context", "_sockets.addresses", "_codec_helpers"),
    ("_sockets", "_sockets.base", "_sockets.batches"),
    ("_sockets.socket",),
    ("_sockets.files", "_sockets.functions", "addresses", "options", "backends", "errors", "plugin"),
    ("", "_preload"),
    ("testing", "stdlib", "_startup_cache.writer", "_pyinstaller", "_scaffold"),
    ("_cli", "__main__"),
)

#: Late imports of a module in a higher layer, or in a cycle, each with its reason.
EXCEPTIONS = {
    ("_names", "_startup_cache"): "the cache is read only if there is one; its reader needs the functions of _names",
    ("_names", "_startup_cache.index"): "as the line above",
    ("_plugins.discovery", "_plugins.late_loading"): "plugins loaded after the discovery; most programs have none",
    ("_plugins.discovery", "_plugins.hints"): "the text of an error, which depends on the plugins that were found",
    ("_plugins.loading", "_plugins.hints"): "the numbers of blocked families; most programs block none",
    ("_sockets.socket", "_sockets.files"): "files import io, and many programs need none",
}


def modules(root: Path) -> dict[str, Path]:
    """Return the core's modules in the folder *root* of its package.

    Their names are without ``sockcore.``.
    """
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if "tables" not in parts and parts != ("_imports",):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


class _Reader(ast.NodeVisitor):
    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.early: set[str] = set()
        self.late: set[str] = set()
        self._depth = 0

    def _add(self, name: str, is_late: bool) -> None:
        if name == "sockcore" or name.startswith("sockcore."):
            module = name.partition(".")[2]
            if module in self.known:
                (self.late if is_late else self.early).add(module)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for child in node.orelse:
                self.visit(child)
        else:
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, self._depth > 0)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            module = f"{node.module}.{alias.name}"
            is_module = module.partition(".")[2] in self.known
            self._add(module if is_module else str(node.module), self._depth > 0)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "import_module" and node.args and isinstance(node.args[0], ast.Constant):
            self._add(str(node.args[0].value), True)
        self.generic_visit(node)


def imports(root: Path) -> dict[str, tuple[set[str], set[str]]]:
    """Return the early and the late imports of each module."""
    files = modules(root)
    found = {}
    for name, path in files.items():
        reader = _Reader(set(files))
        reader.visit(ast.parse(path.read_text(encoding="utf-8")))
        found[name] = (reader.early - {name}, reader.late - reader.early - {name})
    return found


def layer(module: str) -> int:
    """Return the number of a module's layer, 0 for the lowest."""
    fitting = [
        (len(name), number)
        for number, names in enumerate(LAYERS)
        for name in names
        if module == name or (name and module.startswith(f"{name}."))
    ]
    if not fitting:
        raise ValueError(f"no layer has the module sockcore.{module}")
    return max(fitting)[1]


def upward(root: Path) -> list[tuple[str, str]]:
    """Return early and late imports of a higher layer's module, as (module, target)."""
    return [
        (module, other)
        for module, (early, late) in imports(root).items()
        for other in sorted(early | late)
        if layer(other) > layer(module)
    ]


def cycles(root: Path, with_late: bool = True, without: Container[tuple[str, str]] = ()) -> list[list[str]]:
    """Return the groups of modules that import each other.

    Late imports count only if *with_late* is true. The imports in *without* do not count.
    """
    graph = {
        name: {other for other in (early | late if with_late else early) if (name, other) not in without}
        for name, (early, late) in imports(root).items()
    }
    reached = {name: _reachable(name, graph) for name in graph}
    groups = {tuple(sorted({name, *(other for other in reached[name] if name in reached[other])})) for name in graph}
    return sorted([list(group) for group in groups if len(group) > 1])


def _reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found
