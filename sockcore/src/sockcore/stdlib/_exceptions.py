"""The standard module's exceptions, where its C code goes on raising them: from ``ssl``, whose sockets are its own.

An ``except socket.gaierror`` of a program that runs on sockcore has to catch both, and matching looks at base
classes only. So the standard classes become subclasses of sockcore's for as long as sockcore stands in.
"""

from __future__ import annotations

from sockcore import _exceptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def adopt(lower: ModuleType) -> None:
    """Make the exceptions of *lower*, the standard ``_socket``, subclasses of sockcore's."""
    for theirs, ours in ((lower.gaierror, _exceptions.gaierror), (lower.herror, _exceptions.herror)):
        _base(theirs, ours)
    if lower.timeout is not TimeoutError:
        # Before Python 3.10: programs catch the module's own class, and ssl raises it.
        _base(lower.timeout, TimeoutError)
        _exceptions.adopt_timeout(lower.timeout)


def release(lower: ModuleType) -> None:
    """Undo :func:`adopt`."""
    _base(lower.gaierror, OSError)
    _base(lower.herror, OSError)
    if lower.timeout is not TimeoutError:
        _base(lower.timeout, OSError)
        _exceptions.adopt_timeout(TimeoutError)


def _base(kind: type, base: type) -> None:
    try:
        kind.__bases__ = (base,)
    except TypeError:  # classes of another layout, or that cannot be changed: then a program has to catch OSError
        pass
