"""The control messages of the level SOL_SOCKET, and the types of their values.

Every family can have these messages. Those of a single family are in the module ``messages`` of its plugin, such as
``sockcore_inet.messages``. :func:`sockcore.ancillary.get` returns the value of a message with its type::

    stamp = ancillary.get(messages, SCM_TIMESTAMPNS)

1. A time is a :class:`Timestamp`, with nanoseconds, whatever the unit of the struct is.
2. A codec of a message that this system lacks exists too. Its attribute ``is_available`` is False.
3. Data that are too short for their struct raise ValueError. Bytes behind the struct are ignored, except in messages
   that contain a list.

Sources: socket(7), Documentation/networking/timestamping.rst in the kernel, getsockopt(2) of FreeBSD and macOS.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from sockcore._exceptions import check_type, unsigned
from sockcore._families.kernel_structs import (
    BINTIME,
    DMABUF_CMSG,
    NEW_TIMESPEC,
    NEW_TIMEVAL,
    OLD_TIMESPEC,
    OLD_TIMEVAL,
    SCM_TS_PKTINFO,
    SOCK_EXTENDED_ERR,
    SOCK_TIMESTAMP_INFO,
    TIMESPEC,
    TIMEVAL,
)
from sockcore._families.messages import Ancillary, available_messages, declare_message
from sockcore._families.structs import Struct
from sockcore._platform import constants, system_name
from sockcore._types import Any, Callable, Iterator, Optional, TypeVar

_TABLE = constants()
_LEVEL = "SOL_SOCKET"
_SECOND = 1_000_000_000
V = TypeVar("V")


class Timestamp(NamedTuple):
    """A time: seconds and nanoseconds, since 1970 unless the message uses another clock."""

    seconds: int
    nanoseconds: int

    @property
    def time_ns(self) -> int:
        """The time in nanoseconds, like time.time_ns()."""
        return self.seconds * _SECOND + self.nanoseconds


class Timestamps(NamedTuple):
    """The timestamps of SCM_TIMESTAMPING: of the kernel, and of the network device, or None."""

    software: Optional[Timestamp]
    hardware: Optional[Timestamp]


class TimestampingPacketInfo(NamedTuple):
    """SCM_TIMESTAMPING_PKTINFO: the interface with the hardware clock, and the packet's length at layer 2 in bytes."""

    interface: int
    length: int


class DevmemFragment(NamedTuple):
    """A part of a packet that a device wrote to its own memory. SO_DEVMEM_DONTNEED returns its token to the kernel.

    *frag_offset* and *frag_size* are in bytes. The offset counts from the beginning of the dma-buf *dmabuf_id*.
    """

    frag_offset: int
    frag_size: int
    frag_token: int
    dmabuf_id: int
    flags: int


class ExtendedError(NamedTuple):
    """A ``struct sock_extended_err``, with the address of the sender of the error if it has one.

    *origin* is one of SO_EE_ORIGIN_*. The meaning of the other fields depends on it. See ip(7), IP_RECVERR.
    """

    errno: int
    origin: int
    type: int
    code: int
    info: int
    data: int
    offender: Any = None


def require_size(data: bytes, size: int) -> bytes:
    """Return *data*, the data of a control message.

    Raises ValueError if there are fewer than *size* bytes.
    """
    if len(data) < size:
        raise ValueError(f"{size} bytes are needed, not {len(data)}")
    return data


def to_integer(data: bytes, sizes: tuple[int, ...] = (4,), signed: bool = False) -> int:
    """Return the integer in the data of a control message, in the byte order of this machine.

    *sizes* are the numbers of bytes that kernels write. Raises ValueError for another number of bytes.
    """
    if len(data) not in sizes:
        raise ValueError(f"{' or '.join(map(str, sizes))} bytes are needed, not {len(data)}")
    return int.from_bytes(data, sys.byteorder, signed=signed)


def integer_decoder(*sizes: int, signed: bool = False) -> Callable[[bytes], int]:
    """Return a function that calls :func:`to_integer`. *sizes* and *signed* are those of this function."""
    return lambda data: to_integer(data, sizes, signed)


def integer_encoder(name: str, size: int = 4) -> Callable[[Any], bytes]:
    """Return a function that encodes an unsigned integer of *size* bytes.

    It raises TypeError if the value is not an integer, and OverflowError if it is out of range.
    """
    check_type("size", size, int, "an int")
    return lambda value: unsigned(name, value, 8 * size).to_bytes(size, sys.byteorder)


def struct_decoder(struct: Struct, make: Callable[..., V]) -> Callable[[bytes], V]:
    """Return a function that decodes *struct*, and passes its fields to *make*.

    It raises ValueError if the data are too short.
    """
    check_type("struct", struct, Struct, "a Struct")
    return lambda data: make(*struct.unpack(require_size(data, struct.size)))


