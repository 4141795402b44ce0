"""The timeout model: the only place that waits.

1. A socket is in blocking mode (timeout None), non-blocking mode (0.0) or timeout mode (more than 0 seconds).
   Its descriptor is non-blocking exactly when the timeout is not None.
2. Try first, wait second: the system call is made at once, and only EAGAIN is waited on, in timeout mode. In the
   other modes EAGAIN is the caller's (a blocking descriptor gives it where SO_RCVTIMEO is set).
3. One deadline on the monotonic clock serves the whole operation, however many calls it takes.
4. After a signal its handler runs; if it raises nothing, the operation goes on with what time is left (PEP 475).
5. Readiness is a hint: after a wait the call is tried again, and may find that another reader was faster.
"""

from __future__ import annotations

import select
import sys
from math import ceil, isnan
from time import monotonic

from sockcore import _exceptions
from sockcore._types import Any, Callable, TypeVar

T = TypeVar("T")

#: What is waited for: data, room for data, the outcome of a connection in progress.
READ = select.POLLIN if hasattr(select, "POLLIN") else 1
WRITE = select.POLLOUT if hasattr(select, "POLLOUT") else 4
CONNECT = WRITE if hasattr(select, "POLLOUT") else 5

#: Under names of this module: libraries such as eventlet replace or delete these functions.
_poll: Any = getattr(select, "poll", None)
_select = select.select
#: poll(2) takes milliseconds in an int: a longer wait is several.
_LONGEST_POLL = 0x7FFFFFFF
#: And select of Windows seconds in a long, of which the interpreter makes others first.
_LONGEST_SELECT = 1_000_000.0
#: What the interpreter's own clock can hold: 64 bits of nanoseconds.
_CLOCK_LIMIT = 2.0**63 / 1e9

_default: float | None = None
#: Called with the default timeout in nanoseconds, -1 for None, when it changes.
_listeners: list[Callable[[int], object]] = []


def getdefaulttimeout() -> float | None:
    """Return the timeout in seconds of new sockets; None is blocking mode, which is the default."""
    return _default


def setdefaulttimeout(timeout: float | None, /) -> None:
    """Set the timeout in seconds of new sockets. See :meth:`socket.settimeout` for its values and errors."""
    global _default
    _default = parse(timeout)
    for listener in _listeners:
        listener(_nanoseconds(_default))


def notify_default(listener: Callable[[int], object]) -> None:
    """Call *listener* with the default timeout in nanoseconds, -1 for None, now and when it changes."""
    _listeners.append(listener)
    listener(_nanoseconds(_default))


def parse(value: float | None) -> float | None:
    """Return a timeout as the clock has it: nanoseconds, rounded up.

    Raises TypeError if it is no number, ValueError if it is negative or not a number, OverflowError if it is
    more than 64 bits of nanoseconds (292 years).
    """
    if value is None:
        return None
    if not isinstance(value, float) and hasattr(value, "__float__") and not hasattr(value, "__index__"):
        value = float(value)  # Decimal and Fraction are numbers of seconds too
    if isinstance(value, float):
        if isnan(value):
            raise ValueError("Invalid value NaN (not a number)")
        seconds = value
    else:
        whole = _exceptions.to_seconds(value)
        if abs(whole) >= _CLOCK_LIMIT:
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        seconds = float(whole)
    if abs(seconds) >= _CLOCK_LIMIT:
        raise OverflowError("timestamp out of range for platform time_t")
    if seconds < 0:
        raise ValueError("Timeout value out of range")
    return ceil(seconds * 1e9) / 1e9


def parse_nanoseconds(value: float | None) -> int:
    """Return :func:`parse` in nanoseconds, -1 for None."""
    return _nanoseconds(parse(value))


def _nanoseconds(timeout: float | None) -> int:
    return -1 if timeout is None else round(timeout * 1e9)


def deadline_of(timeout: float | None) -> float | None:
    """Return when an operation that begins now has to end, on the monotonic clock; None is never."""
    return None if timeout is None else monotonic() + timeout


def wait_until_ready(fd: int, event: int, deadline: float | None) -> bool:
    """Wait until *fd* is ready for READ or WRITE, or has an error to give; return False once *deadline* has passed.

    A signal's handler runs meanwhile; what it raises ends the wait.
    """
    if fd < 0:
        return True  # closed by another thread: the call will say so
    if sys.platform == "win32":
        return _wait_by_select(fd, event, deadline)
    poller = _poll()
    poller.register(fd, event)
    while True:
        if deadline is None:
            milliseconds = None
        else:
            remaining = deadline - monotonic()
            # With no time left a ready descriptor is ready all the same: the scheduler was slow, not the peer.
            milliseconds = min(ceil(remaining * 1000), _LONGEST_POLL) if remaining > 0 else 0
        if poller.poll(milliseconds):
            return True
        # A wait of more than _LONGEST_POLL takes several polls.
        if milliseconds == 0 or (deadline is not None and deadline <= monotonic()):
            return False


def _wait_by_select(fd: int, event: int, deadline: float | None) -> bool:
    """Wait as :func:`ready` does, by select: Windows tells of a connection refused as of an exceptional condition."""
    reading = [fd] if event == READ else []
    writing = [] if event == READ else [fd]
    failing = [fd] if event == CONNECT else []
    while True:
        remaining = _LONGEST_SELECT if deadline is None else min(max(deadline - monotonic(), 0.0), _LONGEST_SELECT)
        if any(_select(reading, writing, failing, remaining)):
            return True
        if not remaining:
            return False


def wait(fd: int, event: int, deadline: float | None) -> None:
    """Wait as :func:`ready` does; raise the timeout's exception if it was in vain."""
    if not wait_until_ready(fd, event, deadline):
        raise _exceptions.timed_out()


def check_deadline(deadline: float | None) -> None:
    """Raise the timeout's exception if *deadline* has passed: for operations of many calls that need not wait."""
    if deadline is not None and monotonic() > deadline:
        raise _exceptions.timed_out()


#: What a parameter's default is where None means blocking mode: the default timeout.
GLOBAL_DEFAULT = object()
