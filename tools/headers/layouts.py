"""The proof of every struct that the backend or a plugin declares: each field's offset and size, and the size of all.

What a declaration says is worked out here by the C ABI of the target, and asserted to that target's compiler.
The tuple ``STRUCTS`` of a module is for every system, ``STRUCTS_BY_SYSTEM`` adds a system's own. A function
``structs(system)`` of a module takes the place of its ``STRUCTS``.
"""

from __future__ import annotations

from importlib import import_module
from struct import calcsize
from typing import TYPE_CHECKING, NamedTuple

from sockcore._families.structs import CUnion, Field, Struct

from . import zig
from .sources import ELSEWHERE, LAYOUTS
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .targets import Target

# The backend has the kernel's structs; musl's headers have an int and padding in the place of each size_t of these.
# The int must then be the size's lower half.
_SPLIT = ("struct msghdr", "struct cmsghdr")


class Layout(NamedTuple):
    """What a declaration says about one target: bytes of the struct, and offset and bytes of each field."""

    name: str
    header: str
    size: int
    fields: dict[str, tuple[int, int]]


def layout_of(declared: Struct, target: Target) -> Layout:
    """Return the layout of a struct by the ABI of a target: a :class:`CStruct` is aligned, another has no gaps."""
    return _by_the_abi(declared, target)[0]


def _by_the_abi(declared: Struct, target: Target) -> tuple[Layout, int]:
    """Return the layout of a struct, and its alignment."""
    at, widest, fields = 2 if declared.sockaddr else 0, declared.align, {}
    for name, kind in declared.fields_on(target.words):
        size, alignment = _place(kind, target)
        if declared.mode == "@":
            at += -at % alignment
            widest = max(widest, alignment)
        if isinstance(kind, CUnion):  # its arms too; those of an anonymous one are the outer struct's
            for arm, arm_kind in kind.arms:
                fields[f"{name}.{arm}" if name else arm] = (at, _place(arm_kind, target)[0])
        if name and not (isinstance(kind, Field) and kind.format.endswith("x")):
            fields[name] = (at, size)
        at += size
    return Layout(declared.name, declared.header, at + -at % widest, fields), widest


def _place(kind: Field | Struct | CUnion, target: Target) -> tuple[int, int]:
    """Return the size and the alignment of a field's type."""
    if isinstance(kind, CUnion):
        places = [_place(arm, target) for _, arm in kind.arms]
        alignment = max(alignment for _, alignment in places)
        size = max(size for size, _ in places)
        return size + -size % alignment, alignment
    if isinstance(kind, Struct):
        layout, alignment = _by_the_abi(kind, target)
        return layout.size, alignment
    if kind.format[-1] in "sx":
        return int(kind.format[:-1]), 1
    size = {"l": target.long, "N": target.pointer, "P": target.pointer}.get(kind.format) or calcsize("=" + kind.format)
    # The ABI of the i386 aligns nothing to more than a word, but for that of Windows.
    word = target.words >= {"x86", "32bit"} and target.system != "windows"
    return size, min(size, 4) if word else size


def assertions(layout: Layout, target: Target) -> list[str]:
    """Return a line of C for each thing that a layout says."""
    lines = [f'_Static_assert(sizeof({layout.name}) == {layout.size}, "size");']
    for name, (offset, size) in layout.fields.items():
        said = f"{_offset(layout, name)} == {offset} && {_size(layout, name)} == {size}"
        if target.libc == "musl" and size == 8 and layout.name in _SPLIT:
            lower = offset + (4 if target.byteorder == "big" else 0)
            said = f"({said}) || ({_offset(layout, name)} == {lower} && {_size(layout, name)} == 4)"
        lines.append(f'_Static_assert({said}, "{name}");')
    return lines


def _offset(layout: Layout, field: str) -> str:
    return f"__builtin_offsetof({layout.name}, {field})"


def _size(layout: Layout, field: str) -> str:
    return f"sizeof((({layout.name} *)0)->{field})"


def header_of_all(target: Target) -> Layout:
    """Return the beginning of every sockaddr: the family, after the length where the system has one."""
    alone = target.system in ("linux", "windows")
    family = {"sa_family": (0, 2)} if alone else {"sa_len": (0, 1), "sa_family": (1, 1)}
    return Layout("struct sockaddr", "<sys/socket.h>", 16, family)


def declared(target: Target) -> list[Layout]:
    """Return the layouts of all structs that are declared and that the target has."""
    structs: list[Struct] = []
    for module in (import_module(name) for name, systems in LAYOUTS.items() if target.system in systems):
        structs += module.structs(target.system) if hasattr(module, "structs") else getattr(module, "STRUCTS", ())
        structs += getattr(module, "STRUCTS_BY_SYSTEM", {}).get(target.system, ())
    return [header_of_all(target), *(layout_of(struct, target) for struct in structs)]


class Proof(NamedTuple):
    """How many things were asserted to compilers, and those that are wrong, a line each."""

    assertions: int
    wrong: list[str]


def included_for(header: str, target: Target) -> list[str]:
    """Return the headers, as after ``#include``, that a declaration's *header* stands for on the target."""
    first = "<winsock2.h>" if target.system == "windows" else "<sys/types.h>"
    elsewhere = ELSEWHERE.get(target.system, {})
    return [first, *(elsewhere.get(one, one) for one in header.split())]


def check(target: Target, layouts: Iterable[Layout]) -> Proof:
    """Return what the target's headers say to *layouts*."""
    by_header: dict[str, list[Layout]] = {}
    for layout in layouts:
        by_header.setdefault(layout.header, []).append(layout)
    count, wrong = 0, []
    for header, group in by_header.items():
        lines = [f"#include {included}" for included in included_for(header, target)]
        subjects = [""] * len(lines)
        for layout in group:
            asserted = assertions(layout, target)
            lines += asserted
            count += len(asserted)
            subjects += [f"{target.triple}: {layout.name} of {header}: {line}" for line in asserted]
        _, errors = zig.compile_object(target, "\n".join(lines) + "\n")
        wrong += [f"{subjects[number - 1]} {message}" for number, message in sorted(errors.items())]
    return Proof(count, wrong)


def check_all(targets: Iterable[Target] = TARGETS) -> Proof:
    """Return what the headers of all targets say to all that is declared."""
    proofs = [check(target, declared(target)) for target in targets]
    return Proof(sum(proof.assertions for proof in proofs), [line for proof in proofs for line in proof.wrong])
