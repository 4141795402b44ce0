"""Run one operation while the n-th allocation of memory fails, n = 1, 2, ... until the operation succeeds.

    python tests/memory/allocations.py NAME

Prints the number of allocations. A failure other than MemoryError, or a file descriptor that stays open, ends it with a
traceback. Twice: first the allocations after that fail too, then only one fails.
"""

from __future__ import annotations

import _testcapi
import array
import gc
import os
import sys
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import sockcore as s
from sockcore._system.selection import backend, system

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Makes sockets, and returns the call; with the exception that counts as success, if there is one.
    Prepare = Callable[[ExitStack], Callable[[], Any]]

#: More than any operation allocates.
MOST = 3000
#: So many allocations fail together. Not all later ones: without memory for the position of an instruction,
#: CPython 3.11 and later look for the handler of the exception again and again.
MANY = 1000
SCM_RIGHTS = 1
ROOM = 64
SIZE = 8

#: The class itself: an operation puts another one in its place.
PUBLIC = s.socket

OPERATIONS: dict[str, Prepare] = {}
#: An operation that ends with an exception: of this kind it is a success.
ENDS: dict[str, type[BaseException]] = {}


def operation(ends: type[BaseException] | None = None) -> Callable[[Prepare], Prepare]:
    """Add a function to the operations."""

    def add(prepare: Prepare) -> Prepare:
        name = prepare.__name__
        OPERATIONS[name] = prepare
        if ends is not None:
            ENDS[name] = ends
        return prepare

    return add


def pair(stack: ExitStack, kind: int = s.SOCK_DGRAM) -> tuple[Any, Any]:
    """Return two connected sockets."""
    one, two = s.socketpair(s.AF_UNIX, kind)
    stack.enter_context(one)
    stack.enter_context(two)
    return one, two


def full(stack: ExitStack, messages: int = 2) -> Any:
    """Return a socket to which messages were sent, each with two file descriptors."""
    one, two = pair(stack)
    for _ in range(messages):
        fds = array.array("i", [one.fileno(), two.fileno()])
        one.sendmsg([b"data"], [(s.SOL_SOCKET, SCM_RIGHTS, fds)])
    return two


def udp(stack: ExitStack) -> tuple[Any, Any]:
    """Return a bound socket to which a datagram was sent, and its address."""
    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    name = sock.getsockname()
    sock.sendto(b"data", name)
    return sock, name


def listener(stack: ExitStack) -> tuple[Any, Any]:
    """Return a listening socket that has a connection, and its address."""
    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_STREAM))
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    name = sock.getsockname()
    stack.enter_context(s.socket(s.AF_INET, s.SOCK_STREAM)).connect(name)
    return sock, name


