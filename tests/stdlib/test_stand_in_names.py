"""Module names of public classes: ``socket`` while sockcore stands in, ``sockcore`` otherwise."""

import sys
import textwrap

import pytest

import sockcore

CPYTHON = pytest.mark.skipif(sys.implementation.name != "cpython", reason="on PyPy the module of gaierror is _socket")
BEGIN = "import sockcore, sockcore.stdlib\nsockcore.stdlib.replace()\n"


@pytest.fixture
def replaced(python):
    """Return a function that runs code after replace() and returns the printed lines."""

    def run(code):
        return python("-c", BEGIN + textwrap.dedent(code)).splitlines()

    return run


CLASSES = """
import {module} as socket
for name in sorted({{*dir(socket)}} - {{"SocketType"}}):
    item = getattr(socket, name)
    if isinstance(item, type) and (item.__module__ or "").partition(".")[0] in ("socket", "_socket", "sockcore"):
        print(name, item.__module__)
"""


def test_classes_without_replace_name_sockcore(python):
    lines = python("-c", CLASSES.format(module="sockcore")).splitlines()
    assert {"socket sockcore", "SocketIO sockcore", "gaierror sockcore", "RawAddress sockcore"} <= set(lines)
    assert [line for line in lines if not line.endswith(" sockcore") and not line.startswith("_")] == []


@CPYTHON
def test_classes_of_stand_in_name_socket(python, replaced):
    standard = set(python("-c", CLASSES.format(module="socket")).splitlines())
    lines = set(replaced(CLASSES.format(module="socket")))
    assert {line for line in standard if not line.startswith("_")} <= lines
    # Classes that the standard module does not have.
    additional = {"RawAddress", "InvalidHostName", "InvalidHostInAddress", "PluginWarning"}
    assert {line for line in lines - standard if not line.startswith("_")} == {
        f"{name} sockcore" for name in additional
    }


def test_low_level_class_of_stand_in_names_socket_c_module(python, replaced):
    code = "import _socket; print(_socket.socket.__module__, _socket.socket)"
    assert replaced(code) == ["_socket <class '_socket.socket'>"]
    if sys.implementation.name == "cpython":
        assert python("-c", code).splitlines() == ["_socket <class '_socket.socket'>"]


REPRS = """
import {module} as socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    print(repr(sock).replace("fd=%d" % sock.fileno(), "fd"))
print(sock)
print(repr(socket.AF_INET), str(socket.AF_INET), socket.AddressFamily, socket.gaierror)
"""


@CPYTHON
def test_repr_of_stand_in_matches_stdlib(python, replaced):
    assert replaced(REPRS.format(module="socket")) == python("-c", REPRS.format(module="socket")).splitlines()


def test_repr_without_replace_names_sockcore(python):
    lines = python("-c", REPRS.format(module="sockcore")).splitlines()
    standard = python("-c", REPRS.format(module="socket")).splitlines()
    assert lines[0] == standard[0].replace("<socket.socket", "<sockcore.socket")
    assert lines[1] == standard[1].replace("<socket.socket", "<sockcore.socket")


def test_restore_resets_names_of_classes(replaced):
    assert replaced(
        """
        from sockcore._sockets import BaseSocket
        objects = sockcore.socket, sockcore.gaierror, sockcore.AddressFamily, sockcore.SocketIO
        print({item.__module__ for item in objects})
        sockcore.stdlib.restore()
        print({item.__module__ for item in objects}, BaseSocket.__module__ == "_socket")
        """
    ) == ["{'socket'}", "{'sockcore'} False"]


PICKLE = """
import pickle, sys, {module} as socket
objects = [socket.AF_INET, socket.SOCK_STREAM, socket.MSG_PEEK, socket.AI_PASSIVE, socket.AddressFamily,
          socket.gaierror(1, "x"), socket.herror(2, "y")]
for protocol in 0, 2, pickle.HIGHEST_PROTOCOL:
    data = pickle.dumps(objects, protocol)
    back = pickle.loads(data)
    print(protocol, b"sockcore" in data, [type(item).__name__ for item in back],
          all(type(a) is type(b) and repr(a) == repr(b) for a, b in zip(back, objects)))
    sys.stdout.flush()
"""


def test_pickles_of_stand_in_name_socket(replaced, python):
    code = PICKLE.format(module="socket")
    lines = replaced(code)
    assert lines == python("-c", code).splitlines()
    assert all(" False " in line for line in lines)


