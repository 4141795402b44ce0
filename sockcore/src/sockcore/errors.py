"""The error queue of a socket as typed values. Linux has such a queue, see recvmsg(2) with MSG_ERRQUEUE.

The kernel reports in it what happens to packets after they were sent: errors of the network, timestamps of the
transmission, and the end of zero-copy transmissions. Options of the family request the reports: IP_RECVERR,
SO_TIMESTAMPING, SO_ZEROCOPY, SO_TXTIME::

    for error in errors.errors(sock):
        print(error)

1. Reading the queue never waits, with any timeout of the socket.
2. Each report is a :class:`QueuedError`. Plugins have subclasses, such as ``sockcore_inet.errors.PacketTooBig``.
3. A program with asyncio uses :func:`watch`, and threads use poll(2), which returns POLLERR for the socket.
"""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, field

from sockcore import ancillary
from sockcore._exceptions import check_socket, check_type, named_integer
from sockcore._families.messages import Ancillary, Entry
from sockcore._platform import constants
from sockcore._plugins.discovery import with_codecs
from sockcore._sockets.addresses import codec_for
from sockcore._sockets.socket import socket
from sockcore._types import Any, AsyncIterator, Iterator
from sockcore.messages import ExtendedError, Timestamps

_C = constants()
_ERRQUEUE: int | None = _C.get("MSG_ERRQUEUE")
_DONTWAIT: int = _C.get("MSG_DONTWAIT", 0)
_LOCAL: int | None = _C.get("SO_EE_ORIGIN_LOCAL")
_TIMESTAMPING: int | None = _C.get("SO_EE_ORIGIN_TIMESTAMPING")
_ZEROCOPY: int | None = _C.get("SO_EE_ORIGIN_ZEROCOPY")
_TXTIME: int | None = _C.get("SO_EE_ORIGIN_TXTIME")
_COPIED: int = _C.get("SO_EE_CODE_ZEROCOPY_COPIED", 1)
_STAGES: dict[int, str] = {
    _C[name]: text
    for name, text in (
        ("SCM_TSTAMP_SND", "sent"),
        ("SCM_TSTAMP_SCHED", "scheduled"),
        ("SCM_TSTAMP_ACK", "acknowledged"),
        ("SCM_TSTAMP_COMPLETION", "completed"),
    )
    if name in _C
}
_NO_TIMES = Timestamps(None, None)
#: The size of the buffer for control messages: those of all options together are smaller.
_CONTROL_SIZE = 1024


@dataclass(frozen=True)
class QueuedError:
    """A report from the error queue of a socket.

    *data* is the beginning of the packet that it concerns. *address* is usually the destination of the packet, and None
    if the kernel does not return one. *values* has all control messages of the report, by name. *cause* is the struct
    of the kernel, or None.
    """

    data: bytes
    address: Any
    values: dict[str, Any] = field(repr=False)
    cause: ExtendedError | None = field(default=None, repr=False)

    @property
    def errno(self) -> int:
        """The number of the error (errno), or 0 if the report is not an error."""
        return 0 if self.cause is None else self.cause.errno

    def to_exception(self) -> OSError:
        """Return the OSError for :attr:`errno`."""
        return OSError(self.errno, os.strerror(self.errno))


@dataclass(frozen=True)
class LocalError(QueuedError):
    """An error that this machine found, not the network."""


@dataclass(frozen=True)
class TransmitTimestamp(QueuedError):
    """The time at which a packet was sent, or reached another stage.

    *stage* is "scheduled" (the packet reached the queue of the interface), "sent" (the driver or the device has it),
    "completed" or "acknowledged" (by the peer of a stream). *id* is the number of the packet, or of the last byte in a
    stream, with SOF_TIMESTAMPING_OPT_ID. *times* has the timestamps of the kernel and of the device.
    """

    stage: str = ""
    id: int = 0
    times: Timestamps = _NO_TIMES


@dataclass(frozen=True)
class ZeroCopyCompletion(QueuedError):
    """The end of zero-copy transmissions (MSG_ZEROCOPY): their buffers may be written again.

    *first* and *last* are the numbers of the calls that sent, which start at 0 and wrap at 2**32. *is_copied* is True
    if the kernel has copied the data after all.
    """

    first: int = 0
    last: int = 0
    is_copied: bool = False

    @property
    def ids(self) -> range:
        """The numbers of the calls. After a wrap, numbers of 2**32 and more continue them."""
        end = self.last + (1 << 32 if self.last < self.first else 0)
        return range(self.first, end + 1)


@dataclass(frozen=True)
class TransmitTimeError(QueuedError):
    """A packet that was not sent at its time (SCM_TXTIME).

    *time_ns* is that time in nanoseconds, and *is_missed* is True if it has passed, False if it was invalid.
    """

    time_ns: int = 0
    is_missed: bool = True


def fields_of(entry: Entry) -> dict[str, Any]:
    """Return the arguments *data*, *address* and *values* of a QueuedError."""
    check_type("fields_of(): entry", entry, Entry, "a sockcore.plugin.Entry")
    return {"data": entry.data, "address": entry.address, "values": dict(entry.values)}


