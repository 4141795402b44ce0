"""C structs of the system as data: fields, types, and the header that declares them.

``SOCKADDR_VM = Struct("struct sockaddr_vm", "<linux/vm_sockets.h>", ("svm_reserved1", U16), ...)`` packs and unpacks.
``tools/headers`` compares it with the header of every system, by these names.

1. The fields of a Struct follow each other without gaps. Their types have the same sizes on every machine.
2. A CStruct is aligned by the rules of the C compiler of this machine. It may contain pointers and longs, and may have
   other fields on another system. tools/headers computes its layout for every machine.
3. A struct may contain other structs and unions (:class:`CUnion`). A CStruct aligns them too. The values of an inner
   struct are passed one by one, like fields of the outer struct. The value of a union is its bytes.
"""

from __future__ import annotations

import struct
import sys

from sockcore._exceptions import check_type
from sockcore._names import import_module
from sockcore._platform import platform_tags
from sockcore._types import Any, Iterator, Mapping, Union

Value = Union[int, bytes]

_NATIVE = "<" if sys.byteorder == "little" else ">"

# 4.4BSD added a length before the family and made both one byte. Linux and Windows keep the short of 4.3BSD.
HAS_SA_LEN = not sys.platform.startswith(("linux", "win32"))


def family_of(sockaddr: bytes) -> int:
    """Return the family field of a sockaddr, or 0 for fewer than 2 bytes."""
    if len(sockaddr) < 2:
        return 0
    return sockaddr[1] if HAS_SA_LEN else int.from_bytes(sockaddr[:2], sys.byteorder)


def sockaddr_header(family: int, size: int) -> bytes:
    """Return the first two bytes of a sockaddr of *size* bytes: length and family, or only family.

    Raises ValueError or OverflowError for numbers that do not fit.
    """
    if HAS_SA_LEN:
        return bytes((size, family))
    return int.to_bytes(family, 2, sys.byteorder)


class Field:
    """The type of a field: a format character of :mod:`struct`, and a byte order.

    The order is ``=`` for the byte order of the machine, and ``@`` for a type whose size depends on the machine.
    """

    __slots__ = ("format", "order")
    __module__ = "sockcore.plugin"

    def __init__(self, format: str, order: str = "=") -> None:
        self.format: str = format
        self.order: str = order


U8, U16, U32, U64 = Field("B"), Field("H"), Field("I"), Field("Q")
I8, I16, I32, I64 = Field("b"), Field("h"), Field("i"), Field("q")
#: Integers in network byte order (big-endian).
BE16, BE32, BE64 = Field("H", ">"), Field("I", ">"), Field("Q", ">")
#: Little-endian integers, which Bluetooth uses on every machine.
LE16, LE32, LE64 = Field("H", "<"), Field("I", "<"), Field("Q", "<")


#: The types of a CStruct, by name. "text" is a char pointer: the structure of :meth:`Struct.build` has bytes there.
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
    """Return the type of an array of *count* bytes. Shorter values are zero-filled."""
    return Field(f"{count}s")


def padding(count: int) -> Field:
    """Return the type of *count* bytes that are written as zeros and not read."""
    return Field(f"{count}x")


class CUnion:
    """A C union, with its members as (name, type) pairs.

    Its value in a struct is bytes, zero-filled.

    If the union is anonymous, the name of the field with this type is "".
    """

    __slots__ = ("arms",)
    __module__ = "sockcore.plugin"

    def __init__(self, *arms: tuple[str, Type]) -> None:
        self.arms: Fields = tuple((name, _to_type(field_type)) for name, field_type in arms)

    def format(self, mode: str) -> str:
        """Return the format of bytes with the largest size and alignment of the members."""
        return f"{self._alignment(mode)}{self.size(mode)}s"

    def size(self, mode: str) -> int:
        """Return the number of bytes, including alignment for the next array element."""
        alignment = self._alignment(mode)
        return max(struct.calcsize(f"{mode}{format_of(field_type, mode)}{alignment}") for _, field_type in self.arms)

    def _alignment(self, mode: str) -> str:
        return _alignment("".join(format_of(field_type, mode) for _, field_type in self.arms))


