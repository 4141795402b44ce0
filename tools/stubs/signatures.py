"""Signatures in the source of a module or stub, in a form that can be compared.

Overloads are separate signatures. Unions are sorted, and aliases of the module are replaced by their types.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The newest version of Python for which the conditions of stubs are evaluated.
VERSION = (3, 15)


class Parameter(NamedTuple):
    """A parameter. Two are equal if calls and type checkers treat them alike."""

    kind: str
    name: str
    annotation: str
    has_default: bool


class Signature(NamedTuple):
    """Parameters without self, and the type of the result."""

    parameters: tuple[Parameter, ...]
    result: str


class Source:
    """A parsed module for one system, with its functions and classes."""

    def __init__(self, path: Path, platform: str, aliases: Source | None = None) -> None:
        """Parse a module. *aliases* is a module with aliases that it imports."""
        self._platform = platform
        self._statements = [*self._reached(ast.parse(path.read_text(encoding="utf-8")).body)]
        self._aliases: dict[str, ast.expr] = {} if aliases is None else {**aliases._aliases}
        self._aliases |= {
            statement.targets[0].id: statement.value
            for statement in self._statements
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }
        for statement in self._statements:
            if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.annotation) == "TypeAlias":
                assert isinstance(statement.target, ast.Name)
                assert statement.value
                self._aliases[statement.target.id] = statement.value

    def functions(self) -> dict[str, list[Signature]]:
        """Return the signatures of each function of the module."""
        return self._signatures(self._statements, is_class=False)

    def methods(self, class_name: str) -> dict[str, list[Signature]]:
        """Return the signatures of each method and property that a class defines."""
        (node,) = (node for node in self._statements if isinstance(node, ast.ClassDef) and node.name == class_name)
        return self._signatures(self._reached(node.body), is_class=True)

    def imports(self) -> dict[str, str]:
        """Return the module of each name that ``from module import name`` defines."""
        return {
            alias.asname or alias.name: statement.module
            for statement in self._statements
            if isinstance(statement, ast.ImportFrom) and statement.module
            for alias in statement.names
        }

    def _reached(self, statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
        """Yield the statements that a type checker reads on the system."""
        for statement in statements:
            if not isinstance(statement, ast.If):
                yield statement
                continue
            names = {"sys": SimpleNamespace(platform=self._platform, version_info=VERSION), "TYPE_CHECKING": True}
            try:
                is_true = eval(compile(ast.Expression(statement.test), "<stub>", "eval"), names)
            except (NameError, AttributeError):  # a condition at run time: type checkers read the first branch
                is_true = True
            yield from self._reached(statement.body if is_true else statement.orelse)

    def _signatures(self, statements: Iterable[ast.stmt], *, is_class: bool) -> dict[str, list[Signature]]:
        signatures: dict[str, list[Signature]] = {}
        overloaded = set()
        for node in statements:
            if not isinstance(node, ast.FunctionDef):
                continue
            is_overload = any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)
            if is_overload:
                overloaded.add(node.name)
            if is_overload or node.name not in overloaded:
                signatures.setdefault(node.name, []).append(self._signature(node, is_class))
        return signatures

    def _signature(self, node: ast.FunctionDef, is_class: bool) -> Signature:
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        required = len(positional) - len(arguments.defaults)
        kinds = ["/"] * len(arguments.posonlyargs) + [""] * len(arguments.args)
        parameters = [
            # No caller can use the name of a positional-only parameter.
            Parameter(kind, "" if kind else argument.arg, self._text(argument.annotation), number >= required)
            for number, (kind, argument) in enumerate(zip(kinds, positional))
        ]
        if arguments.vararg:
            parameters.append(Parameter("*", "*", self._text(arguments.vararg.annotation), False))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            parameters.append(Parameter("=", argument.arg, self._text(argument.annotation), default is not None))
        return Signature(tuple(parameters[is_class:]), self._text(node.returns))

    def _text(self, annotation: ast.expr | None) -> str:
        """Return the annotation as text, with sorted unions and without aliases."""
        return "" if annotation is None else " | ".join(sorted(set(self._members(annotation))))

    def _members(self, node: ast.expr) -> Iterator[str]:
        """Yield the members of a union, or the type."""
        if isinstance(node, ast.BinOp):
            yield from self._members(node.left)
            yield from self._members(node.right)
        elif isinstance(node, ast.Name) and node.id in self._aliases:
            yield from self._members(self._aliases[node.id])
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("Union", "Optional"):
            yield from self._items(node.slice)
            if ast.unparse(node.value) == "Optional":
                yield "None"
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) != "Literal":
            yield f"{ast.unparse(node.value)}[{', '.join(self._arguments(node.slice))}]"
        else:
            yield ast.unparse(node).removeprefix("io.")

    def _items(self, node: ast.expr) -> Iterator[str]:
        for item in node.elts if isinstance(node, ast.Tuple) else [node]:
            yield from self._members(item)

    def _arguments(self, node: ast.expr) -> Iterator[str]:
        for item in node.elts if isinstance(node, ast.Tuple) else [node]:
            yield self._text(item)
