"""Socket objects that were never opened: methods match the standard module."""

from __future__ import annotations

import errno
import gc
import io
import re
import socket as standard
import sys

import pytest
from systems import WINDOWS, loopback

import sockcore

if WINDOWS:
    pytest.skip("the standard module calls Winsock with handle -1, the process itself", allow_module_level=True)

CPYTHON = sys.implementation.name == "cpython"
BUFFER = bytearray(4)
INET = ("127.0.0.1", 9)
ITSELF = object()

#: A public method, or a form of its call -> the call.
CALLS = {
    "accept": lambda s: s.accept(),
    "bind": lambda s: s.bind(INET),
    "close": lambda s: s.close(),
    "connect": lambda s: s.connect(INET),
    "connect_ex": lambda s: s.connect_ex(INET),
    "detach": lambda s: s.detach(),
    "dup": lambda s: s.dup(),
    "family": lambda s: s.family,
    "fileno": lambda s: s.fileno(),
    "get_inheritable": lambda s: s.get_inheritable(),
    "getblocking": lambda s: s.getblocking(),
    "getpeername": lambda s: s.getpeername(),
    "getsockname": lambda s: s.getsockname(),
    "getsockopt": lambda s: s.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE),
    "getsockopt of bytes": lambda s: s.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE, 4),
    "gettimeout": lambda s: s.gettimeout(),
    "listen": lambda s: s.listen(),
    "makefile": lambda s: s.makefile("rb").read(1),
    "proto": lambda s: s.proto,
    "recv": lambda s: s.recv(1),
    "recv of nothing": lambda s: s.recv(0),
    "recv with flags": lambda s: s.recv(1, sockcore.MSG_PEEK),
    "recv_into": lambda s: s.recv_into(BUFFER),
    "recvfrom": lambda s: s.recvfrom(1),
    "recvfrom_into": lambda s: s.recvfrom_into(BUFFER),
    "recvmsg": lambda s: s.recvmsg(1),
    "recvmsg_into": lambda s: s.recvmsg_into([BUFFER]),
    "send": lambda s: s.send(b"x"),
    "sendall": lambda s: s.sendall(b"x"),
    "sendfile": lambda s: s.sendfile(io.BytesIO(b"x")),
    "sendmsg": lambda s: s.sendmsg([b"x"]),
    "sendmsg to": lambda s: s.sendmsg([b"x"], [], 0, INET),
    "sendto": lambda s: s.sendto(b"x", INET),
    "set_inheritable": lambda s: s.set_inheritable(True),
    "setblocking": lambda s: s.setblocking(True),
    "setblocking not": lambda s: s.setblocking(False),
    "setsockopt": lambda s: s.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, 0),
    "setsockopt of bytes": lambda s: s.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, b"0000"),
    "settimeout": lambda s: s.settimeout(1),
    "shutdown": lambda s: s.shutdown(sockcore.SHUT_RDWR),
    "timeout": lambda s: s.timeout,
    "type": lambda s: s.type,
    "with": lambda s: s.__enter__().__exit__(None, None, None),
    "repr": lambda s: repr(s).replace("<socket.", "<sockcore."),
    "str of family": lambda s: str(s.family),
    "_real_close": lambda s: s._real_close(),
}
#: Methods that the standard module lacks.
OWN = {
    "recvmmsg": lambda s: s.recvmmsg(1, 1),
    "recvmmsg_into": lambda s: s.recvmmsg_into([BUFFER]),
    "sendmmsg": lambda s: s.sendmmsg([b"x"]),
    "bind raw": lambda s: s.bind(loopback()),
    "connect raw": lambda s: s.connect(loopback(9)),
    "sendto raw": lambda s: s.sendto(b"x", loopback(9)),
    "sendmmsg raw": lambda s: s.sendmmsg([(b"x", loopback(9))]),
}
#: Calls that return in sockcore, and raise AttributeError in the standard module -> their results.
WHOLE = {"close": None, "with": None}


@pytest.fixture(autouse=True, scope="module")
def _small_heap():
    """Exclude all existing objects from the garbage collections, one for each test."""
    if CPYTHON:
        gc.collect()
        gc.freeze()
    yield
    if CPYTHON:
        gc.unfreeze()


