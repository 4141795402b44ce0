"""C structs that hold pointers or longs, as data: their fields by system, for this one a ctypes structure or a packer.

The formats of :mod:`sockcore._families.structs` cannot say "a pointer" for another machine; these can, so that
``tools/headers`` can prove each declaration against the headers of every system and processor.
"""

from __future__ import annotations

import struct

from sockcore._platform import words
from sockcore._types import Any, Mapping, Union

#: The C types that a field may have, by their names in ctypes. A "text" is a char pointer: it takes bytes or an
#: address, and gives bytes.
C_TYPES = {
    "u8": "c_uint8",
    "u64": "c_uint64",
    "short": "c_short",
    "int": "c_int",
    "uint": "c_uint",
    "long": "c_long",
    "size": "c_size_t",
    "socklen": "c_uint32",
    "pointer": "c_void_p",
    "text": "c_char_p",
}

#: As formats of :mod:`struct`.
_FORMATS = {
    "u8": "B", "u64": "Q", "short": "h", "int": "i", "uint": "I", "long": "l", "size": "N", "socklen": "I",
    "pointer": "P",
}  # fmt: skip


class CStruct:
    """A C struct: its tag, its header, and its fields in order, as (name, type) pairs, for each kind of system.

    A type is one of C_TYPES, another struct, or the size of an array, in bytes, that nothing here reads.

    *layouts* maps words of a machine (``'linux'``, ``'netbsd sparc'``...) to the fields there: of those that apply
    the one with the most words counts, and ``'*'`` is for all others. *align* is the alignment of the whole in bytes
    where the header asks for more than the fields do.
    """

    __slots__ = ("align", "header", "layouts", "name")
    __module__ = "sockcore.plugin"

    def __init__(self, name: str, header: str, layouts: Mapping[str, Fields], align: int = 1) -> None:
        self.name = name
        self.header = header
        self.layouts = layouts
        self.align = align

    def fields(self, machine: frozenset[str]) -> Fields:
        """Return the fields on a machine, which its words (:func:`sockcore._platform.words`) describe."""
        fitting = [condition for condition in self.layouts if machine.issuperset(condition.split())]
        return self.layouts[max(fitting, key=lambda condition: condition.count(" "), default="*")]

    def build(self) -> Any:
        """Return the ctypes structure for this system."""
        import ctypes  # not before somebody needs one

        def c_type(kind: str | int | CStruct) -> Any:
            if isinstance(kind, int):
                return ctypes.c_char * kind
            return getattr(ctypes, C_TYPES[kind]) if isinstance(kind, str) else kind.build()

        fields = [(name, c_type(kind)) for name, kind in self.fields(words())]
        built = type(self.name.split()[-1], (ctypes.Structure,), {"_fields_": fields})
        gap = -ctypes.sizeof(built) % self.align
        return type(built.__name__, (built,), {"_fields_": [("_gap", ctypes.c_char * gap)]}) if gap else built

    def packer(self) -> struct.Struct:
        """Return what packs and unpacks all of the struct here, a pointer as a number; it checks the range of each."""
        return struct.Struct("@" + self._format())

    def _format(self) -> str:
        native = "".join(_format_of(kind) for _, kind in self.fields(words()))
        native += _alignment(native)
        return native + f"{-struct.calcsize('@' + native) % self.align}x"

    def _nested(self) -> str:
        format = self._format()
        return _alignment(format) + format


Fields = tuple[tuple[str, Union[str, int, CStruct]], ...]


def _format_of(kind: str | int | CStruct) -> str:
    if isinstance(kind, int):
        return f"{kind}s"
    return _FORMATS[kind] if isinstance(kind, str) else kind._nested()


def _alignment(format: str) -> str:
    """Return what aligns as a struct of this format is aligned: each of its types, no times."""
    return "".join(f"0{letter}" for letter in format if letter.isalpha() and letter != "s")
