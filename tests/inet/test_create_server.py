from __future__ import annotations

import errno
import sys
from typing import Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SO_REUSEADDR, SOL_SOCKET


def test_create_server_listens() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        assert server.family == AF_INET
        assert server.type == sockcore.SOCK_STREAM
        assert server.getsockname()[0] == "127.0.0.1"
        with sockcore.create_connection(server.getsockname()) as client:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"x")
                assert client.recv(1) == b"x"


@pytest.mark.skipif(sys.platform in ("win32", "cygwin"), reason="SO_REUSEADDR has another meaning on Windows")
def test_create_server_sets_reuseaddr() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockopt(SOL_SOCKET, SO_REUSEADDR)


@pytest.mark.skipif(not hasattr(sockcore, "SO_REUSEPORT"), reason="the platform lacks SO_REUSEPORT")
def test_create_server_reuse_port_sets_option() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        assert not server.getsockopt(SOL_SOCKET, sockcore.SO_REUSEPORT)
    with sockcore.create_server(("127.0.0.1", 0), reuse_port=True) as server:
        assert server.getsockopt(SOL_SOCKET, sockcore.SO_REUSEPORT)
        with sockcore.create_server(server.getsockname(), reuse_port=True) as second:
            assert second.getsockname() == server.getsockname()


def test_create_server_reuse_port_unsupported_raises_value_error(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(sockcore, "SO_REUSEPORT"):
        pytest.skip("this platform lacks SO_REUSEPORT")

    class ModuleWithoutReusePort:
        def __getattr__(self, name: str) -> Any:
            if name == "SO_REUSEPORT":
                raise AttributeError(name)
            return getattr(sockcore, name)

    from sockcore_inet import connection

    monkeypatch.setattr(connection, "public_module", ModuleWithoutReusePort)
    with pytest.raises(ValueError, match=r"^SO_REUSEPORT not supported on this platform$"):
        connection.create_server(("127.0.0.1", 0), reuse_port=True)


@pytest.mark.parametrize("backlog", [None, 0, 1, 7])
def test_create_server_passes_backlog(backlog: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    listen_arguments: list[tuple[Any, ...]] = []

    class RecordedSocket(sockcore.socket):
        def listen(self, *args: Any) -> None:
            listen_arguments.append(args)
            super().listen(*args)

    monkeypatch.setattr(sockcore, "socket", RecordedSocket)
    with sockcore.create_server(("127.0.0.1", 0), backlog=backlog):
        assert listen_arguments == [() if backlog is None else (backlog,)]


def test_create_server_address_in_use_message_contains_address() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with pytest.raises(OSError) as caught:
            sockcore.create_server(address)
    assert caught.value.errno == errno.EADDRINUSE
    assert str(caught.value).endswith(f" (while attempting to bind on address {address!r})")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_create_server_errors_match_stdlib() -> None:
    import socket as stdlib

    for address in [("no.such.host.invalid", 0), ("192.0.2.1", 0)]:
        outcomes = []
        for module in (sockcore, stdlib):
            with pytest.raises(OSError) as caught:
                module.create_server(address)
            outcomes.append((type(caught.value).__name__, caught.value.args))
        assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("address", [3, ("127.0.0.1",), ("127.0.0.1", "x"), (None, 0)])
def test_create_server_wrong_address_raises_type_error(address: Any) -> None:
    with pytest.raises(TypeError):
        sockcore.create_server(address)


def test_create_server_options_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        sockcore.create_server(("127.0.0.1", 0), AF_INET)


def test_create_server_dualstack_with_ipv4_raises_value_error() -> None:
    if not sockcore.has_dualstack_ipv6():
        with pytest.raises(ValueError, match=r"^dualstack_ipv6 not supported on this platform$"):
            sockcore.create_server(("", 0), dualstack_ipv6=True)
        return
    with pytest.raises(ValueError, match=r"^dualstack_ipv6 requires AF_INET6 family$"):
        sockcore.create_server(("127.0.0.1", 0), dualstack_ipv6=True)


def test_create_server_dualstack_unsupported_raises_value_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockcore, "has_dualstack_ipv6", lambda: False)
    with pytest.raises(ValueError, match=r"^dualstack_ipv6 not supported on this platform$"):
        sockcore.create_server(("::", 0), family=AF_INET6, dualstack_ipv6=True)


def test_has_dualstack_ipv6_matches_stdlib(same: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    same("has_dualstack_ipv6")
    monkeypatch.setattr(sockcore, "has_ipv6", False)
    assert sockcore.has_dualstack_ipv6() is False


@pytest.mark.usefixtures("ipv6")
def test_has_dualstack_ipv6_rejected_by_kernel_returns_false(monkeypatch: pytest.MonkeyPatch) -> None:
    class RejectingSocket(sockcore.socket):
        def setsockopt(self, *args: Any) -> None:
            raise OSError(errno.ENOPROTOOPT, "no")

    monkeypatch.setattr(sockcore, "socket", RejectingSocket)
    assert sockcore.has_dualstack_ipv6() is False


@pytest.mark.usefixtures("ipv6")
def test_create_server_ipv6_only_by_default() -> None:
    with sockcore.create_server(("::", 0), family=AF_INET6) as server:
        assert server.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
        port = server.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            sockcore.create_connection(("127.0.0.1", port))


@pytest.mark.usefixtures("ipv6")
def test_create_server_dualstack_accepts_both_versions() -> None:
    if not sockcore.has_dualstack_ipv6():
        pytest.skip("this platform does not support dual-stack sockets")
    with sockcore.create_server(("", 0), family=AF_INET6, dualstack_ipv6=True) as server:
        assert not server.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
        port = server.getsockname()[1]
        for host, expected in [("127.0.0.1", "::ffff:127.0.0.1"), ("::1", "::1")]:
            with sockcore.create_connection((host, port)):
                peer, address = server.accept()
                with peer:
                    assert address[0] == expected
                    assert peer.getpeername() == address
                    assert len(address) == 4


def test_create_server_failure_closes_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[Any] = []

    class RecordedSocket(sockcore.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            created.append(self)

    monkeypatch.setattr(sockcore, "socket", RecordedSocket)
    with pytest.raises(OSError):
        sockcore.create_server(("192.0.2.1", 0))
    assert [sock.fileno() for sock in created] == [-1]
