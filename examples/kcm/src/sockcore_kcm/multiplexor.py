"""The methods of AF_KCM sockets, by ioctl(2). Source: networking/kcm in the kernel documentation.

1. A new socket has a new multiplexor. Clones share it.
2. The kernel gives each received message to one of the sockets of a multiplexor.
3. A BPF program of the type BPF_PROG_TYPE_SOCKET_FILTER returns the length of the message at the start of the data.
"""

from __future__ import annotations

import os

from sockcore.plugin import Any, import_module, named_integer
from sockcore_kcm.constants import AF_KCM, SIOCKCMATTACH, SIOCKCMCLONE, SIOCKCMUNATTACH
from sockcore_kcm.structs import KCM_ATTACH, KCM_CLONE, KCM_UNATTACH


def kcm_attach(sock: Any, connection: Any, program: Any, /) -> None:
    """Attach a connected TCP socket to the multiplexor. Close the TCP socket, or leave it alone, from then on.

    *connection* and *program* are file descriptors, or objects with a method ``fileno()``. The program is a BPF program
    that returns the length of a message. Raises TypeError or ValueError for an object that is not a descriptor, and
    OSError if the kernel rejects them.
    """
    fd, program_fd = to_fd("connection", connection), to_fd("program", program)
    ioctl(sock, "kcm_attach", SIOCKCMATTACH, KCM_ATTACH.pack(fd, program_fd))


def kcm_unattach(sock: Any, connection: Any, /) -> None:
    """Remove a TCP socket from the multiplexor. Its program can then use it as before.

    Raises TypeError or ValueError for an object that is not a descriptor, and OSError (ENOENT) if it is not attached.
    """
    ioctl(sock, "kcm_unattach", SIOCKCMUNATTACH, KCM_UNATTACH.pack(to_fd("connection", connection)))


def kcm_clone(sock: Any, /) -> Any:
    """Return another socket of the same multiplexor, with the class and the timeout of this one."""
    fd = int(KCM_CLONE.unpack(ioctl(sock, "kcm_clone", SIOCKCMCLONE, KCM_CLONE.pack(0)))[0])
    try:
        os.set_inheritable(fd, False)  # the kernel opens it without O_CLOEXEC
        clone = type(sock)(sock.family, sock.type, sock.proto, fileno=fd)
    except BaseException:
        os.close(fd)
        raise
    clone.settimeout(sock.gettimeout())
    return clone


def ioctl(sock: Any, method: str, request: int, argument: bytes) -> bytes:
    """Return the argument after ioctl(2).

    Raises TypeError for a socket of another family, and OSError if the call fails.
    """
    if sock.family != AF_KCM:
        raise TypeError(f"{method}() needs an AF_KCM socket, not one of {sock.family!r}")
    # Not at the top: Windows has no such module.
    result: bytes = import_module("fcntl").ioctl(sock.fileno(), request, argument)
    return result


def to_fd(name: str, value: Any) -> int:
    """Return the file descriptor of an int or object with a method ``fileno()``.

    Raises TypeError for another object, ValueError for a negative number, and OverflowError for one that is too large.
    """
    has_method = hasattr(value, "fileno")
    number = named_integer(name, value.fileno() if has_method else value)
    if number < 0:
        raise ValueError(f"{name} must be an open file descriptor, not {number}")
    if number >= 1 << 31:
        raise OverflowError(f"{name} must be 0 to {(1 << 31) - 1}, not {number}")
    return number
