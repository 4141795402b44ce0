"""C structs of the system's interface as data: fields with names and types, and the header that declares them.

``SOCKADDR_VM = Struct("struct sockaddr_vm", "<linux/vm_sockets.h>", ("svm_reserved1", U16), ...)`` packs and
unpacks, and ``tools/headers`` compares it with the header of every system, by the names given here.

1. The fields of a Struct follow each other without gaps, in the sizes that their types have on every machine.
2. A CStruct is aligned as the C compiler of this machine aligns it. It may have pointers and longs, and other fields on
   another system. tools/headers works out its layout for every machine.
3. A struct may contain other structs and unions (:class:`CUnion`). A CStruct aligns them too. The values of a contained
   struct are passed one by one, as if its fields were those of the outer struct. The value of a union is its bytes.
"""

from __future__ import annotations

import struct
import sys

from sockcore._platform import platform_tags
from sockcore._types import Any, Iterator, Mapping, Union

Value = Union[int, bytes]

_NATIVE = "<" if sys.byteorder == "little" else ">"

# 4.4BSD put a length before the family and made both one byte; Linux and Windows kept 4.3BSD's short.
HAS_SA_LEN = not sys.platform.startswith(("linux", "win32"))


def family_of(raw: bytes) -> int:
    """Return the family field of a sockaddr's bytes, 0 if they are too few for one."""
    if len(raw) < 2:
        return 0
    return raw[1] if HAS_SA_LEN else int.from_bytes(raw[:2], sys.byteorder)


def sockaddr_header(family: int, size: int) -> bytes:
    """Return the first two bytes of a sockaddr of *size* bytes: its family, after its length where there is one."""
    if HAS_SA_LEN:
        return bytes((size, family))
    return family.to_bytes(2, sys.byteorder)


class Field:
    """The type of a field: a format character of :mod:`struct`, and its byte order.

    The order is ``=`` for the machine's, and ``@`` for a type whose size depends on the machine.
    """

    __slots__ = ("format", "order")
    __module__ = "sockcore.plugin"

    def __init__(self, format: str, order: str = "=") -> None:
        self.format = format
        self.order = order


U8, U16, U32, U64 = Field("B"), Field("H"), Field("I"), Field("Q")
I8, I16, I32, I64 = Field("b"), Field("h"), Field("i"), Field("q")
#: The same in network byte order (big-endian).
BE16, BE32, BE64 = Field("H", ">"), Field("I", ">"), Field("Q", ">")
#: The same with the least significant byte first, whatever the machine: as Bluetooth has it.
LE16, LE32, LE64 = Field("H", "<"), Field("I", "<"), Field("Q", "<")


#: The types of a CStruct, by name. A "text" is a char pointer: the structure of :meth:`Struct.build` has bytes there.
C_TYPES = {
    "u8": U8,
    "u64": U64,
    "short": I16,
    "int": I32,
    "uint": U32,
    "long": Field("l", "@"),
    "size": Field("N", "@"),
    "socklen": U32,
    "pointer": Field("P", "@"),
    "text": Field("P", "@"),
}

#: Formats of :mod:`struct` -> names in :mod:`ctypes`.
_CTYPES = {
    "B": "c_uint8", "H": "c_uint16", "I": "c_uint32", "Q": "c_uint64", "b": "c_int8", "h": "c_int16", "i": "c_int32",
    "q": "c_int64", "l": "c_long", "N": "c_size_t", "P": "c_void_p",
}  # fmt: skip


def octets(count: int) -> Field:
    """Return the type of an array of *count* bytes: shorter values are zero-filled."""
    return Field(f"{count}s")


def padding(count: int) -> Field:
    """Return the type of *count* bytes that are written as zeros and not read."""
    return Field(f"{count}x")