@pytest.fixture(autouse=True)
def _garbage_of_the_standard_module():
    """Collect unopened sockets of the standard module.

    Their files raise AttributeError in finalizers.
    """
    yield
    hook = sys.unraisablehook
    sys.unraisablehook = lambda unraisable: (
        None if "'socket.socket' object has no attribute" in str(unraisable.exc_value) else hook(unraisable)
    )
    try:
        gc.collect()
    finally:
        sys.unraisablehook = hook


def never_initialised(module):
    return module.socket.__new__(module.socket)


def failed_early(module):
    kept = []

    class Early(module.socket):
        def __init__(self):
            kept.append(self)
            self.attribute = 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Early()
    Early.__module__, Early.__qualname__ = module.__name__, "socket"
    return kept[0]


def failed_in_the_constructor(module):
    kept = []

    class Refused(module.socket):
        def __init__(self):
            kept.append(self)
            super().__init__(250, 1)

    with pytest.raises(OSError):
        Refused()
    Refused.__module__, Refused.__qualname__ = module.__name__, "socket"
    return kept[0]


def without_constructor(module):
    class Never(module.socket):
        def __init__(self):
            self.attribute = 1

    Never.__module__, Never.__qualname__ = module.__name__, "socket"
    return Never()


MAKERS = (never_initialised, failed_early, failed_in_the_constructor, without_constructor)


def outcome(call, sock):
    """Return the type and the value of the result of a call."""
    try:
        result = call(sock)
    except Exception as exc:
        return "raised", exc
    return "returned", ITSELF if result is sock else result


@pytest.mark.skipif(not CPYTHON, reason="PyPy has another implementation of the module")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", CALLS)
def test_unopened_socket_method_matches_cpython(name, make):
    how, expected = outcome(CALLS[name], make(standard))
    sockcore_how, got = outcome(CALLS[name], make(sockcore))
    if isinstance(expected, AttributeError):  # a fault of the standard module
        if name in WHOLE:
            assert (sockcore_how, got) == ("returned", WHOLE[name])
        else:
            assert (type(got), got.errno) == (OSError, errno.EBADF)
    elif how == "returned":
        assert (sockcore_how, got) == (how, expected)
    elif "bad family" in str(expected):
        # The standard module checks the family before the system call.
        assert type(got) is OSError
        assert got.errno == errno.EBADF or str(got) == str(expected)
    else:
        assert (sockcore_how, type(got), str(got)) == (how, type(expected), str(expected))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", OWN)
def test_unopened_socket_additional_method_raises_ebadf(name, make):
    with pytest.raises(OSError) as refusal:
        OWN[name](make(sockcore))
    assert refusal.value.errno == errno.EBADF


@pytest.mark.parametrize("make", MAKERS)
def test_unopened_socket_repr_has_no_address(make):
    assert re.search(r" fd=-1, family=\S+, type=0, proto=0>$", repr(make(sockcore)))


@pytest.mark.parametrize("make", MAKERS)
def test_unopened_socket_finalizer_is_silent(make, recwarn, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    make(sockcore)
    gc.collect()
    assert not unraisable
    assert not [warning for warning in recwarn if warning.category is ResourceWarning]


@pytest.mark.parametrize("make", MAKERS)
def test_unopened_socket_closed_twice_remains_closed(make):
    sock = make(sockcore)
    sock.close()
    sock.close()
    assert sock.fileno() == -1
    assert "[closed] fd=-1" in repr(sock)


def test_unopened_socket_keeps_attributes_set_before_init(pair):
    class Sets(sockcore.socket):
        def __init__(self, *arguments, **keywords):
            self.attribute = 1
            assert self.fileno() == -1
            super().__init__(*arguments, **keywords)

    one, _ = pair()
    with Sets(fileno=one.detach()) as sock:
        assert sock.attribute == 1
        assert sock.fileno() >= 0


def test_unopened_socket_methods_are_all_tested():
    from sockcore._plugins.discovery import registry

    public = {name for name in dir(sockcore.socket) if not name.startswith("_")} - {*registry().socket_methods}
    assert public <= {name.split()[0] for name in (*CALLS, *OWN)}
