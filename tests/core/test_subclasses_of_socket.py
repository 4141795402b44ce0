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
