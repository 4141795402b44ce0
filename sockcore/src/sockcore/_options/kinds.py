"""Kinds of option values: each converts the bytes of an option to a value and back.

1. A :class:`Kind` is shared by all options whose values have the same type. An :class:`OptionTable` has a row for each
   option: name, level and kind.
2. ``encode(label, value)`` raises TypeError, ValueError or OverflowError for an invalid value. *label* is the name of
   the option, and of the field within a struct. The message has the range of valid values.
3. ``decode(data)`` accepts every length of data, because kernels differ. Missing bytes are zeros.
"""

from __future__ import annotations

import os
import struct
import sys
from enum import IntEnum
from functools import partial

from sockcore._codec_helpers import interface_number
from sockcore._exceptions import check_type, from_errno, named_integer
from sockcore._families.options import Option
from sockcore._names import import_module
from sockcore._types import Any, Callable, Generic, Iterator, Mapping, TypeVar

Value = TypeVar("Value")
Other = TypeVar("Other")

_INT_SIZE = 4
#: The maximum number of units of :func:`getsockopt_with_input`: BPF_MAXINSNS.
_MOST_UNITS = 4096


class Kind(Generic[Value]):
    """The conversion of a value, with the size of its buffer in bytes and the name of its type in lists.

    *encode* is None if no option of this kind can be set. With *needs_descriptor*, its third argument is the file
    descriptor of the socket.
    """

    __slots__ = ("decode", "encode", "needs_descriptor", "reader", "size", "type_name")
    __module__ = "sockcore.plugin"

    def __init__(
        self,
        type_name: str,
        size: int,
        decode: Callable[[bytes], Value],
        encode: Callable[..., Any] | None = None,
        needs_descriptor: bool = False,
        reader: Callable[[int, int, int], bytes] | None = None,
    ) -> None:
        self.type_name: str = type_name
        self.size: int = size
        self.decode: Callable[[bytes], Value] = decode
        self.encode: Callable[..., Any] | None = encode
        self.needs_descriptor: bool = needs_descriptor
        #: Called with file descriptor, level and number in place of getsockopt(2).
        self.reader: Callable[[int, int, int], bytes] | None = reader

    def map(self, type_name: str, decode: Callable[[Value], Other], encode: Callable[[str, Any], Any]) -> Kind[Other]:
        """Return a kind whose values are converted to and from the values of this one."""
        own_decode, own_encode = self.decode, self.encode
        assert own_encode is not None
        return Kind(
            type_name,
            self.size,
            lambda data: decode(own_decode(data)),
            lambda label, value, *fd: own_encode(label, encode(label, value), *fd),
            self.needs_descriptor,
        )


class OptionTable:
    """The options of a plugin. Each call adds a row, and returns the option.

    *table* has the numbers of options and levels. *family* is the address family of all rows, if other families use the
    numbers of the levels too. An option that the system does not define gets the number -1, and is not registered.
    """

    __module__ = "sockcore.plugin"

    def __init__(self, table: Mapping[str, int], family: int | None = None) -> None:
        self._table = table
        self._family = family
        self._rows: list[Option[Any]] = []

    def __call__(
        self,
        name: str,
        level: str,
        kind: Kind[Value],
        access: str = "rw",
        is_passive: bool = True,
        number_name: str = "",
    ) -> Option[Value]:
        """Add the option *name*. *access* contains ``r`` if it can be read, and ``w`` if it can be set.

        *number_name* is the constant with the number, if its name is not that of the option.
        """
        number, level_number = self._table.get(number_name or name), self._table.get(level)
        is_available = number is not None and level_number is not None
        encode, reader = kind.encode, kind.reader
        option: Option[Value] = Option(
            name,
            -1 if level_number is None else level_number,
            -1 if number is None else number,
            kind.size,
            kind.decode,
            partial(encode, name) if encode is not None and "w" in access else None,
            self._family,
            kind.needs_descriptor,
            type_name=kind.type_name,
            level_name=level,
            readable="r" in access,
            is_passive=is_passive,
            reader=None if reader is None else lambda fd: reader(fd, option.level, option.number),
            is_available=is_available,
        )
        self._rows.append(option)
        return option

    def options(self) -> Iterator[Option[Any]]:
        """Yield the options that this system defines. Of several names for one number, the first counts."""
        keys = set()
        for option in self._rows:
            if option.is_available and option.key not in keys:
                keys.add(option.key)
                yield option

    def rows(self) -> tuple[Option[Any], ...]:
        """Return all rows, with those that this system does not define."""
        return tuple(self._rows)


