"""A pair of connected sockets through the loopback interface: IP has no socketpair(2)."""

from __future__ import annotations

from sockcore.plugin import socket
from sockcore_inet.constants import SOCK_STREAM
from sockcore_inet.public import public


def loopback_pair(family: int, host: str, type: int, proto: int) -> tuple[socket, socket]:
    """Return two TCP sockets of *family* that are connected through *host*, its loopback address.

    ValueError for a type other than SOCK_STREAM or a protocol; ConnectionError if another process connected first.
    """
    if type != SOCK_STREAM:
        raise ValueError("Only SOCK_STREAM socket type is supported")
    if proto != 0:
        raise ValueError("Only protocol zero is supported")
    make = public().socket
    with make(family, type, proto) as listener:
        listener.bind((host, 0))
        listener.listen()
        here = make(family, type, proto)
        there = None
        try:
            # Without waiting: the connection is accepted by this same thread.
            here.setblocking(False)
            try:
                here.connect(listener.getsockname()[:2])
            except (BlockingIOError, InterruptedError):
                pass
            here.setblocking(True)
            there, _ = listener.accept()
            # Anyone on this machine may connect to the port: be sure that it is us.
            if there.getsockname() != here.getpeername() or here.getsockname() != there.getpeername():
                raise ConnectionError("Unexpected peer connection")
        except BaseException:
            here.close()
            if there is not None:
                there.close()
            raise
    return there, here
