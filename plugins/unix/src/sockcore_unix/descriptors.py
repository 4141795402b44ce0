"""File descriptor passing: the codec of SCM_RIGHTS, and the functions send_fds and recv_fds."""

from __future__ import annotations

import os
from struct import calcsize, pack

from sockcore.plugin import (
    CMSG_LEN,
    Any,
    Callable,
    Iterable,
    backend_function,
    c_int,
    constants,
    follows_interpreter,
    import_module,
    named_integer,
)
from sockcore_unix.constants import SOL_SOCKET, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
else:
    ReadableBuffer = object

#: None on systems without this control message.
SCM_RIGHTS = TABLE.get("SCM_RIGHTS")
_SCM_PIDFD = TABLE.get("SCM_PIDFD")

#: The flag that makes received descriptors non-inheritable from the start; 0 on systems without it (macOS).
_CLOEXEC = constants().get("MSG_CMSG_CLOEXEC", 0)
#: The size of a file descriptor in bytes.
_SIZE = calcsize("i")


def decode_rights(raw: bytes) -> list[int]:
    """Return the file descriptors in the data of SCM_RIGHTS.

    Ignores a truncated integer at the end.
    """
    fds: list[int] = memoryview(raw[: len(raw) - len(raw) % _SIZE]).cast("i").tolist()
    return fds


def encode_rights(fds: object) -> bytes:
    """Return the data of SCM_RIGHTS for an iterable of file descriptors.

    Raises TypeError for other values, and OverflowError for a number that does not fit in a C int.
    """
    wrong_type = TypeError(f"SCM_RIGHTS must be an iterable of descriptors, not {type(fds).__name__}")
    if isinstance(fds, (str, bytes, bytearray)):
        raise wrong_type
    try:
        iterator = iter(fds)  # type: ignore[call-overload]
    except TypeError:
        raise wrong_type from None
    numbers = [named_integer("a descriptor of SCM_RIGHTS", fd) for fd in iterator]
    for number in numbers:
        if not -1 << 31 <= number < 1 << 31:
            raise OverflowError(f"a descriptor of SCM_RIGHTS must be a C int, not {number}")
    return pack(f"{len(numbers)}i", *numbers)


def close_rights(raw: bytes) -> None:
    """Close the undelivered file descriptors in the data of SCM_RIGHTS."""
    handler_exc: BaseException | None = None
    for fd in decode_rights(raw):
        try:
            os.close(fd)
        except BaseException as exc:  # continue, to close the other descriptors
            if not isinstance(exc, OSError) or isinstance(exc, TimeoutError):
                handler_exc = exc  # raised by a signal handler
    if handler_exc is not None:
        raise handler_exc


def send_fds(
    sock: Any, buffers: Iterable[ReadableBuffer], fds: Iterable[int], flags: int = 0, address: object = None
) -> int:
    """Send the file descriptors *fds* over an AF_UNIX socket with data of *buffers*.

    Returns the number of bytes sent. *flags* and *address* have the same meaning as for ``sendmsg``. While sockcore
    stands in for the standard module, both are ignored. CPython also ignores them, and existing programs pass other
    values in their place.
    Raises TypeError or OverflowError if an item of *fds* is not a C int, and OSError (EBADF) if it is not an open file
    descriptor.
    Availability: systems with SCM_RIGHTS. Source: unix(7).
    """
    # Imported late: it imports collections, which takes longer than this module.
    array = import_module("array").array
    rights = [(SOL_SOCKET, SCM_RIGHTS, array("i", fds))]
    sent: int = (
        sock.sendmsg(buffers, rights) if follows_interpreter() else sock.sendmsg(buffers, rights, flags, address)
    )
    return sent


def recv_fds(sock: Any, bufsize: int, maxfds: int, flags: int = 0) -> tuple[bytes, list[int], int, Any]:
    """Receive up to *bufsize* bytes and *maxfds* descriptors over an AF_UNIX socket.

    Returns ``(data, fds, msg_flags, address)``. All but *fds* have the same meaning as for ``recvmsg``. A truncated
    integer at the end of the list is ignored. The descriptors are non-inheritable, and *msg_flags* does not include
    MSG_CMSG_CLOEXEC. While sockcore stands in for the standard module, *flags* is ignored and the descriptors are
    inheritable, as in CPython.
    Raises ValueError or OverflowError if *bufsize* or *maxfds* is out of range.
    Availability: systems with SCM_RIGHTS. Source: unix(7).
    """
    space = CMSG_LEN(maxfds * _SIZE)
    follows_manual = not follows_interpreter()
    received = sock.recvmsg(bufsize, space, c_int(flags) | _CLOEXEC) if follows_manual else sock.recvmsg(bufsize, space)
    data, messages, msg_flags, address = received
    undelivered = messages
    try:
        fds: list[int] = []
        pidfds = b""
        rights = []
        for message in messages:
            level, cmsg_type, raw = message
            if (level, cmsg_type) == (SOL_SOCKET, SCM_RIGHTS):
                fds += decode_rights(raw)
                rights.append(message)
            elif (level, cmsg_type) == (SOL_SOCKET, _SCM_PIDFD):
                pidfds += raw  # received because of SO_PASSPIDFD, and not part of the result
        if follows_manual:
            msg_flags &= ~_CLOEXEC
            if not _CLOEXEC:
                for fd in fds:
                    os.set_inheritable(fd, False)
        result = data, fds, msg_flags, address
        undelivered = rights
        close_rights(pidfds)
    except BaseException:  # the caller gets no result, so it could not close the descriptors
        _close_received(undelivered)
        raise
    return result


def _close_received_in_python(messages: list[tuple[int, int, bytes]]) -> None:
    for level, cmsg_type, raw in messages:
        if level == SOL_SOCKET and cmsg_type in (SCM_RIGHTS, _SCM_PIDFD):
            close_rights(raw)


#: Close the file descriptors in received control messages. The native function does not allocate memory.
_close_received: Callable[[list[tuple[int, int, bytes]]], Any] = (
    backend_function("close_received") or _close_received_in_python
)
