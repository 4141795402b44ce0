"""The backend for Windows: Winsock 2 through ctypes.

1. A file descriptor is a SOCKET, which is a handle. It is not a descriptor of the C runtime, and not a small number.
2. A call that would block fails with WSAEWOULDBLOCK, which is BlockingIOError. So does connect for a connection in
   progress.
3. Sockets are created for overlapped operations, which the interpreter's event loops need, and are not inheritable.
4. Winsock counts in ints. One call sends or receives at most INT_MAX bytes.
5. Winsock fails instead of truncating an address. The buffer for an address therefore has room for any address, and
   the result is truncated here.
"""

from __future__ import annotations

import errno
import os
import sys
from ctypes import byref, c_char, c_int, c_uint32, c_void_p

from sockcore._exceptions import from_errno
from sockcore._platform import constants
from sockcore._system.buffers import pointer_to, writable_pointer
from sockcore._system.structs import WSAPROTOCOL_INFOW
from sockcore._system.winsock_interfaces import if_indextoname as if_indextoname
from sockcore._system.winsock_interfaces import if_nameindex as if_nameindex
from sockcore._system.winsock_interfaces import if_nametoindex as if_nametoindex
from sockcore._system.winsock_library import SOCKET, failure, function, last_errno, save_error, start
from sockcore._system.winsock_messages import recvmsg as recvmsg
from sockcore._system.winsock_messages import sendmsg as sendmsg
from sockcore._system.winsock_options import clamp_length
from sockcore._system.winsock_options import getsockopt as getsockopt
from sockcore._system.winsock_options import getsockopt_int as getsockopt_int
from sockcore._system.winsock_options import ioctl as ioctl
from sockcore._system.winsock_options import setsockopt as setsockopt
from sockcore._system.winsock_options import wsa_ioctl as wsa_ioctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Data = Union[bytes, bytearray, memoryview]

NAME = "winsock"

#: The error of connect for a connection in progress.
IN_PROGRESS = errno.EWOULDBLOCK

start()

_INVALID_SOCKET = SOCKET(-1).value
_FROM_PROTOCOL_INFO = -1
_FLAGS: int = constants().get("wsa_flags", 0)  # WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
_LONGEST = 0x7FFFFFFF
_FIONBIO: int = constants().get("fionbio", 0)
_STORAGE: int = constants().get("sockaddr_storage", 128)
_protocol_info = WSAPROTOCOL_INFOW.packer()

_WSASocketW = function("WSASocketW", SOCKET, c_int, c_int, c_int, c_void_p, c_uint32, c_uint32)
_WSADuplicateSocketW = function("WSADuplicateSocketW", c_int, SOCKET, c_uint32, c_void_p)
_closesocket = function("closesocket", c_int, SOCKET)
_bind = function("bind", c_int, SOCKET, c_void_p, c_int)
_connect = function("connect", c_int, SOCKET, c_void_p, c_int)
_listen = function("listen", c_int, SOCKET, c_int)
_accept = function("accept", SOCKET, SOCKET, c_void_p, c_void_p)
_shutdown = function("shutdown", c_int, SOCKET, c_int)
_getsockname = function("getsockname", c_int, SOCKET, c_void_p, c_void_p)
_getpeername = function("getpeername", c_int, SOCKET, c_void_p, c_void_p)
_recv = function("recv", c_int, SOCKET, c_void_p, c_int, c_int)
_recvfrom = function("recvfrom", c_int, SOCKET, c_void_p, c_int, c_int, c_void_p, c_void_p)
_send = function("send", c_int, SOCKET, c_void_p, c_int, c_int)
_sendto = function("sendto", c_int, SOCKET, c_void_p, c_int, c_int, c_void_p, c_int)


def socket(family: int, type: int, proto: int) -> int:
    """Call WSASocketW. The descriptor is not inheritable."""
    previous = save_error()
    fd: int = _WSASocketW(family, type, proto, None, 0, _FLAGS)
    if fd == _INVALID_SOCKET:
        raise failure(previous)
    return fd


def from_protocol_info(info: bytes) -> int:
    """Call WSASocketW with a result of :func:`duplicate_to_process`.

    The descriptor is not inheritable.

    Raises ValueError if *info* has a wrong size.
    """
    _check_size(info)
    previous = save_error()
    room = (c_char * len(info)).from_buffer_copy(info)  # Winsock writes into it
    fd: int = _WSASocketW(_FROM_PROTOCOL_INFO, _FROM_PROTOCOL_INFO, _FROM_PROTOCOL_INFO, room, 0, _FLAGS)
    if fd == _INVALID_SOCKET:
        raise failure(previous)
    try:
        set_inheritable(fd, False)
    except BaseException:
        _closesocket(fd)
        raise
    return fd


def protocol_of(info: bytes) -> tuple[int, int, int]:
    """Return the family, type and protocol in a :func:`duplicate_to_process` result.

    Raises ValueError if *info* has a wrong size.
    """
    _check_size(info)
    fields = _protocol_info.unpack(info)
    family, kind, proto = fields[9], fields[12], fields[13]
    return int(family), int(kind), int(proto)


def _check_size(info: bytes) -> None:
    if len(info) != _protocol_info.size:
        raise ValueError(f"socket descriptor string has wrong size, should be {_protocol_info.size} bytes.")


