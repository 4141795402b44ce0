"""What stands in for the standard modules, and that it can be taken out again. Each in a process of its own."""

import sys
import textwrap

import pytest


@pytest.fixture
def replaced(python):
    """Return a function that runs code after replace(); it prints what it found."""

    def run(code):
        begin = "import sockcore, sockcore.stdlib\nsockcore.stdlib.replace()\n"
        return python("-c", begin + textwrap.dedent(code)).splitlines()

    return run


def test_the_standard_names_give_sockcore(replaced):
    assert replaced(
        """
        import socket, _socket
        import asyncio.trsock, http.client, socketserver
        print(socket is sockcore, socketserver.socket is sockcore, http.client.socket is sockcore)
        print(socket._socket is _socket, sockcore.stdlib.is_replaced())
        """
    ) == ["True True True", "True True"]


def test_replacing_again_and_restoring(replaced):
    assert replaced(
        """
        import socket as first, _socket as low
        sockcore.stdlib.replace()
        import socket as second
        print(first is second is sockcore)
        for _ in range(2):
            sockcore.stdlib.restore()
            import socket, _socket
            print(socket is sockcore, socket.__name__, socket.socket.__mro__[1] is _socket.socket, _socket is low)
            print(sockcore.stdlib.is_replaced(), hasattr(sockcore, "_LOCALHOST"), _socket.gaierror.__bases__)
        sockcore.stdlib.replace()
        import socket
        print(socket is sockcore)
        """
    ) == ["True", *["False socket True False", "False False (<class 'OSError'>,)"] * 2, "True"]


def test_lower_level_has_numbers_and_the_lower_class(replaced):
    assert replaced(
        """
        import socket, _socket
        wrong = [n for n, v in vars(_socket).items() if isinstance(v, int) and type(v) not in (int, bool)]
        print(wrong, type(_socket.AF_INET), _socket.AF_INET == socket.AF_INET)
        print(socket.SocketType is _socket.socket, issubclass(socket.socket, _socket.socket))
        with socket.socket() as sock:
            print(isinstance(sock, _socket.socket))
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        print(repr(sock) == "<socket object, fd=%d, family=2, type=1, proto=0>" % sock.fileno())
        sock.close()
        standard = sockcore.stdlib._originals.original("_socket")
        assert hasattr(_socket, "socketpair") == hasattr(standard, "socketpair")
        if hasattr(_socket, "socketpair"):
            first, second = _socket.socketpair()
        else:  # Windows
            first, second = (_socket.socket(fileno=sock.detach()) for sock in socket.socketpair())
        print(type(first) is _socket.socket, first.send(b"x"), second.recv(9))
        first.close(); second.close()
        print(hasattr(_socket, "create_connection"), hasattr(_socket, "AddressFamily"), hasattr(_socket, "getaddrinfo"))
        """
    ) == ["[] <class 'int'> True", "True True", "True", "True", "True 1 b'x'", "False False True"]


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy's _socket has names that are none of its manual")
def test_every_public_name_of_the_standard_module_is_there(python, replaced):
    """But for the families, and their constants, that no installed plugin brings."""
    code = "import socket, _socket\nfor module in socket, _socket: print(*sorted(vars(module)))"
    standard, lower = (set(line.split()) for line in python("-c", code).splitlines())
    mine, my_lower = (set(line.split()) for line in replaced(code))
    modules = {"__file__", "__cached__", "array", "partial"}
    from sockcore._plugins.hints import distribution_of

    def expected(names):
        brought = (None, "sockcore-inet", "sockcore-unix")
        return {name for name in names if not name.isupper() or distribution_of(name) in brought} - modules

    # What other plugins will bring, under names that do not say so.
    later = {name for name in standard if name.startswith(("SOL_", "SO_", "IOCTL", "PF_", "AF_", "ETH"))}
    assert expected(standard) - later - mine == set()
    assert expected(lower) - later - my_lower - {"__loader__"} == set()


