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
_TEMPORARY = {
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAGAIN", "EINTR", "EIO", "ESTALE", "ETIMEDOUT", "EBUSY")
    if hasattr(errno, name)
}
#: The dynamic loader has no errno, but its text: ImportError for an extension module, OSError of ctypes.
_LOADER_TEXTS = tuple(os.strerror(number) for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM))
_HAS_VARARGS = 0x04  # CO_VARARGS of inspect


def is_plugins_fault(exc: BaseException, handled: BaseException | None) -> bool:
    """Return whether a plugin has to answer for an exception that its code raised.

    *handled* is the exception that was being handled before the plugin's code was called, of ``sys.exc_info()``.
    """
    return isinstance(exc, Exception) and not any(
        is_temporary(related) or is_from_signal_handler(related) for related in _chain(exc, handled)
    )


def is_from_system(exc: BaseException, handled: BaseException | None) -> bool:
    """Return whether an OSError or a MemoryError is an exception, or its cause, or its context."""
    return any(isinstance(related, (OSError, MemoryError)) for related in _chain(exc, handled))


def is_temporary(exc: BaseException) -> bool:
    """Return whether an exception is about a lack or a failure that may be gone at the next attempt."""
    if isinstance(exc, OSError) and exc.errno is not None:
        return exc.errno in _TEMPORARY
    if isinstance(exc, (OSError, ImportError)):
        return any(text in str(exc) for text in _LOADER_TEXTS)
    return isinstance(exc, MemoryError)


def is_from_signal_handler(exc: BaseException) -> bool:
    """Return whether a signal handler's frame is in the traceback of an exception."""
    at = exc.__traceback__
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


def _chain(exc: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [exc]
    while pending:
        related = pending.pop()
        if related is not None and related is not handled and id(related) not in seen:
            seen.add(id(related))
            yield related
            pending += (related.__cause__, related.__context__)
