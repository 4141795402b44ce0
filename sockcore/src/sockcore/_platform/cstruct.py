"""C structs that hold pointers, as data: their fields by system, built into a ctypes structure for this one.

The formats of :mod:`sockcore._registry.layout` cannot say "a pointer" for another machine; these can, so that
``tools/headers`` can prove each declaration against the headers of every system and processor.
"""

from __future__ import annotations

import ctypes

from sockcore._platform import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = tuple[tuple[str, str], ...]

#: The C types that a field may have. A "text" is a char pointer: it takes bytes or an address, and gives bytes.
C_TYPES: dict[str, Any] = {
    "short": ctypes.c_short,
    "int": ctypes.c_int,
    "uint": ctypes.c_uint,
    "long": ctypes.c_long,
    "size": ctypes.c_size_t,
    "socklen": ctypes.c_uint32,
    "pointer": ctypes.c_void_p,
    "text": ctypes.c_char_p,
}


class CStruct:
    """A C struct: its tag, its header, and its fields in order, as (name, type) pairs, for each kind of system.

    *layouts* maps words of a machine (``'linux'``, ``'netbsd sparc'``...) to the fields there: of those that apply
    the one with the most words counts, and ``'*'`` is for all others.
    """

    __slots__ = ("header", "layouts", "name")

    def __init__(self, name: str, header: str, layouts: Mapping[str, Fields]) -> None:
        self.name = name
        self.header = header
        self.layouts = layouts

    def fields(self, machine: frozenset[str]) -> Fields:
        """Return the fields on a machine, which its words (:func:`sockcore._platform.words`) describe."""
        fitting = [condition for condition in self.layouts if machine.issuperset(condition.split())]
        return self.layouts[max(fitting, key=lambda condition: condition.count(" "), default="*")]

    def build(self) -> Any:
        """Return the ctypes structure for this system."""
        fields = [(name, C_TYPES[kind]) for name, kind in self.fields(words())]
        return type(self.name.split()[-1], (ctypes.Structure,), {"_fields_": fields})
