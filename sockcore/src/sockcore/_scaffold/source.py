"""Source text of a Struct or CStruct for a layout, and the items of the address that it stands for.

1. A struct whose layout is the same on all machines becomes a Struct with explicit padding.
   Any other becomes a CStruct.
2. The family field, and the length field of the BSDs, are those of ``sockaddr=True`` in a Struct.
3. A member called padding, reserved, unused or zero becomes padding, and is not an item of the address.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Union

from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.layout import Layout, Part

_PADDING = re.compile(r"(?:^|_)(?:padding|pad|reserved|resv|rsvd|unused|zero|fill)_?\d*$", re.IGNORECASE)
#: Names in the generated modules that an item of the address must not hide.
_TAKEN = frozenset(
    (
        *("self", "address", "context", "raw", "values", "items", "expected", "integer_item", "bytes_item"),
        *("Any", "Context", "Family", "constants", "named_integer", "struct", "sys", "sockaddr_header", "to_bytes"),
        *("wrong_address_type", "bytes", "int", "isinstance", "len", "object", "tuple", "range", "TypeError"),
    )
)
_INTEGER = re.compile(r"(?P<letter>U|I|BE|LE)(?P<bits>8|16|32|64)")
_INDENT = "    "
_WIDTH = 112


class Item(NamedTuple):
    """An item of an address: a bytes object of at most *size* bytes, or an integer from *least* to *most*.

    *least* and *most* are source text, and so is *above*, an integer that is too large.
    """

    name: str
    field: str
    size: int
    is_bytes: bool
    least: str = ""
    most: str = ""
    above: str = ""
    #: ``"big"`` or ``"little"`` for an integer with this byte order on all machines.
    byteorder: str = ""
    comment: str = ""


class Declaration(NamedTuple):
    """The source text of a struct, the names of ``sockcore.plugin`` in it, and the items of an address."""

    text: str
    imports: frozenset[str]
    items: tuple[Item, ...]
    #: The format of struct.pack() for the values, after the family unless the struct is aligned.
    format: str
    is_aligned: bool


def declare(layout: Layout, variable: str, is_aligned: bool) -> Declaration:
    """Return the declaration of a socket address: a CStruct if *is_aligned*, otherwise a Struct.

    Raises ScaffoldError if the struct does not begin with the family field of a sockaddr.
    """
    skipped = _header_parts(layout)
    if is_aligned and skipped > 1:
        raise ScaffoldError(f"{layout.name} has pointers or longs after sa_len, which has no form in CStruct")
    imports: set[str] = set()
    writer = _Writer(is_aligned, layout.headers, imports)
    head: list[_Node] = [_quoted(layout.name), _quoted(layout.headers)]
    widest = max(_alignment(part) for part in layout.parts)
    if is_aligned:
        imports.add("CStruct")
        fields = writer.fields(layout.parts, 0, layout.size)
        align: list[_Node] = [f"align={layout.alignment}"] if layout.alignment > widest else []
        node = _Call("CStruct(", (*head, _Call('{"*": (', fields, ")}"), *align), ")")
    else:
        imports.add("Struct")
        node = _Call("Struct(", (*head, *writer.fields(layout.parts[skipped:], 2, layout.size), "sockaddr=True"), ")")
    text = f"{variable}: {'CStruct' if is_aligned else 'Struct'} = {_lines(node, '')}"
    shown = layout.parts[skipped:]
    items, format = _items(shown, layout, is_aligned)
    if not items:
        raise ScaffoldError(f"{layout.name} has no member besides the family field and padding")
    return Declaration(text + "\n", frozenset(imports), items, format, is_aligned)


def depends_on_machine(layout: Layout) -> bool:
    """Return True if the layout differs between machines.

    This holds for pointers and longs, and for gaps in front of integers of 64 bits: the i386 aligns these to 4 bytes.
    """
    position, widest = 0, 1
    for part in layout.parts:
        if not part.is_fixed:
            return True
        alignment = _alignment(part)
        widest = max(widest, alignment)
        if alignment == 8 and part.offset > position:
            return True
        position = part.offset + part.size
    return widest == 8 and layout.size > position


def _alignment(part: Part) -> int:
    return max(1 if scalar.type.startswith("octets") else scalar.size for scalar in part.scalars())


def _header_parts(layout: Layout) -> int:
    """Return the number of parts that are the header of a sockaddr: the family, after the length on the BSDs."""
    sizes = [(part.offset, part.size) for part in layout.parts[:2]]
    names = [part.name for part in layout.parts[:2]]
    if sizes[:1] == [(0, 2)] and "family" in names[0]:
        return 1
    if sizes == [(0, 1), (1, 1)] and "len" in names[0] and "family" in names[1]:
        return 2
    first = f"{names[0]}, {sizes[0][1]} bytes" if names else "nothing"
    raise ScaffoldError(
        f"{layout.name} is not a socket address: it begins with {first}, and not with a family field of "
        + ("one byte after a length" if len(sizes) > 1 and sizes[0] == (0, 1) else "2 bytes")
    )


def _is_padding(part: Part, is_aligned: bool) -> bool:
    if part.arms or not _PADDING.search(re.sub(r"\[\d+\]", "", part.name).rpartition(".")[2]):
        return False
    # In an aligned struct, padding(n) has no alignment.
    return not is_aligned or part.type.startswith("octets") or part.size == 1


class _Call(NamedTuple):
    """A call or a tuple in the source text: the text in front of its arguments, the arguments, and the text after."""

    before: str
    arguments: tuple[Any, ...]
    after: str
    comment: str = ""


#: The source text of an expression, or its parts.
_Node = Union[str, _Call]


def _flat(node: _Node) -> str:
    """Return the text of a node in one line."""
    if isinstance(node, str):
        return node
    text = ", ".join(map(_flat, node.arguments))
    is_tuple = node.before == "(" or node.before.endswith(" (")
    return f"{node.before}{text}{',' * (is_tuple and len(node.arguments) == 1)}{node.after}"


def _lines(node: _Node, indent: str) -> str:
    """Return the text of a node with a line for each argument."""
    if isinstance(node, str):
        return node
    inner = indent + _INDENT
    lines = [node.before]
    for argument in node.arguments:
        flat = _flat(argument)
        comment = argument.comment if isinstance(argument, _Call) else ""
        text = flat if len(inner) + len(flat) + len(comment) <= _WIDTH else _lines(argument, inner)
        lines.append(f"{inner}{text}," + (f"  # {comment}" if comment else ""))
    return "\n".join([*lines, indent + node.after])


class _Writer:
    """The source text of fields. The names of their types are added to *imports*."""

    def __init__(self, is_aligned: bool, headers: str, imports: set[str]) -> None:
        self._is_aligned = is_aligned
        self._headers = headers
        self._imports = imports

    def fields(self, parts: Iterable[Part], position: int, end: int, prefix: str = "") -> tuple[_Call, ...]:
        """Return the fields from *position* to *end*. Their names are relative to *prefix*."""
        fields = []
        for part in parts:
            if not self._is_aligned and part.offset > position:
                fields.append(self._padding("padding", part.offset - position))
            name = _relative(part.name, prefix)
            if _is_padding(part, self._is_aligned):
                fields.append(self._padding(name, part.size))
            else:
                fields.append(_Call("(", (_quoted(name), self._type(part, prefix)), ")", part.comment))
            position = part.offset + part.size
        if not self._is_aligned and end > position:
            fields.append(self._padding("padding", end - position))
        return tuple(fields)

    def _padding(self, name: str, size: int) -> _Call:
        self._imports.add("padding")
        return _Call("(", (_quoted(name), f"padding({size})"), ")")

    def _type(self, part: Part, prefix: str) -> _Node:
        """Return the source text of the type of a part."""
        if not part.arms:
            if not part.type.startswith('"'):
                self._imports.add(part.type.partition("(")[0])
            return part.type
        if part.is_union:
            self._imports.add("CUnion")
            # The members of an anonymous union are those of the struct around it.
            inner = part.name or prefix
            arms = [_Call("(", (_quoted(_relative(arm.name, inner)), self._type(arm, inner)), ")") for arm in part.arms]
            return _Call("CUnion(", tuple(arms), ")")
        fields = self.fields(part.arms, part.offset, part.offset + part.size, part.name or prefix)
        head = ('"struct"', _quoted(self._headers))
        if self._is_aligned:
            self._imports.add("CStruct")
            return _Call("CStruct(", (*head, _Call('{"*": (', fields, ")}")), ")")
        self._imports.add("Struct")
        return _Call("Struct(", (*head, *fields), ")")


def _relative(name: str, prefix: str) -> str:
    return name[len(prefix) + 1 :] if prefix and name.startswith(f"{prefix}.") else name


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _items(parts: Iterable[Part], layout: Layout, is_aligned: bool) -> tuple[tuple[Item, ...], str]:
    """Return the items of an address, and the format of struct.pack() for their values.

    The format begins with the family if the struct is aligned, and after the family otherwise.
    """
    shown = [part for part in parts if not _is_padding(part, is_aligned)]
    names = _item_names(shown, layout.parts[_header_parts(layout) - 1].name.rpartition(".")[2])
    items = [_item(name, part) for name, part in zip(names, shown)]
    if is_aligned:
        formats = ["@H"]
        for part in parts:
            letter = f"{part.size}x" if _is_padding(part, is_aligned) else _letter(part)
            formats.append(_alignment_format(part) + letter if part.arms else letter)
        tail = {_alignment_format(part) for part in parts}
        return tuple(items), "".join([*formats, *sorted(tail)])
    formats, position = ["="], 2
    for part in shown:
        if part.offset > position:
            formats.append(f"{part.offset - position}x")
        formats.append(_letter(part))
        position = part.offset + part.size
    if layout.size > position:
        formats.append(f"{layout.size - position}x")
    return tuple(items), "".join(formats)


def _letter(part: Part) -> str:
    # Integers with a fixed byte order are bytes here.
    if part.arms or part.type.startswith(("octets", "BE", "LE")):
        return f"{part.size}s"
    names = {'"pointer"': "P", '"long"': "l", '"size"': "N"}
    if part.type in names:
        return names[part.type]
    letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[part.size]
    return letter.lower() if part.type.startswith("I") else letter


def _alignment_format(part: Part) -> str:
    """Return a format of no bytes with the alignment of a part on each machine."""
    letters = {"pointer": "P", "long": "l", "size": "N"}
    letters.update({"8": "B", "16": "H", "32": "I", "64": "Q"})
    types = {scalar.type.strip('"UIBLE') for scalar in part.scalars() if not scalar.type.startswith("octets")}
    return "".join(f"0{letters[one]}" for one in sorted(types))


def _item(name: str, part: Part) -> Item:
    if part.arms:
        arms = ", ".join(_relative(arm.name, part.name) or "a struct" for arm in part.arms)
        return Item(name, part.name or name, part.size, True, comment=f"the bytes of a union: {arms}")
    if part.type.startswith("octets"):
        return Item(name, part.name, part.size, True, comment=part.comment)
    match = _INTEGER.fullmatch(part.type)
    is_signed = part.type.startswith("I") or part.type == '"long"'
    bits = part.size * 8
    order = {"BE": "big", "LE": "little"}.get(match["letter"], "") if match else ""
    if match is None:  # a pointer or a long
        least, most, above = ("-sys.maxsize - 1", "sys.maxsize", "sys.maxsize + 1") if is_signed else (
            "0", "2 * sys.maxsize + 1", "2 * sys.maxsize + 2")  # fmt: skip
    elif is_signed:
        least, most, above = f"-(2**{bits - 1})", f"2**{bits - 1} - 1", f"2**{bits - 1}"
    else:
        least, most, above = "0", f"2**{bits} - 1" if bits > 16 else str((1 << bits) - 1), f"2**{bits}"
    return Item(name, part.name, part.size, False, least, most, above, order)


def _item_names(parts: list[Part], family: str) -> list[str]:
    """Return a name for each part: as much of its path as is unique, without a prefix that all members have."""
    paths = [_path(part) for part in parts]
    names = []
    for path in paths:
        depths = range(1, len(path) + 1)
        depth = next((d for d in depths if [other[:d] for other in paths].count(path[:d]) == 1), len(path))
        names.append(path[depth - 1])
    start = _common_start([*names, family])
    result: list[str] = []
    for name in names:
        name = name[len(start) :].strip("_") or name.strip("_") or "value"
        if not name.isidentifier():
            name = f"item_{name}"
        if keyword.iskeyword(name) or name in _TAKEN:
            name = f"{name}_"
        unique, number = name, 2
        while unique in result:
            unique, number = f"{name}_{number}", number + 1
        result.append(unique)
    return result


def _common_start(names: list[str]) -> str:
    """Return the longest start, up to an underscore, that all names have."""
    first = min(names, key=len)
    ends = [at + 1 for at, letter in enumerate(first) if letter == "_"]
    starts = [first[:end] for end in ends if all(name.startswith(first[:end]) for name in names)]
    return starts[-1] if starts else ""


def _path(part: Part) -> list[str]:
    """Return the names that lead to a part. An anonymous union has the names of its members."""
    if part.name:
        return re.sub(r"\[(\d+)\]", r"_\1", part.name).split(".")
    names = [arm.name.rpartition(".")[2] for arm in part.arms if arm.name]
    return ["_or_".join(names[:2]) or "value"]
