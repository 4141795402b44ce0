"""The rules for the arguments of socket methods, as pure functions.

1. A rule has the name of its method. It takes the arguments of the method without the socket, and returns them as exact
   values: ints that fit the C types, contiguous buffers of bytes.
2. It raises the exception that the standard module of this Python version raises, in the order of the arguments, before
   any system call.
3. Both implementations of BaseSocket use the rules. Both convert the usual arguments of exact types without a rule: the
   one in Python in a few methods, the one in C wherever possible.
"""

from __future__ import annotations

import sys
from struct import Struct

from sockcore import _exceptions
from sockcore._exceptions import c_int, ssize
from sockcore._types import Any, Container, Iterable, SupportsIndex, TypeVar, Union

T = TypeVar("T")
Data = Union[bytes, bytearray, memoryview]

#: A non-negative int below this fits every C type. c_int() and ssize() check all others.
SMALL = 0x10000000

#: The default of sizes and flags, compared by identity: it needs no conversion.
_DEFAULT = 0
#: The maximum number of messages in a batch: UIO_MAXIOV on Linux. The system calls truncate a larger batch silently.
MOST_MESSAGES = 1024
#: The maximum size of a control buffer. Its length is a socklen_t, which is signed on some systems.
MOST_CONTROL = 0x7FFFFFFF

#: The minimum and maximum number of arguments of methods, without the socket. Both implementations of BaseSocket read
#: this table. A rule without an entry checks the number itself.
COUNTS = {
    "_accept": (0, 0),
    "bind": (1, 1),
    "connect": (1, 1),
    "connect_ex": (1, 1),
    "getpeername": (0, 0),
    "getsockname": (0, 0),
    "getsockopt": (2, 3),
    "listen": (0, 1),
    "recv": (1, 2),
    "recv_into": (1, 3),
    "recvfrom": (1, 2),
    "recvfrom_into": (1, 3),
    "recvmmsg": (2, 4),
    "recvmmsg_into": (1, 3),
    "recvmsg": (1, 3),
    "recvmsg_into": (1, 3),
    "send": (1, 2),
    "sendall": (1, 2),
    "sendmmsg": (1, 2),
    "sendmsg": (1, 4),
    "setblocking": (1, 1),
    "settimeout": (1, 1),
    "shutdown": (1, 1),
    "socket": (0, 4),
}

_INT = Struct("i")
_UNSIGNED = Struct("I")


# ---------------------------------------------------------------------- buffers


def readable_buffer(data: Any) -> Data:
    """Return *data* as contiguous bytes: the object itself, or a view of it.

    Raises TypeError if it is not a bytes-like object, and BufferError if it is not contiguous.
    """
    if type(data) is bytes or type(data) is bytearray:
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(data).__name__!r}") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return to_byte_view(view)


def writable_buffer(buffer: Any) -> memoryview | None:
    """Return a view of the bytes of a writable, contiguous buffer, otherwise None."""
    try:
        view = memoryview(buffer)
    except TypeError:
        return None
    return None if view.readonly or not view.c_contiguous else to_byte_view(view)


def to_byte_view(view: memoryview) -> memoryview:
    """Return a contiguous view as a view of single bytes."""
    if view.format == "B" and view.ndim == 1:
        return view
    # A view with a zero in its shape cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(bytearray())


def items(operation: str, number: int, iterable: Iterable[T]) -> tuple[T, ...]:
    """Return the items of an iterable as a tuple.

    Raises TypeError, with the *number* of the argument, if the object is not iterable.
    """
    try:
        iterator = iter(iterable)
    except TypeError:
        raise TypeError(f"{operation}() argument {number} must be an iterable") from None
    return tuple(iterator)


# ---------------------------------------------------------------------- socket()


def socket(
    family: SupportsIndex = -1,
    type: SupportsIndex = -1,
    proto: SupportsIndex = -1,
    fileno: SupportsIndex | bytes | None = None,
) -> tuple[int, int, int, int | bytes | None]:
    """Return the arguments of the constructor. A number that was not given is -1."""
    numbers = (
        int(c_int(family, _exceptions.ONE_ARGUMENT)),
        int(c_int(type, _exceptions.ONE_ARGUMENT)),
        int(c_int(proto, _exceptions.ONE_ARGUMENT)),
    )
    if fileno is None:
        return (*numbers, None)
    if sys.platform == "win32" and isinstance(fileno, bytes):
        return (*numbers, fileno)
    return (*numbers, _descriptor(fileno))


def _descriptor(value: object) -> int:
    fd = _exceptions.to_descriptor(value)
    if fd == -1 or (fd < 0 and sys.platform != "win32"):  # a handle on Windows may look negative
        raise ValueError("negative file descriptor")
    return fd


