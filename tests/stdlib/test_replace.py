"""replace() and restore(): the stand-ins for the standard modules. Each test runs code in a new process."""

import sys
import textwrap

import pytest


@pytest.fixture
def replaced(python):
    """Return a function that runs code after replace() and returns printed lines."""

    def run(code):
        begin = "import sockcore, sockcore.stdlib\nsockcore.stdlib.replace()\n"
        return python("-c", begin + textwrap.dedent(code)).splitlines()

    return run


def test_replace_makes_standard_names_refer_to_sockcore(replaced):
    assert replaced(
        """
        import socket, _socket
        import asyncio.trsock, http.client, socketserver
        print(socket is sockcore, socketserver.socket is sockcore, http.client.socket is sockcore)
        print(socket._socket is _socket, sockcore.stdlib.is_replaced())
        """
    ) == ["True True True", "True True"]


def test_replace_and_restore_can_be_repeated(replaced):
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


def test_low_level_module_has_numbers_and_base_class(replaced):
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
        standard = sockcore.stdlib._handover.original("_socket")
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


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="the module _socket of PyPy has undocumented names")
def test_stand_ins_have_public_names_of_stdlib(python, replaced):
    """Names of families that are not installed, and their constants, are exceptions."""
    code = "import socket, _socket\nfor module in socket, _socket: print(*sorted(vars(module)))"
    standard, standard_low = (set(line.split()) for line in python("-c", code).splitlines())
    names, names_low = (set(line.split()) for line in replaced(code))
    modules = {"__file__", "__cached__", "array", "partial"}
    from sockcore._plugins.hints import distribution_of

    def expected(names):
        installed = (None, "sockcore-inet", "sockcore-unix")
        return {name for name in names if not name.isupper() or distribution_of(name) in installed} - modules

    # Other plugins register names with these prefixes, which distribution_of() does not list.
    other_plugins = {name for name in standard if name.startswith(("SOL_", "SO_", "IOCTL", "PF_", "AF_", "ETH"))}
    assert expected(standard) - other_plugins - names == set()
    assert expected(standard_low) - other_plugins - names_low - {"__loader__"} == set()


def test_stand_in_has_private_names_used_by_programs(replaced):
    assert replaced(
        """
        import socket
        print(socket._LOCALHOST, socket.errno.EAGAIN == socket.EAGAIN, socket.EBADF)
        print(socket._intenum_converter(2, socket.AddressFamily), socket._intenum_converter(999, socket.AddressFamily))
        print(type(socket._GLOBAL_DEFAULT_TIMEOUT) is object)
        """
    )[0].startswith("127.0.0.1 True 9")


def test_patched_getaddrinfo_is_used_by_all_callers(replaced):
    assert (
        replaced(
            """
        from unittest import mock
        import asyncio, http.client, socket
        with mock.patch("socket.getaddrinfo", side_effect=OSError("patched")):
            for call in (socket.create_connection, sockcore.create_connection):
                try:
                    call(("localhost", 1))
                except OSError as exc:
                    print(exc)
            loop = asyncio.new_event_loop()
            try:
                loop.run_until_complete(loop.getaddrinfo("localhost", 1))
            except OSError as exc:
                print(exc)
            loop.close()
        """
        )
        == ["patched"] * 3
    )


def test_exceptions_of_standard_c_code_are_subclasses(replaced):
    """The sockets of ssl raise the exceptions of the standard module.

    A program catches those of sockcore.
    """
    assert replaced(
        """
        import socket, ssl
        for name in ("gaierror", "herror", "timeout", "error"):
            standard = getattr(ssl._socket, name)
            print(name, issubclass(standard, getattr(socket, name)), issubclass(standard, OSError))
        try:
            ssl._socket.getaddrinfo("::1", 1, socket.AF_INET)
        except socket.gaierror as exc:
            print(exc.errno == exc.args[0], len(exc.args))
        """
    ) == ["gaierror True True", "herror True True", "timeout True True", "error True True", "True 2"]


def test_timeouts_of_sockcore_and_ssl_have_one_class(replaced):
    assert (
        replaced(
            """
        import socket, ssl
        pairs = socket.socketpair(), ssl._socket.socketpair()
        for left, right in pairs:
            left.settimeout(0.001)
            try:
                left.recv(1)
            except ssl._socket.timeout as exc:
                print(isinstance(exc, socket.timeout), isinstance(exc, TimeoutError), exc)
            left.close(); right.close()
        """
        )
        == ["True True timed out"] * 2
    )


def test_multiprocessing_sends_sockets_without_replace(python):
    """Test a program with `import sockcore as socket`.

    It cannot pickle sockets, but multiprocessing can send them.
    """
    code = """
import multiprocessing, pickle, sys
import sockcore as socket
from sockcore.stdlib import enable_multiprocessing
enable_multiprocessing()
left, right = socket.socketpair()
try:
    pickle.dumps(left)
except TypeError as exc:
    print(exc)
one, other = multiprocessing.Pipe()
one.send(right)
right.close()
received = other.recv()
received.sendall(b"moved")
print(type(received) is socket.socket, received.family.name, received.type.name, left.recv(10))
for item in (left, received, one, other):
    item.close()
import multiprocessing.resource_sharer
multiprocessing.resource_sharer.stop()
print("socket" in sys.modules and sys.modules["socket"] is socket)
"""
    message, moved, replaced = python("-c", code).splitlines()
    assert message == "cannot pickle 'socket' object"
    assert moved == f"True {'AF_INET' if sys.platform == 'win32' else 'AF_UNIX'} SOCK_STREAM b'moved'"
    assert replaced == "False"


def test_multiprocessing_imported_before_replace_sends_sockets(python):
    code = """
import multiprocessing, multiprocessing.reduction
import sockcore.stdlib
sockcore.stdlib.replace()
import socket
left, right = socket.socketpair()
one, other = multiprocessing.Pipe()
one.send(right)
right.close()
with other.recv() as received:
    received.sendall(b"moved")
    print(type(received).__module__, left.recv(10))
for item in (left, one, other):
    item.close()
import multiprocessing.resource_sharer
multiprocessing.resource_sharer.stop()
"""
    assert python("-c", code).splitlines() == ["socket b'moved'"]
