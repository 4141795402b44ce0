"""AF_VSOCK: ``(cid, port)`` to ``struct sockaddr_vm`` and back, between a virtual machine and its host. vsock(7).

1. The header writes VMADDR_CID_ANY and VMADDR_PORT_ANY as -1; so may a program. They come out as 4294967295.
2. Options are at the level AF_VSOCK. Those that are more than an int are values here: buffer sizes are ints of 64
   bits, in bytes, and the timeout of connect is in seconds.
3. A machine's own cid is asked of /dev/vsock by ioctl(2), with IOCTL_VM_SOCKETS_GET_LOCAL_CID.
"""

from __future__ import annotations

from struct import error as StructError

from sockcore.plugin import (
    I64,
    U8,
    U16,
    U32,
    U64,
    Any,
    Callable,
    Context,
    CStruct,
    Iterator,
    Option,
    Register,
    Struct,
    in_range,
    integer,
    padding,
    struct_value,
    unsigned,
    wrong_address_type,
)
from sockcore_linux_misc.constants import TABLE, constant
from sockcore_linux_misc.numeric import NumericFamily

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

#: The timeval of SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW, the same on every machine.
NEW_TIMEVAL = Struct("struct __kernel_sock_timeval", "<linux/time_types.h>", ("tv_sec", I64), ("tv_usec", I64))

#: The timeval of SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD, of C's longs.
OLD_TIMEVAL = CStruct(
    "struct __kernel_old_timeval",
    "<linux/time_types.h>",
    {
        "sparc 64bit": (("tv_sec", "long"), ("tv_usec", "int")),
        "*": (("tv_sec", "long"), ("tv_usec", "long")),
    },
)

#: What ``tools/headers`` proves.
STRUCTS = (SOCKADDR_VM, NEW_TIMEVAL, OLD_TIMEVAL)

_ANY = 0xFFFFFFFF
_MICROSECONDS = 1_000_000
_SIZE = Struct("unsigned long long", "<stdint.h>", ("", U64))


class Vsock(NumericFamily):
    """AF_VSOCK: pairs of a context identifier (CID) and a port, both of 32 bits."""

    number = constant("AF_VSOCK")
    name = "AF_VSOCK"
    module = "vsock"
    size = SOCKADDR_VM.size
    probe = (constant("SOCK_STREAM"), 0)
    wide_levels = frozenset((number,))

    def sockaddr(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_vm`` of a pair (cid, port).

        TypeError for another type or length, or a part that is no integer; OverflowError for one not in 0-4294967295,
        but for -1, which is the number that VMADDR_CID_ANY and VMADDR_PORT_ANY are.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type("getsockaddrarg", self.name, address)
        if len(address) != 2:
            raise TypeError(f"getsockaddrarg() takes exactly 2 arguments ({len(address)} given)")
        cid, port = [_ANY if part == -1 else part for part in [integer(part) for part in address]]
        in_range(context, "AF_VSOCK cid", cid, 32)
        in_range(context, "AF_VSOCK port", port, 32)
        return SOCKADDR_VM.pack(self.number, 0, port, cid, 0)

    def numbers(self, raw: bytes) -> tuple[Any, ...]:
        """Return (cid, port)."""
        _, port, cid, _ = SOCKADDR_VM.unpack(raw)
        return cid, port


def encode_size(size: object) -> bytes:
    """Return the 64 bits of a size in bytes; TypeError if it is no integer, OverflowError out of range."""
    return _SIZE.pack(unsigned("a buffer size", size, 64))


def _timeout(timeval: Any) -> tuple[Callable[[bytes], float], Callable[[object], bytes]]:
    """Return how to read the seconds in a *timeval* and how to make one of them."""

    def decode(raw: bytes) -> float:
        seconds, microseconds = timeval.unpack(raw[: timeval.size].ljust(timeval.size, b"\0"))
        return float(seconds + microseconds / _MICROSECONDS)

    def encode(seconds: object) -> bytes:
        if not isinstance(seconds, (int, float)):
            raise TypeError(f"a timeout must be a number of seconds, not {type(seconds).__name__}")
        if not seconds >= 0:
            raise ValueError(f"a timeout must be 0 seconds or more, not {seconds!r}")
        try:
            # The kernel takes 0 for its default: what is more than that stays more.
            microseconds = max(round(seconds * _MICROSECONDS), int(seconds > 0))
            return bytes(timeval.pack(*divmod(microseconds, _MICROSECONDS)))
        except (OverflowError, StructError):
            raise OverflowError(f"a timeout of {seconds!r} seconds is out of range") from None

    return decode, encode


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options."""
    level = TABLE["AF_VSOCK"]
    for name in ("SO_VM_SOCKETS_BUFFER_SIZE", "SO_VM_SOCKETS_BUFFER_MIN_SIZE", "SO_VM_SOCKETS_BUFFER_MAX_SIZE"):
        yield Option(name, level, TABLE[name], _SIZE.size, struct_value(_SIZE), encode_size)
    # Where the name without an ending is missing, the C library has no long in its timeval.
    old = "SO_VM_SOCKETS_CONNECT_TIMEOUT"
    old = old if old in TABLE else old + "_OLD"
    new = "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW"
    for name, timeval in ((old, OLD_TIMEVAL.packer()), (new, NEW_TIMEVAL)):
        yield Option(name, level, TABLE[name], timeval.size, *_timeout(timeval))


def bring(register: Register) -> None:
    """Bring AF_VSOCK and the codecs of its options."""
    register.family(Vsock())
    for option in options():
        register.option(option)
