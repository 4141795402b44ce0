"""sendmsg and recvmsg on Windows, by WSASendMsg and WSARecvMsg. The standard module lacks them there.

1. WSASendMsg and WSARecvMsg work on datagram and raw sockets only. A stream, which has no control messages, uses
   WSASend and WSARecv.
2. The DLL does not export WSARecvMsg. The pointer to it is requested from the socket.
3. Winsock reports an error for a datagram that is longer than the buffers. Here the result is the same as on other
   systems: the data that fit, and MSG_TRUNC.
4. The same applies to control messages that are longer than their buffer, but Winsock does not report the number of
   bytes of data then. So the buffer that it gets always has room for all of them. Messages that do not fit the
   caller's buffer are removed here, with MSG_CTRUNC.
5. Winsock counts in 32 bits. One call sends or receives at most INT_MAX bytes, the first ones.
"""

from __future__ import annotations

import errno
import struct
import sys
from ctypes import CFUNCTYPE, addressof, byref, c_char, c_int, c_uint32, c_void_p, sizeof

from sockcore._exceptions import from_errno
from sockcore._families.structs import guid_bytes
from sockcore._platform import constants
from sockcore._platform.tables.windows import GUIDS
from sockcore._system.buffers import pin, writable_pointer
from sockcore._system.structs import WSABUF, WSAMSG
from sockcore._system.winsock_library import SOCKET, failure, function, last_errno, save_error
from sockcore._system.winsock_options import getsockopt_int, wsa_ioctl

if sys.platform == "win32":
    from ctypes import WINFUNCTYPE
else:
    WINFUNCTYPE = CFUNCTYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_C = constants()
_SOL_SOCKET: int = _C.get("SOL_SOCKET", 0)
_SO_TYPE: int = _C.get("SO_TYPE", 0)
_SOCK_STREAM: int = _C.get("SOCK_STREAM", 0)
_MSG_TRUNC: int = _C.get("MSG_TRUNC", 0)
_MSG_CTRUNC: int = _C.get("MSG_CTRUNC", 0)
_GET_FUNCTION: int = _C.get("sio_get_extension_function_pointer", 0)
_STORAGE: int = _C.get("sockaddr_storage", 128)
_RECVMSG_ID = guid_bytes(GUIDS["WSAID_WSARECVMSG"])

_wsabuf, _wsamsg = WSABUF.packer(), WSAMSG.packer()
_length = struct.Struct("N")  # of a control message including its header, at its beginning
_HEADER: int = _C.get("cmsg_header", 16)
_ALIGN: int = _C.get("cmsg_align", 8)
_LONGEST = 0x7FFFFFFF
#: In bytes: more than all control messages of Windows together.
_CONTROL_ROOM = 1024

_WSASend = function("WSASend", c_int, SOCKET, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_void_p)
_WSASendTo = function(
    "WSASendTo", c_int, SOCKET, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_int, c_void_p, c_void_p
)
_WSASendMsg = function("WSASendMsg", c_int, SOCKET, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p)
_WSARecv = function("WSARecv", c_int, SOCKET, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p, c_void_p)
_RecvMsg = WINFUNCTYPE(c_int, SOCKET, c_void_p, c_void_p, c_void_p, c_void_p, use_last_error=True)


def sendmsg(fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes) -> int:
    """Send *buffers* as one message, with control data and address unless empty."""
    pins = [pin(buffer) for buffer in buffers]
    vector = b"".join([_wsabuf.pack(size, at or 0) for size, (_, at) in zip(_sizes(buffers), pins)])
    sent = c_uint32()
    arguments: tuple[Any, ...]
    if control:
        pins += [pin(address), pin(vector), pin(control)]
        name_at, vector_at, control_at = (at or 0 for _, at in pins[-3:])
        message = _wsamsg.pack(name_at, len(address), vector_at, len(buffers), len(control), control_at, 0)
        call, arguments = _WSASendMsg, (message, flags, byref(sent), None, None)
    elif address:
        call = _WSASendTo
        arguments = (vector, len(buffers), byref(sent), flags, address, len(address), None, None)
    else:
        call, arguments = _WSASend, (vector, len(buffers), byref(sent), flags, None, None)
    previous = save_error()
    if call(fd, *arguments):
        raise failure(previous)
    return sent.value


def recvmsg(
    fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, int, bytes]:
    """Receive a message into *buffers*.

    Return the number of bytes, the control data, the flags and the sender.
    """
    arrays = [writable_pointer(buffer) for buffer in buffers]
    vector = (c_char * (len(arrays) * _wsabuf.size))()
    for number, (array, size) in enumerate(zip(arrays, _sizes(arrays))):
        _wsabuf.pack_into(vector, number * _wsabuf.size, size, addressof(array))
    if getsockopt_int(fd, _SOL_SOCKET, _SO_TYPE) == _SOCK_STREAM:
        return _recv(fd, vector, len(arrays), flags)
    return _recv_message(fd, vector, arrays, control_size, flags, address_size)


def _sizes(buffers: Sequence[Any]) -> Iterator[int]:
    """Yield the number of bytes of each buffer that one call transfers."""
    left = _LONGEST
    for buffer in buffers:
        size = min(len(buffer), left)
        left -= size
        yield size


def _recv(fd: int, vector: Any, count: int, flags: int) -> tuple[int, bytes, int, bytes]:
    received, bits = c_uint32(), c_uint32(flags)
    previous = save_error()
    if _WSARecv(fd, vector, count, byref(received), byref(bits), None, None):
        raise failure(previous)
    return received.value, b"", bits.value & ~flags, b""


def _recv_message(
    fd: int, vector: Any, arrays: Sequence[Any], control_size: int, flags: int, address_size: int
) -> tuple[int, bytes, int, bytes]:
    room = max(control_size, _CONTROL_ROOM)
    address, control = (c_char * _STORAGE)(), (c_char * room)()
    message = (c_char * _wsamsg.size)()
    _wsamsg.pack_into(
        message, 0,
        addressof(address), _STORAGE, addressof(vector), len(arrays), room, addressof(control), flags,
    )  # fmt: skip
    received = c_uint32()
    call = _receiver(fd)
    previous = save_error()
    cut = 0
    if call(fd, message, byref(received), None, None):
        number = last_errno(previous)
        if number != errno.EMSGSIZE:
            raise from_errno(number)
        cut = _MSG_TRUNC
    _, name, _, _, control_got, _, bits = _wsamsg.unpack(message)
    messages = control.raw[:control_got]
    if control_got > control_size:
        messages = _whole_messages(messages, control_size)
        cut |= _MSG_CTRUNC
    count = sum(map(len, arrays)) if cut & _MSG_TRUNC else received.value
    return count, messages, bits & ~flags | cut, address.raw[: max(0, min(name, address_size))]


def _whole_messages(control: bytes, size: int) -> bytes:
    """Return the first control messages that fit *size* bytes."""
    at = 0
    while at + _HEADER <= size:
        (length,) = _length.unpack_from(control, at)
        if length < _HEADER or at + length > size:
            break
        at += -(-length // _ALIGN) * _ALIGN
    return control[: min(at, size)]


def _receiver(fd: int) -> Any:
    """Return WSARecvMsg of the provider of this socket."""
    pointer = wsa_ioctl(fd, _GET_FUNCTION, _RECVMSG_ID, sizeof(c_void_p))
    return _RecvMsg(int.from_bytes(pointer, "little"))
