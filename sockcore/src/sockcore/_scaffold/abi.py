"""The layout of a declared struct by the C ABI of a target, without a compiler."""

from __future__ import annotations

from collections.abc import Iterator
from struct import calcsize
from typing import NamedTuple

from sockcore._families.structs import CUnion, Field, Struct
from sockcore._scaffold.targets import Target


class Layout(NamedTuple):
    """A struct's layout on a target: its size, offset and size of each field, and types of fields that are numbers."""

    name: str
    header: str
    size: int
    fields: dict[str, tuple[int, int]]
    integers: dict[str, Field]


class _Place(NamedTuple):
    """The place of a field: name, offset and size. *integer* is its type, or None if it is not a number."""

    name: str
    offset: int
    size: int
    integer: Field | None


def layout_of(declared: Struct, target: Target, nested: bool = False) -> Layout:
    """Return the layout of a struct by the ABI of a target.

    Only a CStruct is aligned. With *nested*, the fields of inner structs are included, with dotted names, if the name
    of the inner struct begins with ``struct``.
    """
    return _layout_and_alignment(declared, target, nested)[0]


def _layout_and_alignment(declared: Struct, target: Target, nested: bool = False) -> tuple[Layout, int]:
    """Return the layout of a struct, and its alignment."""
    offset, widest = 2 if declared.sockaddr else 0, declared.align
    fields: dict[str, tuple[int, int]] = {}
    integers: dict[str, Field] = {}
    for name, field_type in declared.fields_on(target.words):
        size, alignment = _size_and_alignment(field_type, target)
        if declared.mode == "@":
            offset += -offset % alignment
            widest = max(widest, alignment)
        for place in _places(name, field_type, offset, size, target, nested):
            fields[place.name] = place.offset, place.size
            if place.integer:
                integers[place.name] = place.integer
        offset += size
    return Layout(declared.name, declared.header, offset + -offset % widest, fields, integers), widest


def _places(
    name: str, field_type: Field | Struct | CUnion, offset: int, size: int, target: Target, nested: bool
) -> Iterator[_Place]:
    """Yield the place of a field, and of the fields in it. Padding is not a field."""
    integer: Field | None = None
    if isinstance(field_type, CUnion):  # the arms of an anonymous union are fields of the outer struct
        for arm, arm_type in field_type.arms:
            arm_size, _ = _size_and_alignment(arm_type, target)
            yield from _places(_joined(name, arm), arm_type, offset, arm_size, target, nested)
    elif isinstance(field_type, Struct):
        inner = layout_of(field_type, target, True)
        is_declared = nested and field_type.name.startswith("struct")
        for inner_name, (start, length) in inner.fields.items() if is_declared else ():
            yield _Place(_joined(name, inner_name), offset + start, length, inner.integers.get(inner_name))
    elif field_type.format.endswith("x"):
        return
    elif not field_type.format.endswith(("s", "P")):
        integer = field_type
    if name:
        yield _Place(name, offset, size, integer)


def _joined(name: str, inner: str) -> str:
    return f"{name}.{inner}" if name and inner else name or inner


def _size_and_alignment(field_type: Field | Struct | CUnion, target: Target) -> tuple[int, int]:
    """Return the size and the alignment of the type of a field."""
    if isinstance(field_type, CUnion):
        places = [_size_and_alignment(arm, target) for _, arm in field_type.arms]
        alignment = max(alignment for _, alignment in places)
        size = max(size for size, _ in places)
        return size + -size % alignment, alignment
    if isinstance(field_type, Struct):
        layout, alignment = _layout_and_alignment(field_type, target)
        return layout.size, alignment
    if field_type.format[-1] in "sx":
        return int(field_type.format[:-1]), 1
    size = {"l": target.long, "N": target.pointer, "P": target.pointer}.get(field_type.format) or calcsize(
        "=" + field_type.format
    )
    # The ABI of the i386 aligns to at most 4 bytes, except on Windows.
    word = target.words >= {"x86", "32bit"} and target.system != "windows"
    return size, min(size, 4) if word else size