class CUnion:
    """A C union: its arms, as (name, type) pairs. Its value in a struct is bytes, of which missing ones are zeros.

    The name of the field that has this type is "" for an anonymous union.
    """

    __slots__ = ("arms",)
    __module__ = "sockcore.plugin"

    def __init__(self, *arms: tuple[str, Type]) -> None:
        self.arms = tuple((name, _to_type(field_type)) for name, field_type in arms)

    def format(self, mode: str) -> str:
        """Return the format of bytes that are as large as the largest arm, aligned for all arms."""
        return f"{self._alignment(mode)}{self.size(mode)}s"

    def size(self, mode: str) -> int:
        """Return the number of bytes, with those at the end that align the next one of an array."""
        alignment = self._alignment(mode)
        return max(struct.calcsize(f"{mode}{format_of(field_type, mode)}{alignment}") for _, field_type in self.arms)

    def _alignment(self, mode: str) -> str:
        return _alignment("".join(format_of(field_type, mode) for _, field_type in self.arms))


class Struct:
    """A C struct without gaps: its tag, its header, and its fields in order, as (name, type) pairs, padding included.

    *header* is as after ``#include``, with those before it that it needs: ``"<sys/socket.h> <linux/can.h>"``.
    With *sockaddr* the common beginning of every sockaddr comes first: ``sa_family``, after ``sa_len`` where
    the system has one. :meth:`pack` then takes the family first and :meth:`unpack` leaves both out.
    """

    __slots__ = ("_arrays", "_foreign", "_packer", "fields", "header", "name", "size", "sockaddr")
    __module__ = "sockcore.plugin"

    #: "@" for a struct that is aligned as C aligns it, "=" for one without gaps.
    mode = "="
    #: The alignment of the whole in bytes, if it is more than that of the fields.
    align = 1

    def __init__(self, name: str, header: str, *fields: tuple[str, Type], sockaddr: bool = False) -> None:
        self.name = name
        self.header = header
        self.sockaddr = sockaddr
        self._compile(tuple((name, _to_type(field_type)) for name, field_type in fields))

    def _compile(self, fields: Fields) -> None:
        """Prepare for the fields on this machine."""
        self.fields: Any = fields
        value_fields = [field for field in _value_fields(fields, self.mode) if not field.format.endswith("x")]
        # struct would cut what is too long: (position, count) of the arrays.
        self._arrays = tuple((i, int(f.format[:-1])) for i, f in enumerate(value_fields) if f.format.endswith("s"))
        # One order for all, or (position, native, foreign) of those to be swapped on this machine.
        orders = {f.order for f in value_fields if not (f.format.endswith("s") or f.format in "bB")}
        if self.mode == "=" and ("@" in orders or any(isinstance(field_type, CStruct) for _, field_type in fields)):
            raise ValueError(f"{self.name}: a type that depends on the machine needs a CStruct around it")
        order = orders.pop() if len(orders) == 1 and self.mode == "=" else self.mode
        self._foreign: tuple[tuple[int, struct.Struct, struct.Struct], ...] = ()
        if orders:
            self._foreign = tuple(
                (i, struct.Struct("=" + f.format), struct.Struct(f.order + f.format))
                for i, f in enumerate(value_fields)
                if f.order not in ("=", "@", _NATIVE)
            )
        self._packer = struct.Struct(order + self.format(self.mode))
        self.size: int = self._packer.size

    def fields_on(self, tags: frozenset[str]) -> Fields:
        """Return the fields on a machine, which its words (:func:`sockcore._platform.words`) describe."""
        fields: Fields = self.fields
        return fields

    def format(self, mode: str) -> str:
        """Return the format of the whole struct, in the *mode* of an outer one."""
        formats = ("2x" if self.sockaddr else "") + "".join(
            format_of(field_type, mode) for _, field_type in self.fields
        )
        if mode == "=":
            return formats
        formats += _alignment(formats)
        return formats + f"{-struct.calcsize('@' + formats) % self.align}x"

    def pack(self, *values: Value) -> bytes:
        """Return the struct's bytes; with *sockaddr* the first value is the family.

        Raises :exc:`struct.error` if a value does not fit its field.
        """
        if self.sockaddr:
            family, *rest = values
            packed = bytearray(self._packer.pack(*self._checked(rest)))
            if HAS_SA_LEN:
                packed[0], packed[1] = self.size, int(family)
            else:
                packed[:2] = int(family).to_bytes(2, sys.byteorder)
            return bytes(packed)
        return self._packer.pack(*self._checked(list(values)))

    def unpack(self, raw: bytes) -> tuple[Value, ...]:
        """Return the fields' values from the first :attr:`size` bytes of *raw*; missing bytes read as zeros."""
        if len(raw) < self.size:
            raw = raw.ljust(self.size, b"\0")
        values = self._packer.unpack_from(raw)
        return tuple(self._swapped(list(values))) if self._foreign else values

    def offsets(self) -> dict[str, tuple[int, int]]:
        """Return each field's offset and size in bytes, padding left out."""
        before, offsets = "2x" if self.sockaddr else "", {}
        for name, field_type in self.fields:
            format = format_of(field_type, self.mode)
            before += _alignment(format)
            at = struct.calcsize(self.mode + before)
            before += format
            if not format.endswith("x") or isinstance(field_type, Struct):
                offsets[name] = (at, struct.calcsize(self.mode + before) - at)
        return offsets

    def packer(self) -> struct.Struct:
        """Return the ``struct.Struct`` of the fields: it checks the range of each number. A pointer is a number."""
        if self._foreign:
            raise ValueError(f"{self.name} has fields in several byte orders")
        return self._packer

    def build(self) -> Any:
        """Return the ctypes structure for this machine. Imports ctypes."""
        return self._build(self.mode)

    def _build(self, mode: str) -> Any:
        import ctypes

        fields = [(name, _to_ctypes(field_type, mode)) for name, field_type in self.fields]
        members: dict[str, Any] = {"_fields_": [("_header", ctypes.c_char * 2)] * self.sockaddr + fields}
        if mode == "=":
            members.update(_pack_=1, _layout_="ms")
        structure = type(self.name.split()[-1], (ctypes.Structure,), members)
        gap = struct.calcsize(mode + self.format(mode)) - ctypes.sizeof(structure)
        # The gap is negative if tools/headers simulates another machine: ctypes has the types of this one.
        return (
            type(structure.__name__, (structure,), {"_fields_": [("_gap", ctypes.c_char * gap)]})
            if gap > 0
            else structure
        )

    def _checked(self, values: list[Value]) -> list[Value]:
        for position, count in self._arrays:
            value = values[position] if position < len(values) else b""
            if isinstance(value, (bytes, bytearray)) and len(value) > count:
                raise struct.error(f"{self.name}: {len(value)} bytes do not fit into {count}")
        return self._swapped(values)

    def _swapped(self, values: list[Value]) -> list[Value]:
        for position, native, foreign in self._foreign:
            if position < len(values):  # else the packer says how many are missing
                (values[position],) = foreign.unpack(native.pack(values[position]))
        return values


