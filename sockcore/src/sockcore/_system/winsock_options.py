"""Options and controls of a socket on Windows: getsockopt, setsockopt, ioctlsocket and WSAIoctl."""

from __future__ import annotations

from ctypes import byref, c_char, c_int, c_long, c_uint32, c_void_p, sizeof

from sockcore._system.buffers import SMALL, pointer_to, writable_pointer, zeroed
from sockcore._system.winsock_library import SOCKET, failure, function, save_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Data = Union[bytes, bytearray, memoryview]

_getsockopt = function("getsockopt", c_int, SOCKET, c_int, c_int, c_void_p, c_void_p)
_setsockopt = function("setsockopt", c_int, SOCKET, c_int, c_int, c_void_p, c_int)
_ioctlsocket = function("ioctlsocket", c_int, SOCKET, c_long, c_void_p)
_WSAIoctl = function(
    "WSAIoctl", c_int, SOCKET, c_uint32, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p
)


def clamp_length(length: c_int, size: int) -> int:
    """Return how many of *size* bytes a call wrote that reports *length*: a signed number, never trusted."""
    return max(0, min(length.value, size))


def getsockopt_int(fd: int, level: int, option: int) -> int:
    """Getsockopt of an int: what is shorter, as a BOOL that is one byte, has zeros behind it."""
    value, length = c_int(), c_int(sizeof(c_int))
    previous = save_error()
    if _getsockopt(fd, level, option, byref(value), byref(length)):
        raise failure(previous)
    return value.value


def getsockopt(fd: int, level: int, option: int, size: int) -> bytes:
    """Getsockopt of a buffer."""
    length = c_int(size)
    buffer = (c_char * size)() if size <= SMALL else (c_char * size).from_buffer(zeroed(size))
    previous = save_error()
    if _getsockopt(fd, level, option, buffer, byref(length)):
        raise failure(previous)
    return memoryview(buffer)[: clamp_length(length, size)].tobytes()


def setsockopt(fd: int, level: int, option: int, value: Data | None, size: int) -> None:
    """Setsockopt of a buffer or of nothing."""
    pointer = None if value is None else pointer_to(value)
    previous = save_error()
    if _setsockopt(fd, level, option, pointer, c_int(size)):
        raise failure(previous)


def ioctl(fd: int, request: int, argument: bytearray) -> int:
    """Ioctlsocket, *argument* in and out."""
    previous = save_error()
    if _ioctlsocket(fd, c_long(request), writable_pointer(memoryview(argument))):
        raise failure(previous)
    return 0


def wsa_ioctl(fd: int, code: int, argument: bytes, out_size: int) -> bytes:
    """WSAIoctl: return what it wrote, of at most *out_size* bytes."""
    out, length = (c_char * out_size)(), c_uint32()
    previous = save_error()
    if _WSAIoctl(fd, code, argument or None, len(argument), out, out_size, byref(length), None, None):
        raise failure(previous)
    return out.raw[: length.value]
