"""Passing file descriptors: SCM_RIGHTS in control messages, and the two functions that make them easy."""

from __future__ import annotations

import os
from array import array

from sockcore.plugin import CMSG_LEN, Any, Iterable
from sockcore_unix.numbers import SOL_SOCKET, TABLE

#: The control message, None on a system without.
SCM_RIGHTS = TABLE.get("SCM_RIGHTS")


def _ints(values: Any = ()) -> array[int]:
    from array import array  # an extension module that only those who pass descriptors need

    return array("i", values)


def decode_rights(raw: bytes) -> list[int]:
    """Return the descriptors in the data of SCM_RIGHTS, without an integer that was cut off at the end."""
    fds = _ints()
    fds.frombytes(raw[: len(raw) - len(raw) % fds.itemsize])
    return fds.tolist()


def encode_rights(fds: object) -> bytes:
    """Return the data of SCM_RIGHTS for an iterable of descriptors."""
    return _ints(fds).tobytes()


def close_rights(raw: bytes) -> None:
    """Close the descriptors in the data of SCM_RIGHTS, which nobody will get."""
    for fd in decode_rights(raw):
        try:
            os.close(fd)
        except OSError:  # the next one is still to be closed
            pass


def send_fds(sock: Any, buffers: Iterable[Any], fds: Iterable[int], flags: int = 0, address: object = None) -> int:
    """Send the list of file descriptors *fds* over an AF_UNIX socket, with the data of *buffers*.

    Return how many bytes of data were sent. *flags* and *address* are those of ``sendmsg``. TypeError or
    OverflowError if one of *fds* is no C int, OSError (EBADF) if it is no descriptor.
    Availability: where there is SCM_RIGHTS. Source: unix(7).
    """
    sent: int = sock.sendmsg(buffers, [(SOL_SOCKET, SCM_RIGHTS, _ints(fds))], flags, address)
    return sent


def recv_fds(sock: Any, bufsize: int, maxfds: int, flags: int = 0) -> tuple[bytes, list[int], int, Any]:
    """Receive up to *bufsize* bytes and up to *maxfds* file descriptors over an AF_UNIX socket.

    Return ``(data, fds, msg_flags, address)``, as ``recvmsg`` gives them; an integer that was cut off at the
    end of the list is left out. ValueError or OverflowError if one of the sizes is out of range.
    Availability: where there is SCM_RIGHTS. Source: unix(7).
    """
    space = CMSG_LEN(maxfds * _ints().itemsize)
    data, messages, msg_flags, address = sock.recvmsg(bufsize, space, flags)
    fds = []
    for level, kind, raw in messages:
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
            fds += decode_rights(raw)
    return data, fds, msg_flags, address
