"""Layouts of structs in C headers: nested structs are flattened, with dotted names like ``addr.pan_id``.

A struct can be read if its members are integers, pointers, arrays, structs and unions. A bit-field has no address, and
a floating-point number no Field: both raise ScaffoldError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.declarations import Declarations, Member
from sockcore._scaffold.integers import is_plain_char, order_of, signedness
from sockcore._scaffold.probe import evaluate, include_lines, missing_header
from sockcore._scaffold.processes import CompilerFault

#: Arrays of larger integers have a field for each element, up to this number of elements. Longer ones are bytes.
MOST_ELEMENTS = 16
#: Nesting of structs, as a limit for wrong declarations.
_MOST_LEVELS = 12

#: Types with a fixed size, whose compiler type may be long.
_FIXED = re.compile(r"_*(?:[us]|u_?int|int|be|le)(?:8|16|32|64)(?:_t)?")
#: Results of __builtin_classify_type.
_INTEGERS, _POINTER, _REAL = (1, 2, 3, 4), 5, (8, 9)


class Part(NamedTuple):
    """A part of a struct: an integer, an array of bytes, or a union.

    *name* leads from the struct to the part, and is empty for an anonymous union. *type* is the source text of a field
    type, and empty for a union or struct. *arms* are the members of a union, or the parts of a struct in a union.
    """

    name: str
    offset: int
    size: int
    type: str
    arms: tuple[Part, ...] = ()
    is_union: bool = False
    comment: str = ""

    @property
    def is_fixed(self) -> bool:
        """Return True if the part has the same size on all machines."""
        return not self.type.startswith('"') and all(arm.is_fixed for arm in self.arms)

    def scalars(self) -> Iterator[Part]:
        """Yield the parts without arms."""
        if self.arms:
            for arm in self.arms:
                yield from arm.scalars()
        else:
            yield self


class Layout(NamedTuple):
    """A struct: its name and headers as in C, its size and alignment in bytes, and its parts."""

    name: str
    headers: str
    size: int
    alignment: int
    parts: tuple[Part, ...]


def header_names(headers: str) -> str:
    """Return *headers* as arguments of #include: ``"linux/can.h"`` as ``"<linux/can.h>"``."""
    return " ".join(name if name[0] in '<"' else f"<{name}>" for name in headers.split())


def read_layout(compiler: Compiler, headers: str, name: str) -> Layout:
    """Return the layout of the struct *name* in *headers* on the target.

    The headers include <sys/socket.h> only if they do not compile without it. Raises ScaffoldError if a header or the
    struct does not exist, if a header does not compile, or if a member cannot be a field.
    """
    headers = header_names(headers)
    missing = missing_header(compiler, headers)
    if missing:
        raise ScaffoldError(f"the compiler has no header {missing}: --include adds the folder of a header")
    try:
        return _read(compiler, headers, name)
    except CompilerFault:
        raise
    except ScaffoldError:
        first = "<sys/socket.h>"
        if first in headers or missing_header(compiler, first):
            raise
        try:
            return _read(compiler, f"{first} {headers}", name)
        except ScaffoldError:
            pass
        raise


def _read(compiler: Compiler, headers: str, name: str) -> Layout:
    declarations = Declarations(compiler.preprocess(include_lines(headers, compiler.target.system)))
    body = declarations.find(name)
    size, alignment = evaluate(compiler, headers, [f"sizeof({name})", f"_Alignof({name})"])
    if size is None or alignment is None:
        raise ScaffoldError(f"{name} is incomplete in {headers}")
    parts = tuple(_Reader(compiler, declarations, headers, name).parts(body, ""))
    return Layout(name, headers, size, alignment, parts)


