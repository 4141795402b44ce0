"""Reach of import statements, for tools that build a program of one file."""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
from pathlib import Path

import pytest

PLUGINS = ("inet", "unix", "can", "bluetooth", "linux_misc", "windows", "bsd")
PACKAGES = ["sockcore", *(f"sockcore_{name}" for name in PLUGINS if importlib.util.find_spec(f"sockcore_{name}"))]
#: Only for the command line, tests, type checkers and PyInstaller.
APART = ("sockcore.__main__", "sockcore._system.protocol", "sockcore._cli", "sockcore._pyinstaller",
         "sockcore._scaffold", "sockcore._startup_cache.writer", "sockcore.testing")  # fmt: skip


def files(package: str) -> dict[str, Path]:
    """Return the source file of each module of a package, except those in APART."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    result = {package: folder / "__init__.py"}
    for module in pkgutil.walk_packages([str(folder)], f"{package}."):
        path = folder.joinpath(*module.name.split(".")[1:])
        result[module.name] = path / "__init__.py" if module.ispkg else path.with_suffix(".py")
    return {
        name: path
        for name, path in result.items()
        if not name.startswith(APART) and not name.endswith(("._native", ".support"))
    }


def imported_by(path: Path) -> set[str]:
    """Return the modules that a module imports, except for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_import_statements_reach_every_module(package: str) -> None:
    modules = files(package)
    reached: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in modules:
            continue
        reached.add(name)
        for result in imported_by(modules[name]):
            parts = result.split(".")
            waiting += [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    assert sorted(modules.keys() - reached) == []


#: Functions that run only inside of an import or a discovery, or before other threads start (``stdlib``), or that
#: import a module which is imported already.
ACCEPTED = (
    "sockcore._imports.",
    "sockcore._plugins.discovery._is_module",
    "sockcore._plugins.entrypoints.scan_metadata",
    "sockcore._startup_cache._parse",
    "sockcore.backends.current",
    "sockcore.errors.watch",  # asyncio
    "sockcore.plugin.prefer",
    "sockcore.stdlib.",
    "sockcore_bsd.families",
    "sockcore_bsd.sockcore_register",
    "sockcore_inet.connection._import_exception_group",  # builtins
    "sockcore_inet.datagrams_asyncio._wait",  # asyncio
    "sockcore_windows.sockcore_register",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_import_modules_by_the_function_that_delays_forks(package: str) -> None:
    # A fork in another thread would leave the lock of a module that an import statement holds locked in the child.
    faulty = set()
    for name, path in files(package).items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
                isinstance(child, (ast.Import, ast.ImportFrom)) for child in ast.walk(node)
            ):
                faulty.add(f"{name}.{node.name}")
    assert [name for name in sorted(faulty) if not name.startswith(ACCEPTED) and "._list_imports" not in name] == []
