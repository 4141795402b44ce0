"""Structs of the kernel's interface as data: fields with their names and formats, and the header they are from.

``SOCKADDR_VM = Struct("struct sockaddr_vm", "<linux/vm_sockets.h>", ("svm_reserved1", U16), ...)`` packs and
unpacks, and ``tools/headers`` proves it against the header for every system, by the names given here.
"""

from __future__ import annotations

import struct
import sys

from sockcore._families.family import HAS_SA_LEN
from sockcore._types import Union

Value = Union[int, bytes]

_NATIVE = "<" if sys.byteorder == "little" else ">"


class Field:
    """The type of a field: a format character of :mod:`struct`, and its byte order, ``=`` for the machine's."""

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


def octets(count: int) -> Field:
    """Return the type of an array of *count* bytes: shorter values are zero-filled."""
    return Field(f"{count}s")


def padding(count: int) -> Field:
    """Return the type of *count* bytes that are written as zeros and not read."""
    return Field(f"{count}x")


class Struct:
    """A C struct: its tag, its header, and its fields in order, as (name, type) pairs, padding included.

    *header* is as after ``#include``, with those before it that it needs: ``"<sys/socket.h> <linux/can.h>"``.
    With *sockaddr* the common beginning of every sockaddr comes first: ``sa_family``, after ``sa_len`` where
    the system has one. :meth:`pack` then takes the family first and :meth:`unpack` leaves both out.
    """

    __slots__ = ("_arrays", "_foreign", "_packer", "fields", "header", "name", "size", "sockaddr")
    __module__ = "sockcore.plugin"

    def __init__(self, name: str, header: str, *fields: tuple[str, Field], sockaddr: bool = False) -> None:
        self.name = name
        self.header = header
        self.fields = fields
        self.sockaddr = sockaddr
        valued = [field for _, field in fields if not field.format.endswith("x")]
        formats = "".join(field.format for _, field in fields)
        # struct would cut what is too long: (position, count) of the arrays.
        self._arrays = tuple((i, int(f.format[:-1])) for i, f in enumerate(valued) if f.format.endswith("s"))
        # One order for all, or (position, native, foreign) of those to be swapped on this machine.
        orders = {f.order for f in valued if not (f.format.endswith("s") or f.format in "bB")}
        order = orders.pop() if len(orders) == 1 else "="
        self._foreign: tuple[tuple[int, struct.Struct, struct.Struct], ...] = ()
        if orders:
            self._foreign = tuple(
                (i, struct.Struct("=" + f.format), struct.Struct(f.order + f.format))
                for i, f in enumerate(valued)
                if f.order not in ("=", _NATIVE)
            )
        self._packer = struct.Struct(order + ("2x" if sockaddr else "") + formats)
        self.size = self._packer.size

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
        at = 2 if self.sockaddr else 0
        found = {}
        for name, field in self.fields:
            size = struct.calcsize("=" + field.format)
            if not field.format.endswith("x"):
                found[name] = (at, size)
            at += size
        return found

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
