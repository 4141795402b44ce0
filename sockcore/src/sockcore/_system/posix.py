"""The pure backend for POSIX systems: Linux (glibc, musl), macOS, FreeBSD, NetBSD, OpenBSD.

1. read(2) and write(2) on a socket are recv(2) and send(2) without flags, and os.read and os.write are faster than a
   foreign call. They differ only for zero bytes, where read leaves a datagram in the queue, and for SOCK_SEQPACKET on
   Linux. There, write is send with MSG_EOR, which some families transmit and others reject.
2. A function that fills a buffer borrows a frame and gives it back (``buffers``).
3. A failed call reads errno by ``failure`` or ``last_errno`` (see ``libc``). It raises the exception without keeping it
   in a variable, because its traceback would keep the locals of the function, and with them the caller's buffers.
4. Foreign calls use ctypes, and on PyPy cffi (``foreign``).
"""

from __future__ import annotations

import errno
import os
import sys
from struct import Struct

from sockcore._exceptions import from_errno
from sockcore._names import import_module
from sockcore._platform import constants
from sockcore._system.buffers import (
    MOST_BLOCK,
    SMALL,
    borrow,
    borrow_block,
    give_back,
    give_back_block,
    pointer_to,
    writable_pointer,
    zeroed,
)
from sockcore._system.foreign import (
    NULL,
    c_int,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_void_p,
    failure,
    last_errno,
    library_at_once,
    new_buffer,
    new_reference,
    quick_function,
    read_buffer,
    save_error,
    size_t,
)
from sockcore._system.messages import recvmmsg as recvmmsg
from sockcore._system.messages import recvmsg as recvmsg
from sockcore._system.messages import recvmsg_bytes as recvmsg_bytes
from sockcore._system.messages import sendmmsg as sendmmsg
from sockcore._system.messages import sendmsg as sendmsg
from sockcore._system.messages import sendto as sendto

if sys.platform != "win32":
    import fcntl

if sys.implementation.name != "pypy":
    from sockcore._system.interfaces import if_indextoname as if_indextoname
    from sockcore._system.interfaces import if_nameindex as if_nameindex
    from sockcore._system.interfaces import if_nametoindex as if_nametoindex
else:
    # These functions are the only ones that need ctypes on PyPy. Its import is a third of the start-up there.
    def if_indextoname(index: int) -> bytes:
        """Call if_indextoname(3)."""
        name: bytes = import_module("sockcore._system.interfaces").if_indextoname(index)
        return name

    def if_nameindex() -> list[tuple[int, bytes]]:
        """Call if_nameindex(3)."""
        names: list[tuple[int, bytes]] = import_module("sockcore._system.interfaces").if_nameindex()
        return names

    def if_nametoindex(name: bytes) -> int:
        """Call if_nametoindex(3)."""
        index: int = import_module("sockcore._system.interfaces").if_nametoindex(name)
        return index


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]

NAME = "posix"

#: The errno of connect(2) for a connection in progress.
IN_PROGRESS = errno.EINPROGRESS

_socket = quick_function("socket", c_int, c_int, c_int, c_int)
_socketpair = quick_function("socketpair", c_int, c_int, c_int, c_int, c_void_p)
_bind = quick_function("bind", c_int, c_int, c_void_p, c_uint32)
_connect = quick_function("connect", c_int, c_int, c_void_p, c_uint32)
_listen = quick_function("listen", c_int, c_int, c_int)
_shutdown = quick_function("shutdown", c_int, c_int, c_int)
_getsockname = quick_function("getsockname", c_int, c_int, c_void_p, c_void_p)
_getpeername = quick_function("getpeername", c_int, c_int, c_void_p, c_void_p)
_recv = quick_function("recv", c_ssize_t, c_int, c_void_p, c_size_t, c_int)
_recvfrom = quick_function("recvfrom", c_ssize_t, c_int, c_void_p, c_size_t, c_int, c_void_p, c_void_p)
_send = quick_function("send", c_ssize_t, c_int, c_void_p, c_size_t, c_int)

# Matches CPython: other threads do not run during these two calls.
_getsockopt = quick_function("getsockopt", c_int, c_int, c_int, c_int, c_void_p, c_void_p, library=library_at_once)
_setsockopt = quick_function("setsockopt", c_int, c_int, c_int, c_int, c_void_p, c_uint32, library=library_at_once)

_PYPY = sys.implementation.name == "pypy"
#: 0 on a system that cannot create a close-on-exec descriptor (macOS): the flag is set afterwards.
_CLOEXEC = constants().get("SOCK_CLOEXEC", 0)

