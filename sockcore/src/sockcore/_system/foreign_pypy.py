"""Foreign calls through cffi, which is part of PyPy: the counterpart of the other half of :mod:`foreign`.

PyPy compiles these calls. A call through ctypes takes 5 to 50 times as long there. The functions of the module
``_cffi_backend`` are used directly, because ``cffi`` itself imports a parser for C.
"""

from __future__ import annotations

import _cffi_backend as cffi  # type: ignore[import-untyped,import-not-found,unused-ignore]

from sockcore._exceptions import from_errno
from sockcore._platform import system_name
from sockcore._system.structs import SYMBOLS
from sockcore._types import Any

c_int: Any = cffi.new_primitive_type("int")
c_uint: Any = cffi.new_primitive_type("unsigned int")
c_uint32: Any = cffi.new_primitive_type("uint32_t")
c_size_t: Any = cffi.new_primitive_type("size_t")
c_ssize_t: Any = cffi.new_primitive_type("ssize_t")
#: Every pointer is one to char: arguments may then be bytes too.
c_void_p: Any = cffi.new_pointer_type(cffi.new_primitive_type("char"))
c_char_p: Any = c_void_p
_ADDRESS: Any = cffi.new_primitive_type("uintptr_t")
_ARRAY: Any = cffi.new_array_type(c_void_p, None)

#: The argument for a pointer to nothing.
NULL: Any = cffi.cast(c_void_p, 0)
#: The conversion of an argument that is wider than a C int.
size_t: Any = int

_library: Any = cffi.load_library(None)
library_at_once: Any = _library
_symbols = SYMBOLS.get(system_name(), {})

save_error: Any = cffi.get_errno


def function(name: str, restype: Any, *argtypes: Any, library: Any = _library) -> Any:
    """Return a function of the C library. Raises AttributeError if it does not exist."""
    return library.load_function(cffi.new_function_type(argtypes, restype, False), _symbols.get(name, name))


quick_function = function


def last_errno(previous: int) -> int:
    """Return the errno of the call that has just failed, and restore *previous*."""
    number: int = cffi.get_errno()
    cffi.set_errno(previous)
    return number


def failure(previous: int) -> OSError:
    """Return the OSError for the call that just failed; restore errno *previous*."""
    return from_errno(last_errno(previous))


def pointer(data: Any) -> Any:
    """Return a pointer to the memory of a contiguous buffer. It keeps the buffer alive."""
    return cffi.from_buffer(_ARRAY, data)


def address_of(pointer: Any) -> int:
    """Return the address of a pointer."""
    return int(cffi.cast(_ADDRESS, pointer))


def new_buffer(size: int) -> Any:
    """Return a pointer to *size* bytes, all zero."""
    return cffi.newp(_ARRAY, size)


def read_buffer(buffer: Any, size: int) -> bytes:
    """Return the first *size* bytes of a buffer of :func:`new_buffer`."""
    data: bytes = cffi.buffer(buffer, size)[:]
    return data


def read_string(buffer: Any) -> bytes:
    """Return the bytes before the first NUL in a buffer of :func:`new_buffer`, or all of them."""
    text: bytes = cffi.string(buffer)
    return text


def pin_bytes(data: bytes) -> tuple[Any, int]:
    """Return an object that keeps *data* in place, and its address."""
    pinned = pointer(data)
    return pinned, address_of(pinned)


class Reference:
    """A number in memory, with a pointer to it."""

    __slots__ = ("_number", "pointer")

    def __init__(self, ctype: Any, value: int) -> None:
        self._number = cffi.newp(cffi.new_pointer_type(ctype), value)
        self.pointer = cffi.cast(c_void_p, self._number)

    @property
    def value(self) -> int:
        """The number."""
        number: int = self._number[0]
        return number

    @value.setter
    def value(self, number: int) -> None:
        self._number[0] = number

    def __bytes__(self) -> bytes:
        data: bytes = cffi.buffer(self._number)[:]
        return data


def new_reference(ctype: Any, value: int = 0) -> tuple[Any, Any]:
    """Return a number in memory, as an object with the attribute ``value``, and the pointer to it."""
    reference = Reference(ctype, value)
    return reference, reference.pointer