def accepted(result: Any, /) -> tuple[int, Any]:
    """Return the file descriptor and the address that the method ``_accept`` of a subclass has returned."""
    fd, address = result
    return _descriptor(fd), address


def listen(backlog: SupportsIndex = 128, /) -> tuple[int]:
    """Return the backlog."""
    return (c_int(backlog),)


def shutdown(how: SupportsIndex, /) -> tuple[int]:
    """Return *how*."""
    return (c_int(how, _exceptions.ONE_ARGUMENT),)


# ---------------------------------------------------------------------- receiving


def recv(bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> tuple[int, int]:
    """Return the size and the flags."""
    return _size("recv", bufsize), c_int(flags)


def recvfrom(bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> tuple[int, int]:
    """Return the size and the flags."""
    return _size("recvfrom", bufsize), c_int(flags)


def _size(operation: str, bufsize: SupportsIndex) -> int:
    size = ssize(bufsize)
    if size < 0:
        raise _exceptions.negative_size(operation)
    return size


def recv_into(buffer: Any, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> tuple[memoryview, int]:
    """Return the part of the buffer to receive into, and the flags."""
    if type(buffer) is bytearray and nbytes is flags is _DEFAULT:
        return memoryview(buffer), 0
    return _part("recv_into", buffer, nbytes, flags, "buffer too small for requested bytes")


def recvfrom_into(buffer: Any, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> tuple[memoryview, int]:
    """Return the part of the buffer to receive into, and the flags."""
    return _part("recvfrom_into", buffer, nbytes, flags, "nbytes is greater than the length of the buffer")


def _part(
    operation: str, buffer: Any, nbytes: SupportsIndex, flags: SupportsIndex, too_small: str
) -> tuple[memoryview, int]:
    view = writable_buffer(buffer)
    if view is None:
        what = "None" if buffer is None else type(buffer).__name__
        raise TypeError(f"{operation}() argument 1 must be read-write bytes-like object, not {what}")
    size, bits = ssize(nbytes), c_int(flags)
    if size < 0:
        raise _exceptions.negative_size(operation)
    if size > view.nbytes:
        raise ValueError(too_small)
    return view[:size] if size else view, bits


def recvmsg(bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /) -> tuple[int, int, int]:
    """Return the buffer sizes for data and for control messages, and the flags."""
    size, control_size, bits = ssize(bufsize), ssize(ancbufsize), c_int(flags)
    if size < 0:
        raise ValueError("negative buffer size in recvmsg()")
    if not 0 <= control_size <= MOST_CONTROL:
        bytearray(size)  # the memory for the data is allocated first
        raise _invalid_control_size()
    return size, control_size, bits


def recvmsg_into(
    buffers: Iterable[Any], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
) -> tuple[tuple[memoryview, ...], int, int]:
    """Return the buffers, the size of the buffer for control messages, and the flags."""
    control_size, bits = ssize(ancbufsize), c_int(flags)
    # No generator: CPython 3.13 crashes if it has no memory for an exception in one.
    views = tuple([_target("recvmsg_into", buffer) for buffer in items("recvmsg_into", 1, buffers)])
    if not 0 <= control_size <= MOST_CONTROL:
        raise _invalid_control_size()
    return views, control_size, bits


def _target(operation: str, buffer: Any) -> memoryview:
    view = writable_buffer(buffer)
    if view is None:
        raise TypeError(f"{operation}() argument 1 must be an iterable of single-segment read-write buffers")
    return view


def _invalid_control_size() -> ValueError:
    return ValueError("invalid ancillary data buffer length")


def recvmmsg(
    count: SupportsIndex, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
) -> tuple[int, int, int, int]:
    """Return the number of messages, the sizes of their buffers, and the flags."""
    number, size = ssize(count), ssize(bufsize)
    if number < 0:
        raise ValueError(f"recvmmsg(): count must not be negative, not {number}")
    if size < 0:
        raise _exceptions.negative_size("recvmmsg")
    return min(number, MOST_MESSAGES), size, _batch_control_size(ancbufsize), c_int(flags)


def recvmmsg_into(
    buffers: Iterable[Any], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
) -> tuple[tuple[tuple[memoryview, ...], ...], int, int]:
    """Return a tuple of buffers for each message, the control size, and the flags."""
    targets = []
    for target in items("recvmmsg_into", 1, buffers):
        parts = target if isinstance(target, (list, tuple)) else [target]
        targets.append(tuple([_target("recvmmsg_into", part) for part in parts]))
    return tuple(targets[:MOST_MESSAGES]), _batch_control_size(ancbufsize), c_int(flags)


def _batch_control_size(ancbufsize: SupportsIndex) -> int:
    size = ssize(ancbufsize)
    if not 0 <= size <= MOST_CONTROL // MOST_MESSAGES:
        raise _invalid_control_size()
    return size


# ---------------------------------------------------------------------- sending


def send(data: Any, flags: SupportsIndex = 0, /) -> tuple[Data, int]:
    """Return the data and the flags."""
    if type(data) is bytes and flags is _DEFAULT:
        return data, 0
    return readable_buffer(data), c_int(flags)


sendall = send


def sendto(*arguments: Any) -> tuple[Data, int, Any]:
    """Return the data, the flags and the address of sendto(data, [flags,] address)."""
    if not 2 <= len(arguments) <= 3:
        raise _exceptions.argument_count("sendto", "2 or 3", len(arguments))
    data, *flags, address = arguments
    return readable_buffer(data), c_int(*flags) if flags else 0, address


def sendmsg(
    buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: SupportsIndex = 0, address: Any = None, /
) -> tuple[Iterable[Any], Iterable[Any], int, Any]:
    """Return the arguments, with the flags as an int."""
    return buffers, ancdata, c_int(flags), address


def sendmmsg(messages: Iterable[Any], flags: SupportsIndex = 0, /) -> tuple[tuple[Any, ...], int]:
    """Return the messages and the flags."""
    bits = c_int(flags)
    return items("sendmmsg", 1, messages), bits


def sendmmsg_item(number: int, message: Any) -> tuple[Any, Any, Any]:
    """Return the data, address and ancillary data of a message in a batch."""
    parts = message if type(message) is tuple else (message,)
    if not 1 <= len(parts) <= 3:
        raise TypeError(f"sendmmsg(): message {number} must be (data[, address[, ancdata]]), not {len(parts)} items")
    data, address, ancdata = parts + (None, ())[len(parts) - 1 :]
    return data, address, ancdata


def buffers_of(data: Any) -> list[Data]:
    """Return a message's buffers: a bytes-like object, or a list or tuple of them."""
    parts = [*data] if isinstance(data, (list, tuple)) else [data]
    return [part if type(part) is bytes else memoryview(readable_buffer(part)) for part in parts]


# ---------------------------------------------------------------------- options


def getsockopt(level: SupportsIndex, optname: SupportsIndex, buflen: SupportsIndex = 0, /) -> tuple[int, int, int]:
    """Return the arguments. If *buflen* is 0, the value is an int."""
    numbers = c_int(level), c_int(optname), c_int(buflen)
    if numbers[2] < 0:
        raise OSError("getsockopt buflen out of range")
    return numbers


def setsockopt(wide_levels: Container[int], *arguments: Any) -> tuple[int, int, Data | None, int]:
    """Return the level, the option, the bytes of the value and their number.

    For None, the number is *optlen*, the 32 bits of a socklen_t, which the system rejects if it is negative.

    Numbers have 64 bits on *wide_levels*. They have 32 bits on all others, where 2**31 to 2**32 - 1 are unsigned.
    """
    given = len(arguments)
    if not 3 <= given <= 4:
        raise _exceptions.option_arguments(given)
    level, option, value = arguments[:3]
    if (
        type(level) is type(option) is type(value) is int  # the usual arguments, which then take half the time
        and given == 3
        and 0 <= level | option | value < SMALL
        and level not in wide_levels
    ):
        return level, option, _INT.pack(value), _INT.size
    level, option = c_int(level), c_int(option)
    if given == 4:
        size = _exceptions.index(arguments[3])
        if value is not None:
            raise _exceptions.option_arguments(4, value)
        if not -0x80000000 <= size <= 0xFFFFFFFF:
            size = _exceptions.named_integer("setsockopt optlen", size)  # of a length that a message can contain
            raise OverflowError(f"setsockopt optlen must be {-0x80000000} to {0xFFFFFFFF}, not {size}")
        return level, option, None, size & 0xFFFFFFFF
    if isinstance(value, int) or hasattr(value, "__index__"):
        data: Data = _number(_exceptions.index(value), level in wide_levels)
    else:
        try:
            data = readable_buffer(value)
        except TypeError:
            raise _exceptions.option_value(value) from None
    return level, option, data, memoryview(data).nbytes


def _number(number: int, is_wide: bool) -> bytes:
    if is_wide:
        return number.to_bytes(8, sys.byteorder)
    if 0x7FFFFFFF < number <= 0xFFFFFFFF:
        return _UNSIGNED.pack(number)
    return _INT.pack(c_int(number))
