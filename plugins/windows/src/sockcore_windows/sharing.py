"""Sharing of sockets with other processes: the method ``socket.share`` and the function ``fromshare``.

The bytes are a WSAPROTOCOL_INFOW. It describes the socket, and the duplicate that Winsock keeps for the other process.
"""

from __future__ import annotations

from sockcore.plugin import Any, SupportsIndex, backend_function, integer, socket

_MASK = 0xFFFFFFFF


def share(sock: Any, process_id: SupportsIndex, /) -> bytes:
    """Duplicate the socket for the process *process_id*.

    Returns bytes for ``fromshare`` in that process. Only that process can use the bytes, and only once. Afterwards the
    socket may be closed. Raises OSError if the process does not exist or access is denied. Availability: Windows.
    Source: WSADuplicateSocketW of Winsock.
    """
    call = backend_function("duplicate_to_process")
    assert call is not None
    number = integer(process_id) & _MASK
    info: bytes = call(sock.fileno(), number)  # last: the conversion may run code that closes the socket
    return info


def fromshare(info: bytes) -> socket:
    """Return a socket from bytes that ``share`` returned in another process.

    The socket is non-inheritable.

    The bytes contain the family, type and protocol. The timeout is the default timeout. Raises ValueError for a wrong
    number of bytes, and OSError if the bytes are not for this process. Availability: Windows. Source: WSASocketW of
    Winsock.
    """
    sock: socket = socket.__new__(socket)
    try:
        socket.__init__(sock, 0, 0, 0, info)  # family, type and protocol come from the bytes
    except BaseException:
        sock.close()
        raise
    return sock
