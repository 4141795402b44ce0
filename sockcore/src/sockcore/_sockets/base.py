"""BaseSocket in Python: the counterpart of the C class in ``src/native``.

1. A method passes its arguments to the rule of the same name in ``_arguments``, except for common exact types.
2. It tries its system call first. If that fails with EAGAIN in timeout mode, it waits (``__complete``). After a
   receive that had to wait, the next receive polls first (``__poll_and_receive``).
3. The attributes have mangled names, so that a subclass may use every other private name.
"""

from __future__ import annotations

import errno
import os
import sys
from _warnings import warn
from time import monotonic, sleep

from sockcore import _arguments, _exceptions, _timeouts, ancillary
from sockcore._arguments import SMALL
from sockcore._families import Family
from sockcore._families.structs import family_of
from sockcore._platform import constants
from sockcore._sockets.addresses import (
    STORAGE,
    UNSPECIFIED,
    codec_for,
    contexts_for,
    decode,
    default_family,
    encode,
    raise_open_error,
)
from sockcore._sockets.batches import advance, close_undelivered, limit_buffers, receive_each, receive_one, send_one
from sockcore._system import system
from sockcore._system.buffers import borrow_block, give_back_block, zeroed
from sockcore._timeouts import READ, WRITE
from sockcore._types import (
    Any,
    Callable,
    Iterable,
    ReadableBuffer,
    Self,
    Sequence,
    SupportsIndex,
    TypeVar,
    WriteableBuffer,
    overload,
)

TYPE_CHECKING = False

Cmsg = tuple[int, int, bytes]
S = TypeVar("S", bound="BaseSocket")

_C = constants()
SOL_SOCKET: int = _C.get("SOL_SOCKET", 1)
SOCK_STREAM: int = _C.get("SOCK_STREAM", 1)
_SOCK_SEQPACKET: int = _C.get("SOCK_SEQPACKET", -1)
_SOCK_NONBLOCK: int = _C.get("SOCK_NONBLOCK", 0)
_TYPE_FLAGS: int = _SOCK_NONBLOCK | _C.get("SOCK_CLOEXEC", 0)
_SO_DOMAIN: int | None = _C.get("SO_DOMAIN")
_SO_ERROR: int = _C.get("SO_ERROR", 4)
_SO_PROTOCOL: int | None = _C.get("SO_PROTOCOL")
_SO_TYPE: int | None = _C.get("SO_TYPE")
_TRUNC: int = _C.get("MSG_TRUNC", 0)
#: These flags together ask for the length of a datagram, which stays in the queue.
_LENGTH_ONLY: int = _C.get("MSG_PEEK", 0) | _TRUNC
_WAITALL: int = _C.get("MSG_WAITALL", 0)
_ERRQUEUE: int = _C.get("MSG_ERRQUEUE", 0)
#: With these flags a receive does not return the next bytes of the stream, or must not wait.
_NOT_COLLECTED: int = sum(_C.get(name, 0) for name in ("MSG_PEEK", "MSG_OOB", "MSG_DONTWAIT", "MSG_ERRQUEUE"))
_BACKLOG: int = min(_C.get("SOMAXCONN", 128), 128)

#: The default of *flags*, by identity: it needs no conversion.
_NO_FLAGS = 0
_NO_MESSAGES: Iterable[Any] = ()
_TIMED_OUT = -1  # not an errno
#: In seconds. A poll that returns sooner has found the socket ready without waiting.
_AT_ONCE = 0.00003

_sendmmsg: Any = getattr(system, "sendmmsg", None)
_recvmmsg: Any = getattr(system, "recvmmsg", None)
#: On Windows, a socket can also be opened with the bytes by which another process shares it.
_protocol_of: Any = getattr(system, "protocol_of", None)
_from_protocol_info: Any = getattr(system, "from_protocol_info", None)


