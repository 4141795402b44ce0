"""Messages in several buffers, and batches on systems without sendmmsg(2) and recvmmsg(2)."""

from __future__ import annotations

import os
import sys

from sockcore import _exceptions, _timeouts, ancillary
from sockcore._platform import constants
from sockcore._system import system
from sockcore._system.buffers import zeroed
from sockcore._types import Any, Iterable, Sequence, TypeVar

V = TypeVar("V", bound="bytes | memoryview")

#: The maximum number of buffers in a message. The system rejects more with EMSGSIZE. Windows has no limit.
IOV_MAX: int = sys.maxsize
if sys.platform != "win32":
    IOV_MAX = max(os.sysconf("SC_IOV_MAX"), 16)
_DONTWAIT: int = constants().get("MSG_DONTWAIT", 0)


def limit_buffers(views: Sequence[V]) -> Sequence[V]:
    """Return at most IOV_MAX buffers for one call on a stream.

    If there are more, empty buffers are skipped.
    """
    return views if len(views) <= IOV_MAX else [view for view in views if len(view)][:IOV_MAX]


def advance(views: Sequence[memoryview], count: int) -> list[memoryview]:
    """Return the views of the data after the first *count* bytes."""
    left = [*views]
    while left and count >= left[0].nbytes:
        count -= left.pop(0).nbytes
    if left and count:
        left[0] = left[0][count:]
    return left


def send_one(fd: int, batch: Sequence[Any], flags: int) -> int:
    """Send one message, like sendmmsg(2)."""
    [(buffers, control, sockaddr)] = batch
    system.sendmsg(fd, buffers, control, flags, sockaddr)
    return 1


def receive_one(fd: int, size: int, *others: int) -> tuple[bytes, bytes, int, bytes]:
    """Receive a message as bytes, by a recvmsg of the backend that needs a buffer."""
    buffer = memoryview(zeroed(size))
    count, control, msg_flags, sockaddr = system.recvmsg(fd, (buffer,), *others)
    return buffer[:count].tobytes(), control, msg_flags, sockaddr


def receive_each(
    fd: int, targets: Sequence[Sequence[memoryview]], control_size: int, flags: int, address_size: int
) -> tuple[list[Any], int]:
    """Receive like recvmmsg(2).

    Return the messages, and the errno that ended the batch, or 0.
    """
    received = [system.recvmsg(fd, targets[0], control_size, flags, address_size)]
    while len(received) < len(targets):
        if not (_DONTWAIT or _timeouts.wait_until_ready(fd, _timeouts.READ, 0.0)):
            break  # a blocking call would wait, since Windows lacks MSG_DONTWAIT
        target = targets[len(received)]
        try:
            received.append(system.recvmsg(fd, target, control_size, flags | _DONTWAIT, address_size))
        except OSError as exc:
            if not _exceptions.is_raised_here(exc):
                close_undelivered([], received)
                raise
            if isinstance(exc, InterruptedError):
                continue
            return received, 0 if isinstance(exc, BlockingIOError) else _exceptions.number_of(exc)
        except BaseException:  # raised by a signal handler
            close_undelivered([], received)
            raise
    return received, 0


def close_undelivered(results: Iterable[Any], received: Iterable[Any]) -> None:
    """Close file descriptors in undelivered messages.

    *results* are results of a socket's recvmsg(), and *received* are those of the backend's recvmsg().
    """
    for _, messages, _, _ in results:
        ancillary.discard(messages)
    for _, control, _, _ in received:
        ancillary.discard(ancillary.split(control)[0])