def check_range(label: str, value: object, low: int, high: int) -> int:
    """Return *value* as an int. Raises TypeError if it is not an integer, and OverflowError if it is out of range."""
    number = named_integer(label, value)
    if not low <= number <= high:
        raise OverflowError(f"{label} must be {low} to {high}, not {number}")
    return number


def to_bool(label: str, value: object) -> int:
    """Return 0 or 1 for True, False, 0 or 1. Raises OverflowError for another integer, otherwise TypeError."""
    if not hasattr(type(value), "__index__"):
        raise TypeError(f"{label} must be True or False, not {value!r}")
    number = named_integer(label, value)
    if number not in (0, 1):
        raise OverflowError(f"{label} must be True or False, not {value!r}")
    return number


def limits(format: str) -> tuple[int, int]:
    """Return the smallest and the largest number of a format of :mod:`struct`."""
    bits = 8 * struct.calcsize(format)
    letter = format[-1]
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if letter.islower() else (0, (1 << bits) - 1)


def number_kind(format: str, type_name: str = "int", low: int | None = None, high: int | None = None) -> Kind[int]:
    """Return the kind of an integer with a format of :mod:`struct`, and the range *low* to *high*."""
    packer = struct.Struct(format)
    smallest, largest = limits(format)
    first, last = smallest if low is None else low, largest if high is None else high
    big = format[0] in "!>" or (format[0] != "<" and sys.byteorder == "big")
    signed = format[-1].islower()

    def decode(data: bytes) -> int:
        # Some systems write fewer bytes than the type has: an unsigned char for a small number.
        is_signed = signed and len(data) >= packer.size
        return int.from_bytes(data[: packer.size], "big" if big else "little", signed=is_signed)

    return Kind(
        type_name, packer.size, decode, lambda label, value: packer.pack(check_range(label, value, first, last))
    )


#: A C int.
INT: Kind[int] = number_kind("=i")
#: An unsigned int of 32 bits.
UNSIGNED: Kind[int] = number_kind("=I")
#: Unsigned integers of other sizes.
NUMBER8: Kind[int] = number_kind("=B")
NUMBER16: Kind[int] = number_kind("=H")
NUMBER64: Kind[int] = number_kind("=Q")
#: A C int that is 0 or 1. Kernels may write another number than 1, in 1 to 4 bytes.
FLAG: Kind[bool] = Kind(
    "bool",
    _INT_SIZE,
    lambda data: any(data[:_INT_SIZE]),
    lambda label, value: to_bool(label, value).to_bytes(_INT_SIZE, sys.byteorder),
)
#: A number of seconds as a C int.
SECONDS: Kind[int] = number_kind("=i", "seconds (int)", 0)


def scaled_seconds_kind(per_second: int, format: str = "=I") -> Kind[float]:
    """Return the kind of a time that the kernel counts in units of 1/*per_second* seconds.

    Its values are seconds. A time above 0 is at least one unit, because 0 has a meaning of its own.
    """
    _, largest = limits(format)
    kind = number_kind(format)

    def encode(label: str, value: object) -> int:
        seconds = to_float(label, value, largest / per_second)
        return min(max(round(seconds * per_second), int(seconds > 0)), largest)

    return kind.map("seconds (float)", lambda number: number / per_second, encode)


def to_float(label: str, value: Any, largest: float) -> float:
    """Return a time in seconds as a float.

    Raises TypeError if it is not a number, ValueError for a negative one or NaN, OverflowError above *largest*.
    """
    if not isinstance(value, (int, float)):
        raise TypeError(f"{label} must be a number of seconds, not {type(value).__name__}")
    if isinstance(value, int):
        value = named_integer(label, value)
    if not value >= 0:
        raise ValueError(f"{label} must be 0 seconds or more, not {value!r}")
    if value > largest:
        raise OverflowError(f"{label} must be 0 to {largest} seconds, not {value!r}")
    return float(value)


class OpenEnum(IntEnum):
    """An IntEnum that accepts numbers without a name: a newer kernel may have more than this program."""

    __module__ = "sockcore.plugin"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"{cls.__name__}_{value}"
        member._value_ = value  # type: ignore[assignment,unused-ignore]
        return member