def test_private_names_that_programs_use(replaced):
    assert replaced(
        """
        import socket
        print(socket._LOCALHOST, socket.errno.EAGAIN == socket.EAGAIN, socket.EBADF)
        print(socket._intenum_converter(2, socket.AddressFamily), socket._intenum_converter(999, socket.AddressFamily))
        print(type(socket._GLOBAL_DEFAULT_TIMEOUT) is object)
        """
    )[0].startswith("127.0.0.1 True 9")


def test_a_patched_function_is_patched_for_all(replaced):
    assert (
        replaced(
            """
        from unittest import mock
        import asyncio, http.client, socket
        with mock.patch("socket.getaddrinfo", side_effect=OSError("patched")):
            for call in (socket.create_connection, sockcore.create_connection):
                try:
                    call(("localhost", 1))
                except OSError as problem:
                    print(problem)
            loop = asyncio.new_event_loop()
            try:
                loop.run_until_complete(loop.getaddrinfo("localhost", 1))
            except OSError as problem:
                print(problem)
            loop.close()
        """
        )
        == ["patched"] * 3
    )


def test_exceptions_of_the_standard_c_code_are_caught(replaced):
    """ssl's own sockets raise them; a program on sockcore knows only sockcore's."""
    assert replaced(
        """
        import socket, ssl
        for name in ("gaierror", "herror", "timeout", "error"):
            theirs = getattr(ssl._socket, name)
            print(name, issubclass(theirs, getattr(socket, name)), issubclass(theirs, OSError))
        try:
            ssl._socket.getaddrinfo("::1", 1, socket.AF_INET)
        except socket.gaierror as problem:
            print(problem.errno == problem.args[0], len(problem.args))
        """
    ) == ["gaierror True True", "herror True True", "timeout True True", "error True True", "True 2"]


def test_timeouts_are_of_one_class_whoever_raises_them(replaced):
    assert (
        replaced(
            """
        import socket, ssl
        pairs = socket.socketpair(), ssl._socket.socketpair()
        for here, there in pairs:
            here.settimeout(0.001)
            try:
                here.recv(1)
            except ssl._socket.timeout as problem:
                print(isinstance(problem, socket.timeout), isinstance(problem, TimeoutError), problem)
            here.close(); there.close()
        """
        )
        == ["True True timed out"] * 2
    )


def test_plain_pickle_refuses_sockets_and_multiprocessing_sends_them_without_replace(python):
    """A program that says `import sockcore as socket`, and nothing else."""
    code = """
import multiprocessing, pickle, sys
import sockcore as socket
from sockcore.stdlib import enable_multiprocessing
enable_multiprocessing()
here, there = socket.socketpair()
try:
    pickle.dumps(here)
except TypeError as problem:
    print(problem)
one, other = multiprocessing.Pipe()
one.send(there)
there.close()
arrived = other.recv()
arrived.sendall(b"moved")
print(type(arrived) is socket.socket, arrived.family.name, arrived.type.name, here.recv(10))
for thing in (here, arrived, one, other):
    thing.close()
import multiprocessing.resource_sharer
multiprocessing.resource_sharer.stop()
print("socket" in sys.modules and sys.modules["socket"] is socket)
"""
    refused, moved, replaced = python("-c", code).splitlines()
    assert refused == "cannot pickle 'socket' object"
    assert moved == f"True {'AF_INET' if sys.platform == 'win32' else 'AF_UNIX'} SOCK_STREAM b'moved'"
    assert replaced == "False"


def test_multiprocessing_that_was_imported_before(python):
    code = """
import multiprocessing, multiprocessing.reduction
import sockcore.stdlib
sockcore.stdlib.replace()
import socket
here, there = socket.socketpair()
one, other = multiprocessing.Pipe()
one.send(there)
there.close()
with other.recv() as arrived:
    arrived.sendall(b"moved")
    print(type(arrived).__module__, here.recv(10))
for thing in (here, one, other):
    thing.close()
import multiprocessing.resource_sharer
multiprocessing.resource_sharer.stop()
"""
    assert python("-c", code).splitlines() == ["socket b'moved'"]
