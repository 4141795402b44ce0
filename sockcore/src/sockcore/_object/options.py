"""Socket options as the manual has them: numbers and bytes."""

from __future__ import annotations

import sys
from struct import Struct

from sockcore import _errors
from sockcore._backend.chosen import backend
from sockcore._object.buffers import readable
from sockcore._object.data import USUAL
from sockcore._object.descriptor import Descriptor
from sockcore._types import Any, SupportsIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload
else:

    def overload(function):
        """Do at run time what typing's own does there, without its import."""
        return function


_INT = Struct("i")
_NO_LENGTH = 0
_WIDE = 8  # bytes of a number at a wide level
#: More than any option's value has: the manual's own limit.
_LONGEST = 1024


class Options(Descriptor):
    """getsockopt and setsockopt."""

    __slots__ = ()

    @overload
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, /) -> int: ...
    @overload
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, buflen: SupportsIndex, /) -> bytes: ...
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, buflen: SupportsIndex = 0, /) -> int | bytes:
        """Return an option's value: an int, or, of *buflen* bytes (1 to 1024), the bytes that the kernel wrote.

        See getsockopt(2).
        """
        # Or'ed together, numbers are in a range of so many bits if each of them is.
        if not (type(level) is type(optname) is int and 0 <= level | optname < USUAL and buflen is _NO_LENGTH):
            level, optname, buflen = _errors.c_int(level), _errors.c_int(optname), _errors.c_int(buflen)
        if buflen:
            if not 0 < buflen <= _LONGEST:
                raise OSError("getsockopt buflen out of range")
            return backend.getsockopt(self._fd, level, optname, buflen)
        if level in self._codec.wide_levels:
            return int.from_bytes(backend.getsockopt(self._fd, level, optname, _WIDE), sys.byteorder)
        return backend.getsockopt_int(self._fd, level, optname)

    @overload
    def setsockopt(self, level: SupportsIndex, optname: SupportsIndex, value: Any, /) -> None: ...
    @overload
    def setsockopt(
        self, level: SupportsIndex, optname: SupportsIndex, value: None, optlen: SupportsIndex, /
    ) -> None: ...
    def setsockopt(self, *arguments: Any) -> None:
        """setsockopt(level, optname, value) or setsockopt(level, optname, None, optlen).

        Set an option to an int, to the bytes of a buffer, or to nothing (None) with a length of *optlen*.
        See setsockopt(2).
        """
        given = len(arguments)
        if given == 3:
            level, optname, value = arguments
            if (
                type(level) is type(optname) is type(value) is int
                and 0 <= level | optname | value < USUAL
                and level not in self._codec.wide_levels
            ):
                return backend.setsockopt(self._fd, level, optname, _INT.pack(value), _INT.size)
        elif given != 4:
            raise _errors.option_arguments(given)
        return self._setsockopt(*arguments)

    def _setsockopt(self, level: Any, optname: Any, value: Any, *length: Any) -> None:
        level, optname = _errors.c_int(level), _errors.c_int(optname)
        if length:
            size = _errors.index(*length)
            if value is not None:
                raise _errors.option_arguments(4, value)
            if not 0 <= size <= 0xFFFFFFFF:
                raise OverflowError(f"setsockopt optlen must be 0 to {0xFFFFFFFF}, not {size}")
            backend.setsockopt(self._fd, level, optname, None, size)
        elif isinstance(value, int) or hasattr(value, "__index__"):
            wide = level in self._codec.wide_levels
            number = _errors.index(value).to_bytes(_WIDE, sys.byteorder) if wide else _INT.pack(_errors.c_int(value))
            backend.setsockopt(self._fd, level, optname, number, len(number))
        else:
            try:
                buffer = readable(value)
            except TypeError:
                raise _errors.option_value(value) from None
            backend.setsockopt(self._fd, level, optname, buffer, memoryview(buffer).nbytes)
