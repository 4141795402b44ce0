"""A comparison of declared structs with the headers of targets: sizes, and the type and place of each field."""

from __future__ import annotations

import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from sockcore._families.structs import CStruct, Struct
from sockcore._scaffold import ScaffoldError, one_line
from sockcore._scaffold.abi import Layout, layout_of
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.declarations import Declarations
from sockcore._scaffold.integers import declarations_of, differences, signedness, words_of_type
from sockcore._scaffold.probe import evaluate, missing_header
from sockcore._scaffold.processes import CompilerFault
from sockcore._scaffold.targets import Target

#: Modules of a package that are not imported: they have no structs, and an import may have effects.
_SKIPPED = ("__main__", "_native", "tables", "tests")
#: Arguments of #include.
_HEADERS = re.compile(r'(?:(?:^| )(?:<[^<>\s]+>|"[^"\s]+"))+')
#: The name of a type: ``struct x``, ``unsigned long``, ``__u32``.
_TYPE = re.compile(r"[^\W\d]\w*(?: [^\W\d]\w*)*")


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
    """Compare *structs* with their headers on the target of a compiler.

    Raises CompilerFault if the compiler cannot be used, and ScaffoldError for a wrong declaration.
    """
    target = compiler.target
    by_header: dict[str, list[Layout]] = {}
    for struct in structs:
        try:
            layout = layout_of(struct, target, nested=True) if _has_fields(struct, target) else None
        except Exception as exc:
            raise ScaffoldError(f"{struct.name} has a wrong declaration: {_described(exc)}") from exc
        if layout is None:
            continue
        by_header.setdefault(layout.header, []).append(layout)
    report = Report(0, [], [])
    for headers, layouts in by_header.items():
        missing = missing_header(compiler, headers)
        if missing:
            report.missing.append((target.triple, missing))
            continue
        try:
            values = evaluate(compiler, headers, [text for layout in layouts for text in _expressions(layout)])
        except CompilerFault:
            raise
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


def _has_fields(struct: Struct, target: Target) -> bool:
    """Return False for a CStruct that has fields on other systems only."""
    if not isinstance(struct, CStruct):
        return True
    fits = "*" in struct.layouts or any(target.words.issuperset(tags.split()) for tags in struct.layouts)
    return fits and bool(struct.fields_on(target.words))


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
    if not all(part.isidentifier() for part in name.split(".")):
        raise ScaffoldError(f"MODULE must be the name of a module, such as sockcore_example, not {name!r}")
    try:
        module = import_module(name)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise ScaffoldError(f"{name} cannot be imported: {one_line(str(exc))}") from exc
        raise ScaffoldError(f"no module {name} is installed") from None
    except BaseException as exc:
        raise ScaffoldError(f"{name} cannot be imported: {_described(exc)}") from exc
    modules = [module]
    for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        if found.name.rpartition(".")[2] not in _SKIPPED:
            try:
                modules.append(import_module(found.name))
            except KeyboardInterrupt:
                raise
            except BaseException as exc:  # a module for another system
                print(f"{found.name} is not checked: {_described(exc)}", file=sys.stderr)
    return modules


def structs_of(modules: Iterable[ModuleType], system: str) -> list[Struct]:
    """Return the structs that modules declare for a system, each once.

    A module may list them: in a function ``structs(system)``, or in tuples ``STRUCTS`` and
    ``STRUCTS_BY_SYSTEM[system]``. The structs of a module without a list are its attributes.

    Raises ScaffoldError if a list is not one of structs, or if a struct has no name or no header.
    """
    structs: dict[tuple[object, ...], Struct] = {}
    for module in modules:
        for struct in _declared_by(module, system):
            layout = id(struct) if isinstance(struct, CStruct) else tuple(struct.offsets().items())
            structs.setdefault((struct.name, struct.header, layout), struct)
    return list(structs.values())


def _declared_by(module: ModuleType, system: str) -> list[Struct]:
    """Return the structs that one module declares for a system."""
    names = vars(module)
    found: list[Struct] = []
    if callable(names.get("structs")):
        found += _listed(module.__name__, f'structs("{system}")', lambda: names["structs"](system))
    if "STRUCTS" in names:
        found += _listed(module.__name__, "STRUCTS", lambda: names["STRUCTS"])
    if "STRUCTS_BY_SYSTEM" in names:
        by_system = f'STRUCTS_BY_SYSTEM["{system}"]'
        found += _listed(module.__name__, by_system, lambda: names["STRUCTS_BY_SYSTEM"].get(system, ()))
    if not {"structs", "STRUCTS", "STRUCTS_BY_SYSTEM"} & names.keys():
        found = [value for value in names.values() if isinstance(value, Struct)]
    for struct in found:
        if not isinstance(struct.name, str) or not _TYPE.fullmatch(struct.name):
            raise ScaffoldError(f"{module.__name__}: a struct has the name {struct.name!r}, expected 'struct x'")
        if not isinstance(struct.header, str) or not _HEADERS.fullmatch(struct.header):
            raise ScaffoldError(
                f"{module.__name__}: {struct.name} has the header {struct.header!r}, expected '<linux/x.h>'"
            )
    return found


def _listed(module: str, expression: str, value: Callable[[], Any]) -> list[Struct]:
    """Return the structs of a list. Raises ScaffoldError if it has other items, or if its code raises."""
    try:
        structs = list(value())
    except Exception as exc:
        raise ScaffoldError(f"{module}: {expression} raises {_described(exc)}, expected a tuple of structs") from exc
    for struct in structs:
        if not isinstance(struct, Struct):
            raise ScaffoldError(f"{module}: {expression} contains {one_line(repr(struct))}, expected structs only")
    return structs


def _described(exc: BaseException) -> str:
    text = one_line(str(exc))
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__
