"""Structs as data: literal bytes in all byte orders, offsets, and invalid values."""

from __future__ import annotations

import ctypes
import struct
import sys

import pytest

from sockcore._families.structs import C_TYPES
from sockcore._platform import platform_tags
from sockcore.plugin import (
    BE16,
    BE32,
    BE64,
    HAS_SA_LEN,
    I8,
    I16,
    I32,
    I64,
    LE16,
    LE32,
    LE64,
    U8,
    U16,
    U32,
    U64,
    CStruct,
    CUnion,
    Struct,
    octets,
    padding,
    sockaddr_header,
)  # fmt: skip

LITTLE = sys.byteorder == "little"


def native(size, value):
    return value.to_bytes(size, sys.byteorder, signed=value < 0)


ALL = Struct(
    "struct all", "<all.h>",
    ("u8", U8), ("pad", padding(1)), ("u16", U16), ("u32", U32), ("u64", U64),
    ("i8", I8), ("pad", padding(1)), ("i16", I16), ("i32", I32), ("i64", I64),
    ("be16", BE16), ("be32", BE32), ("be64", BE64), ("name", octets(6)),
)  # fmt: skip
VALUES = (1, 0x0203, 0x04050607, 0x08090A0B0C0D0E0F, -2, -3, -4, -5, 0x1011, 0x12131415, 0x161718191A1B1C1D, b"eth0")
BYTES = b"".join(
    [
        b"\x01\x00", native(2, 0x0203), native(4, 0x04050607), native(8, 0x08090A0B0C0D0E0F),
        b"\xfe\x00", native(2, -3), native(4, -4), native(8, -5),
        b"\x10\x11", b"\x12\x13\x14\x15", b"\x16\x17\x18\x19\x1a\x1b\x1c\x1d", b"eth0\0\0",
    ]
)  # fmt: skip


def test_struct_with_native_and_network_order_packs_both():
    assert ALL.size == len(BYTES) == 52
    assert ALL.pack(*VALUES) == BYTES
    assert ALL.unpack(BYTES) == (*VALUES[:-1], b"eth0\0\0")


def test_offsets_exclude_padding():
    assert ALL.offsets() == {
        "u8": (0, 1), "u16": (2, 2), "u32": (4, 4), "u64": (8, 8), "i8": (16, 1), "i16": (18, 2), "i32": (20, 4),
        "i64": (24, 8), "be16": (32, 2), "be32": (34, 4), "be64": (38, 8), "name": (46, 6),
    }  # fmt: skip


def test_struct_in_network_order_packs_big_endian():
    layout = Struct("struct s", "<s.h>", ("port", BE16), ("address", octets(4)))
    assert layout.pack(0x1234, b"\x7f\0\0\1") == b"\x12\x34\x7f\0\0\1"
    assert layout.unpack(b"\x12\x34\x7f\0\0\1") == (0x1234, b"\x7f\0\0\1")


def test_struct_in_little_endian_packs_on_any_machine():
    layout = Struct("struct s", "<s.h>", ("psm", LE16), ("address", octets(2)), ("cid", LE32), ("last", LE64))
    values = (0x1234, b"ab", 0x01020304, 0x0102030405060708)
    raw = b"\x34\x12ab\x04\x03\x02\x01\x08\x07\x06\x05\x04\x03\x02\x01"
    assert layout.pack(*values) == raw
    assert layout.unpack(raw) == values


def test_struct_with_three_byte_orders_packs_all():
    layout = Struct("struct s", "<s.h>", ("little", LE16), ("native", U16), ("big", BE16), ("kind", U8))
    raw = b"\x02\x01" + native(2, 0x0102) + b"\x01\x02\x07"
    assert layout.pack(0x0102, 0x0102, 0x0102, 7) == raw
    assert layout.unpack(raw) == (0x0102, 0x0102, 0x0102, 7)
    assert layout.unpack(raw[:1]) == (2, 0, 0, 0)
    only_two = Struct("struct s", "<s.h>", ("little", LE32), ("big", BE32), sockaddr=True)
    assert only_two.pack(9, 0x01020304, 0x01020304)[2:] == b"\x04\x03\x02\x01\x01\x02\x03\x04"


@pytest.mark.parametrize("mixed", [False, True])
def test_struct_of_sockaddr_begins_with_family(mixed):
    more = (("index", I32),) if mixed else ()
    layout = Struct("struct sockaddr_s", "<s.h>", ("port", BE16), *more, sockaddr=True)
    values = (0x0102, *([7] if mixed else []))
    head = bytes((layout.size, 40)) if HAS_SA_LEN else native(2, 40)
    raw = head + b"\x01\x02" + (native(4, 7) if mixed else b"")
    assert layout.pack(40, *values) == raw
    assert layout.unpack(raw) == values
    assert layout.offsets()["port"] == (2, 2)
    assert sockaddr_header(40, layout.size) == head