class BaseSocket:
    """A socket in plain numbers: the base class of :class:`sockcore.socket`.

    It opens a file descriptor, or takes over *fileno*, and closes it. ``family``, ``type`` and ``proto`` are ints.
    """

    __slots__ = (
        "__codec", "__contexts", "__family", "__fd", "__poll_first", "__proto", "__receive_error", "__send_error",
        "__timeout", "__type",
    )  # fmt: skip

    if TYPE_CHECKING:  # annotations would be evaluated in the module that __module__ names
        __codec: Family
        __contexts: Any
        __fd: int
        __family: int
        __type: int
        __proto: int
        __timeout: float | None
        __send_error: int  # the error number that stopped sendmmsg() after its first message: the next one raises it
        __receive_error: int  # of a receive that returned the data before it: the next receive raises it
        __poll_first: bool  # the last receive had to wait

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        """Return a socket object without a file descriptor."""
        self = object.__new__(cls)
        self.__fd = -1
        self.__family = self.__type = self.__proto = self.__send_error = self.__receive_error = 0
        self.__timeout = None
        self.__poll_first = False
        self.__codec = UNSPECIFIED
        self.__contexts = contexts_for(0, 0, 0)
        return self

    # ------------------------------------------------------------------ construction

    def __init__(
        self,
        family: SupportsIndex = -1,
        type: SupportsIndex = -1,
        proto: SupportsIndex = -1,
        fileno: SupportsIndex | bytes | None = None,
    ) -> None:
        number, sock_type, protocol, source = _arguments.socket(family, type, proto, fileno)
        if source is None:
            number = default_family() if number == -1 else number
            sock_type = SOCK_STREAM if sock_type == -1 else sock_type
            protocol = 0 if protocol == -1 else protocol
        elif isinstance(source, bytes):
            number, sock_type, protocol = _protocol_of(source)
        sys.audit("socket.__new__", self, number, sock_type, protocol)
        codec = codec_for(number, protocol) if number != -1 else None  # may raise: so before a descriptor is opened
        if source is None:
            try:
                fd = system.socket(number, sock_type, protocol)
            except OSError as exc:
                if exc.errno == errno.EAFNOSUPPORT and sys.platform != "win32":
                    raise_open_error(errno.EAFNOSUPPORT, number, protocol)
                raise
        elif isinstance(source, bytes):
            fd = _from_protocol_info(source)
        else:
            fd = source
            number, sock_type, protocol = _read_numbers(fd, number, sock_type, protocol)
            codec = codec_for(number, protocol)
        try:
            self.__open(fd, number, sock_type, protocol, codec)
        except BaseException:
            if source is None or isinstance(source, bytes):
                system.close(fd)
            raise

    def __open(self, fd: int, family: int, type: int, proto: int, codec: Any) -> None:
        """Become the owner of *fd*; *type* may contain the flags of socket(2).

        After an error, the socket is unchanged.
        """
        sock_type = type & ~_TYPE_FLAGS
        timeout = 0.0 if type & _SOCK_NONBLOCK else _timeouts.getdefaulttimeout()
        contexts = contexts_for(family, sock_type, proto, *((fd,) if codec.needs_descriptor else ()))
        if timeout is not None and not type & _SOCK_NONBLOCK:
            system.set_blocking(fd, False)
        self.__family, self.__type, self.__proto, self.__codec = family, sock_type, proto, codec
        self.__contexts = contexts
        self.__send_error = self.__receive_error = 0
        self.__poll_first = False
        self.__timeout = timeout
        self.__fd = fd

    def __del__(self, warn: Any = warn, sys: Any = sys, close: Any = os.close) -> None:
        if (fd := self.__fd) != -1:
            try:
                warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
            finally:
                try:
                    BaseSocket.close(self)
                except (AttributeError, TypeError):
                    if not sys.is_finalizing():
                        raise
                    # The interpreter has cleared this module or another one. Windows closes the handle itself.
                    if sys.platform != "win32":
                        close(fd)

    def __repr__(self) -> str:
        return f"<socket object, fd={self.__fd}, family={self.__family}, type={self.__type}, proto={self.__proto}>"

    @property
    def family(self) -> int:
        """The address family, as a number."""
        return self.__family

    @property
    def type(self) -> int:
        """The socket type, as a number without flags."""
        return self.__type

    @property
    def proto(self) -> int:
        """The protocol, as a number.

        It is read from the system for a protocol that may fall back to another one.
        """
        # 0 first: it is the most common one, and a socket that was never opened has no codec.
        if self.__proto and self.__fd != -1 and _SO_PROTOCOL and self.__proto in self.__codec.may_fall_back:
            try:
                self.__proto = system.getsockopt_int(self.__fd, SOL_SOCKET, _SO_PROTOCOL)
            except OSError:
                pass  # closed by another thread
        return self.__proto

    @property
    def timeout(self) -> float | None:
        """The timeout in seconds; None in blocking mode, 0.0 in non-blocking mode."""
        return self.__timeout

    def fileno(self) -> int:
        """Return the file descriptor, or -1 if the socket is closed.

        On Windows it is the handle of the socket.
        """
        return self.__fd

    def close(self) -> None:
        """Close the file descriptor.

        A second call does nothing. Other methods of a closed socket raise OSError (EBADF). ECONNRESET is ignored: the
        descriptor is closed then.
        """
        fd = BaseSocket.detach(self)
        if fd != -1:
            system.close(fd)

    def detach(self) -> int:
        """Close the socket object, and return the file descriptor, which stays open.

        The caller is then the owner of the descriptor. Returns -1 if the socket is closed.
        """
        fd, self.__fd = self.__fd, -1
        if self.__codec.needs_descriptor:  # no ioctl(2) on the next file with this number
            self.__contexts = contexts_for(self.__family, self.__type, self.__proto, -1)
        return fd

    # ------------------------------------------------------------------ the timeout

    def setblocking(self, flag: object, /) -> None:
        """Set blocking mode (True) or non-blocking mode (False).

        flag is any object with a truth value. setblocking(True) is settimeout(None), and setblocking(False) is
        settimeout(0).

        Raises OSError (EBADF) if the socket is closed.
        """
        is_blocking = bool(flag)
        self.__timeout = None if is_blocking else 0.0
        system.set_blocking(self.__fd, is_blocking)

    def getblocking(self) -> bool:
        """Return False in non-blocking mode, True in blocking mode and in timeout mode."""
        return self.__timeout != 0

    def settimeout(self, value: float | None, /) -> None:
        """Set the timeout of the socket's operations, in seconds.

        value is a number of seconds: 0 is non-blocking mode, and None is blocking mode, without a timeout. An
        operation that exceeds the timeout raises TimeoutError.

        Raises TypeError if value is not a number, ValueError if it is negative or not-a-number, and OverflowError for
        more than 292 years.
        """
        timeout = _timeouts.parse(value)
        self.__timeout = timeout
        system.set_blocking(self.__fd, timeout is None)

    def gettimeout(self) -> float | None:
        """Return the timeout in seconds: None in blocking mode, 0.0 in non-blocking mode."""
        return self.__timeout

    # ------------------------------------------------------------------ waiting

    def __should_poll(self, exc: OSError) -> bool:
        """Return True for EAGAIN, False for EINTR.

        Re-raise EAGAIN if the socket has no timeout to wait for, and an exception of a signal handler.
        """
        if _exceptions.is_raised_here(exc):
            if isinstance(exc, InterruptedError):
                return False
            if self.__timeout:
                return True
        try:
            raise exc
        finally:
            del exc  # its traceback refers to this frame

    def __complete(self, poll: bool, event: int, call: Callable[..., Any], *arguments: object) -> Any:
        """Complete a call that was tried, with a timeout that starts now: see :meth:`__complete_until`."""
        return self.__complete_until(_timeouts.deadline_of(self.__timeout), poll, event, call, *arguments)

    def __complete_until(
        self, deadline: float | None, poll: bool, event: int, call: Callable[..., Any], *arguments: object
    ) -> Any:
        """Poll if requested, then make a call until it succeeds, fails or the deadline passes.

        Some sockets never become ready for poll(2), such as those of AF_ALG for accept(2). The call is therefore tried
        once more before TimeoutError is raised. Others are always ready, such as a datagram socket of AF_UNIX with a
        full queue at the peer. The loop then sleeps between tries.
        """
        tries = 0
        is_ready = True
        while True:
            if poll:
                is_ready = _timeouts.wait_until_ready(self.__fd, event, deadline)
                if not (is_ready or self.__timeout):  # another thread has set the mode meanwhile
                    raise _exceptions.timed_out()
            try:
                return call(self.__fd, *arguments)
            except (BlockingIOError, InterruptedError) as exc:
                # A call that began without a timeout does not wait for one that another thread sets.
                if deadline is None and isinstance(exc, BlockingIOError):
                    raise
                if not self.__should_poll(exc):
                    poll = False
                    continue
            if not is_ready:
                raise _exceptions.timed_out()
            tries += poll
            if tries > 3:
                _timeouts.check_deadline(deadline)
                sleep(0.001)
            poll = True

    def __receive(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Make a call that receives. After a call that had to wait, the next one polls first."""
        if self.__receive_error:
            self.__raise_receive_error()
        if self.__poll_first and self.__timeout:
            return self.__poll_and_receive(call, *arguments)
        try:
            return call(self.__fd, *arguments)
        except (BlockingIOError, InterruptedError) as exc:
            self.__poll_first = poll = self.__should_poll(exc)
        return self.__complete(poll, READ, call, *arguments)

    def __read_error_queue(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Make a call that receives from the error queue.

        It never waits, because the queue has no readiness of its own to wait for.
        """
        self.__raise_receive_error()
        return self.__complete_until(None, False, READ, call, *arguments)

    def __raise_receive_error(self) -> None:
        """Raise the error of the previous receive, which returned the data before it."""
        number, self.__receive_error = self.__receive_error, 0
        if number:
            raise _exceptions.from_errno(number)

    def __poll_and_receive(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Poll, then receive. This saves the failing call in a program that waits for each reply."""
        deadline = _timeouts.deadline_of(self.__timeout)
        start = monotonic()
        is_ready = _timeouts.wait_until_ready(self.__fd, READ, deadline)
        if not (is_ready or self.__timeout):
            raise _exceptions.timed_out()
        if is_ready and monotonic() - start < _AT_ONCE:
            self.__poll_first = False
        try:
            return call(self.__fd, *arguments)
        except (BlockingIOError, InterruptedError) as exc:
            poll = self.__should_poll(exc)
        if poll and not is_ready:
            raise _exceptions.timed_out()
        return self.__complete_until(deadline, poll, READ, call, *arguments)

    def __send(self, call: Callable[..., int], *arguments: object) -> int:
        """Make a call that sends."""
        try:
            return call(self.__fd, *arguments)
        except (BlockingIOError, InterruptedError) as exc:
            poll = self.__should_poll(exc)
        sent: int = self.__complete(poll, WRITE, call, *arguments)
        return sent

    # ------------------------------------------------------------------ addresses

    def __encode(self, operation: str, address: Any) -> bytes:
        """Return the sockaddr of an address, from the cache of the codec or by a conversion."""
        cache = self.__codec.encoded
        if cache is not None and type(address) is tuple and len(address) == 2:
            # 1.0 and True are equal to 1, and must not match its entry.
            host, port = address
            sockaddr = cache.get(address) if type(port) is int and type(host) in (str, int) else None
            if sockaddr is not None:
                return sockaddr
        return encode(self.__codec, self.__contexts, operation, address)

    def __decode(self, operation: str, sockaddr: bytes) -> Any:
        """Return the address in a sockaddr, from the cache of the codec or by a conversion."""
        cache = self.__codec.decoded
        if cache is not None and (address := cache.get(sockaddr)) is not None:
            return address
        return decode(self.__codec, self.__contexts, operation, sockaddr)

    def bind(self, address: Any, /) -> None:
        """Bind the socket to a local address.

        address has the format of the family: (host, port) for AF_INET, a path for AF_UNIX, or a RawAddress for every
        family. Port 0 selects a free port; getsockname() returns it.

        Raises OSError (EADDRINUSE if the address is in use, EADDRNOTAVAIL if it is not an address of this machine,
        EACCES without permission) and TypeError, ValueError or OverflowError for an invalid address. See bind(2).
        """
        sockaddr = self.__encode("bind", address)
        sys.audit("socket.bind", self, address)
        system.bind(self.__fd, sockaddr)

    def connect(self, address: Any, /) -> None:
        """Connect to a remote address.

        address has the format of the family: (host, port) for AF_INET, a path for AF_UNIX. A datagram socket then
        sends to this address, and receives only from it. A host name is resolved first.

        Raises ConnectionRefusedError if nothing listens at the address, BlockingIOError (EINPROGRESS) in non-blocking
        mode if the connection is not made at once, TimeoutError if the timeout expires, gaierror if the host is not
        found, and OSError for every other error. See connect(2).
        """
        number = self.__connect("connect", address)
        if number == _TIMED_OUT:
            raise _exceptions.timed_out()
        if number:
            raise _exceptions.from_errno(number)

    def connect_ex(self, address: Any, /) -> int:
        """Connect like connect(), and return an errno instead of raising OSError.

        Returns 0 for success, EINPROGRESS in non-blocking mode, and EAGAIN if the timeout expires.

        Raises gaierror if the host is not found, and TypeError, ValueError or OverflowError for an invalid address.
        """
        number = self.__connect("connect_ex", address)
        return errno.EWOULDBLOCK if number == _TIMED_OUT else number

    def __connect(self, operation: str, address: Any) -> int:
        """Connect, and wait for the result in blocking and timeout mode.

        Return 0, errno or _TIMED_OUT.
        """
        sockaddr = self.__encode(operation, address)
        sys.audit("socket.connect", self, address)
        timeout = self.__timeout
        deadline = _timeouts.deadline_of(timeout)
        number = system.connect(self.__fd, sockaddr)
        if number == system.IN_PROGRESS and timeout:
            return self.__connect_outcome(deadline)
        while number == errno.EINTR and timeout != 0:
            # TCP continues by itself, and another call fails with EALREADY until the result is known. AF_UNIX does not
            # continue: the second call connects it. On TCP that call fails with EISCONN.
            number = self.__connect_outcome(deadline) or system.connect(self.__fd, sockaddr)
            if number == errno.EISCONN:
                return 0
        return number

    def __connect_outcome(self, deadline: float | None) -> int:
        """Wait for a connection in progress. Return 0, errno or _TIMED_OUT."""
        if not _timeouts.wait_until_ready(self.__fd, _timeouts.CONNECT, deadline):
            return _TIMED_OUT
        outcome = system.getsockopt_int(self.__fd, SOL_SOCKET, _SO_ERROR)
        return 0 if outcome == errno.EISCONN else outcome

    def listen(self, backlog: SupportsIndex = _BACKLOG, /) -> None:
        """Let the socket accept connections.

        backlog is the number of connections that the system queues before accept(); a negative number is 0, and the
        system has a maximum (SOMAXCONN).

        Raises OSError (EOPNOTSUPP for a socket type without connections, EADDRINUSE if another socket listens). See
        listen(2).
        """
        (number,) = _arguments.listen(backlog)
        system.listen(self.__fd, max(number, 0))

    def _accept(self) -> tuple[int, Any]:
        """Accept a connection; return its file descriptor and the address of the peer."""
        size = self.__codec.size if self.__codec.accept_gives_address else 0
        try:
            fd, sockaddr = system.accept(self.__fd, size)
        except (BlockingIOError, InterruptedError) as exc:
            poll = self.__should_poll(exc)
        else:
            return self.__with_peer_address(fd, sockaddr)
        return self.__with_peer_address(*self.__complete(poll, READ, system.accept, size))

    def _accept_socket(
        self, cls: Any, family: SupportsIndex, type: SupportsIndex, proto: SupportsIndex, /
    ) -> tuple[Any, Any]:
        """Accept a connection; return its socket, of the class cls, and the address of the peer.

        The constructor gets family, type, proto and the file descriptor. If it fails, the descriptor is closed.
        """
        fd, address = _arguments.accepted(self._accept())
        return socket_from_fd(cls, fd, family, type, proto), address

    def __with_peer_address(self, fd: int, sockaddr: bytes) -> tuple[int, Any]:
        try:
            return fd, self.__decode("accept", sockaddr)
        except BaseException:
            system.close(fd)
            raise

    def getsockname(self) -> Any:
        """Return the local address, in the format of the family.

        It has the port that the system has selected. Raises OSError if the family has no local addresses. See
        getsockname(2).
        """
        return self.__decode("getsockname", system.getsockname(self.__fd, self.__codec.size))

    def getpeername(self) -> Any:
        """Return the remote address, in the format of the family.

        Raises OSError (ENOTCONN) if the socket is not connected. See getpeername(2).
        """
        return self.__decode("getpeername", system.getpeername(self.__fd, self.__codec.size))

    def shutdown(self, how: SupportsIndex, /) -> None:
        """Shut down one or both directions of a connection.

        how is SHUT_RD (no more receiving), SHUT_WR (no more sending: the peer receives the end of the stream) or
        SHUT_RDWR. The file descriptor stays open.

        Raises OSError (ENOTCONN if the socket is not connected, EINVAL for another value). See shutdown(2).
        """
        (number,) = _arguments.shutdown(how)
        system.shutdown(self.__fd, number)

    # ------------------------------------------------------------------ receiving

    def __collects_all(self, flags: int) -> bool:
        """Return True if a receive must collect all bytes until the deadline.

        With a timeout the descriptor is non-blocking, and the system does not wait for all bytes.
        """
        return bool(flags & _WAITALL and not flags & _NOT_COLLECTED and self.__type == SOCK_STREAM and self.__timeout)

    def __collect(
        self, view: memoryview, flags: int, receive: Callable[[int, memoryview, int], tuple[int, Any]]
    ) -> Any:
        """Receive until the view is full, the stream ends or the deadline passes.

        *receive* returns the number of bytes and other results. Those of its first call are returned with the total. If
        an error follows received data, the data are returned, and the next receive raises the error.
        """
        self.__raise_receive_error()
        deadline = _timeouts.deadline_of(self.__timeout)
        flags &= ~_WAITALL  # for a non-blocking descriptor it has no effect on POSIX, and is an error on Windows
        total, rest = self.__complete_until(deadline, False, READ, receive, view, flags)
        count = total
        while count and total < view.nbytes:
            try:
                count, _ = self.__complete_until(deadline, False, READ, receive, view[total:], flags)
            except OSError as exc:
                self.__keep_receive_error(exc)
                break
            total += count
        return total, rest

    def __keep_receive_error(self, exc: OSError) -> None:
        """Store the error of a receive that returns data, for the next receive.

        An exception of a signal handler is raised at once.
        """
        if not _exceptions.is_raised_here(exc):
            raise exc
        self.__receive_error = _exceptions.number_of(exc)  # 0 for a timeout

    def recv(self, bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> bytes:
        """Receive data, and return them as bytes.

        bufsize is the maximum number of bytes. flags is 0, or a combination of MSG_* constants: MSG_PEEK leaves the
        data in the queue, MSG_WAITALL waits for bufsize bytes.

        A stream socket returns the data that have arrived, at least one byte, and b"" after the peer has shut down
        writing. A datagram socket returns one message; the system discards the bytes beyond bufsize.

        Raises BlockingIOError if no data have arrived in non-blocking mode, TimeoutError if the timeout expires,
        ConnectionResetError if the peer has reset the connection, ValueError for a negative bufsize, and OSError for
        every other error. See recv(2).
        """
        size, bits = bufsize, 0
        if not (type(size) is int and 0 < size < SMALL and flags is _NO_FLAGS):
            size, bits = _arguments.recv(bufsize, flags)
            if not size:
                return b""  # the system is not called: it would wait, or drop a datagram
            if bits & _WAITALL and self.__collects_all(bits):
                view = memoryview(zeroed(size))
                count, _ = self.__collect(view, bits, _receive_into)
                return view[:count].tobytes()
        data: bytes = self.__receive(system.recv, size, bits)
        return data

    def recv_into(self, buffer: WriteableBuffer, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0) -> int:
        """Receive data into a buffer, and return the number of bytes.

        buffer is a writable bytes-like object. nbytes is the maximum number of bytes; 0 is the size of the buffer.
        flags is as for recv(). Returns 0 after the peer has shut down writing.

        Raises the exceptions of recv(), TypeError if the buffer is not writable, and ValueError if nbytes is negative
        or larger than the buffer.
        """
        view, bits = _arguments.recv_into(buffer, nbytes, flags)
        if not view.nbytes and (bits & _LENGTH_ONLY != _LENGTH_ONLY or self.__type == SOCK_STREAM):
            return 0  # only the length of a datagram fits an empty buffer
        count: int
        if bits & _WAITALL and self.__collects_all(bits):
            count, _ = self.__collect(view, bits, _receive_into)
        else:
            count = self.__receive(system.recv_into, view, bits)
        return count

    def recvfrom(self, bufsize: SupportsIndex, flags: SupportsIndex = 0, /) -> tuple[bytes, Any]:
        """Receive data, and return (data, address).

        bufsize and flags are as for recv(). address is the address of the sender in the format of the family; for a
        connected stream socket it may be None, or empty.

        Raises the exceptions of recv(). See recvfrom(2).
        """
        size, bits = bufsize, 0
        if not (type(size) is int and 0 < size < SMALL and flags is _NO_FLAGS):
            size, bits = _arguments.recvfrom(bufsize, flags)
            if bits & _WAITALL and self.__collects_all(bits):
                view = memoryview(zeroed(size))
                count, sockaddr = self.__collect(view, bits, self.__receive_from)
                return view[:count].tobytes(), self.__decode("recvfrom", sockaddr)
        data, sockaddr = self.__receive(system.recvfrom, size, bits, self.__codec.size)
        return data, self.__decode("recvfrom", sockaddr)

    def recvfrom_into(
        self, buffer: WriteableBuffer, nbytes: SupportsIndex = 0, flags: SupportsIndex = 0
    ) -> tuple[int, Any]:
        """Receive data into a buffer, and return (nbytes, address).

        buffer, nbytes and flags are those of recv_into(), and address is the address of the sender, as from
        recvfrom().

        Raises the exceptions of recv_into().
        """
        view, bits = _arguments.recvfrom_into(buffer, nbytes, flags)
        if bits & _WAITALL and self.__collects_all(bits):
            count, sockaddr = self.__collect(view, bits, self.__receive_from)
        else:
            count, sockaddr = self.__receive(system.recvfrom_into, view, bits, self.__codec.size)
        return count, self.__decode("recvfrom_into", sockaddr)

    def __receive_from(self, fd: int, view: memoryview, flags: int) -> tuple[int, bytes]:
        received: tuple[int, bytes] = system.recvfrom_into(fd, view, flags, self.__codec.size)
        return received

    # ------------------------------------------------------------------ sending

    def send(self, data: ReadableBuffer, flags: SupportsIndex = 0, /) -> int:
        """Send data, and return the number of bytes that were sent.

        data is a bytes-like object; the socket must be connected. flags is 0, or a combination of MSG_* constants. A
        stream socket may send fewer bytes than data has; sendall() sends all.

        Raises BlockingIOError if the buffer of the socket is full in non-blocking mode, TimeoutError if the timeout
        expires, BrokenPipeError or ConnectionResetError if the peer has closed the connection, and OSError for every
        other error (EMSGSIZE for a message that is too long). See send(2).
        """
        buffer, bits = _arguments.send(data, flags)
        return self.__send(system.send, buffer, bits, self.__type == _SOCK_SEQPACKET)

    def sendall(self, data: ReadableBuffer, flags: SupportsIndex = 0, /) -> None:
        """Send all of data, and return None.

        data and flags are those of send(). The timeout applies to the whole call.

        Raises the exceptions of send(), and OSError (EIO) if the system sends 0 bytes of the data without an error. An
        OSError has the attribute characters_written: the number of bytes that were sent before the error.
        """
        buffer, bits = _arguments.send(data, flags)
        is_packets = self.__type == _SOCK_SEQPACKET
        deadline = _timeouts.deadline_of(self.__timeout) if self.__timeout else None
        left = memoryview(buffer)
        total = 0
        try:
            while True:
                sent = self.__complete_until(deadline, False, WRITE, system.send, left, bits, is_packets)
                total += sent
                if total == len(buffer):
                    return
                _exceptions.check_sent(sent, len(left))
                left = left[sent:]
                _timeouts.check_deadline(deadline)
        except OSError as exc:
            exc.characters_written = total  # type: ignore[attr-defined]
            raise

    @overload
    def sendto(self, data: ReadableBuffer, address: Any, /) -> int: ...
    @overload
    def sendto(self, data: ReadableBuffer, flags: SupportsIndex, address: Any, /) -> int: ...
    def sendto(self, data: Any, *flags_and_address: Any) -> int:
        """Send data to an address, and return the number of bytes that were sent.

        The arguments are (data, address) or (data, flags, address): a bytes-like object, MSG_* constants as for
        send(), and an address in the format of the family. The socket should not be connected.

        Raises the exceptions of send(), gaierror if a host is not found, and TypeError, ValueError or OverflowError
        for an invalid address. See sendto(2).
        """
        buffer, bits, address = _arguments.sendto(data, *flags_and_address)
        sockaddr = self.__encode("sendto", address)
        sys.audit("socket.sendto", self, address)
        return self.__send(system.sendto, buffer, bits, sockaddr)

    # ------------------------------------------------------------------ messages

    def recvmsg(
        self, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> tuple[bytes, list[Cmsg], int, Any]:
        """Receive data and control messages, and return (data, ancdata, msg_flags, address).

        bufsize is the maximum number of bytes of data, ancbufsize the size of the buffer for control messages (see
        CMSG_SPACE()), and flags is as for recv(). ancdata is a list of (cmsg_level, cmsg_type, cmsg_data) tuples.
        msg_flags has MSG_TRUNC or MSG_CTRUNC if data or control messages were cut off. address is as from recvfrom().
        sockcore.ancillary.decode() returns control messages as values.

        Raises the exceptions of recv(). See recvmsg(2).
        """
        size, control_size, bits = bufsize, ancbufsize, 0
        if not (type(size) is type(control_size) is int and 0 <= size | control_size < SMALL and flags is _NO_FLAGS):
            size, control_size, bits = _arguments.recvmsg(bufsize, ancbufsize, flags)
            if bits & _WAITALL and self.__collects_all(bits):
                view = memoryview(zeroed(size))
                count, messages, msg_flags, address = self.__collect_message([view], control_size, bits)
                return view[:count].tobytes(), messages, msg_flags, address
        receive = self.__read_error_queue if bits & _ERRQUEUE else self.__receive
        data, *rest = receive(_receive_message, size, control_size, bits, self.__codec.size)
        received: tuple[bytes, list[Cmsg], int, Any] = self.__unpacked_message(data, *rest)
        return received

    def recvmsg_into(
        self, buffers: Iterable[WriteableBuffer], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> tuple[int, list[Cmsg], int, Any]:
        """Receive data into several buffers, and control messages; return (nbytes, ancdata, msg_flags, address).

        buffers is an iterable of writable bytes-like objects, which are filled one after the other. A stream socket
        uses the first IOV_MAX of them. ancbufsize, flags and the other results are those of recvmsg().

        Raises the exceptions of recvmsg(), and TypeError if a buffer is not writable.
        """
        targets, control_size, bits = _arguments.recvmsg_into(buffers, ancbufsize, flags)
        views = limit_buffers(targets) if self.__type == SOCK_STREAM else targets
        if bits & _WAITALL and self.__collects_all(bits):
            result: tuple[int, list[Cmsg], int, Any] = self.__collect_message(views, control_size, bits)
        else:
            receive = self.__read_error_queue if bits & _ERRQUEUE else self.__receive
            result = self.__unpacked_message(*receive(system.recvmsg, views, control_size, bits, self.__codec.size))
        return result

    def __collect_message(self, views: Sequence[memoryview], control_size: int, flags: int) -> Any:
        """Receive a message like :meth:`__collect`.

        Return all control messages, the msg_flags of all pieces, and the first address.
        """
        self.__raise_receive_error()
        deadline = _timeouts.deadline_of(self.__timeout)
        arguments = control_size, flags & ~_WAITALL, self.__codec.size
        total, control, msg_flags, sockaddr = self.__complete_until(
            deadline, False, READ, system.recvmsg, views, *arguments
        )
        count, left = total, [*views]
        messages: list[Cmsg] = []
        try:
            messages += ancillary.unpack(control)
            while count and (left := advance(left, count)):
                try:
                    count, control, more_flags, _ = self.__complete_until(
                        deadline, False, READ, system.recvmsg, left, *arguments
                    )
                except OSError as exc:
                    self.__keep_receive_error(exc)
                    break
                total += count
                msg_flags |= more_flags
                messages += ancillary.unpack(control)
            return total, messages, msg_flags, self.__decode("recvmsg", sockaddr)
        except BaseException:
            ancillary.discard(messages)
            raise

    def __unpacked_message(self, data: Any, control: bytes, msg_flags: int, sockaddr: bytes) -> Any:
        """Return the result of recvmsg.

        On an error, close the file descriptors in the control messages.
        """
        messages = ancillary.unpack(control) if control else []
        try:
            return data, messages, msg_flags, self.__decode("recvmsg", sockaddr)
        except BaseException:
            ancillary.discard(messages)
            raise

    def sendmsg(
        self,
        buffers: Iterable[ReadableBuffer],
        ancdata: Iterable[tuple[int, int, ReadableBuffer]] = _NO_MESSAGES,
        flags: SupportsIndex = 0,
        address: Any = None,
        /,
    ) -> int:
        """Send data and control messages, and return the number of bytes of data that were sent.

        buffers is an iterable of bytes-like objects, which are sent as one message; a stream socket uses the first
        IOV_MAX of them. ancdata is an iterable of (cmsg_level, cmsg_type, cmsg_data) tuples; flags is as for send().
        address is the receiver, or None for a connected socket. sockcore.ancillary.encode() makes control messages
        from values.

        Raises the exceptions of send(), and TypeError, ValueError or OverflowError for an invalid address. See
        sendmsg(2).
        """
        bits = 0 if flags is _NO_FLAGS else _arguments.sendmsg(buffers, ancdata, flags, address)[2]
        sockaddr = b"" if address is None else self.__encode("sendmsg", address)
        sys.audit("socket.sendmsg", self, address)
        # A copy, because an object may change its list when its bytes are read.
        items = [*buffers] if type(buffers) is list else _arguments.items("sendmsg", 1, buffers)
        views: Sequence[bytes | memoryview] = [
            item if type(item) is bytes else memoryview(_arguments.readable_buffer(item)) for item in items
        ]
        control = b"" if ancdata is _NO_MESSAGES else ancillary.pack(ancdata)
        if self.__type == SOCK_STREAM:
            views = limit_buffers(views)
        return self.__send(system.sendmsg, views, control, bits, sockaddr)

    # ------------------------------------------------------------------ batches

    def sendmmsg(self, messages: Iterable[Any], flags: SupportsIndex = 0, /) -> int:
        """Send several messages by one system call, and return the number of messages that were sent.

        messages is an iterable of data, (data, address) or (data, address, ancdata). data is a bytes-like object, or
        a list of them; address and ancdata are as for sendmsg(). flags applies to all messages.

        Raises the exceptions of sendmsg() for the first message. The next call raises an error of a later message.
        Systems without sendmmsg(2) use a call for each message.
        """
        items, bits = _arguments.sendmmsg(messages, flags)
        batch = [self.__prepare_message(number, message) for number, message in enumerate(items)]
        number, self.__send_error = self.__send_error, 0
        if number:
            raise _exceptions.from_errno(number)
        send_many = _sendmmsg
        sent = 0
        while sent < len(batch):
            call, size = (send_many, _arguments.MOST_MESSAGES) if send_many else (send_one, 1)
            chunk = batch[sent : sent + size]
            if not sent:
                taken = self.__send(call, chunk, bits)
                _exceptions.check_sent(taken, len(chunk), "messages")
            else:
                try:
                    taken = call(self.__fd, chunk, bits)
                    _exceptions.check_sent(taken, len(chunk), "messages")
                except OSError as exc:
                    if not _exceptions.is_raised_here(exc):
                        raise
                    if isinstance(exc, InterruptedError):
                        continue
                    if not isinstance(exc, BlockingIOError):
                        self.__send_error = _exceptions.number_of(exc)
                    break
            sent += taken
            if taken < len(chunk):
                send_many = None  # sendmmsg(2) does not report its error; the next call with one message raises it
        return sent

    def __prepare_message(self, number: int, message: Any) -> tuple[Sequence[Any], bytes, bytes]:
        """Return the buffers, control data and sockaddr of a message in a batch.

        Raise its audit event.
        """
        data, address, ancdata = _arguments.sendmmsg_item(number, message)
        sockaddr = b"" if address is None else self.__encode("sendmmsg", address)
        sys.audit("socket.sendmsg", self, address)
        return _arguments.buffers_of(data), ancillary.pack(ancdata) if ancdata else b"", sockaddr

    def recvmmsg(
        self, count: SupportsIndex, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> list[tuple[bytes, list[Cmsg], int, Any]]:
        """Receive several messages by one system call, and return a list of the results of recvmsg().

        count is the maximum number of messages (more than 1024 is 1024). bufsize, ancbufsize and flags are those of
        recvmsg(), for each message. The call waits for the first message only, and the list has at least one result.

        Raises the exceptions of recvmsg() for the first message. The next call raises an error that follows a
        message. Systems without recvmmsg(2) use a call for each message.
        """
        number, size, control_size, bits = _arguments.recvmmsg(count, bufsize, ancbufsize, flags)
        block = zeroed(number * size) if bits & _TRUNC else borrow_block(number * size)
        view = memoryview(block)
        try:
            targets = [(view[at * size : (at + 1) * size],) for at in range(number)]
            return [
                (bytes(target[:length]), messages, msg_flags, address)
                for (target,), (length, messages, msg_flags, address) in zip(
                    targets, self.__receive_batch(targets, control_size, bits)
                )
            ]
        finally:
            if type(block) is bytearray:
                give_back_block(block)

    def recvmmsg_into(
        self, buffers: Iterable[Any], ancbufsize: SupportsIndex = 0, flags: SupportsIndex = 0, /
    ) -> list[tuple[int, list[Cmsg], int, Any]]:
        """Receive several messages into buffers by one system call; return a list of the results of recvmsg_into().

        buffers has a writable bytes-like object, or a list of them, for each message; at most 1024 are used.
        ancbufsize and flags are those of recvmsg_into().

        Raises the exceptions of recvmmsg().
        """
        return self.__receive_batch(*_arguments.recvmmsg_into(buffers, ancbufsize, flags))

    def __receive_batch(self, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int) -> list[Any]:
        if not targets:
            return []
        received = self.__receive(_recvmmsg or self.__receive_each, targets, control_size, flags, self.__codec.size)
        results: list[Any] = []
        try:
            for message in received:
                results.append(self.__unpacked_message(*message))
        except BaseException:
            close_undelivered(results, received[len(results) + 1 :])
            raise
        return results

    def __receive_each(
        self, fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
    ) -> list[Any]:
        """Receive like recvmmsg(2), on a system without it."""
        received, self.__receive_error = receive_each(fd, targets, control_size, flags, address_size)
        return received

    # ------------------------------------------------------------------ options

    @overload
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, /) -> int: ...
    @overload
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, buflen: SupportsIndex, /) -> bytes: ...
    def getsockopt(self, level: SupportsIndex, optname: SupportsIndex, buflen: SupportsIndex = 0, /) -> int | bytes:
        """Return the value of a socket option.

        level is SOL_SOCKET or the level of a protocol (IPPROTO_TCP), optname a constant (SO_RCVBUF). Without buflen,
        the value is an int. With buflen, the size of the buffer for getsockopt(2), the value is bytes.
        sockcore.options.read() returns structs as values.

        Raises OSError (ENOPROTOOPT if the protocol does not have the option, EINVAL for a wrong buflen) and TypeError
        for arguments that are not ints.
        """
        size = 0
        if not (type(level) is type(optname) is int and 0 <= level | optname < SMALL and buflen is _NO_FLAGS):
            level, optname, size = _arguments.getsockopt(level, optname, buflen)
        if size:
            value: int | bytes = system.getsockopt(self.__fd, level, optname, size)
        elif level in self.__codec.wide_levels:
            value = int.from_bytes(system.getsockopt(self.__fd, level, optname, 8), sys.byteorder)
        else:
            value = system.getsockopt_int(self.__fd, level, optname)
        return value

    @overload
    def setsockopt(
        self, level: SupportsIndex, optname: SupportsIndex, value: SupportsIndex | ReadableBuffer, /
    ) -> None: ...
    @overload
    def setsockopt(
        self, level: SupportsIndex, optname: SupportsIndex, value: None, optlen: SupportsIndex, /
    ) -> None: ...
    def setsockopt(self, *arguments: Any) -> None:
        """Set a socket option.

        The arguments are (level, optname, value), or (level, optname, None, optlen). level and optname are as for
        getsockopt(). value is an int, or a bytes-like object with the struct of the option. None with optlen sets a
        null pointer and a length, which a few options need. sockcore.options.write() accepts structs as values.

        Raises OSError (ENOPROTOOPT if the protocol does not have the option, EINVAL for an invalid value) and
        TypeError for other arguments. See setsockopt(2).
        """
        converted = _arguments.setsockopt(self.__codec.wide_levels, *arguments)
        system.setsockopt(self.__fd, *converted)  # last: the conversion may run code that closes the socket


def socket_from_fd(cls: type[S], fd: int, family: SupportsIndex, type: SupportsIndex, proto: SupportsIndex) -> S:
    """Return a socket of class *cls* that owns *fd*. If the constructor fails, *fd* is closed."""
    try:
        sock: S = cls.__new__(cls, family, type, proto, fileno=fd)
    except BaseException:
        system.close(fd)
        raise
    try:
        sock.__init__(family, type, proto, fileno=fd)  # type: ignore[misc]
    except BaseException:
        if isinstance(sock, BaseSocket):  # another class may have closed it
            # The constructor may have failed before or after the socket became the owner, may have closed or detached
            # it, or may have opened another one.
            if BaseSocket.fileno(sock) != fd and not getattr(sock, "_closed", False):
                system.close(fd)
            BaseSocket.close(sock)
        raise
    return sock


def _read_numbers(fd: int, family: int, type: int, proto: int) -> tuple[int, int, int]:
    """Return the family, type and protocol of a descriptor.

    An argument that is -1 is replaced by the value from the system.
    """
    if _SO_DOMAIN is not None:
        try:
            # SO_DOMAIN works for families without getsockname(2), such as AF_ALG.
            domain = system.getsockopt_int(fd, SOL_SOCKET, _SO_DOMAIN)
        except OSError as exc:
            if exc.errno in (errno.EBADF, errno.ENOTSOCK):
                raise
        else:
            family = domain if family == -1 else family
    if family == -1 or _SO_DOMAIN is None:
        try:
            sockaddr = system.getsockname(fd, STORAGE)
        except OSError as exc:
            if family == -1 or exc.errno in (errno.EBADF, errno.ENOTSOCK):
                raise
        else:
            family = family_of(sockaddr) if family == -1 else family
    if type == -1:
        type = SOCK_STREAM if _SO_TYPE is None else system.getsockopt_int(fd, SOL_SOCKET, _SO_TYPE)
    if proto == -1:
        proto = 0 if _SO_PROTOCOL is None else system.getsockopt_int(fd, SOL_SOCKET, _SO_PROTOCOL)
    return family, type, proto


def _receive_into(fd: int, view: memoryview, flags: int) -> tuple[int, None]:
    return system.recv_into(fd, view, flags), None


#: Receives a message as bytes: by recvmsg if the backend has no function for it.
_receive_message: Callable[..., Any] = getattr(system, "recvmsg_bytes", receive_one)

#: Methods that check the number of their arguments here, for the messages of the standard module. The check takes 0.1
#: microseconds. Methods that send, receive or only return a value therefore leave it to the interpreter, whose message
#: counts the socket too. The rule of setsockopt() checks the number itself.
_CHECKED_METHODS = (
    "_accept", "bind", "connect", "connect_ex", "getpeername", "getsockname", "getsockopt", "listen", "setblocking",
    "setsockopt", "settimeout", "shutdown",
)  # fmt: skip


def _with_argument_check(name: str, method: Any, least: int, most: int) -> Any:
    """Return a method that checks the number of its arguments, and calls *method*."""

    def call(self: BaseSocket, *arguments: Any, **keywords: Any) -> Any:
        if keywords:
            raise TypeError(f"socket.{name}() takes no keyword arguments")
        if not least <= len(arguments) <= most:
            _exceptions.raise_wrong_count(name, least, most, len(arguments))
        return method(self, *arguments)

    call.__name__, call.__doc__ = name, method.__doc__
    call.__wrapped__ = method  # type: ignore[attr-defined]
    return call


for _name in _CHECKED_METHODS:
    setattr(
        BaseSocket,
        _name,
        _with_argument_check(_name, vars(BaseSocket)[_name], *_arguments.COUNTS.get(_name, (0, sys.maxsize))),
    )
for _name, _value in vars(BaseSocket).items():
    # Matches CPython: both classes have the name of the public one, which appears in messages about arguments.
    if hasattr(_value, "__qualname__") and not _name.startswith("_BaseSocket"):
        _value.__qualname__ = f"socket.{_name}"
BaseSocket.__name__ = BaseSocket.__qualname__ = "socket"
BaseSocket.__module__ = "sockcore"
