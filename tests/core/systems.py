"""What differs between the systems, for the tests of the core: connected pairs, errors, descriptors, by numbers alone.

The core knows no family, so addresses are raw bytes here. Pairs are those of AF_UNIX; Windows makes none, so there two
sockets of 127.0.0.1 are connected. The code that tests run in processes of its own imports this module too: importing
it loads nothing of sockcore but its face.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from typing import Any

import sockcore

#: The ioctl(2) that says how many bytes wait to be read.
try:
    from termios import FIONREAD
except ImportError:
    FIONREAD = 0x4004667F

WINDOWS = sys.platform == "win32"
#: The same on every system.
AF_INET = 2
#: The family of :func:`socketpair`: AF_UNIX, which is the same on every system that has such pairs.
LOCAL = AF_INET if WINDOWS else 1
#: What a system says of a descriptor that is not open. Windows has one error for this and for what is no socket.
CLOSED = errno.ENOTSOCK if WINDOWS else errno.EBADF
#: What it says while a connection is being made.
IN_PROGRESS = errno.EWOULDBLOCK if WINDOWS else errno.EINPROGRESS
#: What a send raises whose peer is gone; over TCP, on Windows, the connection is reset or aborted.
PEER_GONE = (ConnectionAbortedError, ConnectionResetError) if WINDOWS else (BrokenPipeError,)
#: A descriptor that no test has open; as a handle of Windows too.
NEVER_OPEN = 1_000_000
#: A flag for what is sent that changes nothing on a loopback: MSG_NOSIGNAL, elsewhere MSG_DONTROUTE.
SEND_FLAG = 0x4000 if sys.platform == "linux" else 4
#: What makes a single call non-blocking, where a flag does.
DONTWAIT = 0 if WINDOWS else 0x40 if sys.platform == "linux" else 0x80
#: What a difference of two times may lack: they are floats, and ticks of the clock of Windows fall together.
ROUNDING = 1e-6 if WINDOWS else 0.0
#: The longest datagram that a pair carries: UDP has a bound of its own.
LONGEST_DATAGRAM = 65_507 if WINDOWS else 150_000
#: What the two ends of a pair of Windows have room for together is less than this.
_ROOM = 1 << 16


def system_error(number: int) -> OSError:
    """Return the exception that the interpreter itself makes of an error's number."""
    if WINDOWS:
        import ctypes

        try:
            ctypes.pythonapi.PyErr_SetFromWindowsErr(number)
        except OSError as error:
            return error
    return OSError(number, os.strerror(number))


def loopback(port: int = 0) -> sockcore.RawAddress:
    """Return the sockaddr of a port of 127.0.0.1; 0 is any that is free."""
    from sockcore.plugin import sockaddr_header

    return sockcore.RawAddress(sockaddr_header(AF_INET, 16) + port.to_bytes(2, "big") + b"\x7f\0\0\1" + bytes(8))


def name_of(sock: Any) -> sockcore.RawAddress:
    """Return a socket's own address whole, whether there is a plugin for its family or not."""
    from sockcore._system.selection import system as backend

    return sockcore.RawAddress(backend.getsockname(sock.fileno(), 128))


def socketpair(kind: int | None = None) -> tuple[Any, Any]:
    """Return two connected sockets of the family LOCAL, streams unless *kind* says otherwise."""
    kind = sockcore.SOCK_STREAM if kind is None else kind
    if not WINDOWS:
        return sockcore.socketpair(LOCAL, kind)
    make = _connected_streams if kind == sockcore.SOCK_STREAM else _connected_datagrams
    return make(kind)


def _connected_streams(kind: int) -> tuple[Any, Any]:
    with sockcore.socket(AF_INET, kind) as listener:
        listener.setblocking(True)
        _bound(listener).listen(1)
        client = sockcore.socket(AF_INET, kind)
        try:
            client.setblocking(True)
            _bound(client).connect(name_of(listener))
            client.settimeout(sockcore.getdefaulttimeout())
            server = listener.accept()[0]
        except BaseException:
            client.close()
            raise
    for sock in (client, server):
        sock.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY: nobody waits for more
    return client, server


