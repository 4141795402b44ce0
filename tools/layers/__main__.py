"""Print figures about the structure of the core: ``python -m tools.layers [FOLDER]``."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from .imports import cycles, layer, modules, upward


def main(top: Path) -> None:
    """Print the figures for the repository in the folder *top*."""
    root = top / "sockcore/src/sockcore"
    files = modules(root)
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    empty = [name for name, tree in trees.items() if len(tree.body) == bool(ast.get_docstring(tree))]
    print("core modules without tables:", len(files) - len(empty), "and", len(empty), "with a docstring alone")
    print("lines of core Python without tables:", sum(_lines(path) for path in files.values()))
    for part, names in _parts(set(files) - set(empty)).items():
        print(f"  {part:16}{len(names):4} modules {sum(_lines(files[name]) for name in names):6} lines")
    print("lines of C:", sum(_lines(path) for path in (top / "sockcore/src/native").glob("*.[ch]")))
    print("cycles of imports at the start:", cycles(root, with_late=False))
    print("cycles with late imports:", cycles(root))
    if all(_has_layer(name) for name in files):
        print("upward imports:", upward(root))
    recv = [
        f"{name}.{node.name}" for name, tree in trees.items() for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "recv"
    ]  # fmt: skip
    print("definitions of recv in Python:", len(recv), recv)
    print("writable globals in C:", _globals(top / "sockcore/src/native"))


def _parts(names: set[str]) -> dict[str, list[str]]:
    """Return the modules of each package, and those at the top."""
    parts: dict[str, list[str]] = {}
    for name in sorted(names):
        package = name.partition(".")[0]
        is_package = package in {other.partition(".")[0] for other in names if "." in other}
        parts.setdefault(package if is_package else "sockcore", []).append(name)
    return parts


def _has_layer(module: str) -> bool:
    try:
        layer(module)
    except ValueError:
        return False
    return True


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def _globals(folder: Path) -> list[str]:
    """Return the lines of C that define writable static data.

    Tables of the C API, such as PyMethodDef, are not included.
    """
    pattern = re.compile(r"^(?:static |_Atomic )(?!const )(?!inline )[^(]*?(?:=|;|\[)", re.MULTILINE)
    constant = ("PyMethodDef", "PyMemberDef", "PyGetSetDef", "PyType_Slot", "PyType_Spec", "PyModuleDef", "const ")
    return [
        f"{path.name}: {match.group().strip()}"
        for path in sorted(folder.glob("*.c"))
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
        if not any(word in match.group() for word in constant)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[2])
