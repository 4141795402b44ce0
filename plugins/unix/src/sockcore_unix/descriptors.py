"""Passing file descriptors: SCM_RIGHTS in control messages, and the two functions that make them easy."""

from __future__ import annotations

import os
from array import array

from sockcore.plugin import (
    CMSG_LEN,
    Any,
    Callable,
    Iterable,
    backend_function,
    c_int,
    constants,
    follows_interpreter,
    named_integer,
)
from sockcore_unix.constants import SOL_SOCKET, TABLE

#: The control message, None on a system without.
SCM_RIGHTS = TABLE.get("SCM_RIGHTS")
_SCM_PIDFD = TABLE.get("SCM_PIDFD")

#: The flag by which received descriptors are non-inheritable from the start; 0 where the system has none (macOS).
_CLOEXEC = constants().get("MSG_CMSG_CLOEXEC", 0)


def decode_rights(raw: bytes) -> list[int]:
    """Return the descriptors in the data of SCM_RIGHTS, without an integer that was cut off at the end."""
    fds = array("i")
    fds.frombytes(raw[: len(raw) - len(raw) % fds.itemsize])
    return fds.tolist()


def encode_rights(fds: object) -> bytes:
    """Return the data of SCM_RIGHTS for an iterable of descriptors: TypeError for another value, OverflowError
    for a number that is not a C int.
    """
    wrong = TypeError(f"SCM_RIGHTS must be an iterable of descriptors, not {type(fds).__name__}")
    if isinstance(fds, (str, bytes, bytearray)):
        raise wrong
    try:
        iterator = iter(fds)  # type: ignore[call-overload]
    except TypeError:
        raise wrong from None
    numbers = [named_integer("a descriptor of SCM_RIGHTS", fd) for fd in iterator]
    for number in numbers:
        if not -1 << 31 <= number < 1 << 31:
            raise OverflowError(f"a descriptor of SCM_RIGHTS must be a C int, not {number}")
    return array("i", numbers).tobytes()


def close_rights(raw: bytes) -> None:
    """Close the descriptors in the data of SCM_RIGHTS, which nobody will get."""
    problem: BaseException | None = None
    for fd in decode_rights(raw):
        try:
            os.close(fd)
        except BaseException as exc:  # the next one is still to be closed
            if not isinstance(exc, OSError) or isinstance(exc, TimeoutError):
                problem = exc  # from a signal handler
    if problem is not None:
        raise problem


def send_fds(sock: Any, buffers: Iterable[Any], fds: Iterable[int], flags: int = 0, address: object = None) -> int:
    """Send the list of file descriptors *fds* over an AF_UNIX socket, with the data of *buffers*.

    Return how many bytes of data were sent. *flags* and *address* are those of ``sendmsg``. Under the stand-in for the
    standard module both are ignored: CPython does so, and programs pass other things. TypeError or
    OverflowError if one of *fds* is no C int, OSError (EBADF) if it is no descriptor.
    Availability: where there is SCM_RIGHTS. Source: unix(7).
    """
    rights = [(SOL_SOCKET, SCM_RIGHTS, array("i", fds))]
    sent: int = (
        sock.sendmsg(buffers, rights) if follows_interpreter() else sock.sendmsg(buffers, rights, flags, address)
    )
    return sent


def recv_fds(sock: Any, bufsize: int, maxfds: int, flags: int = 0) -> tuple[bytes, list[int], int, Any]:
    """Receive up to *bufsize* bytes and up to *maxfds* file descriptors over an AF_UNIX socket.

    Return ``(data, fds, msg_flags, address)``, as ``recvmsg`` gives them; an integer that was cut off at the
    end of the list is left out. The descriptors are non-inheritable, and *msg_flags* has no MSG_CMSG_CLOEXEC. Under the
    stand-in for the standard module *flags* is ignored and the descriptors are inheritable, as in CPython. ValueError
    or OverflowError if one of the sizes is out of range.
    Availability: where there is SCM_RIGHTS. Source: unix(7).
    """
    space = CMSG_LEN(maxfds * array("i").itemsize)
    as_manual = not follows_interpreter()
    received = sock.recvmsg(bufsize, space, c_int(flags) | _CLOEXEC) if as_manual else sock.recvmsg(bufsize, space)
    data, messages, msg_flags, address = received
    undelivered = messages
    try:
        fds: list[int] = []
        pidfds: list[int] = []
        rights = []
        for message in messages:
            level, cmsg_type, raw = message
            if (level, cmsg_type) == (SOL_SOCKET, SCM_RIGHTS):
                fds += decode_rights(raw)
                rights.append(message)
            elif (level, cmsg_type) == (SOL_SOCKET, _SCM_PIDFD):
                pidfds += decode_rights(raw)  # of SO_PASSPIDFD: it is not among the results
        if as_manual:
            msg_flags &= ~_CLOEXEC
            if not _CLOEXEC:
                for fd in fds:
                    os.set_inheritable(fd, False)
        result = data, fds, msg_flags, address
        unwanted = iter(pidfds)
        undelivered = rights
        for fd in unwanted:
            try:
                os.close(fd)
            except OSError:
                pass
    except BaseException:  # the caller gets none of them
        _close_received(undelivered)
        raise
    return result


def _close_in_python(messages: list[tuple[int, int, bytes]]) -> None:
    for level, cmsg_type, raw in messages:
        if level == SOL_SOCKET and cmsg_type in (SCM_RIGHTS, _SCM_PIDFD):
            close_rights(raw)


#: Closes the descriptors in received control messages; the native backend needs no memory for it.
_close_received: Callable[[list[tuple[int, int, bytes]]], Any] = backend_function("close_received") or _close_in_python
