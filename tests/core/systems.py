"""Differences between the systems, for the tests of the core.

The core itself has no address family, so addresses are raw bytes here. Pairs are of AF_UNIX. On Windows,
which lacks such pairs, two sockets of 127.0.0.1 are connected. Code that tests run in a separate process imports this
module too. The import loads only the package sockcore itself.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

#: The ioctl(2) for the number of bytes that can be read.
try:
    from termios import FIONREAD
except ImportError:
    FIONREAD = 0x4004667F

WINDOWS = sys.platform == "win32"
#: The number is the same on every system.
AF_INET = 2
#: The family of :func:`socketpair`: AF_UNIX, whose number is the same on every system that supports such pairs.
LOCAL = AF_INET if WINDOWS else 1
#: The error for a closed descriptor. Windows has the same error for a file that is not a socket.
CLOSED = errno.ENOTSOCK if WINDOWS else errno.EBADF
#: The error for a connection in progress.
IN_PROGRESS = errno.EWOULDBLOCK if WINDOWS else errno.EINPROGRESS
#: The exceptions of a send after the peer has closed. TCP on Windows resets or aborts the connection.
PEER_GONE = (ConnectionAbortedError, ConnectionResetError) if WINDOWS else (BrokenPipeError,)
#: A descriptor that no test opens, also as a handle on Windows.
NEVER_OPEN = 1_000_000
#: A flag for send() that has no effect on loopback: MSG_NOSIGNAL, elsewhere MSG_DONTROUTE.
SEND_FLAG = 0x4000 if sys.platform == "linux" else 4
#: The flag for a single non-blocking call, or 0.
DONTWAIT = 0 if WINDOWS else 0x40 if sys.platform == "linux" else 0x80
#: Seconds for an operation, a thread or a process that should end. Only a failing test reaches it: a machine with other
#: work may need ten times as long as an idle one.
LIMIT = 60.0
#: The rounding error of a difference of times: they are floats, and the clock of Windows has coarse ticks.
ROUNDING = 1e-6 if WINDOWS else 0.0
#: The maximum size of a datagram of a pair. UDP has a lower limit.
LONGEST_DATAGRAM = 65_507 if WINDOWS else 150_000
#: Upper limit of the buffers of a pair on Windows, both ends together.
_ROOM = 1 << 16


def system_error(number: int) -> OSError:
    """Return the exception that the interpreter creates for an error number."""
    if WINDOWS:
        import ctypes

        try:
            ctypes.pythonapi.PyErr_SetFromWindowsErr(number)
        except OSError as exc:
            return exc
    return OSError(number, os.strerror(number))


def loopback(port: int = 0) -> sockcore.RawAddress:
    """Return the sockaddr of a port of 127.0.0.1. Port 0 selects a free one."""
    from sockcore.plugin import sockaddr_header

    return sockcore.RawAddress(sockaddr_header(AF_INET, 16) + port.to_bytes(2, "big") + b"\x7f\0\0\1" + bytes(8))


def name_of(sock: Any) -> sockcore.RawAddress:
    """Return a socket's local address as a RawAddress, with or without a plugin."""
    from sockcore._system import system as backend

    return sockcore.RawAddress(backend.getsockname(sock.fileno(), 128))


def socketpair(sock_type: int | None = None) -> tuple[Any, Any]:
    """Return two connected sockets of the family LOCAL, stream sockets by default."""
    sock_type = sockcore.SOCK_STREAM if sock_type is None else sock_type
    if not WINDOWS:
        return sockcore.socketpair(LOCAL, sock_type)
    make = _connected_streams if sock_type == sockcore.SOCK_STREAM else _connected_datagrams
    return make(sock_type)


def _connected_streams(sock_type: int) -> tuple[Any, Any]:
    with sockcore.socket(AF_INET, sock_type) as listener:
        listener.setblocking(True)
        _bound(listener).listen(1)
        client = sockcore.socket(AF_INET, sock_type)
        try:
            client.setblocking(True)
            _bound(client).connect(name_of(listener))
            client.settimeout(sockcore.getdefaulttimeout())
            server = listener.accept()[0]
        except BaseException:
            client.close()
            raise
    for sock in (client, server):
        sock.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY: send without delay
    return client, server


def _connected_datagrams(sock_type: int) -> tuple[Any, Any]:
    one, two = sockcore.socket(AF_INET, sock_type), sockcore.socket(AF_INET, sock_type)
    for sock in (one, two):
        _bound(sock)
    one.connect(name_of(two))
    two.connect(name_of(one))
    return one, two


def _bound(sock: Any) -> Any:
    # Must be called before the connection, because the buffer size determines the TCP window. An accepted socket
    # inherits the value of the listener.
    for option in (sockcore.SO_RCVBUF, sockcore.SO_SNDBUF):
        sock.setsockopt(sockcore.SOL_SOCKET, option, _ROOM)
    sock.bind(loopback())
    return sock


def open_descriptors() -> list[int] | None:
    """Return the open descriptors, or None if the system cannot list them.

    On Windows, the result is the handles of sockets.
    """
    if WINDOWS:
        return [handle for handle in range(4, 8000, 4) if is_open(handle)]
    if os.path.isdir("/proc/self/fd"):
        return sorted(fd for fd in map(int, os.listdir("/proc/self/fd")) if not _is_report(fd))
    return None