class Number:
    """An integer of another type."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


# Methods. Each gets values that C takes as they are, then those that go through Python code.

for _method, _arguments in {
    "recv": (SIZE,), "recv_into": (bytearray(SIZE),), "recvfrom": (SIZE,), "recvfrom_into": (bytearray(SIZE),),
    "recvmsg": (SIZE, ROOM), "recvmsg_into": ([bytearray(2), bytearray(SIZE)], ROOM),
}.items():  # fmt: skip
    for _way in ("", "_unusual", "_truncated", "_inet", "_timeout"):

        def _prepare(
            stack: ExitStack, method: str = _method, arguments: Any = _arguments, way: str = _way
        ) -> Callable[[], Any]:
            sock = udp(stack)[0] if way == "_inet" else full(stack)
            call = getattr(sock, method)
            if way == "_truncated":
                arguments = (*arguments, 0, s.MSG_TRUNC)[-3:] if "into" in method else (*arguments, s.MSG_TRUNC)
                if method == "recvmsg_into":
                    arguments = ([bytearray(2)], ROOM, s.MSG_TRUNC)
            if way == "_unusual" and type(arguments[0]) is int:
                arguments = (Number(arguments[0]), *arguments[1:])
            elif way == "_unusual":
                arguments = (*arguments, *(Number(0) for _ in range(3 - len(arguments))))
            if way == "_timeout":
                while sock.recv_into(bytearray(9), 0, s.MSG_PEEK):
                    for _, _, data in sock.recvmsg(9, 99)[1]:
                        close_all(data)
                    sock.setblocking(False)
                    try:
                        sock.recv_into(bytearray(9), 0, s.MSG_PEEK)
                    except BlockingIOError:
                        break
                sock.settimeout(0.0005)
            return lambda: call(*arguments)

        OPERATIONS[_method + _way] = _prepare
        if _way == "_timeout":
            ENDS[_method + _way] = s.timeout


@operation()
def recvmsg_of_much_control(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack)
    return lambda: sock.recvmsg(SIZE, 5000)


@operation()
def recvmmsg(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    return lambda: sock.recvmmsg(5, SIZE, ROOM)


@operation()
def recvmmsg_unusual(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    return lambda: sock.recvmmsg(Number(5), Number(SIZE), Number(ROOM), Number(0))


@operation()
def recvmmsg_of_much(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    return lambda: sock.recvmmsg(5, 1 << 20, 5000, s.MSG_TRUNC)


@operation(s.timeout)
def recvmmsg_timeout(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    sock.settimeout(0.0005)
    return lambda: sock.recvmmsg(5, SIZE, ROOM)


@operation()
def recvmmsg_into(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    buffers = [bytearray(SIZE) for _ in range(4)]
    return lambda: sock.recvmmsg_into(buffers, ROOM)


@operation()
def recvmmsg_into_of_lists(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    buffers = [[bytearray(2), bytearray(SIZE)] for _ in range(4)]
    return lambda: sock.recvmmsg_into(buffers, ROOM)


@operation()
def recvmmsg_into_unusual(stack: ExitStack) -> Callable[[], Any]:
    sock = full(stack, 3)
    buffers = tuple(bytearray(SIZE) for _ in range(4))
    return lambda: sock.recvmmsg_into(buffers, Number(ROOM))


@operation()
def recvmsg_of_inet_again(stack: ExitStack) -> Callable[[], Any]:
    sock, name = udp(stack)
    sock.recvfrom(9)  # its address is in the codec's cache
    sock.sendto(b"data", name)
    return lambda: sock.recvmsg(SIZE, ROOM)


@operation()
def accept(stack: ExitStack) -> Callable[[], Any]:
    return listener(stack)[0].accept


@operation()
def accept_of_unix(stack: ExitStack) -> Callable[[], Any]:
    sock = stack.enter_context(s.socket(s.AF_UNIX, s.SOCK_STREAM))
    sock.bind("")
    sock.listen()
    stack.enter_context(s.socket(s.AF_UNIX, s.SOCK_STREAM)).connect(sock.getsockname())
    return sock.accept


class Subclass(s.socket):
    """A class whose constructor is in Python and passes on an equal number."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None) -> None:
        super().__init__(family, type, proto, None if fileno is None else Number(fileno))
        self.more = [fileno]


@operation()
def accept_of_subclass(stack: ExitStack) -> Callable[[], Any]:
    sock = listener(stack)[0]
    stack.callback(setattr, s, "socket", s.socket)
    s.socket = Subclass  # type: ignore[misc]
    return sock.accept


@operation()
def dup(stack: ExitStack) -> Callable[[], Any]:
    return pair(stack)[0].dup


@operation()
def dup_of_subclass(stack: ExitStack) -> Callable[[], Any]:
    return stack.enter_context(Subclass(s.AF_INET, s.SOCK_DGRAM)).dup


@operation()
def fromfd(stack: ExitStack) -> Callable[[], Any]:
    fd, function = pair(stack)[0].fileno(), s.fromfd  # which is now imported
    return lambda: function(fd, 1, 2)


@operation()
def socketpair(stack: ExitStack) -> Callable[[], Any]:
    function = s.socketpair
    return lambda: function(1, 2)


if hasattr(s, "recv_fds"):

    @operation()
    def recv_fds(stack: ExitStack) -> Callable[[], Any]:
        sock, function = full(stack), s.recv_fds
        return lambda: function(sock, SIZE, 2)


