"""Functions for the tests of sockets: receiving in each way, threads, audit events, and open file descriptors."""

from __future__ import annotations

import gc
import os
import selectors
import sys
import threading
import time
from contextlib import contextmanager

import sockcore
from sockcore._types import Any, Callable, Iterator

#: Seconds after which an operation is considered to hang.
LIMIT = 60.0
#: Seconds, for a timeout that is expected to expire.
SHORT = 0.05
#: Bytes, more than any message of the tests.
BUFFER_SIZE = 65536


def recv(sock: Any) -> tuple[bytes, Any]:
    """Receive by recv. Return the data, and None."""
    return sock.recv(BUFFER_SIZE), None


def recv_into(sock: Any) -> tuple[bytes, Any]:
    """Receive by recv_into. Return the data, and None."""
    buffer = bytearray(BUFFER_SIZE)
    return bytes(buffer[: sock.recv_into(buffer)]), None


def recvfrom(sock: Any) -> tuple[bytes, Any]:
    """Receive by recvfrom. Return the data and the sender."""
    data, address = sock.recvfrom(BUFFER_SIZE)
    return data, address


def recvfrom_into(sock: Any) -> tuple[bytes, Any]:
    """Receive by recvfrom_into. Return the data and the sender."""
    buffer = bytearray(BUFFER_SIZE)
    count, address = sock.recvfrom_into(buffer)
    return bytes(buffer[:count]), address


def recvmsg(sock: Any) -> tuple[bytes, Any]:
    """Receive by recvmsg, without control messages. Return the data and the sender."""
    data, messages, flags, address = sock.recvmsg(BUFFER_SIZE)
    truncated = flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)
    check_equal((messages, truncated), ([], 0), "recvmsg: control messages and flags MSG_TRUNC, MSG_CTRUNC")
    return data, address


def recvmsg_into(sock: Any) -> tuple[bytes, Any]:
    """Receive by recvmsg_into with three buffers. Return the data and the sender."""
    parts = [bytearray(1), bytearray(2), bytearray(BUFFER_SIZE)]
    count, messages, _, address = sock.recvmsg_into(parts)
    check_equal(messages, [], "recvmsg_into: control messages")
    return b"".join(parts)[:count], address


#: Method -> a function that receives by it, and returns the data and the sender.
RECEIVERS: dict[str, Callable[[Any], tuple[bytes, Any]]] = {
    "recv": recv,
    "recv_into": recv_into,
    "recvfrom": recvfrom,
    "recvfrom_into": recvfrom_into,
    "recvmsg": recvmsg,
    "recvmsg_into": recvmsg_into,
}
#: The methods that return the sender.
RETURN_ADDRESS = ("recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")


def check(condition: object, message: str) -> None:
    """Raise AssertionError with a message, unless *condition* is true.

    The message is complete without the rewriting of assert statements by pytest.
    """
    if not condition:
        raise AssertionError(message)


def check_equal(actual: object, expected: object, subject: str) -> None:
    """Raise AssertionError that names the subject and both values, unless they are equal."""
    check(actual == expected, f"{subject}: {actual!r}, expected {expected!r}")


@contextmanager
def expected_exception(
    types: type[BaseException] | tuple[type[BaseException], ...], subject: str
) -> Iterator[list[BaseException]]:
    """Check that the block raises one of *types*. Yield a list that then contains the exception."""
    names = " or ".join(item.__name__ for item in (types if isinstance(types, tuple) else (types,)))
    caught: list[BaseException] = []
    try:
        yield caught
    except types as exc:
        caught.append(exc)
    except Exception as exc:
        raise AssertionError(f"{subject}: raised {exc!r}, expected {names}") from exc
    check(caught, f"{subject}: raised nothing, expected {names}")


#: The audit events of sockets inside recorded_audit_events(). None outside of it.
_events: list[str] | None = None
#: True after the first call of recorded_audit_events(): audit hooks cannot be removed.
_has_hook: list[bool] = []


def _record_event(event: str, arguments: object) -> None:
    if _events is not None and event.startswith("socket."):
        _events.append(event)


@contextmanager
def recorded_audit_events() -> Iterator[list[str]]:
    """Record the audit events of sockets, which are raised right before the system call."""
    global _events
    if not _has_hook:
        _has_hook.append(True)
        sys.addaudithook(_record_event)
    _events = []
    try:
        yield _events
    finally:
        _events = None


def open_fds() -> list[str] | None:
    """Return the open file descriptors of this process. None on a system without a list of them.

    Left out are the file that the library of ctypes keeps open after the first callback, and the folder that this
    function reads.
    """
    try:
        found = sorted(os.listdir("/proc/self/fd"), key=int)
    except OSError:
        return None
    targets = {fd: _target(fd) for fd in found}
    return [fd for fd in found if targets[fd] and "libffi" not in targets[fd]]


def check_no_new_fds(before: list[str] | None) -> None:
    """Check that the open file descriptors of this process are among those of *before*."""
    if before is None or set(open_fds() or ()) <= set(before):
        return
    gc.collect()  # closes sockets in reference cycles; only now, because it takes long in a large process
    check_equal([fd for fd in open_fds() or () if fd not in before], [], "new open file descriptors after the test")


def _target(fd: str) -> str:
    """Return the file of a descriptor, or "" if it is closed by now."""
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


def outcome(call: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """Return the result of a call, or its exception, as values that can be compared."""
    try:
        return "returned", call(*arguments)
    except OSError as exc:
        return type(exc).__name__, exc.errno


@contextmanager
def running_in_thread(work: Callable[..., object], *arguments: Any) -> Iterator[list[BaseException]]:
    """Run *work* in a thread during the block. Its exceptions fail the test.

    Yield a list that contains the exception after a failure.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work(*arguments)
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield raised
    except BaseException as exc:
        thread.join(SHORT)
        if raised and exc is not raised[0]:
            raise raised[0] from exc  # the cause of a timeout in the block
        raise
    thread.join(LIMIT)
    check(not thread.is_alive(), "the call in another thread did not return")
    if raised:
        raise raised[0]


def accept(server: Any, raised: list[BaseException]) -> tuple[Any, Any]:
    """Accept a client that connects in :func:`running_in_thread`. Do not wait if that fails."""
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        deadline = time.monotonic() + LIMIT
        while not selector.select(SHORT) and time.monotonic() < deadline:
            if raised:
                raise raised[0]
    sock, address = server.accept()
    return sock, address


def run_async(main: Callable[[Any], Any]) -> Any:
    """Run the coroutine *main*, whose argument is the loop, on selectors. Return its result."""
    import asyncio

    # Not asyncio.run(): the loop of Windows accepts only sockets of the standard library.
    loop = asyncio.SelectorEventLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
