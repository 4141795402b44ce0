"""The contract of a backend. Imported by type checkers only.

1. One function, one system call (or the few that make it up on a system that lacks it).
2. Addresses are whole sockaddrs in bytes, both ways; b"" where the kernel wrote none.
3. Errors are OSError with errno, so that the subclass follows from it. Nothing waits, nothing is retried: EAGAIN
   is BlockingIOError and EINTR is InterruptedError, raised after the signal's handler has run. The exceptions are
   the calls that the interpreter itself repeats after a signal (os.read, os.write).
4. Sizes are in bytes and not negative; the caller has checked them. Descriptors are passed on as they are.
5. A function that makes a descriptor makes it non-inheritable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Backend(Protocol):
    """The functions of a backend; a module with these functions is one."""

    #: Which backend this is: ``'posix'``, ``'winsock'``, ``'native'``.
    NAME: str

    #: What :meth:`connect` gives while the connection is being made: EINPROGRESS, on Windows WSAEWOULDBLOCK.
    IN_PROGRESS: int

    def socket(self, family: int, type: int, proto: int) -> int:
        """socket(2): return a new descriptor. *type* may have SOCK_NONBLOCK and SOCK_CLOEXEC or'ed in."""

    def socketpair(self, family: int, type: int, proto: int) -> tuple[int, int]:
        """socketpair(2): return two descriptors. None on Windows, which has no such call."""

    def close(self, fd: int) -> None:
        """close(2). ECONNRESET is no error: the descriptor is closed."""

    def dup(self, fd: int) -> int:
        """Return a duplicate, non-inheritable."""

    def bind(self, fd: int, address: bytes) -> None:
        """bind(2)."""

    def connect(self, fd: int, address: bytes) -> int:
        """connect(2): return 0 or the errno (EINPROGRESS, EINTR...): none is an exception here."""

    def listen(self, fd: int, backlog: int) -> None:
        """listen(2)."""

    def accept(self, fd: int, size: int) -> tuple[int, bytes]:
        """accept4(2) with SOCK_CLOEXEC or what comes nearest: return the descriptor and the peer's address.

        With a *size* of 0 the address is not asked for, and empty.
        """

    def shutdown(self, fd: int, how: int) -> None:
        """shutdown(2)."""

    def getsockname(self, fd: int, size: int) -> bytes:
        """getsockname(2), of at most *size* bytes."""

    def getpeername(self, fd: int, size: int) -> bytes:
        """getpeername(2), of at most *size* bytes."""

    def getsockopt_int(self, fd: int, level: int, option: int) -> int:
        """getsockopt(2) of a C int."""

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes:
        """getsockopt(2) into a buffer of *size* bytes: return what the kernel wrote."""

    def setsockopt(
        self, fd: int, level: int, option: int, value: bytes | bytearray | memoryview | None, size: int
    ) -> None:
        """setsockopt(2) of a buffer; None is a null pointer with length *size*."""

    def recv(self, fd: int, size: int, flags: int) -> bytes:
        """recv(2) of at most *size* bytes."""

    def recv_into(self, fd: int, buffer: memoryview, flags: int) -> int:
        """recv(2) into a writable, contiguous buffer of bytes: return how many."""

    def recvfrom(self, fd: int, size: int, flags: int, address_size: int) -> tuple[bytes, bytes]:
        """recvfrom(2): return data and sender."""

    def recvfrom_into(self, fd: int, buffer: memoryview, flags: int, address_size: int) -> tuple[int, bytes]:
        """recvfrom(2) into a buffer: return how many bytes, and the sender."""

    def recvmsg(
        self, fd: int, buffers: Sequence[memoryview], control_size: int, flags: int, address_size: int
    ) -> tuple[int, bytes, int, bytes]:
        """recvmsg(2) into buffers: return how many bytes, control data, msg_flags and sender."""

    def recvmsg_bytes(
        self, fd: int, size: int, control_size: int, flags: int, address_size: int
    ) -> tuple[bytes, bytes, int, bytes]:
        """recvmsg(2) of at most *size* bytes: return data, control data, msg_flags and sender. May be missing."""

    def send(self, fd: int, data: bytes | bytearray | memoryview, flags: int, packets: bool = False) -> int:
        """send(2): return how many bytes the kernel took. *packets* says that the socket is of SOCK_SEQPACKET."""

    def sendto(self, fd: int, data: bytes | bytearray | memoryview, flags: int, address: bytes) -> int:
        """sendto(2): return how many bytes the kernel took."""

    def sendmsg(
        self, fd: int, buffers: Sequence[bytes | memoryview], control: bytes, flags: int, address: bytes
    ) -> int:
        """sendmsg(2), with control data and an address unless they are empty: return how many bytes the kernel took."""

    def sendmmsg(self, fd: int, messages: Sequence[tuple[Sequence[memoryview], bytes, bytes]], flags: int) -> int:
        """sendmmsg(2) of (buffers, control data, address): return how many messages the kernel took.

        None, or not there, on systems that have no such call; :meth:`recvmmsg` likewise.
        """

    def recvmmsg(
        self, fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
    ) -> list[tuple[int, bytes, int, bytes]]:
        """recvmmsg(2) into the buffers of each, waiting for the first only: return as recvmsg, for each."""

    def ioctl(self, fd: int, request: int, argument: bytearray) -> int:
        """ioctl(2), *argument* in and out: return the call's value."""

    def set_blocking(self, fd: int, blocking: bool) -> None:
        """Clear or set O_NONBLOCK."""

    def get_inheritable(self, fd: int) -> bool:
        """Return whether FD_CLOEXEC is clear."""

    def set_inheritable(self, fd: int, inheritable: bool) -> None:
        """Clear or set FD_CLOEXEC."""

    def if_nametoindex(self, name: bytes) -> int:
        """if_nametoindex(3)."""

    def if_indextoname(self, index: int) -> bytes:
        """if_indextoname(3)."""

    def if_nameindex(self) -> list[tuple[int, bytes]]:
        """if_nameindex(3)."""