def extended_error_decoder(
    decode_offender: Callable[[bytes], object] | None = None,
) -> Callable[[bytes], ExtendedError]:
    """Return a function that decodes a ``sock_extended_err``.

    *decode_offender* converts the bytes after the struct: the sockaddr of the sender of the error.
    """

    def decode(data: bytes) -> ExtendedError:
        fields: tuple[Any, ...] = SOCK_EXTENDED_ERR.unpack(require_size(data, SOCK_EXTENDED_ERR.size))
        number, origin, error_type, code, info, error_data = fields
        rest = data[SOCK_EXTENDED_ERR.size :]
        offender = decode_offender(rest) if decode_offender is not None and rest else None
        return ExtendedError(number, origin, error_type, code, info, error_data, offender)

    return decode


def _from_microseconds(seconds: int, microseconds: int) -> Timestamp:
    return Timestamp(seconds, microseconds * 1000)


def _timeval(struct: Struct) -> Callable[[bytes], Timestamp]:
    return struct_decoder(struct, _from_microseconds)


def _timespec(struct: Struct) -> Callable[[bytes], Timestamp]:
    return struct_decoder(struct, Timestamp)


def _timestamping(struct: Struct) -> Callable[[bytes], Timestamps]:
    """Return the decoder of three timespecs. The second one is not used any more."""
    decode_one = _timespec(struct)

    def decode(data: bytes) -> Timestamps:
        size = struct.size
        software, _, hardware = (decode_one(data[i * size :]) for i in range(3))
        return Timestamps(software if any(software) else None, hardware if any(hardware) else None)

    return decode


def _from_bintime(seconds: int, fraction: int) -> Timestamp:
    return Timestamp(seconds, fraction * _SECOND >> 64)


def _decode_statistics(data: bytes) -> dict[int, int]:
    """Return the netlink attributes of SCM_TIMESTAMPING_OPT_STATS: TCP_NLA_* to a number."""
    values, offset = {}, 0
    while len(data) - offset >= 4:
        length, number = (int.from_bytes(data[at : at + 2], sys.byteorder) for at in (offset, offset + 2))
        if not 4 <= length <= len(data) - offset:
            raise ValueError(f"an attribute has the length {length}")
        values[number & 0x3FFF] = int.from_bytes(data[offset + 4 : offset + length], sys.byteorder)
        offset += length + -length % 4
    return values


def _decode_flag(data: bytes) -> bool:
    return bool(to_integer(data))


_IS_LINUX = system_name() == "linux"
# Without a suffix, the names have the numbers of the C library: the old ones, or on 32-bit machines with musl the new.
_NEW = _IS_LINUX and _TABLE.get("SCM_TIMESTAMP") == _TABLE.get("SO_TIMESTAMP_NEW")
_TIMEVAL = (NEW_TIMEVAL if _NEW else OLD_TIMEVAL) if _IS_LINUX else TIMEVAL
_TIMESPEC = NEW_TIMESPEC if _NEW else OLD_TIMESPEC

