"""The values of options of SOL_SOCKET that are not ints: tuples, flags, times, filters."""

from __future__ import annotations

import sys
from array import array
from enum import IntFlag, auto
from typing import NamedTuple

from sockcore._enums import as_family, as_kind
from sockcore._exceptions import named_integer
from sockcore._families.structs import Struct
from sockcore._options import structs
from sockcore._options.kinds import (
    INT,
    Kind,
    OpenEnum,
    check_range,
    enum_kind,
    getsockopt_with_input,
    limits,
    number_kind,
    scaled_seconds_kind,
    to_float,
)
from sockcore._options.struct_kinds import (
    FLAG_FIELD,
    FieldKind,
    array_kind,
    enum_field,
    field_formats,
    struct_kind,
    text_field,
)
from sockcore._platform import constants
from sockcore._types import Any, Optional

TYPE_CHECKING = False

#: Microseconds in a second.
_MICROSECOND = 1_000_000


class Linger(NamedTuple):
    """The value of SO_LINGER: whether close() waits for unsent data, and at most *linger* seconds.

    On macOS, SO_LINGER counts ticks, and SO_LINGER_SEC counts seconds: <sys/socket.h>.
    """

    onoff: bool
    linger: int


class BufferLocks(IntFlag):
    """The values of SO_BUF_LOCK: SOCK_*_LOCK of <linux/socket.h>. The kernel does not change a locked buffer size."""

    SNDBUF = 1
    RCVBUF = 2


class TxRehash(OpenEnum):
    """The values of SO_TXREHASH: SOCK_TXREHASH_* of <linux/socket.h>.

    DEFAULT is the setting of the system. It is read as 255 if a socket has it, and set by -1.
    """

    DEFAULT = -1
    DISABLED = 0
    ENABLED = 1


class NetServiceType(OpenEnum):
    """The values of SO_NET_SERVICE_TYPE on macOS: NET_SERVICE_TYPE_* of <sys/socket.h> without the prefix."""

    BE = 0
    BK = 1
    SIG = 2
    VI = 3
    VO = 4
    RV = 5
    AV = 6
    OAM = 7
    RD = 8


class NetServiceMarking(OpenEnum):
    """The values of SO_NETSVC_MARKING_LEVEL on macOS: NETSVC_MRKNG_* of <sys/socket.h> without the prefix."""

    UNKNOWN = 0
    LVL_L2 = 1
    LVL_L3L2_ALL = 2
    LVL_L3L2_BK = 3


class TimestampClock(OpenEnum):
    """The values of SO_TS_CLOCK on FreeBSD: SO_TS_* without the prefix."""

    REALTIME_MICRO = constants().get("SO_TS_REALTIME_MICRO", -101)
    BINTIME = constants().get("SO_TS_BINTIME", -102)
    REALTIME = constants().get("SO_TS_REALTIME", -103)
    MONOTONIC = constants().get("SO_TS_MONOTONIC", -104)


class FilterInstruction(NamedTuple):
    """An instruction of a classic BPF filter, as ``tcpdump -dd`` prints it."""

    code: int
    jt: int
    jf: int
    k: int


class MemInfo(NamedTuple):
    """The value of SO_MEMINFO: the memory of a socket in bytes, and the dropped packets (SK_MEMINFO_*).

    *drops* is a number of packets; the other fields, such as *backlog*, are in bytes. A field that the kernel does not
    report is None.
    """

    rmem_alloc: int
    rcvbuf: int
    wmem_alloc: int
    sndbuf: int
    fwd_alloc: int
    wmem_queued: int
    optmem: int
    backlog: Optional[int] = None
    drops: Optional[int] = None


def _flags(prefix: str) -> dict[str, int]:
    """Return the constants of the core that begin with *prefix*, by the rest of their names.

    A system without them has NONE, because an enum without members accepts no number.
    """
    found = {name[len(prefix) :]: value for name, value in constants().items() if name.startswith(prefix)}
    return found or {"NONE": 0}


if TYPE_CHECKING:

    class TimestampingFlags(IntFlag):
        """Flags of SO_TIMESTAMPING: SOF_TIMESTAMPING_* without the prefix."""

        TX_HARDWARE = auto()
        TX_SOFTWARE = auto()
        RX_HARDWARE = auto()
        RX_SOFTWARE = auto()
        SOFTWARE = auto()
        SYS_HARDWARE = auto()
        RAW_HARDWARE = auto()
        OPT_ID = auto()
        TX_SCHED = auto()
        TX_ACK = auto()
        OPT_CMSG = auto()
        OPT_TSONLY = auto()
        OPT_STATS = auto()
        OPT_PKTINFO = auto()
        OPT_TX_SWHW = auto()
        BIND_PHC = auto()
        OPT_ID_TCP = auto()
        OPT_RX_FILTER = auto()

    class TxTimeFlags(IntFlag):
        """Flags of SO_TXTIME: SOF_TXTIME_* without the prefix."""

        DEADLINE_MODE = auto()
        REPORT_ERRORS = auto()