class Struct:
    """A C struct without gaps: its tag, its header, and its fields in order.

    A field is a (name, type) pair, and padding is a field. *header* is the argument of ``#include``, after other
    headers that it needs: ``"<sys/socket.h> <linux/can.h>"``. With *sockaddr*, the struct begins with the fields of
    every sockaddr: ``sa_family``, after ``sa_len`` on systems that have it. :meth:`pack` then takes the family as first
    value, and :meth:`unpack` returns neither.
    """

    __slots__ = ("_arrays", "_foreign", "_packer", "fields", "header", "name", "size", "sockaddr")
    __module__ = "sockcore.plugin"

    #: "@" for a struct with C alignment, "=" for one without gaps.
    mode = "="
    #: The alignment of the struct in bytes, if it is larger than that of the fields.
    align = 1

    def __init__(self, name: str, header: str, *fields: tuple[str, Type], sockaddr: bool = False) -> None:
        self.name: str = name
        self.header: str = header
        self.sockaddr: bool = sockaddr
        self._compile(tuple((name, _to_type(field_type)) for name, field_type in fields))

    def _compile(self, fields: Fields) -> None:
        """Prepare the packers for the fields on this machine."""
        self.fields: Any = fields
        value_fields = [field for field in _value_fields(fields, self.mode) if not field.format.endswith("x")]
        # (position, size) of arrays, because struct truncates longer values.
        self._arrays = tuple((i, int(f.format[:-1])) for i, f in enumerate(value_fields) if f.format.endswith("s"))
        # One byte order for all fields, or (position, native, foreign) for each field in another byte order.
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
        """Return the fields on the machine that *tags* describe.

        :func:`sockcore._platform.platform_tags` returns the tags of this machine.
        """
        fields: Fields = self.fields
        return fields

    def format(self, mode: str) -> str:
        """Return the format of the struct, in the *mode* of an outer one."""
        formats = ("2x" if self.sockaddr else "") + "".join(
            format_of(field_type, mode) for _, field_type in self.fields
        )
        if mode == "=":
            return formats
        formats += _alignment(formats)
        return formats + f"{-struct.calcsize('@' + formats) % self.align}x"

    def pack(self, *values: Value) -> bytes:
        """Return the bytes of the struct. With *sockaddr*, the first value is the family.

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

    def unpack(self, data: bytes) -> tuple[Value, ...]:
        """Return the values of the fields from the first :attr:`size` bytes.

        Missing bytes read as zeros.
        """
        if len(data) < self.size:
            data = data.ljust(self.size, b"\0")
        values = self._packer.unpack_from(data)
        return tuple(self._swapped(list(values))) if self._foreign else values

    def offsets(self) -> dict[str, tuple[int, int]]:
        """Return the offset and size in bytes of each field, without padding."""
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
        """Return the ``struct.Struct`` of the fields, which checks each number's range.

        A pointer is a number. Raises ValueError if the fields have several byte orders.
        """
        if self._foreign:
            raise ValueError(f"{self.name} has fields in several byte orders")
        return self._packer

    def build(self) -> Any:
        """Return the ctypes structure for this machine.

        Imports ctypes, and raises ImportError on a Python without it.
        """
        return self._build(self.mode)

    def _build(self, mode: str) -> Any:
        ctypes = import_module("ctypes")
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
            if position < len(values):  # otherwise the packer raises for the missing values
                (values[position],) = foreign.unpack(native.pack(values[position]))
        return values


class CStruct(Struct):
    """A C struct with C alignment, whose fields depend on the system.

    A type is a Field, a name in C_TYPES, another struct, a union, or the size of an array in bytes.

    *layouts* maps tags of a machine (``'linux'``, ``'netbsd sparc'``...) to the fields there. If several match, the one
    with the most tags applies. ``'*'`` is the layout of all other machines. *align* is the alignment of the struct in
    bytes if the header requests more than the fields need.
    """

    __slots__ = ("align", "layouts")
    __module__ = "sockcore.plugin"

    mode = "@"

    def __init__(self, name: str, header: str, layouts: Mapping[str, CFields], align: int = 1) -> None:
        self.name: str = name
        self.header: str = header
        self.layouts: Mapping[str, CFields] = layouts
        self.align: int = align
        self.sockaddr = False

    def __getattr__(self, name: str) -> Any:
        # An empty slot: the layout of this machine is compiled at first use.
        if name not in Struct.__slots__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._compile(self.fields_on(platform_tags()))
        return getattr(self, name)

    def fields_on(self, tags: frozenset[str]) -> Fields:
        """Return the fields on the machine that *tags* describe.

        :func:`sockcore._platform.platform_tags` returns the tags of this machine.
        """
        fitting = [tag_list for tag_list in self.layouts if tags.issuperset(tag_list.split())]
        layout = self.layouts[max(fitting, key=lambda tag_list: tag_list.count(" "), default="*")]
        return tuple((name, _to_type(field_type)) for name, field_type in layout)


#: The types in the declaration of a field. An int is an array of so many bytes, a str is a name in C_TYPES.
Type = Union[Field, Struct, CUnion, str, int]
CFields = tuple[tuple[str, Type], ...]
Fields = tuple[tuple[str, Union[Field, Struct, CUnion]], ...]


def _to_type(field_type: Type) -> Field | Struct | CUnion:
    if isinstance(field_type, int):
        return octets(field_type)
    return C_TYPES[field_type] if isinstance(field_type, str) else field_type


def format_of(field_type: Field | Struct | CUnion, mode: str) -> str:
    """Return the format of a type within a struct.

    *mode* is ``@`` with C alignment, otherwise ``=``.
    """
    if isinstance(field_type, Struct):
        format = field_type.format(mode)
        return _alignment(format) + format if mode == "@" else format
    return field_type.format(mode) if isinstance(field_type, CUnion) else field_type.format


def _alignment(format: str) -> str:
    """Return a format of no bytes with the same alignment: each type, zero times."""
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
    ctypes = import_module("ctypes")
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
    """Return the struct of a GUID (<guiddef.h>) in text form.

    The text is five groups of hexadecimal digits, without braces. In memory a GUID is three little-endian numbers and
    eight bytes, like ``uuid.UUID.bytes_le``. The import of :mod:`uuid` would take longer. Raises ValueError if *text*
    is not a GUID.
    """
    check_type("text", text, str, "a str")
    groups = text.split("-")
    if [len(group) for group in groups] != _GROUPS or not _DIGITS.issuperset("".join(groups)):
        raise ValueError(f"{text!r} is not a UUID")
    first, second, third, *rest = groups
    return _GUID.pack(int(first, 16), int(second, 16), int(third, 16)) + bytes.fromhex("".join(rest))


def guid_text(data: bytes) -> str:
    """Return the text form of a GUID, in lower case.

    Raises :exc:`struct.error` if *data* has fewer than 16 bytes.
    """
    first, second, third = _GUID.unpack_from(data)
    return f"{first:08x}-{second:04x}-{third:04x}-{data[8:10].hex()}-{data[10:16].hex()}"