#: The time of arrival. The option SO_TIMESTAMP requests it.
SCM_TIMESTAMP: Ancillary[Timestamp] = declare_message(_TABLE, "SCM_TIMESTAMP", _LEVEL, _timeval(_TIMEVAL))
#: The time of arrival, with nanoseconds. The option SO_TIMESTAMPNS requests it.
SCM_TIMESTAMPNS: Ancillary[Timestamp] = declare_message(_TABLE, "SCM_TIMESTAMPNS", _LEVEL, _timespec(_TIMESPEC))
#: Received, the times of arrival or departure. Sent, the flags SOF_TIMESTAMPING_TX_* of this packet, an int.
SCM_TIMESTAMPING: Ancillary[Timestamps] = declare_message(
    _TABLE,
    "SCM_TIMESTAMPING",
    _LEVEL,
    _timestamping(_TIMESPEC),
    integer_encoder("SCM_TIMESTAMPING"),
)
SO_TIMESTAMP_OLD: Ancillary[Timestamp] = declare_message(_TABLE, "SO_TIMESTAMP_OLD", _LEVEL, _timeval(OLD_TIMEVAL))
SO_TIMESTAMP_NEW: Ancillary[Timestamp] = declare_message(_TABLE, "SO_TIMESTAMP_NEW", _LEVEL, _timeval(NEW_TIMEVAL))
SO_TIMESTAMPNS_OLD: Ancillary[Timestamp] = declare_message(
    _TABLE, "SO_TIMESTAMPNS_OLD", _LEVEL, _timespec(OLD_TIMESPEC)
)
SO_TIMESTAMPNS_NEW: Ancillary[Timestamp] = declare_message(
    _TABLE, "SO_TIMESTAMPNS_NEW", _LEVEL, _timespec(NEW_TIMESPEC)
)
SO_TIMESTAMPING_OLD: Ancillary[Timestamps] = declare_message(
    _TABLE,
    "SO_TIMESTAMPING_OLD",
    _LEVEL,
    _timestamping(OLD_TIMESPEC),
    integer_encoder("SO_TIMESTAMPING_OLD"),
)
SO_TIMESTAMPING_NEW: Ancillary[Timestamps] = declare_message(
    _TABLE,
    "SO_TIMESTAMPING_NEW",
    _LEVEL,
    _timestamping(NEW_TIMESPEC),
    integer_encoder("SO_TIMESTAMPING_NEW"),
)
#: The interface with the hardware clock. SOF_TIMESTAMPING_OPT_PKTINFO requests it.
SCM_TIMESTAMPING_PKTINFO: Ancillary[TimestampingPacketInfo] = declare_message(
    _TABLE,
    "SCM_TIMESTAMPING_PKTINFO",
    _LEVEL,
    struct_decoder(SCM_TS_PKTINFO, TimestampingPacketInfo),
)
#: Statistics of a TCP connection: TCP_NLA_* to a number. SOF_TIMESTAMPING_OPT_STATS requests them.
SCM_TIMESTAMPING_OPT_STATS: Ancillary[dict[int, int]] = declare_message(
    _TABLE, "SCM_TIMESTAMPING_OPT_STATS", _LEVEL, _decode_statistics
)
#: The id of the transmit timestamps of this packet, instead of a counter.
SCM_TS_OPT_ID: Ancillary[int] = declare_message(
    _TABLE, "SCM_TS_OPT_ID", _LEVEL, integer_decoder(4), integer_encoder("SCM_TS_OPT_ID")
)
#: The time at which to send this packet, in nanoseconds of the clock of the option SO_TXTIME.
SCM_TXTIME: Ancillary[int] = declare_message(
    _TABLE, "SCM_TXTIME", _LEVEL, integer_decoder(8), integer_encoder("SCM_TXTIME", 8)
)
#: True if the receiver of a frame on a wireless network has acknowledged it. The option SO_WIFI_STATUS requests it.
SCM_WIFI_STATUS: Ancillary[bool] = declare_message(_TABLE, "SCM_WIFI_STATUS", _LEVEL, _decode_flag)
#: The number of packets that did not fit into the receive buffer since the socket was opened.
SO_RXQ_OVFL: Ancillary[int] = declare_message(_TABLE, "SO_RXQ_OVFL", _LEVEL, integer_decoder(4))
#: The mark of a packet. The option SO_RCVMARK requests it.
SO_MARK: Ancillary[int] = declare_message(_TABLE, "SO_MARK", _LEVEL, integer_decoder(4), integer_encoder("SO_MARK"))
#: The priority of a packet. The option SO_RCVPRIORITY requests it.
SO_PRIORITY: Ancillary[int] = declare_message(
    _TABLE, "SO_PRIORITY", _LEVEL, integer_decoder(4), integer_encoder("SO_PRIORITY")
)
#: The number of bytes that remain in the receive buffer of a stream. The option SO_INQ requests it.
SCM_INQ: Ancillary[int] = declare_message(_TABLE, "SCM_INQ", _LEVEL, integer_decoder(4, signed=True))
#: A part of a packet in the memory of a device. MSG_SOCK_DEVMEM requests it.
SCM_DEVMEM_DMABUF: Ancillary[DevmemFragment] = declare_message(
    _TABLE, "SCM_DEVMEM_DMABUF", _LEVEL, struct_decoder(DMABUF_CMSG, DevmemFragment)
)
#: The same for a part that the kernel copied to the buffer of recvmsg(2).
SCM_DEVMEM_LINEAR: Ancillary[DevmemFragment] = declare_message(
    _TABLE, "SCM_DEVMEM_LINEAR", _LEVEL, struct_decoder(DMABUF_CMSG, DevmemFragment)
)

#: The time of arrival on FreeBSD, with SO_TS_BINTIME, SO_TS_REALTIME or SO_TS_MONOTONIC as SO_TS_CLOCK.
SCM_BINTIME: Ancillary[Timestamp] = declare_message(
    _TABLE, "SCM_BINTIME", _LEVEL, struct_decoder(BINTIME, _from_bintime)
)
SCM_REALTIME: Ancillary[Timestamp] = declare_message(_TABLE, "SCM_REALTIME", _LEVEL, _timespec(TIMESPEC))
SCM_MONOTONIC: Ancillary[Timestamp] = declare_message(_TABLE, "SCM_MONOTONIC", _LEVEL, _timespec(TIMESPEC))
#: The flags ST_INFO_* of a timestamp on FreeBSD.
SCM_TIME_INFO: Ancillary[int] = declare_message(
    _TABLE,
    "SCM_TIME_INFO",
    _LEVEL,
    struct_decoder(SOCK_TIMESTAMP_INFO, lambda flags, reserved: int(flags)),
)
#: The time of arrival on macOS, in ticks of mach_absolute_time().
SCM_TIMESTAMP_MONOTONIC: Ancillary[int] = declare_message(_TABLE, "SCM_TIMESTAMP_MONOTONIC", _LEVEL, integer_decoder(8))


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs that this system has."""
    yield from available_messages(globals())