else:
    TimestampingFlags = IntFlag("TimestampingFlags", _flags("SOF_TIMESTAMPING_"), module=__name__)
    TxTimeFlags = IntFlag("TxTimeFlags", _flags("SOF_TXTIME_"), module=__name__)
    TimestampingFlags.__doc__ = "Flags of SO_TIMESTAMPING: SOF_TIMESTAMPING_* without the prefix."
    TxTimeFlags.__doc__ = "Flags of SO_TXTIME: SOF_TXTIME_* without the prefix."


class Timestamping(NamedTuple):
    """The value of SO_TIMESTAMPING: flags, and the hardware clock (PHC) for timestamps with BIND_PHC."""

    flags: TimestampingFlags
    bind_phc: int = 0


class TxTime(NamedTuple):
    """The value of SO_TXTIME: the clock of transmission times (CLOCK_TAI...), and flags."""

    clockid: int
    flags: TxTimeFlags


class NonPosixExtensions(NamedTuple):
    """The value of SO_NP_EXTENSIONS: flags (SONPX_*), and the mask of the flags to set."""

    flags: int
    mask: int


class AcceptFilter(NamedTuple):
    """The value of SO_ACCEPTFILTER: the name of the filter ("dataready", "httpready"), and its argument."""

    name: str
    argument: str = ""


class DmabufToken(NamedTuple):
    """An item of SO_DEVMEM_DONTNEED: the first token of a range of fragments. *token_count* items are in the range."""

    token_start: int
    token_count: int


class Splice(NamedTuple):
    """The value to set SO_SPLICE: the socket that sends the received data, a number of bytes, and a time in seconds.

    *fd* -1 ends the transfer. 0 bytes or 0 seconds are no limit.
    """

    fd: int
    max: int = 0
    idle: float = 0.0


def timeout_kind() -> Kind[float]:
    """Return the kind of SO_RCVTIMEO: a struct timeval, or milliseconds on Windows. 0.0 is no timeout."""
    if sys.platform == "win32":
        return scaled_seconds_kind(1000)
    return timeval_kind(structs.TIMEVAL)


def timeval_kind(layout: Struct) -> Kind[float]:
    """Return the kind of a struct timeval, whose values are seconds. A time above 0 is at least a microsecond."""
    _, most = limits(field_formats(layout)[0])

    def decode(data: bytes) -> float:
        seconds, microseconds = layout.unpack(data)
        return int(seconds) + int(microseconds) / _MICROSECOND

    def encode(label: str, value: Any) -> bytes:
        seconds = to_float(label, value, most)
        # An integer may have more digits than a float.
        number = round((value if isinstance(value, int) else seconds) * _MICROSECOND)
        whole, rest = divmod(max(number, int(seconds > 0)), _MICROSECOND)
        return layout.pack(min(whole, most), rest)

    return Kind("seconds (float)", layout.size, decode, encode)


class NullOfLength(int):
    """A null pointer as the value of an option, with this length."""

    __module__ = "sockcore.plugin"


class PinnedBytes(bytes):
    """The bytes of a struct with a pointer, and the memory to which it points."""

    __module__ = "sockcore.plugin"

    memory: Any


def filter_kind() -> Kind[list[FilterInstruction]]:
    """Return the kind of SO_ATTACH_FILTER: a list of instructions."""
    instructions = array_kind(struct_kind(FilterInstruction, structs.SOCK_FILTER))
    encode_instructions = instructions.encode
    assert encode_instructions is not None

    def encode(label: str, value: Any) -> bytes:
        program = encode_instructions(label, value)
        count = len(program) // structs.SOCK_FILTER.size
        if not 1 <= count <= 0xFFFF:
            raise ValueError(f"{label} must be 1 to 65535 instructions, not {count}")
        memory = array("B", program)
        pinned = PinnedBytes(structs.SOCK_FPROG.pack(count, memory.buffer_info()[0]))
        pinned.memory = memory
        return pinned

    def read(fd: int, level: int, optname: int) -> bytes:
        # The kernel counts instructions, not bytes. With a length of 0 it returns their number.
        count = int.from_bytes(getsockopt_with_input(fd, level, optname, b"", size), sys.byteorder)
        return getsockopt_with_input(fd, level, optname, bytes(count * size), size) if count else b""

    size = structs.SOCK_FILTER.size
    return Kind(instructions.type_name, size, instructions.decode, encode, reader=read)


