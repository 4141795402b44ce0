"""Kinds of option values that are structs and arrays of structs.

1. The value of a struct is a NamedTuple, whose fields are those of the struct without padding. A plain tuple is
   accepted to set it.
2. A field is an int or bytes, unless a :class:`FieldKind` converts it to another type.
3. The fields that a kernel did not write are None, if the kind is partial.
"""

from __future__ import annotations

import struct

from sockcore._exceptions import check_type
from sockcore._families.structs import CUnion, Struct
from sockcore._options.kinds import Kind, check_range, limits, to_bool, to_interface
from sockcore._types import Any, Callable, Mapping, TypeVar

Tuple = TypeVar("Tuple", bound="tuple[Any, ...]")
Value = TypeVar("Value")


class FieldKind:
    """The conversion of a field: ``decode(raw)``, and ``encode(label, value, fd)``. *raw* is an int or bytes."""

    __slots__ = ("decode", "encode")
    __module__ = "sockcore.plugin"

    def __init__(self, decode: Callable[[Any], object], encode: Callable[[str, Any, int], Any]) -> None:
        self.decode: Callable[[Any], object] = decode
        self.encode: Callable[[str, Any, int], Any] = encode


#: A field that is 0 or 1.
FLAG_FIELD: FieldKind = FieldKind(bool, lambda label, value, fd: to_bool(label, value))
#: A field with the index of an interface. To set it, a name is accepted too.
INTERFACE_FIELD: FieldKind = FieldKind(int, to_interface)


def enum_field(cls: type[int]) -> FieldKind:
    """Return the conversion of a field whose numbers are members of an enum."""
    return FieldKind(cls, lambda label, value, fd: value)


def text_field() -> FieldKind:
    """Return the conversion of an array of characters to a str."""

    def encode(label: str, value: Any, fd: int) -> bytes:
        if not isinstance(value, str):
            raise TypeError(f"{label} must be a str, not {type(value).__name__}")
        if "\0" in value:
            raise ValueError(f"{label} must not contain a null character")
        return value.encode("utf-8", "surrogateescape")

    return FieldKind(lambda raw: bytes(raw).partition(b"\0")[0].decode("utf-8", "surrogateescape"), encode)


#: The conversions of a struct whose fields are all numbers and bytes.
_NO_KINDS: Mapping[str, FieldKind] = {}


class _Field:
    """A field of a struct: its name, range or size, and conversion."""

    __slots__ = ("high", "kind", "low", "name", "size")

    def __init__(self, name: str, format: str, kind: FieldKind | None) -> None:
        self.name = name
        self.kind = kind
        # An array of bytes has a size, an integer has a range.
        self.size = int(format[1:-1]) if format[-1] == "s" else 0
        self.low, self.high = (0, 0) if self.size else limits(format)

    def encode(self, label: str, value: Any, fd: int) -> Any:
        label = f"{label} {self.name}"
        if self.kind is not None:
            value = self.kind.encode(label, value, fd)
        if not self.size:
            return check_range(label, value, self.low, self.high)
        if not isinstance(value, (bytes, bytearray)):
            raise TypeError(f"{label} must be bytes, not {type(value).__name__}")
        if len(value) > self.size:
            raise ValueError(f"{label} must be 0 to {self.size} bytes, not {len(value)}")
        return bytes(value)


def field_formats(layout: Struct) -> list[str]:
    """Return the formats of the values of a struct in order, each with the prefix of native or standard size."""
    check_type("layout", layout, Struct, "a Struct")
    formats = []
    for _, field_type in layout.fields:
        if isinstance(field_type, Struct):
            formats += field_formats(field_type)
        elif isinstance(field_type, CUnion):
            formats.append(f"={field_type.size(layout.mode)}s")
        elif not field_type.format.endswith("x"):
            formats.append(("@" if field_type.order == "@" else "=") + field_type.format)
    return formats


def _fields_of(cls: object) -> tuple[str, ...]:
    """Return the names of the fields of a NamedTuple."""
    names: tuple[str, ...] | None = getattr(cls, "_fields", None)
    if names is None:
        raise TypeError(f"cls must be a NamedTuple, not {cls!r}")
    return names


