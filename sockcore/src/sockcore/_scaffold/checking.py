"""A comparison of declared structs with the headers of targets: sizes, and the type and place of each field."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from sockcore._families.structs import CStruct, Struct
from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.abi import Layout, layout_of
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.declarations import Declarations
from sockcore._scaffold.integers import declarations_of, differences, signedness, words_of_type
from sockcore._scaffold.probe import evaluate, missing_header

#: Modules of a package that are not imported: they have no structs, and an import may have effects.
_SKIPPED = ("__main__", "_native", "tables", "tests")


class Difference(NamedTuple):
    """A field, or a whole struct, that differs from the header of a target."""

    target: str
    struct: str
    header: str
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        subject = f"{self.struct}, field {self.field}" if self.field else self.struct
        return f"{self.target}: {subject} ({self.header}): expected {self.expected}, found {self.found}"


class Report(NamedTuple):
    """The result of a check: number of comparisons, differences, and headers that the target does not have."""

    comparisons: int
    differences: list[Difference]
    missing: list[tuple[str, str]]


def check(compiler: Compiler, structs: Iterable[Struct]) -> Report:
    """Compare *structs* with their headers on the target of a compiler."""
    target = compiler.target
    by_header: dict[str, list[Layout]] = {}
    for struct in structs:
        layout = layout_of(struct, target, nested=True)
        by_header.setdefault(layout.header, []).append(layout)
    report = Report(0, [], [])
    for headers, layouts in by_header.items():
        missing = missing_header(compiler, headers)
        if missing:
            report.missing.append((target.triple, missing))
            continue
        try:
            values = evaluate(compiler, headers, [text for layout in layouts for text in _expressions(layout)])
        except ScaffoldError as exc:
            report.differences.append(
                Difference(
                    target.triple, layouts[0].name, headers, "", "a header that compiles", " ".join(str(exc).split())
                )
            )
            continue
        results = iter(values)
        declarations = declarations_of(compiler, headers) if any(layout.integers for layout in layouts) else None
        for layout in layouts:
            compared, found = _compare(layout, target.triple, results, declarations)
            report.differences.extend(found)
            report = report._replace(comparisons=report.comparisons + compared)
    return report


def _expressions(layout: Layout) -> Iterator[str]:
    yield f"sizeof({layout.name})"
    for name in layout.fields:
        yield f"__builtin_offsetof({layout.name}, {name})"
        yield f"sizeof((({layout.name} *)0)->{name})"
    for name in layout.integers:
        yield signedness(f"(({layout.name} *)0)->{name}")


def _compare(
    layout: Layout, target: str, results: Iterator[int | None], declarations: Declarations | None
) -> tuple[int, list[Difference]]:
    """Return the number of comparisons and the differences of one struct."""
    size = next(results)
    pairs = [(name, expected, (next(results), next(results))) for name, expected in layout.fields.items()]
    signs = {name: next(results) for name in layout.integers}

    def difference(field: str, expected: str, found: str) -> Difference:
        return Difference(target, layout.name, layout.header, field, expected, found)

    if size is None:
        return 1, [difference("", f"{layout.size} bytes", "no declaration")]
    reported = []
    if size != layout.size:
        reported.append(difference("", f"{layout.size} bytes", f"{size} bytes"))
    for name, expected, found in pairs:
        is_scalar = len(pairs) == 1 and not layout.name.startswith(("struct ", "union "))
        if found == expected and name in signs and declarations:
            words = words_of_type(declarations, layout.name, name)
            reported += [
                difference(name, *texts)
                for texts in differences(layout.integers[name], signs[name], words, expected[1])
            ]
        if found == expected or (is_scalar and None in found):  # Struct("uint8_t", ...) stands for a number
            continue
        text = "no such field" if None in found else "offset {}, size {}".format(*found)
        reported.append(difference(name, "offset {}, size {}".format(*expected), text))
    return 1 + len(pairs), reported


def import_plugin(name: str) -> list[ModuleType]:
    """Import a module, and the modules of a package; return all.

    Raises ScaffoldError if the module does not exist or cannot be imported.
    """
    try:
        module = import_module(name)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise ScaffoldError(f"{name} cannot be imported: {exc}") from exc
        raise ScaffoldError(f"no module {name} is installed") from None
    except (Exception, SystemExit) as exc:
        raise ScaffoldError(f"{name} cannot be imported: {type(exc).__name__}: {exc}") from exc
    modules = [module]
    for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        if found.name.rpartition(".")[2] not in _SKIPPED:
            try:
                modules.append(import_module(found.name))
            except (Exception, SystemExit) as exc:  # a module for another system
                print(f"{found.name} is not checked: {type(exc).__name__}: {exc}", file=sys.stderr)
    return modules


def structs_of(modules: Iterable[ModuleType], system: str) -> list[Struct]:
    """Return the structs that modules declare for a system, each once.

    A module may list them: in a function ``structs(system)``, or in tuples ``STRUCTS`` and
    ``STRUCTS_BY_SYSTEM[system]``. The structs of a module without a list are its attributes.
    """
    found: list[Any] = []
    for module in modules:
        names = vars(module)
        lists = {"structs", "STRUCTS", "STRUCTS_BY_SYSTEM"} & names.keys()
        if callable(names.get("structs")):
            found += names["structs"](system)
        found += names.get("STRUCTS", ())
        found += names.get("STRUCTS_BY_SYSTEM", {}).get(system, ())
        if not lists:
            found += names.values()
    structs: dict[tuple[object, ...], Struct] = {}
    for struct in found:
        if isinstance(struct, Struct):
            layout = id(struct) if isinstance(struct, CStruct) else tuple(struct.offsets().items())
            structs.setdefault((struct.name, struct.header, layout), struct)
    return list(structs.values())