def queued_error(cause: ExtendedError, entry: Entry) -> QueuedError:
    """Return the report for a ``sock_extended_err``, if its meaning does not depend on the family.

    A codec of a plugin calls it for the other origins than its own.
    """
    check_type("queued_error(): cause", cause, ExtendedError, "a sockcore.plugin.ExtendedError")
    base: dict[str, Any] = {**fields_of(entry), "cause": cause}
    if cause.origin == _TIMESTAMPING:
        times = _NO_TIMES
        for value in entry.values.values():
            if isinstance(value, Timestamps):
                times = value
        return TransmitTimestamp(**base, stage=_STAGES.get(cause.info, str(cause.info)), id=cause.data, times=times)
    if cause.origin == _ZEROCOPY:
        return ZeroCopyCompletion(**base, first=cause.info, last=cause.data, is_copied=cause.code == _COPIED)
    if cause.origin == _TXTIME:
        is_missed = cause.code == _C.get("SO_EE_CODE_TXTIME_MISSED")
        return TransmitTimeError(**base, time_ns=cause.data << 32 | cause.info, is_missed=is_missed)
    if cause.origin == _LOCAL:
        return LocalError(**base)
    return QueuedError(**base)


def errors(sock: socket, size: int = 2048) -> Iterator[QueuedError]:
    """Yield the reports in the error queue of a socket until it is empty.

    It never waits. *size* is the maximum length in bytes of :attr:`QueuedError.data`. A report of an unknown kind is a
    plain QueuedError, with its control messages.

    Raises TypeError for arguments of other types, OSError (EOPNOTSUPP) if the system or the family of the socket has no
    error queues, and OSError if recvmsg(2) fails.
    """
    flags = _flags("errors", sock, size)
    while True:
        try:
            data, messages, msg_flags, address = sock.recvmsg(size, _CONTROL_SIZE, flags)
        except BlockingIOError:
            return
        if _ERRQUEUE is not None and not msg_flags & _ERRQUEUE:  # an older kernel ignores MSG_ERRQUEUE
            ancillary.discard(messages)
            raise _unsupported("this kernel has no error queue for the socket")
        yield _convert(data, messages, address, sock.family)


def _flags(function: str, sock: socket, size: object) -> int:
    """Return the flags that read the error queue. recvmsg(2) returns the first of them.

    Raises TypeError for arguments of other types, and OSError if there is no error queue: the kernel would return
    received data.
    """
    check_socket(f"errors.{function}", sock)
    named_integer(f"errors.{function}(): size", size)
    if _ERRQUEUE is None or os.name == "nt":
        raise _unsupported("this system has no error queue of sockets")
    codec = codec_for(sock.family, sock.proto)
    if not codec.has_error_queue(sock.type, sock.proto):
        raise _unsupported(f"sockets of {codec.name} with protocol {sock.proto} have no error queue")
    return _ERRQUEUE | _DONTWAIT


def _unsupported(reason: str) -> OSError:
    return OSError(errno.EOPNOTSUPP, f"{os.strerror(errno.EOPNOTSUPP)}: {reason}")


def _convert(data: bytes, messages: list[ancillary.Cmsg], address: Any, family: int) -> QueuedError:
    """Return the report in a message of the error queue.

    Control messages whose data a codec does not accept are left out of its values.
    """
    codecs = with_codecs().ancillaries
    values: dict[str, Any] = {}
    matches: list[tuple[Ancillary[Any], Any]] = []
    for level, cmsg_type, raw in messages:
        codec = codecs.get((level, cmsg_type, family)) or codecs.get((level, cmsg_type))
        if codec is None:
            continue
        try:
            values[codec.name] = value = codec.decode(raw)
        except ValueError:
            continue
        if codec.to_error is not None:
            matches.append((codec, value))
    entry = Entry(data, address, values)
    for codec, value in matches:
        if codec.to_error is not None:
            error: QueuedError = codec.to_error(value, entry)
            return error
    return QueuedError(**fields_of(entry))


async def watch(sock: socket, size: int = 2048) -> AsyncIterator[QueuedError]:
    """Yield the reports in the error queue of a socket as they arrive. Never ends by itself.

    *size* is as for :func:`errors`.

    It uses asyncio. The socket may have another reader at the same time, such as a transport. Leave the loop, and close
    the generator with ``contextlib.aclosing``, before the socket is closed. After a cancellation, the remaining reports
    are still in the queue.

    Raises TypeError for arguments of other types, OSError (EOPNOTSUPP) if the system or the family of the socket has no
    error queues, and OSError if recvmsg(2) fails.
    """
    import asyncio
    import select

    _flags("watch", sock, size)
    if sys.platform in ("darwin", "win32"):
        return  # not reached: _flags() has raised
    if sock.fileno() < 0:  # epoll would raise ValueError
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    # A second epoll(7) waits for EPOLLERR alone. The loop would wake up for received data too. Edge-triggered, because
    # an error that only recv(2) returns keeps the state.
    with select.epoll() as poller:
        poller.register(sock.fileno(), select.EPOLLET)

        def wake() -> None:
            poller.poll(0)  # the event loop would report the event again and again while the program uses a report
            ready.set()

        loop.add_reader(poller.fileno(), wake)
        try:
            while True:
                ready.clear()
                for error in errors(sock, size):
                    yield error
                await ready.wait()
        finally:
            loop.remove_reader(poller.fileno())