def test_unpack_of_missing_bytes_returns_zeros():
    layout = Struct("struct s", "<s.h>", ("a", U16), ("b", BE32), ("c", octets(3)))
    raw = layout.pack(1, 2, b"xyz")
    assert layout.unpack(raw[:6]) == (1, 2, b"\0\0\0")
    assert layout.unpack(b"") == (0, 0, b"\0\0\0")
    assert layout.unpack(raw + b"more") == (1, 2, b"xyz")


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([U8], 256), ([U8], -1), ([I8], 128), ([U16], 0x10000), ([U32], 1 << 32), ([U64], 1 << 64), ([I32], 1 << 31),
        ([BE16], 0x10000), ([BE16], -1), ([BE16], 1.5), ([BE16], "80"), ([U16], 1.5), ([octets(4)], "text"),
        ([octets(4)], 5), ([octets(4)], b"12345"),
        # beside a field in native order, so that bytes are swapped one by one
        ([BE16, U32], 0x10000), ([BE16, U32], -1), ([BE16, U32], 1.5), ([BE16, U32], "80"), ([BE64, U32], 1 << 64),
        ([octets(4), U32], b"12345"),
        ([LE16], 0x10000), ([LE16], -1), ([LE16, BE16], 0x10000), ([LE16, BE16], "80"), ([LE32, U16], 1 << 32),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sockaddr", [False, True])
def test_pack_of_invalid_value_raises(fields, value, sockaddr):
    layout = Struct("struct s", "<s.h>", *((f"f{i}", f) for i, f in enumerate(fields)), sockaddr=sockaddr)
    # struct raises TypeError for the wrong type on PyPy.
    with pytest.raises((struct.error, TypeError)):
        layout.pack(*([3] if sockaddr else []), value, *[0] * (len(fields) - 1))


@pytest.mark.parametrize("values", [(), (1,), (1, 2, 3)])
def test_pack_of_wrong_number_of_values_raises(values):
    with pytest.raises(struct.error):
        Struct("struct s", "<s.h>", ("a", U16), ("b", U32)).pack(*values)


def test_c_struct_selects_fields_by_system():
    layout = CStruct("struct s", "<s.h>", {"*": (("a", "int"), ("b", "pointer")), "plan9": (("b", "pointer"),)})
    assert layout.fields_on(frozenset({"plan9"})) == (("b", C_TYPES["pointer"]),)
    assert layout.fields_on(platform_tags()) == layout.fields == (("a", I32), ("b", C_TYPES["pointer"]))
    built = layout.build()
    assert built.__name__ == "s"
    assert (built.a.offset, built.b.offset) == (0, ctypes.sizeof(ctypes.c_void_p))
    assert ctypes.sizeof(built) == 2 * ctypes.sizeof(ctypes.c_void_p)


@pytest.mark.parametrize(
    ("field_type", "size"),
    [("short", 2), ("int", 4), ("uint", 4), ("socklen", 4), ("long", struct.calcsize("l")), ("size", None),
     ("pointer", None), ("text", None)],
)  # fmt: skip
def test_c_types_have_the_sizes_of_this_machine(field_type, size):
    built = CStruct("struct s", "<s.h>", {"*": (("field", field_type),)}).build()
    assert ctypes.sizeof(built) == (size or struct.calcsize("P"))


def test_c_struct_text_field_is_bytes():
    built = CStruct("struct s", "<s.h>", {"*": (("t", "text"),)}).build()
    assert built(b"bytes").t == b"bytes"
    assert built().t is None


def test_c_struct_packs_with_c_alignment():
    fields = (("a", "u8"), ("b", "long"), ("c", "uint"), ("d", "u64"), ("e", "short"))
    layout = CStruct("struct s", "<s.h>", {"*": fields})
    packer, built = layout.packer(), layout.build()
    assert packer.size == ctypes.sizeof(built)
    values = (1, -2, 3, 2**64 - 1, -5)
    assert packer.pack(*values) == bytes(built(*values))
    assert packer.unpack(packer.pack(*values)) == values
    with pytest.raises(struct.error):
        packer.pack(256, 0, 0, 0, 0)


@pytest.mark.parametrize(("align", "size"), [(1, 8), (4, 8), (8, 8), (16, 16)])
def test_c_struct_with_align_has_larger_alignment(align, size):
    layout = CStruct("struct s", "<s.h>", {"*": (("a", "uint"), ("b", "u8"))}, align)
    assert layout.packer().size == ctypes.sizeof(layout.build()) == size
    assert bytes(layout.build()(1, 2)) == layout.packer().pack(1, 2)
    assert layout.packer().unpack(bytes(size)) == (0, 0)


