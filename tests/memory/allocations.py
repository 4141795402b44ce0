"""Run one operation while the n-th memory allocation fails, for n = 1, 2, ..., until the operation succeeds.

    python tests/memory/allocations.py NAME

In a first series, all allocations from the n-th on fail. In a second one, only the n-th fails. The program prints the
number of allocations. An exception other than MemoryError, or a leaked file descriptor, ends it with a traceback.
"""

from __future__ import annotations

import _testcapi
import array
import gc
import mmap
import os
import sys
import warnings
from contextlib import ExitStack
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from address_operations import add_allocations
from ring_operations import BLOCK, NATIVE
from state_operations import CodecOfDescriptors, CodecWithCaches, add_codec, udp_with_codec

import sockcore as s
from sockcore._system import backend, native, system

if NATIVE is not None:
    from sockcore_linux_misc.packet_frames import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Opens sockets, and returns the call to test.
    Prepare = Callable[[ExitStack], Callable[[], Any]]

#: Larger than the number of allocations of any operation.
MAX_ALLOCATIONS = 3000
#: Number of allocations that fail together. It is limited: CPython 3.11 and later loop in the search for an exception
#: handler if they cannot allocate the position of an instruction.
CONSECUTIVE_FAILURES = 1000
SCM_RIGHTS = 1
SPACE = 64
SIZE = 8

#: The original class, which an operation replaces.
PUBLIC = s.socket

OPERATIONS: dict[str, Prepare] = {}
#: Operation -> exception that counts as success.
ENDS: dict[str, type[BaseException]] = {}


def operation(ends: type[BaseException] | None = None) -> Callable[[Prepare], Prepare]:
    """Return a decorator that adds a function to OPERATIONS."""

    def add(prepare: Prepare) -> Prepare:
        name = prepare.__name__
        OPERATIONS[name] = prepare
        if ends is not None:
            ENDS[name] = ends
        return prepare

    return add


def pair(stack: ExitStack, sock_type: int = s.SOCK_DGRAM) -> tuple[Any, Any]:
    """Return two connected sockets."""
    one, two = s.socketpair(s.AF_UNIX, sock_type)
    stack.enter_context(one)
    stack.enter_context(two)
    return one, two


def queued_socket(stack: ExitStack, messages: int = 2) -> Any:
    """Return a socket with messages in its queue, each with two file descriptors."""
    one, two = pair(stack)
    for _ in range(messages):
        fds = array.array("i", [one.fileno(), two.fileno()])
        one.sendmsg([b"data"], [(s.SOL_SOCKET, SCM_RIGHTS, fds)])
    return two


def udp(stack: ExitStack) -> tuple[Any, Any]:
    """Return a bound socket with a datagram in its queue, and its address."""
    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    name = sock.getsockname()
    sock.sendto(b"data", name)
    return sock, name


def listener(stack: ExitStack) -> tuple[Any, Any]:
    """Return a listening socket with a pending connection, and its address."""
    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_STREAM))
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    name = sock.getsockname()
    stack.enter_context(s.socket(s.AF_INET, s.SOCK_STREAM)).connect(name)
    return sock, name


