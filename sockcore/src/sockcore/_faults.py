"""The cause of an exception that was raised while code of a plugin ran: the plugin, or something else.

1. Only an Exception can be the fault of the plugin. KeyboardInterrupt and SystemExit are never caught.
2. A lack of memory or of file descriptors is temporary, and so are interrupted and failing reads. The interrupted work
   is done again at the next use, and no plugin is dropped for good.
3. An exception that a signal handler raised is not the fault of the plugin, whatever its type. Its traceback contains
   the frame of the handler: a Python function that has the interrupted frame among its arguments. Exceptions of
   handlers that are not Python functions, and those of PyThreadState_SetAsyncExc(), look like exceptions of the plugin.
4. Nor is the plugin at fault for an exception whose cause or context is an exception of rule 2 or 3.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: Numbers of an OSError whose cause may be gone at the next attempt.
_TEMPORARY = {
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAGAIN", "EINTR", "EIO", "ESTALE", "ETIMEDOUT", "EBUSY")
    if hasattr(errno, name)
}
#: The dynamic loader reports no errno, only its text: as an ImportError for an extension module, and as an OSError from
#: ctypes.
_LOADER_TEXTS = tuple(os.strerror(number) for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM))
_HAS_VARARGS = 0x04  # CO_VARARGS of inspect


def is_plugins_fault(exc: BaseException, handled: BaseException | None) -> bool:
    """Return True if a plugin is responsible for an exception that its code raised.

    *handled* is the exception that was being handled before the call of the plugin's code (``sys.exc_info()``).
    """
    return isinstance(exc, Exception) and not any(
        is_temporary(related) or is_from_signal_handler(related) for related in _chain(exc, handled)
    )


def is_from_system(exc: BaseException, handled: BaseException | None) -> bool:
    """Return True if an exception, its cause or context is an OSError or MemoryError."""
    return any(isinstance(related, (OSError, MemoryError)) for related in _chain(exc, handled))


def is_temporary(exc: BaseException) -> bool:
    """Return True if the cause of an exception may be gone at the next attempt."""
    if isinstance(exc, OSError) and exc.errno is not None:
        return exc.errno in _TEMPORARY
    if isinstance(exc, (OSError, ImportError)):
        return any(text in str(exc) for text in _LOADER_TEXTS)
    return isinstance(exc, MemoryError)


def is_from_signal_handler(exc: BaseException) -> bool:
    """Return True if the traceback of an exception has a frame of a signal handler."""
    traceback = exc.__traceback__
    while traceback is not None:
        if _is_signal_handler(traceback.tb_frame):
            return True
        traceback = traceback.tb_next
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
    return any(type(number) is int and frame is caller for number, frame in zip(values, values[1:]))


def _chain(exc: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [exc]
    while pending:
        related = pending.pop()
        if related is not None and related is not handled and id(related) not in seen:
            seen.add(id(related))
            yield related
            pending += (related.__cause__, related.__context__)