def test_pickle_of_stand_in_can_be_loaded_by_stdlib(replaced, python, tmp_path):
    path = tmp_path / "pickle"
    replaced(
        f"""
        import pickle, socket
        with open({str(path)!r}, "wb") as file:
            pickle.dump([socket.AF_INET, socket.gaierror(1, "x")], file)
        """
    )
    code = f"import pickle; print(*map(repr, pickle.load(open({str(path)!r}, 'rb'))))"
    assert python("-W", "ignore::ResourceWarning", "-c", code).endswith("gaierror(1, 'x')\n")


def test_pickles_without_replace_name_sockcore(python):
    lines = python("-c", PICKLE.format(module="sockcore")).splitlines()
    assert lines
    assert all(" True [" in line and line.endswith("True") for line in lines)


def test_invalid_host_name_error_is_public_and_can_be_pickled(python):
    pytest.importorskip("sockcore_inet")
    code = """
import pickle, sockcore
try:
    sockcore.getaddrinfo("a" * 64 + ".invalid", 80)
except sockcore.gaierror as exc:
    print(type(exc).__module__, type(exc) is getattr(sockcore, type(exc).__name__))
    print(type(pickle.loads(pickle.dumps(exc))) is type(exc), type(exc).__name__ in sockcore.__all__)
"""
    assert python("-c", code).splitlines() == ["sockcore True", "True False"]


def test_classes_of_plugin_interface_name_its_module():
    import sockcore.plugin

    classes = {name: getattr(sockcore.plugin, name) for name in sockcore.plugin.__all__}
    named = {name: item.__module__ for name, item in classes.items() if isinstance(item, type) and name[0].isupper()}
    private = {name: module for name, module in named.items() if module.startswith("sockcore.")}
    public = {f"sockcore.{name}" for name in ("errors", "messages", "options", "plugin")}
    assert set(private.values()) == public
    assert "RegistrationError" in private
    assert named["RawAddress"] == "sockcore"


STAR = "from socket import *\nprint(*sorted(n for n in dir() if n[:2] != '__' and n not in ('sockcore', 'name')))"


def test_star_import_of_stand_in_has_names_of_stdlib(python, replaced):
    standard = set(python("-c", STAR).split())
    [line] = replaced(STAR)
    names = set(line.split())
    assert names <= standard
    missing = {name for name in standard - names if name.startswith(("AF_INET", "AF_UNIX", "SOCK_", "AI_", "IPPROTO_"))}
    assert missing == set()
    assert {name for name in standard - names if not name.isupper()} <= {"AF_DECnet"}


def test_all_of_stand_in_has_order_of_stdlib(replaced):
    assert replaced(
        """
        import socket
        standard = sockcore.stdlib._handover.original("socket")
        print(socket.__all__ == [name for name in standard.__all__ if hasattr(socket, name)])
        before = list(socket.__all__)
        sockcore.stdlib.restore()
        print("RawAddress" in sockcore.__all__, "RawAddress" in before)
        """
    ) == ["True", "True False"]


def test_create_connection_passes_type_as_enum_member():
    pytest.importorskip("sockcore_inet")
    calls = []

    def getaddrinfo(*arguments):
        calls.append(arguments)
        return []

    before = sockcore.getaddrinfo
    sockcore.getaddrinfo = getaddrinfo
    try:
        with pytest.raises(OSError, match="getaddrinfo returns an empty list"):
            sockcore.create_connection(("host", 5))
    finally:
        sockcore.getaddrinfo = before
    assert calls == [("host", 5, 0, sockcore.SOCK_STREAM)]
    assert type(calls[0][3]) is sockcore.SocketKind


def test_makefile_uses_patched_socketio():
    created = []

    class Patched(sockcore.SocketIO):
        def __init__(self, *arguments):
            created.append(arguments)
            super().__init__(*arguments)

    before = sockcore.SocketIO
    sockcore.SocketIO = Patched
    try:
        left, right = sockcore.socketpair()
        with left, right, left.makefile("rwb", buffering=0) as raw:
            assert type(raw) is Patched
            with right.makefile("r"):
                pass
    finally:
        sockcore.SocketIO = before
    assert [arguments[1] for arguments in created] == ["rw", "r"]


def test_timeout_of_stand_in_matches_stdlib(python, replaced):
    code = """
import socket, _socket
print(socket.timeout is TimeoutError, socket.timeout.__module__, socket.timeout is _socket.timeout)
left, right = socket.socketpair()
left.settimeout(0.001)
try:
    left.recv(1)
except socket.timeout as exc:
    print(type(exc) is socket.timeout, isinstance(exc, OSError))
left.close(), right.close()
"""
    assert replaced(code) == python("-c", code).splitlines()
