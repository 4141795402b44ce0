"""Timeout handling in Python: the only module that waits.

1. A socket is in blocking mode (timeout None), non-blocking mode (0.0) or timeout mode (more than 0 seconds). Its file
   descriptor is non-blocking unless the timeout is None.
2. A system call is tried first. It is followed by a wait only in timeout mode, and only after EAGAIN. In the other
   modes, EAGAIN is raised to the caller. A blocking descriptor returns it if SO_RCVTIMEO is set. After a receive that
   had to wait, the next receive of the socket waits first.
3. One deadline on the monotonic clock applies to the whole operation, however many calls it takes.
4. After a signal, its handler runs. If it raises nothing, the operation continues with the remaining time (PEP 475).
5. Readiness is a hint. After a wait the call is tried again, and may fail because another reader was faster.
"""

from __future__ import annotations

import select
import sys
from time import monotonic

from sockcore import _exceptions
from sockcore._types import Any, TypeVar

T = TypeVar("T")

#: Events to wait for: data, buffer space, and the result of a connection in progress.
READ = select.POLLIN if hasattr(select, "POLLIN") else 1
WRITE = select.POLLOUT if hasattr(select, "POLLOUT") else 4
CONNECT = WRITE if hasattr(select, "POLLOUT") else 5

#: Copies in this module, because libraries such as eventlet replace or delete these functions.
_poll: Any = getattr(select, "poll", None)
_select = select.select
#: poll(2) takes milliseconds in an int. A longer wait takes several calls.
_LONGEST_POLL = 0x7FFFFFFF
#: On Windows, select() takes seconds in a long, to which the interpreter converts its own time type.
_LONGEST_SELECT = 1_000_000.0
#: The limit of the interpreter's own clock: 64 bits of nanoseconds.
_CLOCK_LIMIT = 2.0**63 / 1e9

_default: float | None = None
#: The module in C, which then stores the default timeout instead, for both implementations; or None.
_store: Any = None


def getdefaulttimeout() -> float | None:
    """Return the timeout in seconds of new sockets.

    None, the default, is blocking mode.
    """
    if _store is None:
        return _default
    timeout: float | None = _store.getdefaulttimeout()
    return timeout


def setdefaulttimeout(timeout: float | None, /) -> None:
    """Set the timeout in seconds of new sockets.

    The values are those of :meth:`socket.settimeout`. Raises the exceptions of that method.
    """
    global _default
    if _store is None:
        _default = parse(timeout)
    else:
        _store.setdefaulttimeout(timeout)


def store_default_in(module: Any) -> None:
    """Store the default timeout in the module in C from now on."""
    global _store
    module.setdefaulttimeout(getdefaulttimeout())
    _store = module


def parse(value: float | None) -> float | None:
    """Return a timeout in the resolution of the clock: nanoseconds, rounded up.

    Raises TypeError if it is not a number, ValueError if it is negative or NaN, and OverflowError if it does not fit 64
    bits of nanoseconds (292 years).
    """
    if value is None:
        return None
    if type(value) is float and 0.0 <= value < _CLOCK_LIMIT:  # the usual case, which then takes half the time
        return _ceil(value * 1e9) / 1e9
    if not isinstance(value, float) and hasattr(value, "__float__") and not hasattr(value, "__index__"):
        value = float(value)  # Decimal and Fraction are valid too
    if isinstance(value, float):
        seconds = float.__float__(value)  # the number in an instance of a subclass
        if seconds != seconds:
            raise ValueError("Invalid value NaN (not a number)")
    else:
        whole = _exceptions.to_seconds(value)
        if abs(whole) >= _CLOCK_LIMIT:
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        seconds = float(whole)
    if abs(seconds) >= _CLOCK_LIMIT:
        raise OverflowError("timestamp out of range for platform time_t")
    if seconds < 0:
        raise ValueError("Timeout value out of range")
    return _ceil(seconds * 1e9) / 1e9


def _ceil(number: float) -> int:
    """Return the smallest integer that is not less than *number* >= 0, as math.ceil() does.

    The import of math would take 1 % of the start-up.
    """
    whole = int(number)
    return whole + (whole < number)


def parse_nanoseconds(value: float | None) -> int:
    """Return the result of :func:`parse` in nanoseconds, -1 for None."""
    return _nanoseconds(parse(value))


def _nanoseconds(timeout: float | None) -> int:
    return -1 if timeout is None else round(timeout * 1e9)


def deadline_of(timeout: float | None) -> float | None:
    """Return the end of an operation that starts now, on the monotonic clock.

    None without a timeout.
    """
    return None if timeout is None else monotonic() + timeout


def wait_until_ready(fd: int, event: int, deadline: float | None) -> bool:
    """Wait until *fd* is ready for *event* or has a pending error.

    Return False once *deadline* has passed.

    Signal handlers run meanwhile. An exception that a handler raises ends the wait.
    """
    if fd < 0:
        return True  # closed by another thread: the call fails with EBADF
    if sys.platform == "win32":
        return _wait_by_select(fd, event, deadline)
    poller = _poll()
    poller.register(fd, event)
    while True:
        if deadline is None:
            milliseconds = None
        else:
            remaining = deadline - monotonic()
            # Poll even without time left. If the descriptor is ready, the scheduler was slow, not the peer.
            milliseconds = min(_ceil(remaining * 1000), _LONGEST_POLL) if remaining > 0 else 0
        if poller.poll(milliseconds):
            return True
        # A wait of more than _LONGEST_POLL takes several polls.
        if milliseconds == 0 or (deadline is not None and deadline <= monotonic()):
            return False


def _wait_by_select(fd: int, event: int, deadline: float | None) -> bool:
    """Wait like :func:`wait_until_ready`, by select().

    Windows reports a refused connection as an exceptional condition.
    """
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
    """Wait like :func:`wait_until_ready`. Raise TimeoutError if the deadline passes."""
    if not wait_until_ready(fd, event, deadline):
        raise _exceptions.timed_out()


def check_deadline(deadline: float | None) -> None:
    """Raise TimeoutError if *deadline* has passed.

    For operations of several calls that need not wait.
    """
    if deadline is not None and monotonic() > deadline:
        raise _exceptions.timed_out()


#: The default of a timeout parameter for which None means blocking mode: it stands for the default timeout.
GLOBAL_DEFAULT = object()