class _Reader:
    """The members of one struct, in the order of the header."""

    def __init__(self, compiler: Compiler, declarations: Declarations, headers: str, struct: str) -> None:
        self._compiler = compiler
        self._declarations = declarations
        self._headers = headers
        self._struct = struct

    def parts(self, body: int, prefix: str, level: int = 0) -> Iterator[Part]:
        """Yield the parts of the struct whose members are at *body*. Its path is *prefix*."""
        if level > _MOST_LEVELS:
            raise ScaffoldError(f"{self._struct} has more than {_MOST_LEVELS} levels of structs")
        members = self._declarations.members(body)
        for member in members:
            if member.is_bit_field:
                raise self._error(_joined(prefix, member.name), "is a bit-field, which has no type in Struct")
        for member, values in zip(members, self._measure(members, prefix)):
            path = _joined(prefix, member.name)
            if member.name and not values["size"]:
                continue  # a flexible array member
            yield from self._member(member, path, prefix, values, level)

    def _error(self, path: str, problem: str) -> ScaffoldError:
        return ScaffoldError(
            f"{self._struct}: the member {path or '(anonymous)'} {problem}. Declare the struct by hand: "
            "an array of bytes, octets(n), can stand for each member"
        )

    def _measure(self, members: list[Member], prefix: str) -> list[dict[str, int]]:
        """Return offset, size and type of each member, in one run of the compiler.

        An array has the type of its elements.
        """
        expressions: list[tuple[int, str, str]] = []
        for number, member in enumerate(members):
            if not member.name:
                continue
            path = _joined(prefix, member.name)
            element = f"{path}{'[0]' * _dimensions(member)}"
            value, first = self._value(path), self._value(element)
            expressions += [
                (number, "offset", f"__builtin_offsetof({self._struct}, {path})"),
                (number, "size", f"sizeof({value})"),
                (number, "element", f"sizeof({first})"),
                (number, "class", f"__builtin_classify_type({first})"),
                (number, "signed", signedness(first)),
                (number, "long", f"__builtin_types_compatible_p(__typeof__({first}), long)"),
                (number, "ulong", f"__builtin_types_compatible_p(__typeof__({first}), unsigned long)"),
            ]
        values = evaluate(self._compiler, self._headers, [text for _, _, text in expressions])
        measured: list[dict[str, int]] = [
            {"size": 0, "element": 0, "class": 0, "signed": 0, "long": 0, "ulong": 0} for _ in members
        ]
        for (number, fact, _), result in zip(expressions, values):
            if result is not None:
                measured[number][fact] = result
        return measured

    def _value(self, path: str) -> str:
        return f"(({self._struct} *)0)->{path}"

    def _member(self, member: Member, path: str, prefix: str, values: dict[str, int], level: int) -> Iterator[Part]:
        dimensions = _dimensions(member)
        record = member.record if "*" not in member.derivations and "(" not in member.derivations else None
        if record is None:
            yield from self._scalar(member, path, values, dimensions)
            return
        body = self._declarations.body_of(record)
        if body is None:
            raise self._error(path, f"has the type {record.keyword} {record.tag}, which the headers do not declare")
        count = values["size"] // values["element"] if dimensions else 1
        if dimensions > 1 or count > MOST_ELEMENTS:
            yield Part(
                path, values["offset"], values["size"], f"octets({values['size']})", comment="an array of structs"
            )
            return
        for index in range(count):
            element = f"{path}[{index}]" if dimensions else path
            inner = element if member.name else prefix
            if record.keyword == "union":
                yield self._union(body, element if member.name else "", inner, level)
            else:
                yield from self.parts(body, inner, level + 1)

    def _union(self, body: int, name: str, prefix: str, level: int) -> Part:
        """Return a union. Each of its structs is one arm."""
        arms: list[Part] = []
        for member in self._declarations.members(body):
            if member.is_bit_field:
                raise self._error(_joined(prefix, member.name), "is a bit-field, which has no type in Struct")
            [values] = self._measure([member], prefix)
            path = _joined(prefix, member.name)
            parts = (
                [*self._member(member, path, prefix, values, level + 1)] if values["size"] or not member.name else []
            )
            if len(parts) > 1 and not member.record:
                parts = [Part(path, values["offset"], values["size"], f"octets({values['size']})")]
            elif len(parts) > 1:
                start = min(part.offset for part in parts)
                size = max(part.offset + part.size for part in parts) - start
                parts = [Part(path if member.name else "", start, values["size"] or size, "", tuple(parts))]
            arms += parts
        if not arms:
            raise self._error(name, "is an empty union")
        start, end = min(arm.offset for arm in arms), max(arm.offset + arm.size for arm in arms)
        return Part(name, start, end - start, "", tuple(arms), is_union=True)

    def _scalar(self, member: Member, path: str, values: dict[str, int], dimensions: int) -> Iterator[Part]:
        offset, size, element = values["offset"], values["size"], values["element"]
        text = " ".join(word for word in member.names[:2] if word)
        if dimensions and (element == 1 or dimensions > 1 or size // element > MOST_ELEMENTS):
            comment = "" if element == 1 else f"an array of {text}"
            yield Part(path, offset, size, f"octets({size})", comment=comment)
            return
        field_type = self._type(member, path, values)
        for index in range(size // element if dimensions else 1):
            name = f"{path}[{index}]" if dimensions else path
            yield Part(name, offset + index * element, element, field_type)

    def _type(self, member: Member, path: str, values: dict[str, int]) -> str:
        """Return the source text of the field type of a scalar."""
        size, names = values["element"], member.names
        if values["class"] == _POINTER:
            return '"pointer"'
        if values["class"] in _REAL or not values["class"] or size not in (1, 2, 4, 8):
            raise self._error(path, f"has the type {' '.join(names[:2])}, which has no type in Struct")
        if size == 1:
            return "I8" if values["signed"] and not is_plain_char(names) else "U8"
        order = order_of(names)
        if order != "=":
            return f"{'BE' if order == '>' else 'LE'}{size * 8}"
        if not any(_FIXED.fullmatch(name) for name in names):
            if values["long"]:
                return '"long"'
            # Windows, where a pointer may be larger than a long, has no name for this type.
            if values["ulong"] and self._compiler.target.pointer == self._compiler.target.long:
                return '"size"'
        return f"{'I' if values['signed'] else 'U'}{size * 8}"


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix and name else prefix or name


def _dimensions(member: Member) -> int:
    """Return the number of array dimensions in front of other derivations."""
    count = 0
    for derivation in member.derivations:
        if derivation != "[":
            break
        count += 1
    return count
