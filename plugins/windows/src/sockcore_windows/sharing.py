"""Sockets for other processes: the method ``socket.share``, and the function ``fromshare`` at the other end.

What travels is a WSAPROTOCOL_INFOW, which tells of the socket and of the duplicate that Winsock keeps for the process.
"""

from __future__ import annotations

from sockcore.plugin import Any, SupportsIndex, backend_function, integer, socket

_MASK = 0xFFFFFFFF


def share(sock: Any, process_id: SupportsIndex, /) -> bytes:
    """Duplicate the socket for the process *process_id*; return the bytes of which it makes a socket by ``fromshare``.

    They are good for one process and one time; the socket may be closed once there are any. OSError if there is no
    such process, or the system does not let this one reach into it. Availability: Windows. Source:
    WSADuplicateSocketW of Winsock.
    """
    call = backend_function("duplicate_to_process")
    assert call is not None
    info: bytes = call(sock.fileno(), integer(process_id) & _MASK)
    return info


def fromshare(info: bytes) -> socket:
    """Return a socket of the bytes that ``share`` gave another process for this one; non-inheritable, blocking.

    Its family, type and protocol are those that the bytes tell. ValueError for another number of bytes, OSError if
    Winsock did not make them for this process. Availability: Windows. Source: WSASocketW of Winsock.
    """
    sock: socket = socket.__new__(socket)
    try:
        socket.__init__(sock, 0, 0, 0, info)  # which tells from the bytes what it is
    except BaseException:
        sock.close()
        raise
    return sock
