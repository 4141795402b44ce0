"""Parts of a memory mapping that the kernel writes to at the same time.

1. The indexes and states of a ring are numbers of 32 bits. A load has acquire ordering: later reads see the data that
   the kernel wrote before the number. A store has release ordering: the kernel sees it after all earlier accesses.
2. Python cannot order accesses to memory. The class in C does, on every processor. The class in Python is for x86,
   which orders loads and stores in this way itself.
3. The class in C counts the views of a region. The views of the class in Python are copies, and its count is 0.
"""

from __future__ import annotations

from sockcore.plugin import Any, extension_module, import_module

#: The version of the interface between the Python code and the C code of this package: see module.c.
CONTRACT = 1

#: Beginnings of the names of processors with ordered loads and stores.
_ORDERED = ("x86", "amd64", "i386", "i486", "i586", "i686")


class PureRegion:
    """A part of a memory mapping, through ctypes. The methods are those of the class in C."""

    __slots__ = ("_ctypes", "_is_writable", "_mapping", "_offset", "_size")

    #: The number of views of the memory.
    exports: int = 0

    def __init__(self, mapping: Any, offset: int, size: int, is_writable: bool = False, /) -> None:
        self._ctypes: Any = import_module("ctypes")  # not with this module: the class in C does not need it
        self._mapping: Any = mapping
        self._offset: int = 0
        self._size: int = len(mapping)
        self._offset = self._position(offset, size)
        self._size = size
        self._is_writable = is_writable

    def __len__(self) -> int:
        return self._size

    @property
    def address(self) -> int:
        """The address of the memory, 0 after :meth:`release`."""
        if self._mapping is None:
            return 0
        first = self._ctypes.c_char.from_buffer(self._mapping, self._offset)
        return int(self._ctypes.addressof(first))

    def _position(self, offset: int, size: int) -> int:
        """Return the position of bytes in the mapping; IndexError if they are outside of the region."""
        if self._mapping is None:
            raise ValueError("the region has been released")
        if not (0 <= offset <= self._size and 0 <= size <= self._size - offset):
            raise IndexError(f"{size} bytes at offset {offset} are outside of a region of {self._size} bytes")
        return self._offset + offset

    def _number(self, offset: int) -> Any:
        position = self._position(offset, 4)
        if position % 4:
            raise ValueError(f"the offset of a number must be a multiple of 4, not {offset}")
        # One access of 32 bits, which slices of a mapping do not guarantee.
        return self._ctypes.c_uint32.from_buffer(self._mapping, position)

    def load(self, offset: int, /) -> int:
        """Return a number of 32 bits. Later reads see what its writer wrote before it."""
        return int(self._number(offset).value)

    def store(self, offset: int, value: int, /) -> None:
        """Store a number of 32 bits, after all earlier reads and writes."""
        if not isinstance(value, int):
            raise TypeError(f"store() value must be int, not {type(value).__name__}")
        if not 0 <= value <= 0xFFFFFFFF:
            raise OverflowError("store() value must be 0 to 4294967295")
        self._number(offset).value = value

    def read(self, offset: int, size: int, /) -> bytes:
        """Return a copy of bytes."""
        position = self._position(offset, size)
        return bytes(self._mapping[position : position + size])

    def write(self, offset: int, data: Any, /) -> None:
        """Write a bytes-like object."""
        content = bytes(data)
        position = self._position(offset, len(content))
        self._mapping[position : position + len(content)] = content

    def view(self, offset: int, size: int, /) -> memoryview:
        """Return a memoryview of a copy of bytes."""
        return memoryview(self.read(offset, size))

    def release(self) -> None:
        """Release the mapping."""
        self._mapping = None
        self._offset = self._size = 0


def native_module() -> Any:
    """Return the module in C, or None if this process does not use it."""
    return extension_module(f"{__package__}._native", CONTRACT)


def region_class() -> Any:
    """Return the class of regions for this process.

    Raises RuntimeError if the C code is not in use and the processor does not order loads and stores itself.
    """
    native = native_module()
    if native is not None:
        return native.Region
    machine = import_module("platform").machine()  # takes several milliseconds, and only this check needs it
    if not machine.lower().startswith(_ORDERED):
        raise RuntimeError(
            f"a ring needs the C code of {__package__} on {machine}: Python does not order accesses to memory. "
            "Install the package with a C compiler, and use the native backend"
        )
    return PureRegion