def _connected_datagrams(kind: int) -> tuple[Any, Any]:
    one, two = sockcore.socket(AF_INET, kind), sockcore.socket(AF_INET, kind)
    for sock in (one, two):
        _bound(sock)
    one.connect(name_of(two))
    two.connect(name_of(one))
    return one, two


def _bound(sock: Any) -> Any:
    # Before there is a connection: TCP's window follows from it. What is accepted has the listener's.
    for option in (sockcore.SO_RCVBUF, sockcore.SO_SNDBUF):
        sock.setsockopt(sockcore.SOL_SOCKET, option, _ROOM)
    sock.bind(loopback())
    return sock


def open_descriptors() -> list[int] | None:
    """Return the descriptors that are open, on Windows the handles that are sockets; None where nobody can say."""
    if WINDOWS:
        return [handle for handle in range(4, 8000, 4) if is_open(handle)]
    if os.path.isdir("/proc/self/fd"):
        return sorted(fd for fd in map(int, os.listdir("/proc/self/fd")) if not _is_report(fd))
    return None


def _is_report(fd: int) -> bool:
    """Return True for the file to which a sanitizer writes: it opens it with its first warning, and keeps it open."""
    if not is_sanitized():
        return False
    settings = os.environ.get("ASAN_OPTIONS", "").split(":")
    logs = tuple(word[len("log_path=") :] for word in settings if word.startswith("log_path="))
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith(logs)
    except OSError:  # the descriptor of the folder itself
        return False


def is_open(fd: int) -> bool:
    """Return whether a descriptor, on Windows that of a socket, is open."""
    from sockcore._system.selection import system as backend

    try:
        if WINDOWS:
            backend.getsockopt_int(fd, int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE))
        else:
            os.fstat(fd)
    except OSError:
        return False
    return True


def is_blocking(fd: int) -> bool:
    """Return whether a descriptor is in blocking mode; on Windows that of a connected socket with nothing to read."""
    if not WINDOWS:
        return os.get_blocking(fd)
    from sockcore._system.selection import system as backend

    # Nobody can ask for the mode there. One that is blocking waits until its own time is over.
    limit = int(sockcore.SOL_SOCKET), int(sockcore.SO_RCVTIMEO)
    backend.setsockopt(fd, *limit, (20).to_bytes(4, "little"), 4)
    try:
        backend.recv(fd, 1, int(sockcore.MSG_PEEK))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno != errno.ETIMEDOUT:
            raise
        return True
    finally:
        backend.setsockopt(fd, *limit, bytes(4), 4)
    raise AssertionError("there was something to read")


def is_inheritable(fd: int) -> bool:
    """Return whether child processes inherit a descriptor, as the interpreter's own functions tell."""
    return os.get_handle_inheritable(fd) if WINDOWS else os.get_inheritable(fd)


def _system_call(thread: Any) -> str:
    """Return the number of the system call that a thread waits in, as text; another word if it waits in none."""
    with open(f"/proc/self/task/{thread.native_id}/syscall") as file:
        return file.read().split()[0]


def can_see_waits() -> bool:
    """Return whether the system says which system call a thread waits in."""
    return sys.platform == "linux" and os.path.exists("/proc/self/syscall")


def wait_until_it_polls(thread: Any) -> None:
    """Return once a thread waits in poll(2), or sleeps between two calls; AssertionError after a minute."""
    numbers = _waiting_calls()
    for _ in range(60_000):
        if _system_call(thread) in numbers:
            return
        time.sleep(0.001)
    raise AssertionError("the thread does not wait")


_numbers: set[str] = set()


def _waiting_calls() -> set[str]:
    """Return the numbers of the system calls that poll(2) and a sleep are on this machine."""
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
        numbers = [each for each in seen if each.isdigit()]
        _numbers.add(max({*numbers}, key=numbers.count))
    return _numbers


def is_sanitized() -> bool:
    """Return True under AddressSanitizer: its allocator touches memory, and ends the process if there is too little."""
    return "libasan" in os.environ.get("LD_PRELOAD", "")
