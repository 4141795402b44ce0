"""The interface of a backend. Only type checkers import it.

1. A function makes one system call, or the few calls that replace it on a system that lacks it.
2. Addresses are whole sockaddrs as bytes, in both directions. b"" means that the kernel wrote none.
3. Errors are OSError with errno, of the subclass for that errno. No function waits or retries. EAGAIN is
   BlockingIOError. EINTR is InterruptedError, raised after the signal handler has run. It is not raised by calls that
   the interpreter itself repeats after a signal (os.read, os.write).
4. Sizes are in bytes and not negative: the caller has checked them. Descriptors are not checked.
5. A function that creates a descriptor makes it non-inheritable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Backend(Protocol):
    """The functions of a backend. A module with these functions is a backend."""

    #: The name of the backend: ``'posix'``, ``'winsock'``, ``'native'``.
    NAME: str

    #: The result of :meth:`connect` for a connection in progress: EINPROGRESS, on Windows WSAEWOULDBLOCK.
    IN_PROGRESS: int

    def socket(self, family: int, type: int, proto: int) -> int:
        """Call socket(2), and return a new descriptor.

        *type* may contain SOCK_NONBLOCK and SOCK_CLOEXEC.
        """

    def socketpair(self, family: int, type: int, proto: int) -> tuple[int, int]:
        """Call socketpair(2), and return two descriptors.

        The function is None on Windows, which lacks the call.
        """

    def close(self, fd: int) -> None:
        """Call close(2). ECONNRESET is ignored: the descriptor is closed."""

    def dup(self, fd: int) -> int:
        """Return a duplicate that is not inheritable."""

    def bind(self, fd: int, address: bytes) -> None:
        """Call bind(2)."""

    def connect(self, fd: int, address: bytes) -> int:
        """Call connect(2), and return 0 or the errno (EINPROGRESS, EINTR...).

        It does not raise OSError.
        """

    def listen(self, fd: int, backlog: int) -> None:
        """Call listen(2)."""

    def accept(self, fd: int, size: int) -> tuple[int, bytes]:
        """Call accept4(2) with SOCK_CLOEXEC, or its replacement.

        Return the descriptor and the address of the peer.

        If *size* is 0, the address is not requested, and empty.
        """

    def shutdown(self, fd: int, how: int) -> None:
        """Call shutdown(2)."""

    def getsockname(self, fd: int, size: int) -> bytes:
        """Call getsockname(2) with a buffer of *size* bytes."""

    def getpeername(self, fd: int, size: int) -> bytes:
        """Call getpeername(2) with a buffer of *size* bytes."""

    def getsockopt_int(self, fd: int, level: int, option: int) -> int:
        """Call getsockopt(2) for a C int."""

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes:
        """Call getsockopt(2) with a buffer of *size* bytes, and return the value."""

    def setsockopt(
        self, fd: int, level: int, option: int, value: bytes | bytearray | memoryview | None, size: int
    ) -> None:
        """Call setsockopt(2) with a buffer.

        None is a null pointer with the length *size*.
        """

    def recv(self, fd: int, size: int, flags: int) -> bytes:
        """Call recv(2) for at most *size* bytes."""

    def recv_into(self, fd: int, buffer: memoryview, flags: int) -> int:
        """Call recv(2) with a writable, contiguous buffer. Return the number of bytes."""

    def recvfrom(self, fd: int, size: int, flags: int, address_size: int) -> tuple[bytes, bytes]:
        """Call recvfrom(2), and return the data and the sender."""

    def recvfrom_into(self, fd: int, buffer: memoryview, flags: int, address_size: int) -> tuple[int, bytes]:
        """Call recvfrom(2) with a buffer, and return the number of bytes and the sender."""

    def recvmsg(
        self, fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
    ) -> tuple[int, bytes, int, bytes]:
        """Call recvmsg(2) with several buffers.

        Return the number of bytes, the control data, msg_flags and the sender.
        """

    def recvmsg_bytes(
        self, fd: int, size: int, control_size: int, flags: int, address_size: int
    ) -> tuple[bytes, bytes, int, bytes]:
        """Call recvmsg(2) for at most *size* bytes. A backend may lack this function.

        Return the data, the control data, msg_flags and the sender.
        """

    def send(self, fd: int, data: bytes | bytearray | memoryview, flags: int, packets: bool = False) -> int:
        """Call send(2), and return the number of bytes that the kernel accepted.

        *packets* is True for a socket of SOCK_SEQPACKET.
        """

    def sendto(self, fd: int, data: bytes | bytearray | memoryview, flags: int, address: bytes) -> int:
        """Call sendto(2), and return the number of bytes that the kernel accepted."""

    def sendmsg(
        self, fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes
    ) -> int:
        """Call sendmsg(2), with control data and an address unless they are empty.

        Return the number of bytes that the kernel accepted.
        """

    def sendmmsg(self, fd: int, messages: Sequence[tuple[Sequence[memoryview], bytes, bytes]], flags: int) -> int:
        """Call sendmmsg(2) with (buffers, control data, address) for each message.

        Return the number of messages that the kernel accepted. The function is None or missing on systems without the
        call, and so is :meth:`recvmmsg`.
        """

    def recvmmsg(
        self, fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
    ) -> list[tuple[int, bytes, int, bytes]]:
        """Call recvmmsg(2) with buffers for each message.

        It waits for the first message only. Return the results of :meth:`recvmsg` for each message.
        """

    def ioctl(self, fd: int, request: int, argument: bytearray) -> int:
        """Call ioctl(2), with *argument* as input and output, and return its value."""

    def set_blocking(self, fd: int, blocking: bool) -> None:
        """Clear or set O_NONBLOCK."""

    def get_inheritable(self, fd: int) -> bool:
        """Return True if FD_CLOEXEC is clear."""

    def set_inheritable(self, fd: int, inheritable: bool) -> None:
        """Clear or set FD_CLOEXEC."""

    def if_nametoindex(self, name: bytes) -> int:
        """Call if_nametoindex(3)."""

    def if_indextoname(self, index: int) -> bytes:
        """Call if_indextoname(3)."""

    def if_nameindex(self) -> list[tuple[int, bytes]]:
        """Call if_nameindex(3)."""