_INT = Struct("i")
_PAIR = Struct("ii")
_INT_SIZE = _INT.size
#: Copies in this module, because libraries such as eventlet replace functions of os.
_close, _dup, _read, _write = os.close, os.dup, os.read, os.write
_readv: Any = getattr(os, "readv", None)  # missing on PyPy
_ioctl: Any = None
if sys.platform != "win32":
    _ioctl = fcntl.ioctl

#: An int and its length, with references to both. Each call borrows one, like a frame. Bound: the calls at one time.
_int_buffers: list[tuple[Any, Any, Any, Any]] = []


def socket(family: int, type: int, proto: int) -> int:
    """Call socket(2). The descriptor is not inheritable."""
    previous = save_error()
    fd: int = _socket(family, type | _CLOEXEC, proto)
    if fd < 0:
        raise failure(previous)
    if not _CLOEXEC:
        os.set_inheritable(fd, False)
    return fd


def socketpair(family: int, type: int, proto: int) -> tuple[int, int]:
    """Call socketpair(2). The descriptors are not inheritable."""
    buffer = new_buffer(_PAIR.size)
    previous = save_error()
    if _socketpair(family, type | _CLOEXEC, proto, buffer) < 0:
        raise failure(previous)
    first, second = _PAIR.unpack(read_buffer(buffer, _PAIR.size))
    if not _CLOEXEC:
        os.set_inheritable(first, False)
        os.set_inheritable(second, False)
    return first, second


def close(fd: int) -> None:
    """Call close(2). ECONNRESET is ignored: the descriptor is closed."""
    try:
        _close(fd)
    except ConnectionResetError:
        pass


def dup(fd: int) -> int:
    """Return a duplicate that is not inheritable."""
    return _dup(fd)


def bind(fd: int, address: bytes) -> None:
    """Call bind(2)."""
    previous = save_error()
    if _bind(fd, address, len(address)) < 0:
        raise failure(previous)


def connect(fd: int, address: bytes) -> int:
    """Call connect(2), and return 0 or errno."""
    previous = save_error()
    if _connect(fd, address, len(address)) < 0:
        return last_errno(previous)
    return 0


def listen(fd: int, backlog: int) -> None:
    """Call listen(2)."""
    previous = save_error()
    if _listen(fd, backlog) < 0:
        raise failure(previous)


try:
    _accept4 = quick_function("accept4", c_int, c_int, c_void_p, c_void_p, c_int)
except AttributeError:  # macOS
    _accept = quick_function("accept", c_int, c_int, c_void_p, c_void_p)

    def _accept4(fd: int, address: Any, length: Any, flags: int) -> int:
        new: int = _accept(fd, address, length)
        if new >= 0:
            os.set_inheritable(new, False)
        return new


def accept(fd: int, size: int) -> tuple[int, bytes]:
    """Call accept(2), without an address if *size* is 0.

    The descriptor is not inheritable.
    """
    frame = borrow(0, size)
    frame.length.value = size
    address_and_length = (frame.address_array, frame.length_ref) if size else (NULL, NULL)
    previous = save_error()
    new: int = _accept4(fd, *address_and_length, _CLOEXEC)
    if new < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    address = frame.read_address(size)
    give_back(frame)
    return new, address


def shutdown(fd: int, how: int) -> None:
    """Call shutdown(2)."""
    previous = save_error()
    if _shutdown(fd, how) < 0:
        raise failure(previous)


def _name(call: Any, fd: int, size: int) -> bytes:
    frame = borrow(0, size)
    frame.length.value = size
    previous = save_error()
    if call(fd, frame.address_array, frame.length_ref) < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    address = frame.read_address(size)
    give_back(frame)
    return address


def getsockname(fd: int, size: int) -> bytes:
    """Call getsockname(2)."""
    return _name(_getsockname, fd, size)


def getpeername(fd: int, size: int) -> bytes:
    """Call getpeername(2)."""
    return _name(_getpeername, fd, size)


def getsockopt_int(fd: int, level: int, option: int) -> int:
    """Call getsockopt(2) for an int."""
    try:
        buffer = _int_buffers.pop()
    except IndexError:
        buffer = *new_reference(c_int), *new_reference(c_uint32, _INT_SIZE)
    value, value_ref, length, length_ref = buffer
    previous = save_error()
    if _getsockopt(fd, level, option, value_ref, length_ref) < 0:
        raise failure(previous)
    number: int = value.value
    if length.value == _INT_SIZE:
        _int_buffers.append(buffer)
        return number
    # Bytes that the kernel did not write are left from the last call.
    (number,) = _INT.unpack(bytes(value)[: length.value].ljust(_INT_SIZE, b"\0"))
    return number