class CStruct(Struct):
    """A C struct, aligned as the machine's C compiler aligns it, with the fields of each kind of system.

    A type is a Field, the name of one in C_TYPES, another struct, a union, or the size of an array in bytes.

    *layouts* maps words of a machine (``'linux'``, ``'netbsd sparc'``...) to the fields there: of those that apply
    the one with the most words counts, and ``'*'`` is for all others. *align* is the alignment of the whole in bytes
    where the header asks for more than the fields do.
    """

    __slots__ = ("align", "layouts")
    __module__ = "sockcore.plugin"

    mode = "@"

    def __init__(self, name: str, header: str, layouts: Mapping[str, CFields], align: int = 1) -> None:
        self.name = name
        self.header = header
        self.layouts = layouts
        self.align = align
        self.sockaddr = False

    def __getattr__(self, name: str) -> Any:
        # A slot that is still empty: the layout of this machine is compiled at its first use.
        if name not in Struct.__slots__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._compile(self.fields_on(platform_tags()))
        return getattr(self, name)

    def fields_on(self, tags: frozenset[str]) -> Fields:
        """Return the fields on a machine, which its words (:func:`sockcore._platform.words`) describe."""
        fitting = [condition for condition in self.layouts if tags.issuperset(condition.split())]
        layout = self.layouts[max(fitting, key=lambda condition: condition.count(" "), default="*")]
        return tuple((name, _to_type(field_type)) for name, field_type in layout)


