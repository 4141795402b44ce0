"""A kernel with one more address family, simulated in this process."""

from __future__ import annotations

import errno

from sockcore import backends
from sockcore._codec_helpers import SOCKADDR_IN
from sockcore._exceptions import from_errno, number_of
from sockcore._families.structs import HAS_SA_LEN, family_of, sockaddr_header
from sockcore._platform import constants
from sockcore._types import Any, Callable, Self, Sequence

_C = constants()
#: The family of 127.0.0.1, whose sockets transfer the data. The number is the same on every system.
_CARRIER = 2
_LOOPBACK = b"\x7f\0\0\1"
_STREAM: int = _C["SOCK_STREAM"]
_DGRAM: int = _C["SOCK_DGRAM"]
_FLAGS: int = _C.get("SOCK_NONBLOCK", 0) | _C.get("SOCK_CLOEXEC", 0)
_SOL_SOCKET: int = _C["SOL_SOCKET"]
_SO_TYPE: int = _C["SO_TYPE"]
#: Windows has two numbers for it.
_EINVAL: int = getattr(errno, "WSAEINVAL", errno.EINVAL)
_SIZE = 128  # bytes, of a buffer for addresses of the carrier


class SimulatedKernel:
    """A kernel with one more address family, as a context manager.

    1. A socket of the family is a socket of 127.0.0.1, of TCP or UDP. So data, timeouts, options and selectors are
       those of the system. The addresses are sockaddrs of the family.
    2. The kernel accepts a sockaddr of exactly *size* bytes with the family field *number*. For any other one, it fails
       like a real kernel (EINVAL, EAFNOSUPPORT).
    3. *free_address* returns the sockaddr of a socket that was not bound, for the numbers 1, 2, ... A sockaddr of zeros
       behind the family field selects one.
    4. It replaces system calls of the pure backend. On the native backend, ``with`` raises RuntimeError.
    """

    def __init__(
        self, number: int, size: int, free_address: Callable[[int], bytes], protocols: Sequence[int] = (0,)
    ) -> None:
        self.number = number
        self.size = size
        self.free_address = free_address
        self.protocols: tuple[int, ...] = tuple(protocols)
        #: (type, port of the carrier) -> the socket that owns the port.
        self.sockets: dict[tuple[int, int], SimulatedSocket] = {}
        #: (type, sockaddr) -> port of the carrier.
        self.ports: dict[tuple[int, bytes], int] = {}
        self._count = 0
        self._replaced: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Self:
        if backends.current() != "pure":
            raise RuntimeError("the simulated kernel needs the pure backend: set SOCKCORE_BACKEND=pure")
        from sockcore._sockets import base, socket

        calls = _Calls(self, vars(base)["system"])
        replacements: list[tuple[Any, str, Any]] = [
            (base, "system", calls),
            (base, "_receive_message", calls.recvmsg_bytes),
            # No batches: the core then sends and receives message by message.
            (base, "_sendmmsg", None),
            (base, "_recvmmsg", None),
            (socket, "backend", calls),
        ]
        for module, name, value in replacements:
            self._replaced.append((module, name, getattr(module, name)))
            setattr(module, name, value)
        return self

    def __exit__(self, *_: object) -> None:
        while self._replaced:
            module, name, value = self._replaced.pop()
            setattr(module, name, value)

    def unbound(self) -> bytes:
        """Return the sockaddr of a socket that is not bound."""
        return sockaddr_header(self.number, self.size).ljust(self.size, b"\0")

    def check(self, sockaddr: bytes) -> int:
        """Return 0, or the error number for a sockaddr that the kernel does not accept."""
        if len(sockaddr) != self.size:
            return _EINVAL
        if family_of(sockaddr) != self.number:
            return errno.EAFNOSUPPORT
        return _EINVAL if HAS_SA_LEN and sockaddr[0] != self.size else 0

    def name(self, sock: SimulatedSocket, sockaddr: bytes = b"") -> bytes:
        """Bind a socket to a sockaddr, by default to a free one. Return the sockaddr of the socket."""
        if not sock.sockaddr:
            while not sockaddr or (sock.type, sockaddr) in self.ports:
                self._count += 1
                sockaddr = self.free_address(self._count)
            self.ports[sock.type, sockaddr] = sock.port
            sock.sockaddr = sockaddr
        return sock.sockaddr

    def remove(self, sock: SimulatedSocket) -> None:
        """Remove a socket whose file descriptors are closed."""
        self.sockets.pop((sock.type, sock.port), None)
        self.ports.pop((sock.type, sock.sockaddr), None)


