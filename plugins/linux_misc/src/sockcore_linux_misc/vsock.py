"""AF_VSOCK, communication between a virtual machine and its host: ``(cid, port)``. vsock(7).

1. The header defines VMADDR_CID_ANY and VMADDR_PORT_ANY as -1. Programs may also pass -1. Decoding returns
   4294967295.
2. The level of the socket options is AF_VSOCK. Buffer sizes are 64-bit integers, in bytes. The timeout of connect(2) is
   in seconds.
3. ioctl(2) on /dev/vsock with IOCTL_VM_SOCKETS_GET_LOCAL_CID returns the cid of the machine.
"""

from __future__ import annotations

from sockcore.plugin import (
    I64,
    U8,
    U16,
    U32,
    U64,
    Any,
    Context,
    CStruct,
    Struct,
    in_range,
    integer,
    padding,
    wrong_address_type,
)
from sockcore_linux_misc.address import NumericFamily
from sockcore_linux_misc.constants import constant

SOCKADDR_VM = Struct(
    "struct sockaddr_vm",
    "<linux/vm_sockets.h>",
    ("svm_reserved1", U16),
    ("svm_port", U32),
    ("svm_cid", U32),
    ("svm_flags", U8),
    ("svm_zero", padding(3)),
    sockaddr=True,
)

#: SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW: 64-bit fields on every machine.
NEW_TIMEVAL = Struct("struct __kernel_sock_timeval", "<linux/time_types.h>", ("tv_sec", I64), ("tv_usec", I64))

#: SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD: the fields are C longs.
OLD_TIMEVAL = CStruct(
    "struct __kernel_old_timeval",
    "<linux/time_types.h>",
    {
        "sparc 64bit": (("tv_sec", "long"), ("tv_usec", "int")),
        "*": (("tv_sec", "long"), ("tv_usec", "long")),
    },
)

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = (SOCKADDR_VM, NEW_TIMEVAL, OLD_TIMEVAL)

_ANY = 0xFFFFFFFF
_MICROSECONDS = 1_000_000
_SIZE = Struct("unsigned long long", "<stdint.h>", ("", U64))


class Vsock(NumericFamily):
    """AF_VSOCK: ``(cid, port)``, a context identifier and a port. Both have 32 bits."""

    number: int = constant("AF_VSOCK")
    name = "AF_VSOCK"
    module: str | None = "vsock"
    size: int = SOCKADDR_VM.size
    probe: tuple[int, int] | None = (constant("SOCK_STREAM"), 0)
    wide_levels: frozenset[int] = frozenset((number,))

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True: the reports are completions of zero-copy transmissions (Linux 6.7)."""
        return True

    def to_sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_vm`` of a pair (cid, port).

        Raises TypeError for another type or length or a part that is not an integer. Raises OverflowError for a number
        not in 0-4294967295, except -1, which means VMADDR_CID_ANY or VMADDR_PORT_ANY.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type("getsockaddrarg", self.name, address)
        if len(address) != 2:
            raise TypeError(f"getsockaddrarg() takes exactly 2 arguments ({len(address)} given)")
        cid, port = [_ANY if part == -1 else part for part in [integer(part) for part in address]]
        in_range(context, "AF_VSOCK cid", cid, 32)
        in_range(context, "AF_VSOCK port", port, 32)
        return SOCKADDR_VM.pack(self.number, 0, port, cid, 0)

    def from_sockaddr(self, sockaddr: bytes) -> tuple[Any, ...]:
        """Return (cid, port)."""
        _, port, cid, _ = SOCKADDR_VM.unpack(sockaddr)
        return cid, port
