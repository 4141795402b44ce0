"""A check of declared structs against headers: size of the struct, offset and size of each field.

1. The layout of a declaration is computed with the C ABI of a target, and compared by static assertions that the
   compiler for that target evaluates.
2. A module lists its structs for all systems in ``STRUCTS``, and those for a single system in ``STRUCTS_BY_SYSTEM``.
   A function ``structs(system)`` replaces ``STRUCTS``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from sockcore._scaffold.abi import Layout, layout_of

from . import zig
from .sources import HEADER_REPLACEMENTS, LAYOUTS
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sockcore._families.structs import Struct

    from .targets import Target

# The backend declares structs of the kernel. The headers of musl replace each size_t in these by an int and padding.
# The int must then be the lower half of the size_t.
_SPLIT = ("struct msghdr", "struct cmsghdr")


def assertions(layout: Layout, target: Target) -> list[str]:
    """Return a static assertion for the size of the struct and for each field."""
    lines = [f'_Static_assert(sizeof({layout.name}) == {layout.size}, "size");']
    for name, (offset, size) in layout.fields.items():
        condition = f"{_offset(layout, name)} == {offset} && {_size(layout, name)} == {size}"
        if target.libc == "musl" and size == 8 and layout.name in _SPLIT:
            lower = offset + (4 if target.byteorder == "big" else 0)
            condition = f"({condition}) || ({_offset(layout, name)} == {lower} && {_size(layout, name)} == 4)"
        lines.append(f'_Static_assert({condition}, "{name}");')
    return lines


def _offset(layout: Layout, field: str) -> str:
    return f"__builtin_offsetof({layout.name}, {field})"


def _size(layout: Layout, field: str) -> str:
    return f"sizeof((({layout.name} *)0)->{field})"


def header_of_all(target: Target) -> Layout:
    """Return the layout of sockaddr, which has a length field on macOS and the BSDs."""
    has_length = target.system not in ("linux", "windows")
    fields = {"sa_len": (0, 1), "sa_family": (1, 1)} if has_length else {"sa_family": (0, 2)}
    return Layout("struct sockaddr", "<sys/socket.h>", 16, fields, {})


def declared(target: Target) -> list[Layout]:
    """Return the layouts of all structs that are declared for the system of a target."""
    structs: list[Struct] = []
    for module in (import_module(name) for name, systems in LAYOUTS.items() if target.system in systems):
        structs += module.structs(target.system) if hasattr(module, "structs") else getattr(module, "STRUCTS", ())
        structs += getattr(module, "STRUCTS_BY_SYSTEM", {}).get(target.system, ())
    return [header_of_all(target), *(layout_of(struct, target) for struct in structs)]


class CheckResult(NamedTuple):
    """Number of assertions, and a message for each failed one."""

    assertions: int
    errors: list[str]


def included_for(header: str, target: Target) -> list[str]:
    """Return the headers to include on the target for the *header* of a declaration.

    They have angle brackets.
    """
    first = "<winsock2.h>" if target.system == "windows" else "<sys/types.h>"
    replacements = HEADER_REPLACEMENTS.get(target.system, {})
    return [first, *(replacements.get(name, name) for name in header.split())]


def check(target: Target, layouts: Iterable[Layout]) -> CheckResult:
    """Compare *layouts* with the headers of the target."""
    units: dict[tuple[str, ...], list[Layout]] = {}  # on Windows, several headers have the same replacement
    for layout in layouts:
        units.setdefault(tuple(included_for(layout.header, target)), []).append(layout)
    count, failed = 0, []
    for included, group in units.items():
        lines = [f"#include {header}" for header in included]
        subjects = [""] * len(lines)
        for layout in group:
            static_assertions = assertions(layout, target)
            lines += static_assertions
            count += len(static_assertions)
            subjects += [f"{target.triple}: {layout.name} of {layout.header}: {line}" for line in static_assertions]
        _, errors = zig.compile_object(target, "\n".join(lines) + "\n")
        failed += [f"{subjects[number - 1]} {message}" for number, message in sorted(errors.items())]
    return CheckResult(count, failed)


def check_all(targets: Iterable[Target] = TARGETS) -> CheckResult:
    """Compare all declared structs with the headers of all targets."""
    results = [check(target, declared(target)) for target in targets]
    return CheckResult(
        sum(result.assertions for result in results), [line for result in results for line in result.errors]
    )