def getsockopt(fd: int, level: int, option: int, size: int) -> bytes:
    """Call getsockopt(2) with a buffer of *size* bytes."""
    length, length_ref = new_reference(c_uint32, size)
    data = None if size <= SMALL else zeroed(size)
    buffer = new_buffer(size) if data is None else writable_pointer(data)
    previous = save_error()
    if _getsockopt(fd, level, option, buffer, length_ref) < 0:
        raise failure(previous)
    length_read = min(length.value, size)
    return read_buffer(buffer, length_read) if data is None else memoryview(data)[:length_read].tobytes()


def setsockopt(fd: int, level: int, option: int, value: Data | None, size: int) -> None:
    """Call setsockopt(2) with a buffer, or with None."""
    pointer = NULL if value is None else value if type(value) is bytes else pointer_to(value)
    previous = save_error()
    if _setsockopt(fd, level, option, pointer, size) < 0:
        raise failure(previous)


def recv(fd: int, size: int, flags: int) -> bytes:
    """Call recv(2)."""
    if not flags and size:
        return _read_block(fd, size) if SMALL < size <= MOST_BLOCK and _readv else _read(fd, size)
    frame = borrow(size, 0, flags)
    previous = save_error()
    count: int = _recv(fd, frame.data_array, size_t(size), flags)
    if count < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    data = frame.read_data(count, size, flags)
    give_back(frame)
    return data


def _read_block(fd: int, size: int) -> bytes:
    """Call readv(2) with a shared block. os.read() takes four more system calls to shorten bytes of this size."""
    block = borrow_block(size)
    try:
        with memoryview(block) as view, view[:size] as target:
            return target[: _readv(fd, (target,))].tobytes()
    finally:
        give_back_block(block)


def recv_into(fd: int, buffer: memoryview, flags: int) -> int:
    """Call recv(2) with a buffer."""
    if not flags and buffer.nbytes and _readv:
        received: int = _readv(fd, (buffer,))
        return received
    previous = save_error()
    count: int = _recv(fd, writable_pointer(buffer), size_t(buffer.nbytes), flags)
    if count < 0:
        raise failure(previous)
    return count


def recvfrom(fd: int, size: int, flags: int, address_size: int) -> tuple[bytes, bytes]:
    """Call recvfrom(2)."""
    frame = borrow(size, address_size, flags)
    frame.length.value = address_size
    previous = save_error()
    count: int = _recvfrom(fd, frame.data_array, size_t(size), flags, frame.address_array, frame.length_ref)
    if count < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    received = frame.read_data(count, size, flags), frame.read_address(address_size)
    give_back(frame)
    return received


def recvfrom_into(fd: int, buffer: memoryview, flags: int, address_size: int) -> tuple[int, bytes]:
    """Call recvfrom(2) with a buffer."""
    frame = borrow(0, address_size)
    frame.length.value = address_size
    pointer = writable_pointer(buffer)
    previous = save_error()
    count: int = _recvfrom(fd, pointer, size_t(buffer.nbytes), flags, frame.address_array, frame.length_ref)
    if count < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    received = count, frame.read_address(address_size)
    give_back(frame)
    return received


def send(fd: int, data: Data, flags: int, packets: bool = False) -> int:
    """Call send(2). *packets* is True for a socket of SOCK_SEQPACKET."""
    if not (flags or packets) and len(data) and not (_PYPY and type(data) is memoryview and _is_copied_slowly(data)):
        return _write(fd, data)
    pointer = pointer_to(data)
    size = memoryview(data).nbytes
    previous = save_error()
    count: int = _send(fd, pointer, size_t(size), flags)
    if count < 0:
        raise failure(previous)
    return min(count, size)


def _is_copied_slowly(view: memoryview) -> bool:
    """Return True if os.write() of PyPy copies *view* byte by byte: a part of bytes, or an array."""
    return not (view.readonly and type(view.obj) is bytes and view.nbytes == len(view.obj))


def ioctl(fd: int, request: int, argument: bytearray) -> int:
    """Call ioctl(2)."""
    if fd < 0:
        raise from_errno(errno.EBADF)  # fcntl would raise ValueError
    value: int = _ioctl(fd, request, argument, True)
    return value


def set_blocking(fd: int, blocking: bool) -> None:
    """Clear or set O_NONBLOCK."""
    if sys.platform == "win32":
        raise AssertionError("Windows has a backend of its own")
    os.set_blocking(fd, blocking)


def get_inheritable(fd: int) -> bool:
    """Return True if FD_CLOEXEC is clear."""
    return os.get_inheritable(fd)


def set_inheritable(fd: int, inheritable: bool) -> None:
    """Clear or set FD_CLOEXEC."""
    os.set_inheritable(fd, inheritable)