def test_c_struct_with_byte_array_field_packs_its_bytes():
    layout = CStruct("struct s", "<s.h>", {"*": (("a", "u8"), ("name", 6), ("b", "u8"), ("c", "uint"))})
    built = layout.build()
    assert (built.name.offset, built.name.size, built.c.offset) == (1, 6, 8)
    assert layout.packer().size == ctypes.sizeof(built) == 12
    assert layout.packer().pack(1, b"abc", 2, 3) == bytes(built(1, b"abc", 2, 3))


def test_struct_with_a_nested_struct_takes_its_values_one_by_one():
    inner = Struct("struct i", "<i.h>", ("port", BE16), ("name", octets(2)))
    outer = Struct("struct o", "<o.h>", ("a", U32), ("inner", inner), ("b", U8))
    raw = native(4, 1) + b"\x12\x34xy\x07"
    assert outer.pack(1, 0x1234, b"xy", 7) == raw
    assert outer.unpack(raw) == (1, 0x1234, b"xy", 7)
    assert outer.offsets() == {"a": (0, 4), "inner": (4, 4), "b": (8, 1)}
    with pytest.raises(struct.error):
        outer.pack(1, 0x1234, b"xyz", 7)


def test_union_has_size_of_largest_member_and_value_bytes():
    name = Struct("struct n", "<n.h>", ("type", U32), ("instance", U32))
    layout = Struct(
        "struct s", "<s.h>", ("kind", U32), ("addr", CUnion(("id", U32), ("name", name), ("raw", octets(5))))
    )
    assert layout.size == 12
    assert layout.offsets() == {"kind": (0, 4), "addr": (4, 8)}
    value = name.pack(5, 6)
    assert layout.pack(9, value) == native(4, 9) + value
    assert layout.unpack(layout.pack(9, native(4, 7))) == (9, native(4, 7) + bytes(4))
    with pytest.raises(struct.error):
        layout.pack(9, bytes(9))


@pytest.mark.parametrize(
    "fields",
    [
        (("a", "u8"), ("u", CUnion(("c", "u8"), ("p", "pointer"), ("r", octets(9)))), ("b", "u8")),
        (("a", "u8"), ("u", CUnion(("c", "short"), ("r", octets(3))))),
        (("a", "u8"), ("inner", CStruct("struct i", "<i.h>", {"*": (("x", "u8"), ("y", "long"))})), ("b", "short")),
        (("a", "u8"), ("inner", Struct("struct i", "<i.h>", ("x", U16), ("y", U16))), ("b", "u8")),
    ],
)  # fmt: skip
def test_c_struct_places_unions_and_structs_as_ctypes_does(fields):
    layout = CStruct("struct s", "<s.h>", {"*": fields})
    built = layout.build()
    assert layout.size == ctypes.sizeof(built)
    assert layout.offsets() == {name: (getattr(built, name).offset, getattr(built, name).size) for name, _ in fields}


def test_c_struct_packs_fields_of_network_byte_order():
    layout = CStruct("struct s", "<s.h>", {"*": (("a", "u8"), ("port", BE16), ("count", "uint"))})
    raw = b"\x01\0\x12\x34" + native(4, 5)
    assert layout.pack(1, 0x1234, 5) == raw
    assert layout.unpack(raw) == (1, 0x1234, 5)
    built = layout.build().from_buffer_copy(raw)
    assert (built.a, built.port, built.count) == (1, 0x1234, 5)


def test_struct_builds_a_ctypes_structure_without_gaps():
    layout = Struct("struct s", "<s.h>", ("a", U8), ("b", U32), sockaddr=True)
    built = layout.build()
    assert ctypes.sizeof(built) == layout.size == 7
    assert built.b.offset == 3


@pytest.mark.parametrize(
    "field_type", [C_TYPES["long"], C_TYPES["pointer"], CStruct("struct i", "<i.h>", {"*": (("a", "int"),)})]
)
def test_struct_with_machine_type_raises_value_error(field_type):
    with pytest.raises(ValueError, match="needs a CStruct"):
        Struct("struct s", "<s.h>", ("a", U8), ("b", field_type))


def test_c_struct_of_another_system_can_be_declared():
    layout = CStruct("struct s", "<s.h>", {"plan9": (("a", "int"),)})
    assert layout.fields_on(frozenset({"plan9"})) == (("a", I32),)
    with pytest.raises(KeyError):
        _ = layout.size
    with pytest.raises(AttributeError, match="'CStruct' object has no attribute 'colour'"):
        _ = layout.colour
