"""Pairs of connected sockets through the loopback interface, because IP does not support socketpair(2)."""

from __future__ import annotations

from sockcore.plugin import socket
from sockcore_inet.constants import SOCK_STREAM
from sockcore_inet.public_module import public_module


def connect_loopback_pair(family: int, host: str, type: int, proto: int) -> tuple[socket, socket]:
    """Return two TCP sockets of *family*, connected through its loopback address.

    The address is *host*. Raises ValueError for a type other than SOCK_STREAM or a protocol other than 0, and
    ConnectionError if another process connected first.
    """
    if type != SOCK_STREAM:
        raise ValueError("Only SOCK_STREAM socket type is supported")
    if proto != 0:
        raise ValueError("Only protocol zero is supported")
    create_socket = public_module().socket
    with create_socket(family, type, proto) as listener:
        listener.bind((host, 0))
        listener.listen()
        client = create_socket(family, type, proto)
        server = None
        try:
            # The same thread accepts the connection afterwards, so connect() must not block.
            client.setblocking(False)
            try:
                client.connect(listener.getsockname()[:2])
            except (BlockingIOError, InterruptedError):
                pass
            client.setblocking(True)
            server, _ = listener.accept()
            # Any local process can connect to the port. Make sure that the peer is our client.
            if server.getsockname() != client.getpeername() or client.getsockname() != server.getpeername():
                raise ConnectionError("Unexpected peer connection")
        except BaseException:
            client.close()
            if server is not None:
                server.close()
            raise
    return server, client
