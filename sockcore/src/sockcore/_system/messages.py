"""sendmsg(2), recvmsg(2) and sendto(2) through ctypes.

What is small is copied together, into a frame or out of it: that costs less than finding out where each piece is.
"""

from __future__ import annotations

import os
import sys
from ctypes import addressof, c_char, c_int, c_size_t, c_ssize_t, c_uint32, c_void_p

from sockcore._exceptions import from_errno
from sockcore._platform import constants
from sockcore._system import structs
from sockcore._system.frames import MESSAGE, TRUNC, borrow, give_back
from sockcore._system.libc import before, failure, last_errno, quick_function, size_t
from sockcore._system.pointers import hold, pointer_to, writable_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Union

    Data = Union[bytes, bytearray, memoryview]

_recvmsg = quick_function("recvmsg", c_ssize_t, c_int, c_void_p, c_int)
_sendmsg = quick_function("sendmsg", c_ssize_t, c_int, c_void_p, c_int)
_sendto = quick_function("sendto", c_ssize_t, c_int, c_void_p, c_size_t, c_int, c_void_p, c_uint32)

_iovec = structs.IOVEC.packer()
_msghdr = structs.MSGHDR.packer()

#: Messages of so many bytes are copied.
_SMALL = 0x4000
#: More buffers than this the kernel refuses, and has to see them for that.
MOST_BUFFERS = 16
if sys.platform != "win32":
    MOST_BUFFERS = max(os.sysconf("SC_IOV_MAX"), MOST_BUFFERS)
#: With this flag the kernel goes on to read the buffers after the call.
_ZEROCOPY = constants().get("MSG_ZEROCOPY", 0)


def sendto(fd: int, data: Data, flags: int, address: bytes) -> int:
    """sendto(2); without an address if it is empty."""
    size = len(data) if type(data) is bytes else memoryview(data).nbytes
    pointer = pointer_to(data)
    errno_before = before()
    count: int = _sendto(fd, pointer, size_t(size), flags, address or None, len(address))
    if count < 0:
        raise failure(errno_before)
    return min(count, size)


def sendmsg(fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes) -> int:
    """sendmsg(2)."""
    size, ahead = sum(map(len, buffers)), len(control) + len(address)
    if ahead + size > _SMALL or not 0 < len(buffers) <= MOST_BUFFERS or flags & _ZEROCOPY:
        return _sendmsg_in_place(fd, buffers, control, flags, address)
    if not control:  # then sendto(2) does the same
        return sendto(fd, b"".join(buffers), flags, address)
    frame = borrow(_SMALL, 0)
    frame.data[: ahead + size] = b"".join((control, address, *buffers))
    at = frame.data_at
    MESSAGE.pack_into(
        frame.message, 0,
        at + len(control) if address else 0, len(address), frame.vector_at, 1, at, len(control), 0, at + ahead, size,
    )  # fmt: skip
    errno_before = before()
    count: int = _sendmsg(fd, frame.message_array, flags)
    if count < 0:
        number = last_errno(errno_before)
        give_back(frame)
        raise from_errno(number)
    give_back(frame)
    return count


def _sendmsg_in_place(
    fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes
) -> int:
    held = [hold(buffer) for buffer in buffers]
    vector = b"".join([_iovec.pack(at or 0, len(buffer)) for buffer, (_, at) in zip(buffers, held)])
    held += [hold(address), hold(vector), hold(control)]
    name_at, vector_at, control_at = (at or 0 for _, at in held[-3:])
    message = _msghdr.pack(name_at, len(address), vector_at, len(buffers), control_at, len(control), 0)
    errno_before = before()
    count: int = _sendmsg(fd, message, flags)
    if count < 0:
        raise failure(errno_before)
    return count


def recvmsg(
    fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, int, bytes]:
    """recvmsg(2) into buffers."""
    size = sum(map(len, buffers))
    if size > _SMALL or len(buffers) > MOST_BUFFERS or flags & TRUNC:
        return _recvmsg_in_place(fd, buffers, control_size, flags, address_size)
    count, data, control, msg_flags, address = _receive(fd, size, control_size, flags, address_size)
    at = 0
    for buffer in buffers:
        part = data[at : at + len(buffer)]
        buffer[: len(part)] = part
        at += len(part)
    return count, control, msg_flags, address


def recvmsg_bytes(
    fd: int, size: int, control_size: int, flags: int, address_size: int
) -> tuple[bytes, bytes, int, bytes]:
    """recvmsg(2): the data, and then as :func:`recvmsg`."""
    return _receive(fd, size, control_size, flags, address_size)[1:]


def _receive(
    fd: int, size: int, control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, bytes, int, bytes]:
    try:
        frame = borrow(control_size + size, address_size, flags)
    except OverflowError:  # the sum, where an address has 32 bits
        if control_size < size:
            raise
        raise MemoryError from None
    at = frame.data_at
    MESSAGE.pack_into(
        frame.message, 0,
        frame.address_at, address_size, frame.vector_at, 1, at if control_size else 0, control_size, 0,
        at + control_size, size,
    )  # fmt: skip
    errno_before = before()
    count: int = _recvmsg(fd, frame.message_array, flags)
    if count < 0:
        number = last_errno(errno_before)
        give_back(frame)
        raise from_errno(number)
    _, name, _, _, _, control, msg_flags, _, _ = MESSAGE.unpack_from(frame.message)
    received = (
        count,
        frame.data[control_size : control_size + min(count, size)].tobytes(),  # MSG_TRUNC: count is what there was
        frame.data[: min(control, control_size)].tobytes() if control else b"",
        msg_flags,
        frame.address[: min(name, address_size)].tobytes() if name else b"",
    )
    give_back(frame)
    return received


def _recvmsg_in_place(
    fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, int, bytes]:
    arrays = [writable_pointer(buffer) for buffer in buffers]
    vector = (c_char * (len(arrays) * _iovec.size))()
    for number, array in enumerate(arrays):
        _iovec.pack_into(vector, number * _iovec.size, addressof(array), len(array))
    address, control = (c_char * address_size)(), (c_char * control_size)()
    message = (c_char * _msghdr.size)()
    _msghdr.pack_into(
        message, 0,
        addressof(address), address_size, addressof(vector), len(arrays),
        addressof(control) if control_size else 0, control_size, 0,
    )  # fmt: skip
    errno_before = before()
    count: int = _recvmsg(fd, message, flags)
    if count < 0:
        raise failure(errno_before)
    _, name, _, _, _, control_got, msg_flags = _msghdr.unpack_from(message)
    # A slice ends with the buffer, whatever length the kernel reports.
    return count, control.raw[:control_got], msg_flags, address.raw[:name]