class _StructCodec:
    """The conversion of a struct to a NamedTuple and back."""

    def __init__(self, cls: Callable[..., Any], layout: Struct, kinds: Mapping[str, FieldKind]) -> None:
        self.cls = cls
        self.layout = layout
        names = _fields_of(cls)
        self.fields = [_Field(*field, kinds.get(field[0])) for field in zip(names, field_formats(layout))]
        self.names = names
        self.decoders = [(i, kinds[name].decode) for i, name in enumerate(names) if name in kinds]

    def decode(self, data: bytes) -> Any:
        values: list[Any] = list(self.layout.unpack(data))
        for position, decode in self.decoders:
            values[position] = decode(values[position])
        return self.cls(*values)

    def encode(self, label: str, value: Any, fd: int = -1) -> bytes:
        if not isinstance(value, tuple) or len(value) != len(self.fields):
            raise TypeError(f"{label} must be a tuple ({', '.join(self.names)}), not {value!r}")
        values = [field.encode(label, item, fd) for field, item in zip(self.fields, value)]
        return self.layout.pack(*values)


def struct_kind(
    cls: Callable[..., Tuple], layout: Struct, kinds: Mapping[str, FieldKind] = _NO_KINDS, type_name: str = ""
) -> Kind[Tuple]:
    """Return the kind of a struct whose values are instances of the NamedTuple *cls*.

    *kinds* has the conversions of fields, by the names in *cls*.
    """
    codec = _StructCodec(cls, layout, kinds)
    needs_descriptor = INTERFACE_FIELD in kinds.values()
    return Kind(type_name or _name_of(cls), layout.size, codec.decode, codec.encode, needs_descriptor)


def array_kind(kind: Kind[Value], size: int = 1024) -> Kind[list[Value]]:
    """Return the kind of an array whose items have another kind. Decoding ignores a truncated item at the end.

    *size* is the size of the first buffer in bytes.
    """
    check_type("kind", kind, Kind, "a Kind")
    width, encode_item = kind.size, kind.encode
    assert encode_item is not None

    def decode(data: bytes) -> list[Value]:
        return [kind.decode(data[start : start + width]) for start in range(0, len(data) - width + 1, width)]

    def encode(label: str, value: Any, *fd: int) -> bytes:
        if isinstance(value, (str, bytes)) or not hasattr(type(value), "__iter__"):
            raise TypeError(f"{label} must be a list of {kind.type_name}, not {value!r}")
        return b"".join(encode_item(f"{label}[{i}]", item, *fd) for i, item in enumerate(value))

    return Kind(f"list of {kind.type_name}", size, decode, encode, kind.needs_descriptor)


def partial_values(layout: Struct, data: bytes) -> list[Any]:
    """Return the values of a struct, with None for each field that *data* does not contain as a whole."""
    values: list[Any] = list(layout.unpack(data))
    if len(data) < layout.size:
        end = 0
        for position, format in enumerate(field_formats(layout)):
            size = struct.calcsize(format)
            if layout.mode == "@" and format[-1] != "s":
                end += -end % _alignment(format)
            end += size
            if end > len(data):
                values[position] = None
    return values


def partial_struct_kind(
    cls: Callable[..., Tuple], layout: Struct, kinds: Mapping[str, FieldKind] = _NO_KINDS
) -> Kind[Tuple]:
    """Return the kind of a struct that kernels extend. Fields that the kernel did not write are None."""
    names = _fields_of(cls)
    check_type("layout", layout, Struct, "a Struct")
    decoders = [kinds[name].decode if name in kinds else None for name in names]

    def decode(data: bytes) -> Tuple:
        values = partial_values(layout, data)
        return cls(*(v if v is None or convert is None else convert(v) for v, convert in zip(values, decoders)))

    return Kind(_name_of(cls), layout.size, decode)


def _alignment(format: str) -> int:
    """Return the alignment of a C type on this machine."""
    letter = format[-1]
    return struct.calcsize(f"@c{letter}") - struct.calcsize(f"@{letter}")


def _name_of(cls: Callable[..., Any]) -> str:
    return str(getattr(cls, "__name__", cls))
