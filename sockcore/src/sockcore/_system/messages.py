"""sendto(2), sendmsg(2), recvmsg(2), sendmmsg(2) and recvmmsg(2) through ctypes or cffi.

Some systems lack the last two. Small messages are copied into one buffer, and so are the messages of a batch to send.
This costs less than a pointer to each.
"""

from __future__ import annotations

import os
import sys

from sockcore._exceptions import from_errno
from sockcore._platform import constants, system_name
from sockcore._system import structs
from sockcore._system.buffers import MESSAGE, TRUNC, borrow, give_back, pin, pointer_to, writable_pointer
from sockcore._system.foreign import (
    NULL,
    address_of,
    c_int,
    c_size_t,
    c_ssize_t,
    c_uint,
    c_uint32,
    c_void_p,
    failure,
    function,
    last_errno,
    quick_function,
    save_error,
    size_t,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]
    Outgoing = tuple[Sequence[memoryview], bytes, bytes]
    Incoming = tuple[int, bytes, int, bytes]

_recvmsg = quick_function("recvmsg", c_ssize_t, c_int, c_void_p, c_int)
_sendmsg = quick_function("sendmsg", c_ssize_t, c_int, c_void_p, c_int)
_sendto = quick_function("sendto", c_ssize_t, c_int, c_void_p, c_size_t, c_int, c_void_p, c_uint32)

_iovec = structs.IOVEC.packer()
_msghdr = structs.MSGHDR.packer()

#: The maximum size of a message that is copied, in bytes.
_SMALL = 0x4000
#: The kernel rejects more buffers than this. They are passed to it without a copy, so that it can.
MOST_BUFFERS = 16
if sys.platform != "win32":
    MOST_BUFFERS = max(os.sysconf("SC_IOV_MAX"), MOST_BUFFERS)
#: With this flag the kernel still reads the buffers after the call.
_ZEROCOPY = constants().get("MSG_ZEROCOPY", 0)


def sendto(fd: int, data: Data, flags: int, address: bytes) -> int:
    """Call sendto(2), without an address if it is empty."""
    size = len(data) if type(data) is bytes else memoryview(data).nbytes
    pointer = pointer_to(data)
    previous = save_error()
    count: int = _sendto(fd, pointer, size_t(size), flags, address or NULL, len(address))
    if count < 0:
        raise failure(previous)
    return min(count, size)


def sendmsg(fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes) -> int:
    """Call sendmsg(2)."""
    size, ahead = sum(map(len, buffers)), len(control) + len(address)
    if ahead + size > _SMALL or not 0 < len(buffers) <= MOST_BUFFERS or flags & _ZEROCOPY:
        return _sendmsg_in_place(fd, buffers, control, flags, address)
    if not control:  # sendto(2) then has the same effect
        return sendto(fd, b"".join(buffers), flags, address)
    frame = borrow(_SMALL, 0)
    frame.data[: ahead + size] = b"".join((control, address, *buffers))
    at = frame.data_at
    MESSAGE.pack_into(
        frame.message, 0,
        at + len(control) if address else 0, len(address), frame.vector_at, 1, at, len(control), 0, at + ahead, size,
    )  # fmt: skip
    previous = save_error()
    count: int = _sendmsg(fd, frame.message_array, flags)
    if count < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    give_back(frame)
    return count


def _sendmsg_in_place(
    fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes
) -> int:
    pins = [pin(buffer) for buffer in buffers]
    vector = b"".join([_iovec.pack(at or 0, len(buffer)) for buffer, (_, at) in zip(buffers, pins)])
    pins += [pin(address), pin(vector), pin(control)]
    name_at, vector_at, control_at = (at or 0 for _, at in pins[-3:])
    message = _msghdr.pack(name_at, len(address), vector_at, len(buffers), control_at, len(control), 0)
    previous = save_error()
    count: int = _sendmsg(fd, message, flags)
    if count < 0:
        raise failure(previous)
    return count


def recvmsg(
    fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, int, bytes]:
    """Call recvmsg(2) with several buffers."""
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
    """Call recvmsg(2), and return the data and the other results of :func:`recvmsg`."""
    return _receive(fd, size, control_size, flags, address_size)[1:]