def duplicate_to_process(fd: int, pid: int) -> bytes:
    """Call WSADuplicateSocketW, and return a WSAPROTOCOL_INFOW for another process."""
    info = (c_char * _protocol_info.size)()
    previous = save_error()
    if _WSADuplicateSocketW(fd, pid, info):
        raise failure(previous)
    return info.raw


#: Winsock cannot create pairs. The families do.
socketpair = None


def dup(fd: int) -> int:
    """Return a duplicate that is not inheritable."""
    return from_protocol_info(duplicate_to_process(fd, os.getpid()))


def close(fd: int) -> None:
    """Call closesocket. ECONNRESET is ignored: the socket is closed."""
    previous = save_error()
    if _closesocket(fd):
        number = last_errno(previous)
        if number != errno.ECONNRESET:
            raise from_errno(number)


def bind(fd: int, address: bytes) -> None:
    """Call bind."""
    previous = save_error()
    if _bind(fd, address, len(address)):
        raise failure(previous)


def connect(fd: int, address: bytes) -> int:
    """Call connect, and return 0 or the error."""
    previous = save_error()
    return last_errno(previous) if _connect(fd, address, len(address)) else 0


def listen(fd: int, backlog: int) -> None:
    """Call listen."""
    previous = save_error()
    if _listen(fd, backlog):
        raise failure(previous)


def accept(fd: int, size: int) -> tuple[int, bytes]:
    """Call accept, without an address if *size* is 0.

    The descriptor is not inheritable.
    """
    address, length = (c_char * _STORAGE)(), c_int(_STORAGE)
    where = (address, byref(length)) if size else (None, None)
    previous = save_error()
    new: int = _accept(fd, *where)
    if new == _INVALID_SOCKET:
        raise failure(previous)
    try:
        set_inheritable(new, False)
    except BaseException:
        _closesocket(new)
        raise
    return new, address.raw[: clamp_length(length, size)]


def shutdown(fd: int, how: int) -> None:
    """Call shutdown."""
    previous = save_error()
    if _shutdown(fd, how):
        raise failure(previous)


def _name(call: Any, fd: int, size: int) -> bytes:
    address, length = (c_char * _STORAGE)(), c_int(_STORAGE)
    previous = save_error()
    if call(fd, address, byref(length)):
        raise failure(previous)
    return address.raw[: clamp_length(length, size)]


def getsockname(fd: int, size: int) -> bytes:
    """Call getsockname."""
    return _name(_getsockname, fd, size)


def getpeername(fd: int, size: int) -> bytes:
    """Call getpeername."""
    return _name(_getpeername, fd, size)


def recv(fd: int, size: int, flags: int) -> bytes:
    """Call recv."""
    buffer = bytearray(size)
    count = recv_into(fd, memoryview(buffer), flags)
    return bytes(memoryview(buffer)[:count])


def recv_into(fd: int, buffer: memoryview, flags: int) -> int:
    """Call recv with a buffer."""
    pointer = writable_pointer(buffer)
    previous = save_error()
    count: int = _recv(fd, pointer, min(buffer.nbytes, _LONGEST), flags)
    if count < 0:
        raise failure(previous)
    return count


def recvfrom(fd: int, size: int, flags: int, address_size: int) -> tuple[bytes, bytes]:
    """Call recvfrom."""
    buffer = bytearray(size)
    count, address = recvfrom_into(fd, memoryview(buffer), flags, address_size)
    return bytes(memoryview(buffer)[:count]), address


def recvfrom_into(fd: int, buffer: memoryview, flags: int, address_size: int) -> tuple[int, bytes]:
    """Call recvfrom with a buffer.

    The address is empty for a connected stream socket.
    """
    pointer, address, length = writable_pointer(buffer), (c_char * _STORAGE)(), c_int(_STORAGE)
    previous = save_error()
    count: int = _recvfrom(fd, pointer, min(buffer.nbytes, _LONGEST), flags, address, byref(length))
    if count < 0:
        raise failure(previous)
    # For a stream, Winsock leaves the length unchanged and the family 0.
    sender = address.raw[: clamp_length(length, address_size)]
    return count, sender if any(sender[:2]) else b""


def send(fd: int, data: Data, flags: int, packets: bool = False) -> int:
    """Call send."""
    pointer, size = pointer_to(data), memoryview(data).nbytes
    previous = save_error()
    count: int = _send(fd, pointer, min(size, _LONGEST), flags)
    if count < 0:
        raise failure(previous)
    return count


def sendto(fd: int, data: Data, flags: int, address: bytes) -> int:
    """Call sendto, without an address if it is empty."""
    pointer, size = pointer_to(data), memoryview(data).nbytes
    previous = save_error()
    count: int = _sendto(fd, pointer, min(size, _LONGEST), flags, address or None, len(address))
    if count < 0:
        raise failure(previous)
    return count


def set_blocking(fd: int, blocking: bool) -> None:
    """Clear or set non-blocking mode by FIONBIO."""
    ioctl(fd, _FIONBIO, bytearray((not blocking).to_bytes(4, "little")))


def get_inheritable(fd: int) -> bool:
    """Return True if child processes inherit the handle."""
    if sys.platform == "win32":
        return os.get_handle_inheritable(fd)
    return False


def set_inheritable(fd: int, inheritable: bool) -> None:
    """Set whether child processes inherit the handle."""
    if sys.platform == "win32":
        os.set_handle_inheritable(fd, inheritable)
