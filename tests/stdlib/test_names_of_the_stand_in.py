"""Names under which programs see the module: ``socket`` while sockcore stands in, ``sockcore`` otherwise."""

import sys
import textwrap

import pytest

import sockcore

CPYTHON = pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy's gaierror names _socket")
BEGIN = "import sockcore, sockcore.stdlib\nsockcore.stdlib.replace()\n"


@pytest.fixture
def replaced(python):
    """Return a function that runs code after replace(), and returns the printed lines."""

    def run(code):
        return python("-c", BEGIN + textwrap.dedent(code)).splitlines()

    return run


CLASSES = """
import {module} as socket
for name in sorted({{*dir(socket)}} - {{"SocketType"}}):
    thing = getattr(socket, name)
    if isinstance(thing, type) and (thing.__module__ or "").partition(".")[0] in ("socket", "_socket", "sockcore"):
        print(name, thing.__module__)
"""


def test_classes_outside_the_stand_in_name_sockcore(python):
    lines = python("-c", CLASSES.format(module="sockcore")).splitlines()
    assert {"socket sockcore", "SocketIO sockcore", "gaierror sockcore", "RawAddress sockcore"} <= set(lines)
    assert [line for line in lines if not line.endswith(" sockcore") and not line.startswith("_")] == []


@CPYTHON
def test_classes_of_the_stand_in_name_socket(python, replaced):
    standard = set(python("-c", CLASSES.format(module="socket")).splitlines())
    lines = set(replaced(CLASSES.format(module="socket")))
    assert {line for line in standard if not line.startswith("_")} <= lines
    ours = {"RawAddress", "InvalidHostName", "InvalidHostInAddress", "PluginWarning"}  # not in the standard module
    assert {line for line in lines - standard if not line.startswith("_")} == {f"{name} sockcore" for name in ours}


def test_lower_class_of_the_stand_in_names_the_lower_module(python, replaced):
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
def test_repr_of_the_stand_in_is_that_of_the_standard_module(python, replaced):
    assert replaced(REPRS.format(module="socket")) == python("-c", REPRS.format(module="socket")).splitlines()


def test_repr_outside_the_stand_in_names_sockcore(python):
    lines = python("-c", REPRS.format(module="sockcore")).splitlines()
    standard = python("-c", REPRS.format(module="socket")).splitlines()
    assert lines[0] == standard[0].replace("<socket.socket", "<sockcore.socket")
    assert lines[1] == standard[1].replace("<socket.socket", "<sockcore.socket")


def test_restore_gives_the_classes_their_names_back(replaced):
    assert replaced(
        """
        from sockcore._sockets.implementation import BaseSocket
        things = sockcore.socket, sockcore.gaierror, sockcore.AddressFamily, sockcore.SocketIO
        print({thing.__module__ for thing in things})
        sockcore.stdlib.restore()
        print({thing.__module__ for thing in things}, BaseSocket.__module__ == "_socket")
        """
    ) == ["{'socket'}", "{'sockcore'} False"]


PICKLE = """
import pickle, sys, {module} as socket
things = [socket.AF_INET, socket.SOCK_STREAM, socket.MSG_PEEK, socket.AI_PASSIVE, socket.AddressFamily,
          socket.gaierror(1, "x"), socket.herror(2, "y")]
for protocol in 0, 2, pickle.HIGHEST_PROTOCOL:
    data = pickle.dumps(things, protocol)
    back = pickle.loads(data)
    print(protocol, b"sockcore" in data, [type(thing).__name__ for thing in back],
          all(type(a) is type(b) and repr(a) == repr(b) for a, b in zip(back, things)))
    sys.stdout.flush()
"""


def test_pickles_of_the_stand_in_name_socket(replaced, python):
    code = PICKLE.format(module="socket")
    lines = replaced(code)
    assert lines == python("-c", code).splitlines()
    assert all(" False " in line for line in lines)


def test_pickle_of_the_stand_in_is_read_by_the_standard_module(replaced, python, tmp_path):
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


def test_pickles_outside_the_stand_in_name_sockcore(python):
    lines = python("-c", PICKLE.format(module="sockcore")).splitlines()
    assert lines
    assert all(" True [" in line and line.endswith("True") for line in lines)


def test_error_for_invalid_host_label_has_a_public_name_and_a_pickle(python):
    pytest.importorskip("sockcore_inet")
    code = """
import pickle, sockcore
try:
    sockcore.getaddrinfo("a" * 64 + ".invalid", 80)
except sockcore.gaierror as error:
    print(type(error).__module__, type(error) is getattr(sockcore, type(error).__name__))
    print(type(pickle.loads(pickle.dumps(error))) is type(error), type(error).__name__ in sockcore.__all__)
"""
    assert python("-c", code).splitlines() == ["sockcore True", "True False"]


def test_classes_of_the_plugin_interface_name_it():
    import sockcore.plugin

    classes = {name: getattr(sockcore.plugin, name) for name in sockcore.plugin.__all__}
    named = {name: thing.__module__ for name, thing in classes.items() if isinstance(thing, type) and name[0].isupper()}
    private = {name: module for name, module in named.items() if module.startswith("sockcore.")}
    assert set(private.values()) == {"sockcore.plugin"}
    assert "RegistrationError" in private
    assert named["RawAddress"] == "sockcore"


STAR = "from socket import *\nprint(*sorted(n for n in dir() if n[:2] != '__' and n not in ('sockcore', 'name')))"


def test_star_import_of_the_stand_in_gives_the_names_of_the_standard_module(python, replaced):
    standard = set(python("-c", STAR).split())
    [line] = replaced(STAR)
    mine = set(line.split())
    assert mine <= standard
    missing = {name for name in standard - mine if name.startswith(("AF_INET", "AF_UNIX", "SOCK_", "AI_", "IPPROTO_"))}
    assert missing == set()
    assert {name for name in standard - mine if not name.isupper()} <= {"AF_DECnet"}


def test_all_of_the_stand_in_is_in_the_order_of_the_standard_module(replaced):
    assert replaced(
        """
        import socket
        standard = sockcore.stdlib._originals.original("socket")
        print(socket.__all__ == [name for name in standard.__all__ if hasattr(socket, name)])
        before = list(socket.__all__)
        sockcore.stdlib.restore()
        print("RawAddress" in sockcore.__all__, "RawAddress" in before)
        """
    ) == ["True", "True False"]


def test_create_connection_passes_the_type_as_an_enum():
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


def test_makefile_uses_a_patched_socketio():
    made = []

    class Patched(sockcore.SocketIO):
        def __init__(self, *arguments):
            made.append(arguments)
            super().__init__(*arguments)

    before = sockcore.SocketIO
    sockcore.SocketIO = Patched
    try:
        here, there = sockcore.socketpair()
        with here, there, here.makefile("rwb", buffering=0) as raw:
            assert type(raw) is Patched
            with there.makefile("r"):
                pass
    finally:
        sockcore.SocketIO = before
    assert [arguments[1] for arguments in made] == ["rw", "r"]


def test_timeout_of_the_stand_in_is_a_class_as_in_the_standard_module(python, replaced):
    code = """
import socket, _socket
print(socket.timeout is TimeoutError, socket.timeout.__module__, socket.timeout is _socket.timeout)
here, there = socket.socketpair()
here.settimeout(0.001)
try:
    here.recv(1)
except socket.timeout as error:
    print(type(error) is socket.timeout, isinstance(error, OSError))
here.close(), there.close()
"""
    assert replaced(code) == python("-c", code).splitlines()