def _receive(
    fd: int, size: int, control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, bytes, int, bytes]:
    try:
        frame = borrow(control_size + size, address_size, flags)
    except OverflowError:  # the sum, with addresses of 32 bits
        if control_size < size:
            raise
        raise MemoryError from None
    at = frame.data_at
    if control_size:  # a header that the system did not write must not look like one with file descriptors
        frame.clear(control_size)
    MESSAGE.pack_into(
        frame.message, 0,
        frame.address_at, address_size, frame.vector_at, 1, at if control_size else 0, control_size, 0,
        at + control_size, size,
    )  # fmt: skip
    previous = save_error()
    count: int = _recvmsg(fd, frame.message_array, flags)
    if count < 0:
        number = last_errno(previous)
        give_back(frame)
        raise from_errno(number)
    _, name, _, _, _, control, msg_flags, _, _ = MESSAGE.unpack_from(frame.message)
    received = (
        count,
        frame.data[control_size : control_size + min(count, size)].tobytes(),  # MSG_TRUNC: the full length
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
    vector, address, control = bytearray(len(arrays) * _iovec.size), bytearray(address_size), bytearray(control_size)
    message = bytearray(_msghdr.size)
    for number, (array, buffer) in enumerate(zip(arrays, buffers)):
        _iovec.pack_into(vector, number * _iovec.size, address_of(array), buffer.nbytes)
    pointers = [writable_pointer(memory) for memory in (address, vector, control, message)]
    name_at, vector_at, control_at, _ = map(address_of, pointers)
    _msghdr.pack_into(
        message, 0, name_at, address_size, vector_at, len(arrays), control_at if control_size else 0, control_size, 0
    )
    previous = save_error()
    count: int = _recvmsg(fd, pointers[-1], flags)
    if count < 0:
        raise failure(previous)
    _, name, _, _, _, control_got, msg_flags = _msghdr.unpack_from(message)
    # A slice ends with the buffer, even if the kernel reports a larger length.
    return count, bytes(control[:control_got]), msg_flags, bytes(address[:name])


_sendmmsg: Any = None
_recvmmsg: Any = None
#: The types of a number of messages: as a result and as an argument.
_returned, _passed = (c_ssize_t, c_size_t) if system_name() == "freebsd" else (c_int, c_uint)
try:
    _sendmmsg = function("sendmmsg", _returned, c_int, c_void_p, _passed, c_int)
    _recvmmsg = function("recvmmsg", _returned, c_int, c_void_p, _passed, c_int, c_void_p)
except AttributeError:
    pass

_mmsghdr = structs.MMSGHDR.packer()
_WAIT_FOR_ONE = constants().get("MSG_WAITFORONE", 0)


def _send_batch(fd: int, messages: Sequence[Outgoing], flags: int) -> int:
    """Call sendmmsg(2), and return the number of messages that the kernel accepted."""
    if flags & _ZEROCOPY:  # the kernel reads the buffers later, when a copy would be freed
        buffers, control, address = messages[0]
        sendmsg(fd, buffers, control, flags, address)
        return 1
    for number, (buffers, control, address) in enumerate(messages):
        if len(buffers) > MOST_BUFFERS:  # the kernel must see the buffers to reject them
            if not number:
                sendmsg(fd, buffers, control, flags, address)
                return 1
            messages = messages[:number]
            break
    count = len(messages)
    batch, vector = bytearray(count * _mmsghdr.size), bytearray(count * _iovec.size)
    batch_pointer, vector_pointer = writable_pointer(batch), writable_pointer(vector)
    data = [b"".join(buffers) for buffers, _, _ in messages]
    pins = (
        pin(b"".join(data)),
        pin(b"".join(each[1] for each in messages)),
        pin(b"".join(each[2] for each in messages)),
    )
    at, control_at, name_at = (where or 0 for _, where in pins)
    iovec_at = address_of(vector_pointer)
    for number, (piece, (_, control, name)) in enumerate(zip(data, messages)):
        _iovec.pack_into(vector, number * _iovec.size, at, len(piece))
        _mmsghdr.pack_into(
            batch, number * _mmsghdr.size,
            name_at if name else 0, len(name), iovec_at, 1, control_at if control else 0, len(control), 0, 0,
        )  # fmt: skip
        at, control_at, name_at, iovec_at = (
            at + len(piece), control_at + len(control), name_at + len(name), iovec_at + _iovec.size,
        )  # fmt: skip
    previous = save_error()
    taken: int = _sendmmsg(fd, batch_pointer, count, flags)
    if taken < 0:
        raise failure(previous)
    return min(taken, count)


def _receive_batch(
    fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
) -> list[Incoming]:
    """Call recvmmsg(2) with several buffers. It waits for the first message only."""
    count = len(targets)
    batch, vector = bytearray(count * _mmsghdr.size), bytearray(sum(map(len, targets)) * _iovec.size)
    names, controls = bytearray(count * address_size), bytearray(count * control_size)
    pointers = [writable_pointer(memory) for memory in (names, controls, vector, batch)]
    name_at, control_at, iovec_at, _ = map(address_of, pointers)
    flat = [buffer for buffers in targets for buffer in buffers]
    pins = [writable_pointer(buffer) for buffer in flat]
    for number, (array, buffer) in enumerate(zip(pins, flat)):
        _iovec.pack_into(vector, number * _iovec.size, address_of(array), buffer.nbytes)
    for number, buffers in enumerate(targets):
        _mmsghdr.pack_into(
            batch, number * _mmsghdr.size,
            name_at, address_size, iovec_at, len(buffers), control_at if control_size else 0, control_size, 0, 0,
        )  # fmt: skip
        name_at, control_at, iovec_at = (
            name_at + address_size, control_at + control_size, iovec_at + len(buffers) * _iovec.size,
        )  # fmt: skip
    previous = save_error()
    taken: int = _recvmmsg(fd, pointers[-1], count, flags | _WAIT_FOR_ONE, NULL)
    if taken < 0:
        raise failure(previous)
    received = []
    name_bytes, control_bytes = bytes(names), bytes(controls)
    for number in range(min(taken, count)):
        header = _mmsghdr.unpack_from(batch, number * _mmsghdr.size)
        _, name_length, _, _, _, control_length, msg_flags, length = header
        name, control = number * address_size, number * control_size
        received.append(
            (
                length,
                control_bytes[control : control + min(control_length, control_size)],
                msg_flags,
                name_bytes[name : name + min(name_length, address_size)],
            )
        )
    return received


#: None if the C library has no such function. The caller then makes one call for each message.
sendmmsg = _send_batch if _sendmmsg else None
recvmmsg = _receive_batch if _recvmmsg else None