Member = TypeVar("Member", bound=int)


def enum_kind(cls: type[Member], kind: Kind[int] = INT) -> Kind[Member]:
    """Return the kind of a number that is a member of an enum, an IntEnum or an IntFlag."""
    check_type("cls", cls, type, "a class")
    check_type("kind", kind, Kind, "a Kind")
    return kind.map(cls.__name__, lambda number: cls(number), lambda label, value: value)


def text_kind(size: int, type_name: str = "str") -> Kind[str]:
    """Return the kind of a text of at most *size* bytes, with its final NUL."""
    # os.fsdecode() on Windows does not accept every byte.
    coding, errors = sys.getfilesystemencoding(), "surrogateescape"

    def encode(label: str, value: Any) -> bytes:
        if not isinstance(value, (str, bytes)):
            raise TypeError(f"{label} must be a str or bytes, not {type(value).__name__}")
        data = value.encode(coding, errors) if isinstance(value, str) else os.fsencode(value)
        if b"\0" in data:
            raise ValueError(f"{label} must not contain a null character")
        if len(data) >= size:
            raise ValueError(f"{label} must be 0 to {size - 1} bytes, not {len(data)}")
        return data

    return Kind(type_name, size, lambda data: data.partition(b"\0")[0].decode(coding, errors), encode)


def bytes_kind(size: int, exact: bool = False, type_name: str = "bytes") -> Kind[bytes]:
    """Return the kind of binary data, such as a key, of at most or exactly *size* bytes."""

    def encode(label: str, value: Any) -> bytes:
        try:
            data = memoryview(value).tobytes()
        except TypeError:
            raise TypeError(f"{label} must be a bytes-like object, not {type(value).__name__}") from None
        if len(data) > size or (exact and len(data) != size):
            raise ValueError(f"{label} must be {'' if exact else '0 to '}{size} bytes, not {len(data)}")
        return data

    return Kind(type_name, size, bytes, encode)


def to_interface(label: str, value: object, fd: int = -1) -> int:
    """Return the index of an interface that is given by its index or its name in the namespace of the socket *fd*.

    Raises TypeError for another type, OverflowError for an index out of range, ValueError for an unknown name.
    """
    return check_range(label, interface_number(label, value, fd), 0, (1 << 31) - 1)


#: The index of an interface in a C int, 0 for none. To set it, a name is accepted too.
INTERFACE: Kind[int] = Kind(
    "interface",
    _INT_SIZE,
    INT.decode,
    lambda label, value, fd=-1: to_interface(label, value, fd).to_bytes(_INT_SIZE, sys.byteorder),
    needs_descriptor=True,
)
#: The same number in network byte order.
INTERFACE_BE: Kind[int] = Kind(
    "interface",
    _INT_SIZE,
    lambda data: int.from_bytes(data[:_INT_SIZE], "big"),
    lambda label, value, fd=-1: to_interface(label, value, fd).to_bytes(_INT_SIZE, "big"),
    needs_descriptor=True,
)


def getsockopt_with_input(fd: int, level: int, optname: int, data: bytes, unit: int = 1) -> bytes:
    """Call getsockopt(2) with *data* as the content of the buffer. Return the bytes that the kernel wrote.

    For the ``reader`` of a :class:`Kind`: a few options read their buffer before they write to it, or count its length
    in another unit than bytes.

    *unit* is the number of bytes that the kernel counts as one. Raises OSError if the call fails.
    """
    ctypes = import_module("ctypes")
    if sys.platform == "win32":
        library = import_module("sockcore._system.winsock_library")
        handle = library.SOCKET
    else:
        library = import_module("sockcore._system.libc")
        handle = ctypes.c_int
    call = library.function("getsockopt", ctypes.c_int, handle, *(ctypes.c_int,) * 2, *(ctypes.c_void_p,) * 2)
    # Without data, the kernel only returns a number of units. Sanitizers regard it as the number of written bytes.
    buffer = ctypes.create_string_buffer(data, max(len(data), _MOST_UNITS))
    length = ctypes.c_uint32(len(data) // unit)
    previous = library.save_error()
    if call(fd, level, optname, ctypes.addressof(buffer), ctypes.addressof(length)):
        raise from_errno(library.last_errno(previous))
    written: bytes = (
        buffer.raw[: min(length.value * unit, len(data))] if data else length.value.to_bytes(4, sys.byteorder)
    )
    return written