#: The types that a field may be declared with. An int is an array of so many bytes, a str is a name in C_TYPES.
Type = Union[Field, Struct, CUnion, str, int]
CFields = tuple[tuple[str, Type], ...]
Fields = tuple[tuple[str, Union[Field, Struct, CUnion]], ...]


def _to_type(field_type: Type) -> Field | Struct | CUnion:
    if isinstance(field_type, int):
        return octets(field_type)
    return C_TYPES[field_type] if isinstance(field_type, str) else field_type


def format_of(field_type: Field | Struct | CUnion, mode: str) -> str:
    """Return the format of a type within a struct; *mode* is ``@`` for one that is aligned, otherwise ``=``."""
    if isinstance(field_type, Struct):
        format = field_type.format(mode)
        return _alignment(format) + format if mode == "@" else format
    return field_type.format(mode) if isinstance(field_type, CUnion) else field_type.format


def _alignment(format: str) -> str:
    """Return a format of no bytes with the alignment of a struct of this format: each of its types, zero times."""
    return "".join(f"0{letter}" for letter in format if letter.isalpha() and letter not in "sx")


def _value_fields(fields: Fields, mode: str) -> Iterator[Field]:
    """Yield the types of the values of a struct with these fields."""
    for _, field_type in fields:
        if isinstance(field_type, Struct):
            yield from _value_fields(field_type.fields, mode)
        elif isinstance(field_type, CUnion):
            yield octets(field_type.size(mode))
        else:
            yield field_type


def _to_ctypes(field_type: Field | Struct | CUnion, mode: str) -> Any:
    import ctypes

    if isinstance(field_type, Struct):
        return field_type._build(mode)
    if isinstance(field_type, CUnion):
        return type(
            "union", (ctypes.Union,), {"_fields_": [(name, _to_ctypes(arm, mode)) for name, arm in field_type.arms]}
        )
    if field_type.format[-1] in "sx":
        return ctypes.c_char * int(field_type.format[:-1])
    if field_type is C_TYPES["text"]:
        return ctypes.c_char_p
    structure = getattr(ctypes, _CTYPES[field_type.format])
    orders = {">": "__ctype_be__", "<": "__ctype_le__"}
    return getattr(structure, orders[field_type.order]) if field_type.order in orders else structure


_DIGITS = frozenset("0123456789abcdefABCDEF")
_GROUPS = [8, 4, 4, 4, 12]
_GUID = struct.Struct("<IHH")


def guid_bytes(text: str) -> bytes:
    """Return the struct of a GUID written as five groups of hexadecimal digits, no braces: <guiddef.h>.

    In memory a GUID is three numbers, each little-endian, and eight bytes, as in ``uuid.UUID.bytes_le``; the import
    of :mod:`uuid` takes longer. ValueError if *text* is not a GUID.
    """
    groups = text.split("-")
    if [len(group) for group in groups] != _GROUPS or not _DIGITS.issuperset("".join(groups)):
        raise ValueError(f"{text!r} is not a UUID")
    first, second, third, *rest = groups
    return _GUID.pack(int(first, 16), int(second, 16), int(third, 16)) + bytes.fromhex("".join(rest))


def guid_text(raw: bytes) -> str:
    """Return the text of a struct, in lower case."""
    first, second, third = _GUID.unpack_from(raw)
    return f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:16].hex()}"
