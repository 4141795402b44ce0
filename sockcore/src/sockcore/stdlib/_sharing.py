"""Sending sockcore sockets to other processes with multiprocessing: over a Pipe, in a Queue, to a Process.

Where sockcore stands in for the standard module before multiprocessing is imported, multiprocessing does this by
itself; here is the way for programs that ``import sockcore as socket``.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sockcore import socket as Socket


def enable_multiprocessing() -> None:
    """Let multiprocessing send sockcore sockets; what arrives is a sockcore socket, with the default timeout.

    Imports multiprocessing. Calling it again changes nothing. To be called in the process that sends; the one that
    receives needs sockcore installed.
    """
    from multiprocessing.reduction import ForkingPickler

    import sockcore

    ForkingPickler.register(sockcore.socket, _reduce)


def _reduce(sock: Any) -> tuple[Callable[..., Socket], tuple[Any, ...]]:
    if sys.platform == "win32":
        # A socket is no file there: it is shared, and the receiving side makes a standard one of it.
        from multiprocessing.resource_sharer import DupSocket

        return _adopt, (DupSocket(sock),)
    else:  # noqa: RET505 - for type checkers: what is here is not there
        from multiprocessing.reduction import DupFd

        return _rebuild, (DupFd(sock.fileno()), int(sock.family), int(sock.type), sock.proto)


def _rebuild(duplicate: Any, family: int, type: int, proto: int) -> Socket:
    import sockcore

    return sockcore.socket(family, type, proto, fileno=duplicate.detach())


def _adopt(duplicate: Any) -> Socket:
    import sockcore
    from sockcore.stdlib._handover import from_stdlib

    sock = duplicate.detach()  # of the module that multiprocessing knows as socket
    return sock if isinstance(sock, sockcore.socket) else from_stdlib(sock)