def _is_report(fd: int) -> bool:
    """Return True for a sanitizer's log file, open from its first warning on."""
    if not is_sanitized():
        return False
    settings = os.environ.get("ASAN_OPTIONS", "").split(":")
    logs = tuple(word[len("log_path=") :] for word in settings if word.startswith("log_path="))
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith(logs)
    except OSError:  # the descriptor of the folder itself
        return False


def accepts_all_data() -> bool:
    """Return True if a non-blocking send accepts data of any size, and the next one fails until they are delivered.

    Windows and Wine 10 do so. Other systems accept the part that fits the buffer, as Wine 8 does.
    """
    if not WINDOWS:
        return False
    if not _accepting:
        one, two = socketpair()
        with one, two:
            one.setblocking(False)
            _accepting.append(one.send(bytes(_ROOM << 6)) == _ROOM << 6)
    return _accepting[0]


_accepting: list[bool] = []  # the result of accepts_all_data()


def is_open(fd: int) -> bool:
    """Return True if a descriptor is open. On Windows it must be a socket."""
    from sockcore._system import system as backend

    try:
        if WINDOWS:
            backend.getsockopt_int(fd, int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE))
        else:
            os.fstat(fd)
    except OSError:
        return False
    return True


def is_blocking(fd: int) -> bool:
    """Return True if a descriptor is in blocking mode.

    On Windows it must be a connected socket without data to read.
    """
    if not WINDOWS:
        return os.get_blocking(fd)
    from sockcore._system import system as backend

    # Windows cannot report the mode. A blocking socket waits until SO_RCVTIMEO.
    limit = int(sockcore.SOL_SOCKET), int(sockcore.SO_RCVTIMEO)
    backend.setsockopt(fd, *limit, (20).to_bytes(4, "little"), 4)
    try:
        backend.recv(fd, 1, int(sockcore.MSG_PEEK))
    except BlockingIOError:
        return False
    except OSError as exc:
        if exc.errno != errno.ETIMEDOUT:
            raise
        return True
    finally:
        backend.setsockopt(fd, *limit, bytes(4), 4)
    raise AssertionError("there was something to read")


def is_inheritable(fd: int) -> bool:
    """Return True if child processes inherit a descriptor, by Python's own functions."""
    return os.get_handle_inheritable(fd) if WINDOWS else os.get_inheritable(fd)


def _system_call(thread: Any) -> str:
    """Return the number, as text, of the system call in which a thread waits.

    If the thread does not wait, the result is a word such as ``running`` (see proc(5)).
    """
    with open(f"/proc/self/task/{thread.native_id}/syscall") as file:
        return file.read().split()[0]


def can_see_waits() -> bool:
    """Return True if the system reports the system call in which a thread waits."""
    return sys.platform == "linux" and os.path.exists("/proc/self/syscall")


def wait_until_it_polls(thread: Any) -> None:
    """Wait until a thread is in poll(2), or sleeps between two calls.

    Raises AssertionError after a minute.
    """
    numbers = _waiting_calls()
    for _ in range(60_000):
        if _system_call(thread) in numbers:
            return
        time.sleep(0.001)
    raise AssertionError("the thread does not wait")


def wait_until_it_waits(thread: Any) -> None:
    """Wait until a thread waits for a socket with a timeout.

    On a system that does not report system calls, wait long enough for most machines.
    """
    if can_see_waits():
        wait_until_it_polls(thread)
    else:
        time.sleep(0.1)


def send_signal(number: int, is_handled: Callable[[], bool]) -> None:
    """Send a signal to the main thread, and wait until its handler was called.

    A signal right before a system call does not interrupt it, and Python calls the handler only after the call.
    SIGALRM, which also needs a handler, then interrupts it.

    Raises AssertionError after LIMIT.
    """
    main_thread: Any = threading.main_thread()
    signal.pthread_kill(main_thread.ident, number)
    deadline = time.monotonic() + LIMIT
    again = time.monotonic() + 0.5
    while not is_handled():
        now = time.monotonic()
        assert now < deadline, "the handler was not called"
        if now > again:
            signal.pthread_kill(main_thread.ident, signal.SIGALRM)
            again = now + 0.5
        time.sleep(0.001)


_numbers: set[str] = set()


def _waiting_calls() -> set[str]:
    """Return the system call numbers for poll(2) and for a sleep on this machine."""
    import ctypes
    import select

    library = ctypes.CDLL(None)
    waits = {
        "poll": lambda: library.poll(None, 0, 200),
        "poll of Python": lambda: select.poll().poll(200),  # ppoll(2) since Python 3.15
        "nanosleep": lambda: library.nanosleep((ctypes.c_long * 2)(0, 200_000_000), None),
    }
    for wait in waits.values() if not _numbers else ():
        thread = threading.Thread(target=wait)
        thread.start()
        seen = []
        while thread.is_alive():
            try:
                seen.append(_system_call(thread))
            except (OSError, IndexError):
                break
            time.sleep(0.001)
        thread.join()
        numbers = [item for item in seen if item.isdigit()]
        _numbers.add(max({*numbers}, key=numbers.count))
    return _numbers


def is_sanitized() -> bool:
    """Return True under AddressSanitizer.

    Its allocator ends the process if there is not enough memory.
    """
    return "libasan" in os.environ.get("LD_PRELOAD", "")
