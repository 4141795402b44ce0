"""sendmmsg(2) and recvmmsg(2) through ctypes: many messages by one call, on the systems that have such a call.

What is sent is copied together first: that costs less than finding out where each piece of it is.
"""

from __future__ import annotations

from ctypes import addressof, c_char, c_int, c_size_t, c_ssize_t, c_uint, c_void_p

from sockcore._platform import constants, system_name
from sockcore._system import structs
from sockcore._system.libc import before, failure, function
from sockcore._system.messages import MOST_BUFFERS, sendmsg
from sockcore._system.pointers import hold, writable_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Outgoing = tuple[Sequence[memoryview], bytes, bytes]
    Incoming = tuple[int, bytes, int, bytes]

_sendmmsg: Any = None
_recvmmsg: Any = None
#: The types of a number of messages, returned and passed.
_returned, _passed = (c_ssize_t, c_size_t) if system_name() == "freebsd" else (c_int, c_uint)
try:
    _sendmmsg = function("sendmmsg", _returned, c_int, c_void_p, _passed, c_int)
    _recvmmsg = function("recvmmsg", _returned, c_int, c_void_p, _passed, c_int, c_void_p)
except AttributeError:
    pass

_iovec = structs.IOVEC.packer()
_mmsghdr = structs.MMSGHDR.packer()
_WAIT_FOR_ONE = constants().get("MSG_WAITFORONE", 0)
_ZEROCOPY = constants().get("MSG_ZEROCOPY", 0)


def _send(fd: int, messages: Sequence[Outgoing], flags: int) -> int:
    """sendmmsg(2): return how many messages the kernel took."""
    if flags & _ZEROCOPY:  # the kernel reads the program's own bytes later, and a copy would be gone by then
        buffers, control, address = messages[0]
        sendmsg(fd, buffers, control, flags, address)
        return 1
    for number, (buffers, control, address) in enumerate(messages):
        if len(buffers) > MOST_BUFFERS:  # the kernel is to refuse it, and does not see that it is copied together
            if not number:
                sendmsg(fd, buffers, control, flags, address)
                return 1
            messages = messages[:number]
            break
    count = len(messages)
    batch, vector = (c_char * (count * _mmsghdr.size))(), (c_char * (count * _iovec.size))()
    data = [b"".join(buffers) for buffers, _, _ in messages]
    held = (
        hold(b"".join(data)),
        hold(b"".join(each[1] for each in messages)),
        hold(b"".join(each[2] for each in messages)),
    )
    at, control_at, name_at = (where or 0 for _, where in held)
    iovec_at = addressof(vector)
    for number, (piece, (_, control, name)) in enumerate(zip(data, messages)):
        _iovec.pack_into(vector, number * _iovec.size, at, len(piece))
        _mmsghdr.pack_into(
            batch, number * _mmsghdr.size,
            name_at if name else 0, len(name), iovec_at, 1, control_at if control else 0, len(control), 0, 0,
        )  # fmt: skip
        at, control_at, name_at, iovec_at = (
            at + len(piece), control_at + len(control), name_at + len(name), iovec_at + _iovec.size,
        )  # fmt: skip
    errno_before = before()
    taken: int = _sendmmsg(fd, batch, count, flags)
    if taken < 0:
        raise failure(errno_before)
    return min(taken, count)


def _receive(
    fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
) -> list[Incoming]:
    """recvmmsg(2) into buffers, which waits for the first message only."""
    count = len(targets)
    batch, vector = (c_char * (count * _mmsghdr.size))(), (c_char * (sum(map(len, targets)) * _iovec.size))()
    names, controls = (c_char * (count * address_size))(), (c_char * (count * control_size))()
    name_at, control_at, iovec_at = addressof(names), addressof(controls), addressof(vector)
    held = [writable_pointer(buffer) for buffers in targets for buffer in buffers]
    for number, array in enumerate(held):
        _iovec.pack_into(vector, number * _iovec.size, addressof(array), len(array))
    for number, buffers in enumerate(targets):
        _mmsghdr.pack_into(
            batch, number * _mmsghdr.size,
            name_at, address_size, iovec_at, len(buffers), control_at if control_size else 0, control_size, 0, 0,
        )  # fmt: skip
        name_at, control_at, iovec_at = (
            name_at + address_size, control_at + control_size, iovec_at + len(buffers) * _iovec.size,
        )  # fmt: skip
    errno_before = before()
    taken: int = _recvmmsg(fd, batch, count, flags | _WAIT_FOR_ONE, None)
    if taken < 0:
        raise failure(errno_before)
    received = []
    name_bytes, control_bytes = names.raw, controls.raw
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


#: None on systems whose C library has no such call: who wants a batch there makes one call for each message.
sendmmsg = _send if _sendmmsg else None
recvmmsg = _receive if _recvmmsg else None