class Number:
    """An object with __index__."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


# Methods, with arguments that C code converts directly, and with arguments that call Python code.

for _method, _arguments in {
    "recv": (SIZE,), "recv_into": (bytearray(SIZE),), "recvfrom": (SIZE,), "recvfrom_into": (bytearray(SIZE),),
    "recvmsg": (SIZE, SPACE), "recvmsg_into": ([bytearray(2), bytearray(SIZE)], SPACE),
}.items():  # fmt: skip
    for _way in ("", "_unusual", "_truncated", "_inet", "_timeout"):

        def _prepare(
            stack: ExitStack, method: str = _method, arguments: Any = _arguments, way: str = _way
        ) -> Callable[[], Any]:
            sock = udp(stack)[0] if way == "_inet" else queued_socket(stack)
            call = getattr(sock, method)
            if way == "_truncated":
                arguments = (*arguments, 0, s.MSG_TRUNC)[-3:] if "into" in method else (*arguments, s.MSG_TRUNC)
                if method == "recvmsg_into":
                    arguments = ([bytearray(2)], SPACE, s.MSG_TRUNC)
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
    sock = queued_socket(stack)
    return lambda: sock.recvmsg(SIZE, 5000)


@operation()
def recvmmsg(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    return lambda: sock.recvmmsg(5, SIZE, SPACE)


@operation()
def recvmmsg_unusual(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    return lambda: sock.recvmmsg(Number(5), Number(SIZE), Number(SPACE), Number(0))


@operation()
def recvmmsg_of_much(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    return lambda: sock.recvmmsg(5, 1 << 20, 5000, s.MSG_TRUNC)


@operation(s.timeout)
def recvmmsg_timeout(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    sock.settimeout(0.0005)
    return lambda: sock.recvmmsg(5, SIZE, SPACE)


@operation()
def recvmmsg_into(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    buffers = [bytearray(SIZE) for _ in range(4)]
    return lambda: sock.recvmmsg_into(buffers, SPACE)


@operation()
def recvmmsg_into_of_lists(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    buffers = [[bytearray(2), bytearray(SIZE)] for _ in range(4)]
    return lambda: sock.recvmmsg_into(buffers, SPACE)


@operation()
def recvmmsg_into_unusual(stack: ExitStack) -> Callable[[], Any]:
    sock = queued_socket(stack, 3)
    buffers = tuple(bytearray(SIZE) for _ in range(4))
    return lambda: sock.recvmmsg_into(buffers, Number(SPACE))


@operation()
def recvmsg_of_inet_again(stack: ExitStack) -> Callable[[], Any]:
    sock, name = udp(stack)
    sock.recvfrom(9)  # adds the address to the cache of the codec
    sock.sendto(b"data", name)
    return lambda: sock.recvmsg(SIZE, SPACE)


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
    """A class with a Python constructor that passes the fd as another integer type."""

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
def accept_of_base_class(stack: ExitStack) -> Callable[[], Any]:
    sock = listener(stack)[0]
    return lambda: sock._accept()


@operation()
def dup(stack: ExitStack) -> Callable[[], Any]:
    return pair(stack)[0].dup


@operation()
def dup_of_subclass(stack: ExitStack) -> Callable[[], Any]:
    return stack.enter_context(Subclass(s.AF_INET, s.SOCK_DGRAM)).dup


@operation()
def dup_with_large_number(stack: ExitStack) -> Callable[[], Any]:
    """The new descriptor is not among the small numbers, of which the interpreter has one object each."""
    fd = 0
    while fd < 300:
        fd = os.dup(0)
        stack.callback(os.close, fd)
    close, dup = s.close, s.dup  # imports the functions
    return lambda: close(dup(fd))


@operation()
def fromfd(stack: ExitStack) -> Callable[[], Any]:
    fd, function = pair(stack)[0].fileno(), s.fromfd  # imports the function
    return lambda: function(fd, 1, 2)


@operation()
def socketpair(stack: ExitStack) -> Callable[[], Any]:
    pair(stack)  # imports the codec
    function = s.socketpair
    return lambda: function(1, 2)


if hasattr(s, "recv_fds"):

    @operation()
    def recv_fds(stack: ExitStack) -> Callable[[], Any]:
        sock, function = queued_socket(stack), s.recv_fds
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
    try:
        s.socket(s.AF_INET, 77)  # imports the modules of the exception
    except OSError:
        pass
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
def getsockopt_of_large_value(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    return lambda: sock.getsockopt(1, 3, 5000)


@operation()
def setsockopt(stack: ExitStack) -> Callable[[], Any]:
    sock = pair(stack)[0]
    return lambda: (sock.setsockopt(1, 2, 1), sock.setsockopt(1, 2, b"1234"), sock.setsockopt(1, 2, bytearray(4)))


# Functions of the backend.


def _backend(name: str, prepare: Callable[[ExitStack], tuple[Any, ...]]) -> None:
    if hasattr(backend, name):
        function = getattr(backend, name)

        def prepare_call(stack: ExitStack) -> Callable[[], Any]:
            arguments = prepare(stack)
            return lambda: function(*arguments)

        OPERATIONS[f"backend {name}"] = prepare_call


def view() -> memoryview:
    """Return a buffer to receive into."""
    return memoryview(bytearray(SIZE))


for _name, _prepare_arguments in {
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
    "recv": lambda stack: (queued_socket(stack).fileno(), 3000, s.MSG_TRUNC),
    "recv_into": lambda stack: (queued_socket(stack).fileno(), view(), 0),
    "recvfrom": lambda stack: (udp(stack)[0].fileno(), 3000, 0, 16),
    "recvfrom_into": lambda stack: (udp(stack)[0].fileno(), view(), 0, 16),
    "recvmsg": lambda stack: (queued_socket(stack).fileno(), [view(), view()], 5000, 0, 110),
    "recvmsg_bytes": lambda stack: (queued_socket(stack).fileno(), 3000, 5000, 0, 110),
    "send": lambda stack: (pair(stack)[0].fileno(), b"data", 0),
    "sendto": lambda stack: (udp(stack)[0].fileno(), b"data", 0, name_of(udp(stack)[0])),
    "sendmsg": lambda stack: (pair(stack)[0].fileno(), [b"da", b"ta"], b"", 0, b""),
    "sendmmsg": lambda stack: (pair(stack)[0].fileno(), [([b"da", b"ta"], b"", b"")] * 3, 0),
    "recvmmsg": lambda stack: (queued_socket(stack, 3).fileno(), [[view(), view()] for _ in range(4)], SPACE, 0, 110),
    "ioctl": lambda stack: (udp(stack)[0].fileno(), 0x8933, bytearray(b"lo".ljust(40, b"\0"))),
    "set_blocking": lambda stack: (udp(stack)[0].fileno(), False),
    "get_inheritable": lambda stack: (udp(stack)[0].fileno(),),
    "set_inheritable": lambda stack: (udp(stack)[0].fileno(), True),
    "if_nametoindex": lambda stack: (b"lo",),
    "if_indextoname": lambda stack: (1,),
    "if_nameindex": lambda stack: (),
}.items():  # fmt: skip
    _backend(_name, _prepare_arguments)


def name_of(sock: Any) -> bytes:
    """Return the sockaddr of a socket."""
    return system.getsockname(sock.fileno(), 128)


def close_all(data: bytes) -> None:
    """Close the file descriptors in a control message."""
    for fd in array.array("i", data):
        os.close(fd)


def close_result(name: str, result: Any) -> None:
    """Close all file descriptors in the result of a successful operation."""
    if isinstance(result, (s.socket, PUBLIC)):
        result.close()
    elif name == "recv_fds":
        for fd in result[1]:
            os.close(fd)
    elif name in ("backend socket", "backend dup"):
        os.close(result)
    elif name == "backend socketpair":
        close_all(array.array("i", result).tobytes())
    elif name in ("backend accept", "accept_of_base_class"):
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


# State of the C module.


@cache
def registered_codec(cls: type[Any]) -> Any:
    """Return a codec of a class. It stays registered, because a change of the registry creates objects."""
    codec = cls()
    add_codec(ExitStack(), codec)
    return codec


@operation()
def addresses_with_contexts_of_sockets(stack: ExitStack) -> Callable[[], Any]:
    codec = registered_codec(CodecOfDescriptors)
    sock, port = udp_with_codec(stack, codec)
    other = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto, os.dup(sock.fileno())))
    return lambda: (other.sendto(b"data", port), other.recvfrom(9))


@operation()
def addresses_with_caches(stack: ExitStack) -> Callable[[], Any]:
    codec = registered_codec(CodecWithCaches)
    sock, port = udp_with_codec(stack, codec)
    return lambda: (sock.sendto(b"data", port), sock.recvfrom(9))


if native is not None:

    @operation()
    def templates_cleared(stack: ExitStack) -> Callable[[], Any]:
        s.socket(s.AF_INET, s.SOCK_DGRAM).close()  # loads the plugins

        def call() -> Any:
            native.clear_templates()
            return s.socket(s.AF_INET, s.SOCK_DGRAM)

        return call

    @operation()
    def rules_loaded(stack: ExitStack) -> Callable[[], Any]:
        stack.callback(native.load_rules)
        return native.load_rules

    @operation()
    def public_attributes(stack: ExitStack) -> Callable[[], Any]:
        return native.public_attributes


add_allocations(operation)

# C code of sockcore-linux-misc.

if NATIVE is not None:

    def new_region(stack: ExitStack) -> Any:
        """Return a region with two frames, which is released at the end."""
        mapping = stack.enter_context(mmap.mmap(-1, len(BLOCK)))
        mapping[:] = BLOCK
        region = NATIVE.Region(mapping, 0, len(BLOCK))
        stack.callback(region.release)
        return region

    @operation()
    def region_opened(stack: ExitStack) -> Callable[[], Any]:
        mapping = stack.enter_context(mmap.mmap(-1, 4096))
        return lambda: NATIVE.Region(mapping, 0, 16).release()

    @operation()
    def region_accessed(stack: ExitStack) -> Callable[[], Any]:
        region = new_region(stack)

        def call() -> None:
            region.load(0)
            region.store(0, 96)
            region.write(4, region.read(4, 4))
            with region.view(4, 8):
                pass

        return call

    @operation(IndexError)
    def region_outside(stack: ExitStack) -> Callable[[], Any]:
        return partial(new_region(stack).load, 4096)


if hasattr(NATIVE, "unpack_frames"):

    @operation()
    def frames_unpacked(stack: ExitStack) -> Callable[[], Any]:
        region = new_region(stack)

        def call() -> None:
            for frame in NATIVE.unpack_frames(region, 0, 2, Frame, bytes):
                frame.data.release()

        return call


def datagrams(stack: ExitStack) -> tuple[Any, list[Any]]:
    """Return an object for datagrams, with three of them in its queue, and the datagrams."""
    from sockcore_inet.datagrams import Datagrams, Send

    sock = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    several, name = Datagrams(sock), sock.getsockname()
    items = [Send(b"1234", name), Send(b"1234", name), Send(bytearray(3), (*name,), ttl=9)]
    several.send(items)
    return several, items


@operation()
def datagrams_receive(stack: ExitStack) -> Callable[[], Any]:
    return datagrams(stack)[0].receive


@operation()
def datagrams_receive_of_blocks(stack: ExitStack) -> Callable[[], Any]:
    several, _ = datagrams(stack)
    several.receive_blocks(1)
    return lambda: several.receive(1)


@operation()
def datagrams_send(stack: ExitStack) -> Callable[[], Any]:
    several, items = datagrams(stack)
    return lambda: several.send(items)


@operation()
def datagrams_send_block(stack: ExitStack) -> Callable[[], Any]:
    several, items = datagrams(stack)
    return lambda: several.send_block(bytes(20), 9, items[0].to)


def is_fault_of_interpreter(exc: BaseException | None) -> bool:
    """Return whether CPython itself has lost an exception.

    CPython 3.11 and later do so if a Python function raises an exception, but memory for the traceback is missing.
    Only operations that end with an exception may cause this error. Otherwise it is an error of C code.
    """
    return isinstance(exc, SystemError) and "without" in str(exc) and sys.version_info >= (3, 11)


def attempt(name: str, start: int, stop: int) -> bool:
    """Run an operation once; return whether it succeeded."""
    prepare = OPERATIONS[name]
    ends = ENDS.get(name, ())
    result = raised = None
    with ExitStack() as stack:
        call = prepare(stack)
        before = sorted(os.listdir("/proc/self/fd"))
        _testcapi.set_nomemory(start, stop)
        try:
            result = call()
        except BaseException as exc:  # its type is checked when allocations succeed again
            _testcapi.remove_mem_hooks()
            raised = exc
        _testcapi.remove_mem_hooks()
        succeeded = raised is None or (bool(ends) and isinstance(raised, ends) and type(raised) is not MemoryError)
        if not (succeeded or isinstance(raised, MemoryError) or (name in ENDS and is_fault_of_interpreter(raised))):
            raise AssertionError(f"{name}: allocation {start}: {raised!r}") from raised
        raised = None
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
    """Run the operation of the command line."""
    [name] = sys.argv[1:]
    warnings.simplefilter("ignore")
    gc.disable()
    unraisable: list[Any] = []
    sys.unraisablehook = unraisable.append
    for _ in range(3):
        assert attempt(name, MAX_ALLOCATIONS, 0)  # caches fill
    start = 1
    while not attempt(name, start, start + CONSECUTIVE_FAILURES):
        start += 1
    assert start < MAX_ALLOCATIONS
    for number in range(start + 1):
        attempt(name, number, number + 1)
    assert attempt(name, MAX_ALLOCATIONS, 0)
    print(start)


if __name__ == "__main__":
    main()