@operation(s.timeout)
def accept_timeout(stack: ExitStack) -> Callable[[], Any]:
    sock = listener(stack)[0]
    sock.accept()[0].close()
    sock.settimeout(0.0005)
    return sock.accept


@operation()
def connect(stack: ExitStack) -> Callable[[], Any]:
    _, name = udp(stack)
    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM))
    return lambda: sock.connect(name)


@operation()
def socket(stack: ExitStack) -> Callable[[], Any]:
    s.socket(s.AF_INET, s.SOCK_DGRAM).close()
    return lambda: s.socket(s.AF_INET, s.SOCK_DGRAM)


@operation(OSError)
def socket_refused(stack: ExitStack) -> Callable[[], Any]:
    return lambda: s.socket(s.AF_INET, 77)


@operation()
def close(stack: ExitStack) -> Callable[[], Any]:
    return pair(stack)[0].close


@operation()
def fileno(stack: ExitStack) -> Callable[[], Any]:
    return pair(stack)[0].fileno


@operation()
def send(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    return lambda: sock.send(b"data")


@operation()
def sendall(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack, s.SOCK_STREAM)[0]
    data = bytes(1 << 10)
    return lambda: sock.sendall(data)


@operation(s.timeout)
def sendall_timeout(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack, s.SOCK_STREAM)[0]
    sock.settimeout(0.0005)
    data = bytes(1 << 23)
    return lambda: sock.sendall(data)


@operation()
def sendto(stack: ExitStack) -> Callable[[], Any]:
    sock, name = udp(stack)
    return lambda: sock.sendto(b"data", name)


@operation()
def sendto_elsewhere(stack: ExitStack) -> Callable[[], Any]:
    sock, (host, port) = udp(stack)
    return lambda: sock.sendto(b"data", (bytes(host, "ascii"), port))


@operation()
def sendmsg(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    ancillary = [(s.SOL_SOCKET, SCM_RIGHTS, array.array("i", [sock.fileno()]))]
    return lambda: sock.sendmsg([b"da", bytearray(b"ta")], ancillary)


@operation()
def sendmsg_of_many(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    buffers = [b"x"] * 100
    return lambda: sock.sendmsg(buffers)


@operation()
def sendmsg_to(stack: ExitStack) -> Callable[[], Any]:
    sock, name = udp(stack)
    return lambda: sock.sendmsg([b"data"], [], 0, name)


@operation()
def sendmmsg(stack: ExitStack) -> Callable[[], Any]:
    sock, name = udp(stack)
    messages = [b"data", (b"data", name)]
    sock.connect(name)
    return lambda: sock.sendmmsg(messages)


@operation()
def sendmmsg_unusual(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    ancillary = [(s.SOL_SOCKET, SCM_RIGHTS, array.array("i", [sock.fileno()]))]
    return lambda: sock.sendmmsg([([b"da", b"ta"], None, ancillary)])


@operation()
def getsockopt(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    return lambda: (sock.getsockopt(1, 3), sock.getsockopt(1, 3, 4), sock.getsockopt(1, 7), sock.getsockopt(1, 3, 1000))


@operation()
def setsockopt(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    return lambda: (sock.setsockopt(1, 2, 1), sock.setsockopt(1, 2, b"1234"), sock.setsockopt(1, 2, bytearray(4)))


# The functions of the backend.


def _backend(name: str, prepare: Callable[[ExitStack], tuple[Any, ...]]) -> None:
    if hasattr(backend, name):
        function = getattr(backend, name)

        def ready(stack: ExitStack) -> Callable[[], Any]:
            arguments = prepare(stack)
            return lambda: function(*arguments)

        OPERATIONS[f"backend {name}"] = ready


def view() -> memoryview:
    """Return a buffer to receive into."""
    return memoryview(bytearray(SIZE))


for _name, _ready in {
    "socket": lambda stack: (2, 2, 0),
    "socketpair": lambda stack: (1, 1, 0),
    "dup": lambda stack: (udp(stack)[0].fileno(),),
    "close": lambda stack: (os.dup(0),),
    "bind": lambda stack: (stack.enter_context(s.socket(2, 2)).fileno(), name_of(udp(stack)[0])[:2] + bytes(14)),
    "connect": lambda stack: (stack.enter_context(s.socket(2, 2)).fileno(), name_of(udp(stack)[0])),
    "listen": lambda stack: (listener(stack)[0].fileno(), 5),
    "accept": lambda stack: (listener(stack)[0].fileno(), 16),
    "shutdown": lambda stack: (pair(stack, s.SOCK_STREAM)[0].fileno(), 2),
    "getsockname": lambda stack: (udp(stack)[0].fileno(), 16),
    "getpeername": lambda stack: (pair(stack)[0].fileno(), 110),
    "getsockopt_int": lambda stack: (udp(stack)[0].fileno(), 1, 7),
    "getsockopt": lambda stack: (udp(stack)[0].fileno(), 1, 3, 1000),
    "setsockopt": lambda stack: (udp(stack)[0].fileno(), 1, 2, bytearray(4), 4),
    "recv": lambda stack: (full(stack).fileno(), 3000, s.MSG_TRUNC),
    "recv_into": lambda stack: (full(stack).fileno(), view(), 0),
    "recvfrom": lambda stack: (udp(stack)[0].fileno(), 3000, 0, 16),
    "recvfrom_into": lambda stack: (udp(stack)[0].fileno(), view(), 0, 16),
    "recvmsg": lambda stack: (full(stack).fileno(), [view(), view()], 5000, 0, 110),
    "recvmsg_bytes": lambda stack: (full(stack).fileno(), 3000, 5000, 0, 110),
    "send": lambda stack: (pair(stack)[0].fileno(), b"data", 0),
    "sendto": lambda stack: (udp(stack)[0].fileno(), b"data", 0, name_of(udp(stack)[0])),
    "sendmsg": lambda stack: (pair(stack)[0].fileno(), [b"da", b"ta"], b"", 0, b""),
    "sendmmsg": lambda stack: (pair(stack)[0].fileno(), [([b"da", b"ta"], b"", b"")] * 3, 0),
    "recvmmsg": lambda stack: (full(stack, 3).fileno(), [[view(), view()] for _ in range(4)], ROOM, 0, 110),
    "ioctl": lambda stack: (udp(stack)[0].fileno(), 0x8933, bytearray(b"lo".ljust(40, b"\0"))),
    "set_blocking": lambda stack: (udp(stack)[0].fileno(), False),
    "get_inheritable": lambda stack: (udp(stack)[0].fileno(),),
    "set_inheritable": lambda stack: (udp(stack)[0].fileno(), True),
    "if_nametoindex": lambda stack: (b"lo",),
    "if_indextoname": lambda stack: (1,),
    "if_nameindex": lambda stack: (),
}.items():  # fmt: skip
    _backend(_name, _ready)


def name_of(sock: Any) -> bytes:
    """Return the sockaddr of a socket."""
    return system.getsockname(sock.fileno(), 128)


def close_all(data: bytes) -> None:
    """Close the file descriptors in a control message."""
    for fd in array.array("i", data):
        os.close(fd)


def close_result(name: str, result: Any) -> None:
    """Close every file descriptor in what a successful operation returned."""
    if isinstance(result, (s.socket, PUBLIC)):
        result.close()
    elif name == "recv_fds":
        for fd in result[1]:
            os.close(fd)
    elif name in ("backend socket", "backend dup"):
        os.close(result)
    elif name == "backend socketpair":
        close_all(array.array("i", result).tobytes())
    elif name == "backend accept":
        os.close(result[0])
    elif isinstance(result, (tuple, list)):
        for item in result:
            if isinstance(item, tuple) and len(item) == 3 and item[:2] == (s.SOL_SOCKET, SCM_RIGHTS):
                close_all(item[2])
            elif isinstance(item, bytes) and name.startswith("backend") and item[8:16] == b"\1\0\0\0\1\0\0\0":
                close_all(item[16 : int.from_bytes(item[:8], sys.byteorder)])
            else:
                close_result(name, item)


# Functions of sockcore-inet.

for _function, _arguments, _ends in (
    ("htons", (80,), None), ("htonl", (1 << 31,), None), ("htons", (-1,), (OverflowError, ValueError)),
    ("inet_aton", ("127.1",), None), ("inet_aton", ("x",), OSError), ("inet_ntoa", (b"abcd",), None),
    ("inet_ntoa", (memoryview(b"abcd"),), None), ("inet_pton", (2, "127.0.0.1"), None), ("inet_pton", (2, ""), OSError),
    ("inet_ntop", (2, b"abcd"), None), ("inet_ntop", (10, bytes(16)), None), ("inet_ntop", (2, b""), ValueError),
    ("gethostname", (), None), ("getservbyname", ("http", "tcp"), None), ("getservbyport", (80,), None),
    ("getservbyname", ("no-such-service",), OSError), ("getprotobyname", ("tcp",), None),
    ("getnameinfo", (("127.0.0.1", 80), 3), None), ("getaddrinfo", (b"127.0.0.1", b"80"), None),
    ("getaddrinfo", ("localhost", "no-such-service"), s.gaierror), ("gethostbyname", ("localhost",), None),
    ("gethostbyname_ex", ("localhost",), None), ("gethostbyaddr", ("127.0.0.1",), None),
):  # fmt: skip

    def _prepare_function(
        stack: ExitStack, function: str = _function, arguments: Any = _arguments
    ) -> Callable[[], Any]:
        call = getattr(s, function)
        return lambda: call(*arguments)

    _prepare_function.__name__ = f"{_function} {len(OPERATIONS)}"
    operation(_ends)(_prepare_function)


def is_fault_of_interpreter(problem: BaseException | None) -> bool:
    """Return whether CPython itself lost an exception.

    From 3.11 on it does so where a Python function raises one without memory for the traceback. Operations that
    do not end with an exception must not cause this error, for which a function in C would be to blame.
    """
    return isinstance(problem, SystemError) and "without" in str(problem) and sys.version_info >= (3, 11)


def attempt(name: str, start: int, stop: int) -> bool:
    """Run an operation once; return whether it succeeded."""
    prepare = OPERATIONS[name]
    ends = ENDS.get(name, ())
    result = problem = None
    with ExitStack() as stack:
        call = prepare(stack)
        before = sorted(os.listdir("/proc/self/fd"))
        _testcapi.set_nomemory(start, stop)
        try:
            result = call()
        except BaseException as exc:  # the kind is checked once there is memory again
            _testcapi.remove_mem_hooks()
            problem = exc
        _testcapi.remove_mem_hooks()
        succeeded = problem is None or (bool(ends) and isinstance(problem, ends) and type(problem) is not MemoryError)
        if not (succeeded or isinstance(problem, MemoryError) or (name in ENDS and is_fault_of_interpreter(problem))):
            raise AssertionError(f"{name}: allocation {start}: {problem!r}") from problem
        problem = None
        if succeeded:
            close_result(name, result)
        result = None
        after = sorted(os.listdir("/proc/self/fd"))
        if name not in ("close", "backend close"):
            assert after == before, f"{name}: allocation {start}, {'success' if succeeded else 'failure'}"
        elif name == "backend close":
            for fd in call.__closure__ or ():
                if isinstance(fd.cell_contents, tuple) and not succeeded:
                    os.close(*fd.cell_contents)
    return succeeded


def main() -> None:
    """Run the operation that the command line names."""
    [name] = sys.argv[1:]
    warnings.simplefilter("ignore")
    gc.disable()
    unraisable: list[Any] = []
    sys.unraisablehook = unraisable.append
    for _ in range(3):
        assert attempt(name, MOST, 0)  # caches fill
    start = 1
    while not attempt(name, start, start + MANY):
        start += 1
    assert start < MOST
    for number in range(1, start + 1):
        attempt(name, number, number + 1)
    assert attempt(name, MOST, 0)
    print(start)


if __name__ == "__main__":
    main()
