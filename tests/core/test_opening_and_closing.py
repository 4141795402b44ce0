"""The constructor, close(), detach() and the context manager of the public class, and what subclasses override."""

from __future__ import annotations

import functools
import gc
import sys

import pytest
from systems import AF_INET, LIMIT, LOCAL, is_open, socketpair

import sockcore
from sockcore._sockets import BaseSocket
from sockcore._system import native

STREAM = sockcore.SOCK_STREAM


class Recorder(sockcore.socket):
    """A subclass that records the calls of the methods that close it."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.calls = []

    def close(self):
        self.calls.append("close")
        super().close()

    def _real_close(self):
        self.calls.append("_real_close")
        super()._real_close()


@pytest.fixture
def recorder():
    with Recorder(LOCAL, STREAM) as sock:
        yield sock


def test_close_of_subclass_calls_its_real_close_each_time(recorder):
    fd = recorder.fileno()
    recorder.close()
    assert recorder.calls == ["close", "_real_close"]
    assert not is_open(fd)
    recorder.close()
    assert recorder.calls == ["close", "_real_close"] * 2


def test_close_calls_real_close_that_was_replaced(monkeypatch):
    calls = []
    original = sockcore.socket._real_close
    monkeypatch.setattr(sockcore.socket, "_real_close", lambda self: (calls.append(self), original(self)))
    sock = sockcore.socket(LOCAL, STREAM)
    sock.close()
    assert calls == [sock]
    assert sock.fileno() == -1


def test_close_with_failing_real_close_raises_its_exception(monkeypatch):
    class Fails(sockcore.socket):
        def _real_close(self):
            super()._real_close()
            raise KeyError("close")

    sock = Fails(LOCAL, STREAM)
    with pytest.raises(KeyError, match="close"):
        sock.close()
    assert sock._closed


def test_exit_of_subclass_calls_its_close_unless_closed(recorder):
    with recorder:
        pass
    assert recorder.calls == ["close", "_real_close"]
    with recorder:
        pass
    assert recorder.calls == ["close", "_real_close"]


def test_exit_passes_exception_on():
    with pytest.raises(ZeroDivisionError), sockcore.socket(LOCAL, STREAM) as sock:
        _ = 1 / 0
    assert sock.fileno() == -1


@pytest.mark.parametrize("arguments", [(), (None,), (None, None, None), (1, 2, 3, 4)])
def test_exit_has_any_number_of_arguments(recorder, arguments):
    recorder.__exit__(*arguments)
    assert recorder.calls == ["close", "_real_close"]


def test_enter_returns_socket(recorder):
    assert recorder.__enter__() is recorder


def test_last_file_of_closed_subclass_calls_its_close(recorder):
    fd = recorder.fileno()
    files = [recorder.makefile("rb", 0) for _ in range(2)]
    assert recorder._io_refs == 2
    recorder.close()
    assert recorder.calls == ["close"]
    files[0].close()
    assert recorder.calls == ["close"] * 2
    assert is_open(fd)
    files[1].close()
    assert recorder.calls == ["close"] * 3 + ["_real_close"]
    assert not is_open(fd)


def test_second_constructor_call_of_closed_socket_opens_it():
    sock = sockcore.socket(LOCAL, STREAM)
    file = sock.makefile("rb", 0)
    sock.close()
    file.close()
    sock.__init__(LOCAL, STREAM)
    with sock:
        assert (sock._closed, sock._io_refs) == (False, 0)
        assert is_open(sock.fileno())
    assert sock.fileno() == -1


def test_failed_second_constructor_call_keeps_socket(no_leak):
    with sockcore.socket(LOCAL, STREAM) as sock:
        fd = sock.fileno()
        with pytest.raises(TypeError):
            sock.__init__(LOCAL, "stream")
        assert (sock.fileno(), sock._closed) == (fd, False)


def test_detach_marks_socket_as_closed():
    with sockcore.socket(LOCAL, STREAM) as sock:
        fd = sock.detach()
        assert sock._closed
        assert "[closed]" in repr(sock)
        assert sock.detach() == -1
    assert is_open(fd)
    sockcore.close(fd)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="calls a function in C")
@pytest.mark.parametrize("name", [1, b"family", None, 1 << 70, object()])
def test_constructor_with_keyword_that_is_not_text_raises_type_error(name):
    """Code in C can make this call; on Python 3.9, functools.partial does."""
    ctypes = pytest.importorskip("ctypes")
    call = ctypes.pythonapi.PyObject_Call
    call.restype, call.argtypes = ctypes.py_object, [ctypes.py_object] * 3
    partial = functools.partial(sockcore.socket, type=STREAM)
    partial.keywords[name] = LOCAL
    for function in (partial, lambda: call(sockcore.socket, (), partial.keywords)):
        with pytest.raises(TypeError, match="keywords must be strings"):
            function()


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((), {"family": LOCAL, "type": STREAM, "proto": 0}),
        ((LOCAL,), {"type": STREAM}),
        ((LOCAL, STREAM), {"proto": 0, "fileno": None}),
        ((), {"type": sockcore.SocketKind(STREAM), "family": LOCAL}),
    ],
)
def test_constructor_accepts_keywords(arguments, keywords):
    with sockcore.socket(*arguments, **keywords) as sock:
        assert (sock.family, sock.type, sock.proto) == (LOCAL, STREAM, 0)


@pytest.mark.parametrize("keyword", ["family", "type", "proto", "fileno"])
def test_constructor_takes_over_descriptor_with_keyword(keyword, no_leak):
    one, two = socketpair()
    two.close()
    numbers = {"family": LOCAL, "type": STREAM, "proto": 0}
    keywords = {"fileno": one.detach(), **({} if keyword == "fileno" else {keyword: numbers[keyword]})}
    with sockcore.socket(**keywords) as sock:
        assert (sock.family, sock.type, sock.proto) == (LOCAL, STREAM, 0)
        assert sock.fileno() == keywords["fileno"]


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((LOCAL, STREAM), {"family": LOCAL}),
        ((LOCAL,), {"kind": STREAM}),
        ((LOCAL, STREAM, 0, None, None), {}),
        ((LOCAL, 1.0), {}),
        ((), {"type": "1"}),
        ((), {"fileno": 1.5}),
    ],
)
def test_constructor_with_invalid_arguments_raises_type_error(arguments, keywords, no_leak):
    with pytest.raises(TypeError):
        sockcore.socket(*arguments, **keywords)


def test_dup_of_subclass_with_own_new_calls_it():
    made = []

    class Counted(sockcore.socket):
        def __new__(cls, *arguments, **keywords):
            made.append(keywords)
            return super().__new__(cls, *arguments, **keywords)

    with Counted(LOCAL, STREAM) as sock, sock.dup() as other_sock:
        assert type(other_sock) is Counted
        assert made == [{}, {"fileno": other_sock.fileno()}]


def test_accept_of_class_without_constructor_closes_connection(no_leak, monkeypatch, loopback, name_of):
    with sockcore.socket(AF_INET, STREAM) as server, sockcore.socket(AF_INET, STREAM) as client:
        server.bind(loopback())
        server.listen()
        client.connect(name_of(server))
        monkeypatch.setattr(sockcore, "socket", 5)
        with pytest.raises((TypeError, AttributeError)):
            server.accept()


def test_accepted_socket_has_class_that_replaces_the_public_one(monkeypatch, loopback, name_of):
    with sockcore.socket(AF_INET, STREAM) as server, sockcore.socket(AF_INET, STREAM) as client:
        server.bind(loopback())
        server.listen()
        client.connect(name_of(server))
        monkeypatch.setattr(sockcore, "socket", Recorder)
        with server.accept()[0] as connection:
            assert type(connection) is Recorder
            assert connection.calls == []


class Modes(sockcore.socket):
    """A subclass that records the calls of setblocking()."""

    calls = []

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)

    def setblocking(self, flag):
        self.calls.append(flag)
        super().setblocking(flag)


@pytest.mark.parametrize(("timeout", "calls"), [(5, [True]), (None, [])])
def test_connection_accepted_with_timeout_becomes_blocking(timeout, calls, monkeypatch, loopback, name_of):
    with sockcore.socket(AF_INET, STREAM) as server, sockcore.socket(AF_INET, STREAM) as client:
        server.bind(loopback())
        server.listen()
        client.connect(name_of(server))
        server.settimeout(timeout)
        monkeypatch.setattr(sockcore, "socket", Modes)
        monkeypatch.setattr(Modes, "calls", [])
        with server.accept()[0] as connection:
            assert Modes.calls == calls
            assert connection.gettimeout() is None


def test_accept_with_failing_setblocking_raises_and_closes_connection(no_leak, monkeypatch, loopback, name_of):
    class Fails(Modes):
        def setblocking(self, flag):
            self.close()
            raise KeyError("setblocking")

    with sockcore.socket(AF_INET, STREAM) as server, sockcore.socket(AF_INET, STREAM) as client:
        server.bind(loopback())
        server.listen()
        client.connect(name_of(server))
        server.settimeout(LIMIT)
        monkeypatch.setattr(sockcore, "socket", Fails)
        with pytest.raises(KeyError, match="setblocking"):
            server.accept()


class ClosedWithError(sockcore.socket):
    """A subclass whose close() fails."""

    def close(self):
        super().close()
        raise KeyError("close")


def test_exit_of_subclass_with_failing_close_raises_its_exception(no_leak):
    with pytest.raises(KeyError, match="close"), ClosedWithError(LOCAL, STREAM):
        pass


def test_last_file_of_subclass_with_failing_close_raises_its_exception(no_leak):
    sock = ClosedWithError(LOCAL, STREAM)
    file = sock.makefile("rb", buffering=0)
    with pytest.raises(KeyError, match="close"):
        sock.close()
    assert sock.fileno() != -1
    with pytest.raises(KeyError, match="close"):
        file.close()
    assert sock.fileno() == -1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lacks socketpair(2)")
@pytest.mark.parametrize("failing", [0, 1])
def test_socketpair_with_failing_constructor_closes_both_descriptors(failing, no_leak, monkeypatch):
    made = []

    class Fails(sockcore.socket):
        def __init__(self, *arguments, **keywords):
            if len(made) == failing:
                raise KeyError("constructor")
            super().__init__(*arguments, **keywords)
            made.append(self)

    monkeypatch.setattr(sockcore, "socket", Fails)
    with pytest.raises(KeyError, match="constructor"):
        sockcore.socketpair(LOCAL, STREAM)
    assert all(sock._closed for sock in made)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lacks socketpair(2)")
def test_socketpair_of_class_that_is_none_closes_both_descriptors(no_leak, monkeypatch):
    monkeypatch.setattr(sockcore, "socket", None)
    with pytest.raises((TypeError, AttributeError)):
        sockcore.socketpair(LOCAL, STREAM)


def test_private_attributes_belong_to_the_public_class_only():
    for name in ("_closed", "_io_refs", "_real_close", "_decref_socketios", "__enter__"):
        assert name in vars(sockcore.socket)
        assert not hasattr(BaseSocket, name)


@pytest.mark.parametrize("name", ["_closed", "_io_refs"])
def test_private_attributes_can_be_set_and_deleted(name):
    unopened = sockcore.socket.__new__(sockcore.socket)
    with pytest.raises(AttributeError, match=name):
        getattr(unopened, name)
    with pytest.raises(AttributeError, match=name):
        delattr(unopened, name)
    with sockcore.socket(LOCAL, STREAM) as sock:
        setattr(sock, name, True)
        assert getattr(sock, name) == 1
        delattr(sock, name)
        with pytest.raises(AttributeError, match=name):
            getattr(sock, name)
        with pytest.raises(AttributeError, match=name):
            delattr(sock, name)
        setattr(sock, name, False)
        assert getattr(sock, name) == 0


def test_sockets_without_a_call_of_the_constructor_have_private_attributes(closing, pair, listener):
    one, two = pair()
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    client.connect(address)
    copy, accepted = closing.enter_context(one.dup()), closing.enter_context(server.accept()[0])
    for sock in (one, two, copy, accepted):
        assert (sock._closed, sock._io_refs) == (False, 0)


@pytest.mark.parametrize("names", [["_closed"], ["_io_refs"], ["_closed", "_io_refs"]])
def test_socket_without_its_private_attributes_can_be_closed(names):
    with sockcore.socket(LOCAL, STREAM) as sock:
        for name in names:
            delattr(sock, name)
        assert "[closed]" not in repr(sock)
    assert sock.fileno() == -1
    assert sock._closed


def test_true_values_of_closed_are_those_of_python():
    with sockcore.socket(LOCAL, STREAM) as sock:
        for value in (1, "yes", [0]):
            sock._closed = value
            assert sock._closed
            assert "[closed]" in repr(sock)
        for value in (0, None, ""):
            sock._closed = value
            assert not sock._closed


@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="this Python does not count references")
def test_sockets_that_are_opened_and_closed_keep_no_references():
    class Own(sockcore.socket):
        __slots__ = ()

    def count_after_use():
        for _ in range(50):
            with Own(LOCAL, STREAM) as sock, sock.dup() as copy:
                copy.makefile("rb", 0).close()
            Own(LOCAL, STREAM).close()
        gc.collect()
        return [sys.getrefcount(item) for item in (Own, sockcore.socket, BaseSocket)]

    count_after_use()
    assert count_after_use() == count_after_use()


@pytest.mark.skipif(not native, reason="the methods in C")
def test_methods_of_the_public_class_refuse_other_objects():
    with pytest.raises(TypeError, match="socket"):
        sockcore.socket.close(object())
    with pytest.raises(TypeError, match="socket"):
        sockcore.socket.accept(5)


def test_unopened_socket_can_be_closed():
    sock = sockcore.socket.__new__(sockcore.socket)
    with sock:
        pass
    sock.close()
    assert sock._closed