def _decode_meminfo(data: bytes) -> MemInfo:
    numbers = memoryview(data[: len(data) - len(data) % 4]).cast("I").tolist()[: len(MemInfo._fields)]
    return MemInfo(*numbers, *[0] * (7 - len(numbers)))


def timestamping_kind() -> Kind[Timestamping]:
    kind = struct_kind(Timestamping, structs.SO_TIMESTAMPING, {"flags": enum_field(TimestampingFlags)})
    encode_struct, encode_flags = kind.encode, INT.encode
    assert encode_struct is not None
    assert encode_flags is not None

    def encode(label: str, value: Any) -> Any:
        # Kernels before 5.14 only accept an int.
        if not isinstance(value, tuple) or (len(value) == 2 and value[1] == 0):
            number = value[0] if isinstance(value, tuple) else value
            return encode_flags(f"{label} flags", number)
        return encode_struct(label, value)

    return Kind(kind.type_name, kind.size, kind.decode, encode)


def splice_kind() -> Kind[int]:
    """Return the kind of SO_SPLICE: a Splice to set it, and the number of transferred bytes when it is read."""
    encode_idle = timeval_kind(structs.TIMEVAL).encode
    assert encode_idle is not None

    def encode(label: str, value: Any) -> bytes:
        if not isinstance(value, tuple) or not 1 <= len(value) <= 3:
            raise TypeError(f"{label} must be a tuple (fd[, max[, idle]]), not {value!r}")
        fd, most, idle = Splice(*value)
        number = check_range(f"{label} fd", fd, -1, (1 << 31) - 1)
        most = check_range(f"{label} max", most, 0, (1 << 63) - 1)
        times = structs.TIMEVAL.unpack(encode_idle(f"{label} idle", idle))
        return structs.SPLICE.pack(number, most, *times)

    return Kind("Splice or bytes (int)", 8, number_kind("=q").decode, encode)


#: The sizes of an unsigned long: bytes per second, of which the largest number is no limit.
RATE: Kind[int] = number_kind("@L", "bytes per second")
FAMILY: Kind[int] = INT.map("AddressFamily", as_family, lambda label, value: value)
TYPE: Kind[int] = INT.map("SocketKind", as_kind, lambda label, value: value)
MICROSECONDS: Kind[float] = scaled_seconds_kind(1_000_000, "=i")


def _linger_time(label: str, value: object, fd: int) -> int:
    # POSIX: a number of seconds. The BSDs refuse a negative one, Linux and Windows read it as unsigned.
    number = named_integer(label, value)
    if number < 0:
        raise ValueError(f"{label} must be 0 seconds or more, not {number}")
    return number


LINGER: Kind[Linger] = struct_kind(
    Linger, structs.LINGER, {"onoff": FLAG_FIELD, "linger": FieldKind(int, _linger_time)}
)
MEM_INFO: Kind[MemInfo] = Kind("MemInfo", 4 * len(MemInfo._fields), _decode_meminfo)
TX_TIME: Kind[TxTime] = struct_kind(TxTime, structs.SOCK_TXTIME, {"flags": enum_field(TxTimeFlags)})
ACCEPT_FILTER: Kind[AcceptFilter] = struct_kind(
    AcceptFilter, structs.ACCEPT_FILTER_ARG, {"name": text_field(), "argument": text_field()}
)

NP_EXTENSIONS: Kind[NonPosixExtensions] = struct_kind(NonPosixExtensions, structs.SO_NP_EXTENSIONS)
BUFFER_LOCKS: Kind[BufferLocks] = enum_kind(BufferLocks)
TX_REHASH: Kind[TxRehash] = INT.map(
    "TxRehash", lambda number: TxRehash(-1 if number == 255 else number), lambda label, value: value
)
NET_SERVICE_TYPE: Kind[NetServiceType] = enum_kind(NetServiceType)
NET_SERVICE_MARKING: Kind[NetServiceMarking] = enum_kind(NetServiceMarking)
TIMESTAMP_CLOCK: Kind[TimestampClock] = enum_kind(TimestampClock)
DMABUF_TOKENS: Kind[list[DmabufToken]] = array_kind(struct_kind(DmabufToken, structs.DMABUF_TOKEN))
TIMEOUT64: Kind[float] = timeval_kind(structs.TIMEVAL64)

for _public in (
    NonPosixExtensions,
    AcceptFilter,
    BufferLocks,
    DmabufToken,
    FilterInstruction,
    Linger,
    MemInfo,
    NetServiceMarking,
    NetServiceType,
    Splice,
    TimestampClock,
    Timestamping,
    TimestampingFlags,
    TxRehash,
    TxTime,
    TxTimeFlags,
):
    _public.__module__ = "sockcore.options"