class SimulatedSocket:
    """A socket of the simulated kernel: its type, protocol, carrier, sockaddr and file descriptors."""

    def __init__(self, type: int, proto: int, port: int) -> None:
        self.type = type
        self.proto = proto
        self.port = port
        #: b"" before it is bound.
        self.sockaddr = b""
        self.fds: set[int] = set()


def _carrier(port: int) -> bytes:
    return SOCKADDR_IN.pack(_CARRIER, port, _LOOPBACK)


def _port(carrier: bytes) -> int:
    return int.from_bytes(carrier[2:4], "big")


class _Calls:
    """The system calls of the process: those of the real backend, and of the simulated family."""

    def __init__(self, kernel: SimulatedKernel, real: Any) -> None:
        self._kernel = kernel
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def _find(self, fd: int) -> SimulatedSocket | None:
        """Return the simulated socket of a file descriptor."""
        try:
            carrier = self._real.getsockname(fd, _SIZE)
            if family_of(carrier) != _CARRIER:
                return None
            sock_type = self._real.getsockopt_int(fd, _SOL_SOCKET, _SO_TYPE)
        except OSError:
            return None  # the real call raises the error
        return self._kernel.sockets.get((sock_type, _port(carrier)))

    def _simulated(self, sock: SimulatedSocket, carrier: bytes, size: int) -> bytes:
        """Return the sockaddr of the socket with an address of the carrier."""
        if not carrier:
            return b""
        other = self._kernel.sockets.get((sock.type, _port(carrier)))
        return self._kernel.name(other)[:size] if other else b""

    def _destination(self, sock: SimulatedSocket, sockaddr: bytes) -> bytes:
        """Return the address of the carrier for a sockaddr."""
        number = self._kernel.check(sockaddr)
        port = self._kernel.ports.get((sock.type, sockaddr))
        if number or port is None:
            raise from_errno(number or errno.ECONNREFUSED)
        self._kernel.name(sock)
        return _carrier(port)

    def socket(self, family: int, type: int, proto: int) -> int:
        """Open a socket."""
        if family != self._kernel.number:
            fd: int = self._real.socket(family, type, proto)
            return fd
        sock_type = type & ~_FLAGS
        if sock_type not in (_STREAM, _DGRAM) or proto not in self._kernel.protocols:
            raise from_errno(errno.EPROTONOSUPPORT)
        fd = self._real.socket(_CARRIER, type, 0)
        try:
            self._real.bind(fd, _carrier(0))
            port = _port(self._real.getsockname(fd, _SIZE))
        except OSError:
            self._real.close(fd)
            raise
        sock = self._kernel.sockets[sock_type, port] = SimulatedSocket(sock_type, proto, port)
        sock.fds.add(fd)
        return fd

    def dup(self, fd: int) -> int:
        """Duplicate a file descriptor."""
        new: int = self._real.dup(fd)
        sock = self._find(new)
        if sock:
            sock.fds.add(new)
        return new

    def close(self, fd: int) -> None:
        """Close a file descriptor."""
        sock = self._find(fd)
        self._real.close(fd)
        if sock and fd in sock.fds:
            sock.fds.discard(fd)
            if not sock.fds:
                self._kernel.remove(sock)

    def bind(self, fd: int, sockaddr: bytes) -> None:
        """Bind a socket."""
        sock = self._find(fd)
        if sock is None:
            self._real.bind(fd, sockaddr)
            return
        number = self._kernel.check(sockaddr)
        if number or sock.sockaddr:
            raise from_errno(number or _EINVAL)
        if (sock.type, sockaddr) in self._kernel.ports:
            raise from_errno(errno.EADDRINUSE)
        self._kernel.name(sock, b"" if sockaddr == self._kernel.unbound() else sockaddr)

    def connect(self, fd: int, sockaddr: bytes) -> int:
        """Connect a socket. Return 0 or the error number."""
        sock = self._find(fd)
        try:
            destination = sockaddr if sock is None else self._destination(sock, sockaddr)
        except OSError as exc:
            return number_of(exc) or _EINVAL
        number: int = self._real.connect(fd, destination)
        return number

    def listen(self, fd: int, backlog: int) -> None:
        """Listen, at a free address if the socket is not bound."""
        sock = self._find(fd)
        if sock:
            self._kernel.name(sock)
        self._real.listen(fd, backlog)

    def accept(self, fd: int, size: int) -> tuple[int, bytes]:
        """Accept a connection."""
        sock = self._find(fd)
        new, address = self._real.accept(fd, _SIZE if sock and size else size)
        return new, self._simulated(sock, address, size) if sock else address

    def getsockname(self, fd: int, size: int) -> bytes:
        """Return the address of a socket."""
        sock = self._find(fd)
        if sock is None:
            address: bytes = self._real.getsockname(fd, size)
            return address
        return (sock.sockaddr or self._kernel.unbound())[:size]

    def getpeername(self, fd: int, size: int) -> bytes:
        """Return the address of the peer."""
        sock = self._find(fd)
        address: bytes = self._real.getpeername(fd, _SIZE if sock else size)
        return self._simulated(sock, address, size) if sock else address

    def getsockopt_int(self, fd: int, level: int, option: int) -> int:
        """Return an option. Family and protocol are those of the simulated family."""
        if level == _SOL_SOCKET and option in (_C.get("SO_DOMAIN"), _C.get("SO_PROTOCOL")):
            sock = self._find(fd)
            if sock:
                return self._kernel.number if option == _C.get("SO_DOMAIN") else sock.proto
        value: int = self._real.getsockopt_int(fd, level, option)
        return value

    def recvfrom(self, fd: int, size: int, flags: int, address_size: int) -> tuple[bytes, bytes]:
        """Receive data and the sender."""
        sock = self._find(fd)
        data, address = self._real.recvfrom(fd, size, flags, _SIZE if sock else address_size)
        return data, self._simulated(sock, address, address_size) if sock else address

    def recvfrom_into(self, fd: int, buffer: memoryview, flags: int, address_size: int) -> tuple[int, bytes]:
        """Receive data into a buffer, and the sender."""
        sock = self._find(fd)
        count, address = self._real.recvfrom_into(fd, buffer, flags, _SIZE if sock else address_size)
        return count, self._simulated(sock, address, address_size) if sock else address

    def recvmsg(
        self, fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
    ) -> tuple[int, bytes, int, bytes]:
        """Receive data into buffers, control messages and the sender."""
        sock = self._find(fd)
        size = _SIZE if sock else address_size
        count, control, msg_flags, address = self._real.recvmsg(fd, buffers, control_size, flags, size)
        return count, control, msg_flags, self._simulated(sock, address, address_size) if sock else address

    def recvmsg_bytes(
        self, fd: int, size: int, control_size: int, flags: int, address_size: int
    ) -> tuple[bytes, bytes, int, bytes]:
        """Receive data, control messages and the sender."""
        buffer = bytearray(size)
        buffers = (memoryview(buffer),)
        count, control, msg_flags, address = self.recvmsg(fd, buffers, control_size, flags, address_size)
        return bytes(buffer[:count]), control, msg_flags, address

    def sendto(self, fd: int, data: Any, flags: int, sockaddr: bytes) -> int:
        """Send a message to an address."""
        sock = self._find(fd)
        destination = self._destination(sock, sockaddr) if sock else sockaddr
        count: int = self._real.sendto(fd, data, flags, destination)
        return count

    def sendmsg(self, fd: int, buffers: Sequence[Any], control: bytes, flags: int, sockaddr: bytes) -> int:
        """Send buffers and control messages."""
        sock = self._find(fd)
        destination = self._destination(sock, sockaddr) if sock and sockaddr else sockaddr
        count: int = self._real.sendmsg(fd, buffers, control, flags, destination)
        return count
