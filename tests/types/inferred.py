"""Types that type checkers and editors infer. mypy and pyright check this module, but it is never run."""

from typing import Any

from typing_extensions import assert_type

import sockcore


def constructor() -> None:
    assert_type(sockcore.socket(), sockcore.socket)
    assert_type(sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM), sockcore.socket)
    assert_type(sockcore.SocketType(), sockcore.socket)
    with sockcore.socket() as sock:
        assert_type(sock, sockcore.socket)


class Subclass(sockcore.socket):
    """A subclass in a program."""


def subclass() -> None:
    assert_type(Subclass(fileno=5), Subclass)
    assert_type(Subclass().dup(), Subclass)
    with Subclass() as sock:
        assert_type(sock, Subclass)


def functions() -> None:
    assert_type(sockcore.create_connection(("localhost", 80)), sockcore.socket)
    with sockcore.create_connection(("localhost", 80), 5) as sock:
        assert_type(sock, sockcore.socket)
    with sockcore.create_server(("", 0)) as server:
        assert_type(server, sockcore.socket)
        assert_type(server.accept(), tuple[sockcore.socket, Any])
        connection, _ = server.accept()
        assert_type(connection, sockcore.socket)
    assert_type(sockcore.socketpair(), tuple[sockcore.socket, sockcore.socket])
    assert_type(sockcore.fromfd(5, sockcore.AF_INET, sockcore.SOCK_STREAM), sockcore.socket)


def methods(sock: sockcore.socket) -> None:
    assert_type(sock.dup(), sockcore.socket)
    assert_type(sock.recv(5), bytes)
    assert_type(sock.recvfrom(5), tuple[bytes, Any])
    assert_type(sock.getsockopt(1, 2), int)
    assert_type(sock.getsockopt(1, 2, 8), bytes)
    assert_type(sock.detach(), int)
    assert_type(sock.gettimeout(), float | None)
