"""Subclasses of socket: additional constructors, attributes, slots and methods."""

from __future__ import annotations

import pytest
from systems import AF_INET, LOCAL

import sockcore

STREAM = sockcore.SOCK_STREAM


class Verbose(sockcore.socket):
    """A subclass with an additional constructor, attribute and method."""

    def __init__(self, *arguments, name="none", **keywords):
        super().__init__(*arguments, **keywords)
        self.name = name

    def send(self, data, flags=0):
        return super().send(data.upper(), flags)


class Slotted(sockcore.socket):
    __slots__ = ("extra",)


def test_subclass_of_socket_can_be_opened():
    with Verbose(LOCAL, STREAM, name="mine") as sock:
        assert sock.name == "mine"
        sock.other = 1
        assert isinstance(sock, sockcore.socket)
    with Slotted(LOCAL, STREAM) as sock:
        sock.extra = 5
        with pytest.raises(AttributeError):
            sock.other = 1
        with sock.dup() as other_sock:
            assert type(other_sock) is Slotted


def test_subclass_methods_are_used(pair):
    one, two = pair()
    own = Verbose(fileno=one.detach())
    with own:
        own.send(b"loud")
        assert two.recv(10) == b"LOUD"


def test_accept_of_subclass_returns_plain_socket(closing, loopback, name_of):
    server = closing.enter_context(Verbose(AF_INET, STREAM))
    server.bind(loopback())
    server.listen()
    client = closing.enter_context(sockcore.socket(AF_INET, STREAM))
    client.connect(name_of(server))
    connection = closing.enter_context(server.accept()[0])
    assert type(connection) is sockcore.socket
    assert (connection.family, connection.type, connection.proto) == (server.family, server.type, server.proto)


@pytest.mark.usefixtures("no_leak")
def test_dup_of_subclass_with_failing_constructor_raises(pair):
    class Picky(sockcore.socket):
        def __init__(self):
            super().__init__(LOCAL, STREAM)

    with Picky() as sock, pytest.raises(TypeError):
        sock.dup()


class Redirecting(sockcore.socket):
    """A subclass whose _accept() returns other results."""

    __slots__ = ("results",)

    def _accept(self):
        return self.results


@pytest.fixture
def redirecting(closing):
    sock = closing.enter_context(Redirecting(LOCAL, STREAM))
    sock.results = ()
    return sock


@pytest.mark.parametrize("method", ["accept", "_accept_socket"])
def test_accept_calls_the_accept_method_of_a_subclass(redirecting, pair, method):
    one, two = pair()
    for results in ([one.detach(), "a peer"], iter([two.detach(), "another"])):
        redirecting.results = results
        arguments = (sockcore.socket, LOCAL, STREAM, 0) if method == "_accept_socket" else ()
        connection, address = getattr(redirecting, method)(*arguments)
        with connection:
            assert type(connection) is sockcore.socket
            assert (connection.family, connection.type, connection.proto) == (LOCAL, STREAM, 0)
            assert address in ("a peer", "another")


def test_accept_calls_an_accept_method_that_was_replaced(monkeypatch, closing, pair):
    one, _ = pair()
    accepted = one.detach(), None
    monkeypatch.setattr(sockcore.socket, "_accept", lambda self: accepted, raising=False)
    sock = closing.enter_context(sockcore.socket(LOCAL, STREAM))
    connection, address = sock.accept()
    with connection:
        assert (connection.fileno(), address) == accepted


@pytest.mark.parametrize(
    ("results", "exception"),
    [
        (5, TypeError), (None, TypeError), ((), ValueError), ((1,), ValueError), ((1, 2, 3), ValueError),
        ((-1, None), ValueError), (("1", None), TypeError), ((1.0, None), TypeError), ((1 << 65, None), OverflowError),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_leak")
def test_accept_with_wrong_results_of_the_accept_method_raises(redirecting, results, exception):
    redirecting.results = results
    with pytest.raises(exception):
        redirecting.accept()


@pytest.mark.usefixtures("no_leak")
def test_exception_of_the_accept_method_propagates(closing):
    class Failing(sockcore.socket):
        def _accept(self):
            raise KeyError

    sock = closing.enter_context(Failing(LOCAL, STREAM))
    with pytest.raises(KeyError):
        sock.accept()
