"""``_socket`` while sockcore stands in. Other libraries and the standard socket.py derive classes from its class."""

import sys
import textwrap

import pytest

BEGIN = "import sockcore, sockcore.stdlib\nsockcore.stdlib.replace()\n"
CPYTHON = pytest.mark.skipif(sys.implementation.name != "cpython", reason="the module _socket of PyPy has other names")


@pytest.fixture
def replaced(python):
    """Return a function that runs code after replace() and returns the printed lines."""

    def run(code):
        return python("-c", BEGIN + textwrap.dedent(code)).splitlines()

    return run


@CPYTHON
def test_low_level_class_has_methods_of_stdlib(python, replaced):
    code = "import _socket; print(*(name for name in dir(_socket.socket) if name[0] != '_' or name == '_accept'))"
    standard = set(python("-c", code).split())
    pytest.importorskip("sockcore_linux_misc" if sys.platform == "linux" else "sockcore_windows")
    assert standard - set(replaced(code)[0].split()) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="AF_ALG is specific to Linux")
def test_low_level_class_has_methods_of_plugins(replaced):
    pytest.importorskip("sockcore_linux_misc")
    assert replaced(
        """
        import _socket, socket
        print(_socket.socket.sendmsg_afalg is socket.socket.sendmsg_afalg)
        class Green(_socket.socket):
            pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            green = Green(fileno=sock.detach())
            try:
                green.sendmsg_afalg(op=1)
            except OSError as exc:
                print(exc)
            green.close()
        """
    ) == ["True", "algset is only supported for AF_ALG"]


def test_methods_of_later_plugins_are_added_to_base_class(python):
    code = """
import sys, types
import sockcore, sockcore.plugin
sockcore.preload()
from sockcore._sockets import BaseSocket
later = types.ModuleType("later")
exec('''
from sockcore.plugin import hookimpl
SOCKCORE_API = 1
def shout(sock, /):
    "Return the family."
    return sock.family
@hookimpl
def sockcore_register(register):
    register.methods(shout)
''', vars(later))
sys.modules["later"] = later
sockcore.plugin.load(later)
print(BaseSocket.shout is sockcore.socket.shout, "shout" in vars(sockcore.socket))
"""
    assert python("-c", code) == "True False\n"


def test_low_level_class_lets_subclasses_define_weakref_slot(replaced):
    assert replaced(
        """
        import _socket, weakref
        class Green(_socket.socket):
            __slots__ = ("__weakref__",)
        sock = Green(_socket.AF_INET, _socket.SOCK_STREAM)
        print(weakref.ref(sock)() is sock, hasattr(sock, "__dict__"))
        sock.close()
        """
    ) == ["True False"]


def test_low_level_socketpair_does_not_call_public_function(replaced):
    assert replaced(
        """
        import _socket, socket
        if not hasattr(_socket, "socketpair"):  # Windows
            print("True")
            raise SystemExit
        def socketpair(*arguments):
            raise AssertionError("the public function")
        socket.socketpair = socketpair
        one, two = _socket.socketpair()
        one.send(b"x")
        print(two.recv(9) == b"x" and type(one) is type(two) is _socket.socket)
        one.close(), two.close()
        """
    ) == ["True"]


def test_standard_socket_module_works_on_low_level_stand_in(replaced):
    """eventlet imports the standard socket.py again, to get a separate copy."""
    lines = replaced(
        """
        import sys, tempfile
        import _socket
        stand_in = sys.modules.pop("socket")
        import socket
        lower = socket.socket.__bases__[0] is _socket.socket
        print(socket is not stand_in, socket.__name__, socket._socket is _socket, lower)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(60)
            with socket.create_connection(server.getsockname(), 60) as client:
                connection, address = server.accept()
                with connection:
                    print(address == client.getsockname(), type(connection) is socket.socket, connection.family.name)
                    with client.makefile("rw", encoding="utf-8", newline="\\n") as file:
                        file.write("line\\n")
                        file.flush()
                        with connection.makefile("rb") as other:
                            print(other.readline())
                    with client.dup() as second, tempfile.TemporaryFile() as file:
                        file.write(b"contents")
                        file.seek(0)
                        second.sendfile(file)
                    print(connection.recv(100))
                    print(repr(connection).startswith("<socket.socket fd="))
                    connection.settimeout(0.001)
                    try:
                        connection.recv(1)
                    except socket.timeout as exc:
                        print("timeout", exc)
        one, two = socket.socketpair()
        with one, two:
            one.sendmsg([b"a", b"b"]) if hasattr(one, "sendmsg") else one.send(b"ab")
            print(two.recv(10), two.type.name)
            if hasattr(socket, "send_fds"):
                socket.send_fds(one, [b"x"], [one.fileno()])
                data, [fd], flags, address = socket.recv_fds(two, 10, 1)
                socket.close(fd)
        try:
            socket.getaddrinfo("127.0.0.1", "nonsense-service")
        except socket.gaierror as exc:
            print(type(exc) is stand_in.gaierror)
        print([type(info[0]).__name__ for info in socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)])
        """
    )
    assert lines == [
        "True socket True True",
        "True True AF_INET",
        "b'line\\n'",
        "b'contents'",
        "True",
        "timeout timed out",
        "b'ab' SOCK_STREAM",
        "True",
        "['AddressFamily']",
    ]
