"""Whose fault an exception is: the plugin's whose code ran, or that of the moment.

1. Only an Exception can be the plugin's. KeyboardInterrupt and SystemExit are never caught.
2. A lack of memory or of file descriptors passes, and so do interrupted and failing reads: what they ended is done
   again at the next use, and nothing is left out for good.
3. An exception that a signal handler raised is not the plugin's, whatever its type: the traceback has the handler's
   frame in it. A handler is a Python function with the interrupted frame among its arguments. Exceptions of handlers
   that are no Python functions, and those of PyThreadState_SetAsyncExc(), cannot be told from the plugin's own.
4. So is an exception that one of those caused, or that was raised while one of those was handled.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: Of OSError: what may be gone at the next attempt.
_PASSING = {
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAGAIN", "EINTR", "EIO", "ESTALE", "ETIMEDOUT", "EBUSY")
    if hasattr(errno, name)
}
#: The dynamic loader has no errno, but its text: ImportError for an extension module, OSError of ctypes.
_LOADER_TEXTS = tuple(os.strerror(number) for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM))
_HAS_VARARGS = 0x04  # CO_VARARGS of inspect


def is_plugins_fault(problem: BaseException, handled: BaseException | None) -> bool:
    """Return whether a plugin has to answer for an exception that its code raised.

    *handled* is the exception that was being handled before the plugin's code was called, of ``sys.exc_info()``.
    """
    return isinstance(problem, Exception) and not any(
        is_passing(each) or is_of_signal_handler(each) for each in _chain(problem, handled)
    )


def is_of_system(problem: BaseException, handled: BaseException | None) -> bool:
    """Return whether an OSError or a MemoryError is an exception, or its cause, or its context."""
    return any(isinstance(each, (OSError, MemoryError)) for each in _chain(problem, handled))


def is_passing(problem: BaseException) -> bool:
    """Return whether an exception is about a lack or a failure that may be gone at the next attempt."""
    if isinstance(problem, OSError) and problem.errno is not None:
        return problem.errno in _PASSING
    if isinstance(problem, (OSError, ImportError)):
        return any(text in str(problem) for text in _LOADER_TEXTS)
    return isinstance(problem, MemoryError)


def is_of_signal_handler(problem: BaseException) -> bool:
    """Return whether a signal handler's frame is in the traceback of an exception."""
    at = problem.__traceback__
    while at is not None:
        if _is_signal_handler(at.tb_frame):
            return True
        at = at.tb_next
    return False


def _is_signal_handler(frame: FrameType) -> bool:
    code, caller = frame.f_code, frame.f_back
    if caller is None:
        return False
    count = code.co_argcount
    values = [frame.f_locals.get(name) for name in code.co_varnames[:count]]
    if code.co_flags & _HAS_VARARGS:
        others = frame.f_locals.get(code.co_varnames[count + code.co_kwonlyargcount])
        values.extend(others if isinstance(others, tuple) else ())
    return any(type(number) is int and at is caller for number, at in zip(values, values[1:]))


def _chain(problem: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [problem]
    while waiting:
        each = waiting.pop()
        if each is not None and each is not handled and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += (each.__cause__, each.__context__)
